import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// The policy of the server allows files of its own and nothing inline, so no
// asset is turned into a data: address.
// The page draws lines and steps. What uPlot has for bars and curves is let go,
// so that the bundler leaves it out.
const slim = {
  name: 'slim',
  transform(code: string, id: string) {
    if (!id.includes('uPlot.esm.js')) return
    const lean = code.replace('(paths.bars    = bars);', '').replace('(paths.spline  = monotoneCubic);', '')
    if (/paths\.(bars|spline) *=/.test(lean)) throw new Error('uPlot has changed: look at what vite.config.ts leaves out of it')
    return { code: lean, map: null }
  },
}

// The licences of the packages whose code is in the page, for lombard licenses.
const licenses = (to: string) => ({
  name: 'licenses',
  generateBundle(_: unknown, bundle: Record<string, { type: string; modules?: Record<string, unknown> }>) {
    const folders = new Set<string>()
    for (const chunk of Object.values(bundle))
      for (const id of Object.keys(chunk.modules ?? {})) {
        const found = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replace(/^\0+/, ''))
        if (found) folders.add(found[1]!)
      }
    const parts = [...folders].sort().map((folder) => {
      const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const texts = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
      return { name: about.name, version: about.version, license: about.license, text: texts.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n') }
    })
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, JSON.stringify(parts))
  },
})

// What is served is packed here, once, as well as it can be.
const pack = (dir: string) => ({
  name: 'pack',
  closeBundle() {
    for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue
      const name = join(entry.parentPath ?? entry.path, entry.name)
      const data = readFileSync(name)
      writeFileSync(`${name}.br`, brotliCompressSync(data))
      writeFileSync(`${name}.gz`, gzipSync(data, { level: 9 }))
    }
  },
})

export default defineConfig({
  plugins: [slim, svelte(), licenses(join(import.meta.dirname, '../build/page-licenses.json')), pack(join(import.meta.dirname, 'dist'))],
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
  server: { fs: { allow: ['..'] }, proxy: { '/api': 'http://127.0.0.1:8420', '/openapi.json': 'http://127.0.0.1:8420' } },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : undefined,
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0])
