import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  plugins: [slim, svelte(), pack(join(import.meta.dirname, 'dist'))],
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
  server: { fs: { allow: ['..'] }, proxy: { '/api': 'http://127.0.0.1:8420', '/openapi.json': 'http://127.0.0.1:8420' } },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : undefined,
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0])
