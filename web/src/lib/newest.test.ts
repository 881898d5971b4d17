import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fresher, inTurn, newest } from './newest'
import { effectRuns } from './newest.probe.svelte'

// An answer that comes when the test says so.
function due<T>() {
  let come!: (answer: T) => void
  let fail!: (error: unknown) => void
  const answer = new Promise<T>((yes, no) => ([come, fail] = [yes, no]))
  return { answer, come, fail }
}
const told: unknown[] = []
const tell = (x: unknown) => told.push(x)
const settle = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => {
  vi.useFakeTimers()
  told.length = 0
})
afterEach(() => vi.useRealTimers())

it('of two requests the newer is told, whichever answers first', async () => {
  for (const order of [[0, 1], [1, 0]]) {
    told.length = 0
    const n = newest()
    const both = [due<string>(), due<string>()]
    both.forEach((b) => n.ask(() => b.answer, tell))
    for (const i of order) {
      both[i]?.come(`answer ${i}`)
      await settle()
    }
    expect(told).toEqual(['answer 1'])
  }
})

it('a failure that comes late is not told either', async () => {
  const n = newest()
  const [old, now] = [due<string>(), due<string>()]
  n.ask(() => old.answer, tell, (e) => tell(['failed', e]))
  n.ask(() => now.answer, tell, (e) => tell(['failed', e]))
  now.come('new')
  await settle()
  old.fail('old')
  await settle()
  expect(told).toEqual(['new'])
  n.ask(() => Promise.reject(new Error('away')), tell, () => tell('away'))
  await settle()
  expect(told).toEqual(['new', 'away'])
})

it('what is dropped is aborted, and what still waits is never asked', async () => {
  const n = newest()
  const signals: AbortSignal[] = []
  const ask = (wait: number) => n.ask((s) => (signals.push(s), Promise.resolve(wait)), tell, undefined, wait)
  ask(200)
  await vi.advanceTimersByTimeAsync(150)
  ask(201)
  await vi.advanceTimersByTimeAsync(150)
  expect(signals).toEqual([])
  await vi.advanceTimersByTimeAsync(100)
  expect(told).toEqual([201])
  ask(0)
  expect(signals[0]?.aborted).toBe(true)
  n.drop()
  await settle()
  expect(signals[1]?.aborted).toBe(true)
  expect(told).toEqual([201])
})

it('a visit ends when the next begins', () => {
  const n = newest()
  const here = n.begin()
  expect(here.aborted).toBe(false)
  const next = n.begin()
  expect([here.aborted, next.aborted]).toEqual([true, false])
})

it('an effect depends on what it reads itself, not on what its request reads', async () => {
  const probe = effectRuns()
  expect(probe.runs).toBe(1)
  probe.loaded = true // read by the request
  flushSync()
  expect(probe.runs).toBe(1)
  probe.search = 'gold' // read by the effect
  flushSync()
  expect(probe.runs).toBe(2)
  probe.end()
})

it('writes go one after another, also past one that fails', async () => {
  const turn = inTurn()
  const [a, b] = [due<string>(), due<string>()]
  const first = turn(() => (tell('a'), a.answer)).catch(() => tell('a failed'))
  const second = turn(() => (tell('b'), b.answer))
  b.come('b')
  await settle()
  expect(told).toEqual(['a'])
  a.fail('no')
  await first
  expect(await second).toBe('b')
  expect(told).toEqual(['a', 'a failed', 'b'])
})

it('of two states of a job the later stays; another job replaces it', () => {
  const at = (job_id: string, version: number) => ({ job_id, version })
  expect(fresher(at('a', 3), at('a', 2)).version).toBe(3)
  expect(fresher(at('a', 3), at('a', 4)).version).toBe(4)
  expect(fresher(at('a', 3), at('b', 1)).job_id).toBe('b')
  expect(fresher(undefined, at('a', 1)).version).toBe(1)
})
