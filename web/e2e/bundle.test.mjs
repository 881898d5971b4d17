// What a browser has to load: one budget for all of it.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

const budget = 90 * 1024

test('the page is at most 90 KB, packed', () => {
  const dist = new URL('../dist/', import.meta.url)
  let total = 0
  for (const name of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (name.isFile() && !/\.(br|gz)$/.test(name.name)) total += gzipSync(readFileSync(`${name.parentPath ?? name.path}/${name.name}`)).length
  }
  console.log(`# the page is ${(total / 1024).toFixed(1)} KB, packed`)
  assert.ok(total <= budget, `${total} bytes`)
})
