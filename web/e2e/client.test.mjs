// The typed client is that of the server it is built with. Needs no browser.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import openapiTS, { astToString } from 'openapi-typescript'
import { Server } from './world.mjs'

const strip = (s) => s.replace(/^\/\*\*[\s\S]*?\*\/\s*/, '').trim()

test('the client is that of this server', async () => {
  const server = await Server.start()
  try {
    const now = astToString(await openapiTS(new URL(`${server.base}/openapi.json`), { defaultNonNullable: false }))
    const kept = readFileSync(new URL('../src/lib/schema.ts', import.meta.url), 'utf8')
    assert.ok(strip(kept) === strip(now), 'src/lib/schema.ts is not what the server describes: run `make web/api`')
  } finally {
    await server.end()
  }
})

test('what is served is packed, kept for good and under a strict policy', async () => {
  const server = await Server.start()
  try {
    const index = await fetch(server.base)
    const policy = index.headers.get('content-security-policy')
    assert.match(policy, /default-src 'self'/)
    assert.doesNotMatch(policy, /unsafe|\*|data:/)
    const script = /src="(\/assets\/[^"]+)"/.exec(await index.text())[1]
    const packed = await fetch(server.base + script, { headers: { 'Accept-Encoding': 'br' } })
    assert.equal(packed.headers.get('content-encoding'), 'br')
    assert.match(packed.headers.get('cache-control'), /immutable/)
  } finally {
    await server.end()
  }
})
