import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import * as api from './api'
import { type Watcher, watch } from './watch'

// A stream that tests speak through.
class Stream {
  static last: Stream
  static count = 0
  heard: Record<string, (e: { data: string }) => void> = {}
  onerror: (() => void) | undefined
  closed = false
  constructor() {
    Stream.last = this
    Stream.count++
  }
  addEventListener(kind: string, f: (e: { data: string }) => void) {
    this.heard[kind] = f
  }
  say(kind: string, data: object) {
    this.heard[kind]?.({ data: JSON.stringify(data) })
  }
  close() {
    this.closed = true
  }
}

const running = { job_id: 'a', status: 'running' }
const done = { job_id: 'a', status: 'complete' }
const heard: unknown[] = []
const ear: Watcher = {
  job: (j) => heard.push(j.status),
  partial: (from, points) => heard.push([from, points.length]),
  silent: (since) => heard.push(since === null ? 'back' : 'silent'),
  gone: () => heard.push('gone'),
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Stream)
  heard.length = 0
  Stream.count = 0
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

it('a job is followed to its end and no further', async () => {
  vi.spyOn(api, 'job').mockResolvedValue(running as never)
  watch('a', ear)
  await vi.runAllTimersAsync()
  Stream.last.say('partial', { from: 0, points: [1, 2] })
  Stream.last.say('done', done)
  expect(heard).toEqual(['running', [0, 2], 'complete'])
  expect(Stream.last.closed).toBe(true)
  Stream.last.say('progress', running)
  expect(heard.length).toBe(3)
})

it('a server that is away is told once, asked again, and taken up where it is', async () => {
  const ask = vi.spyOn(api, 'job').mockResolvedValueOnce(running as never)
  watch('a', ear)
  await vi.advanceTimersByTimeAsync(0)
  ask.mockRejectedValueOnce(new api.Failure('away', 0)).mockRejectedValueOnce(new api.Failure('away', 0)).mockResolvedValueOnce(running as never)
  Stream.last.onerror?.()
  await vi.advanceTimersByTimeAsync(5000)
  expect(heard).toEqual(['running', 'silent', 'back', 'running'])
  expect(Stream.count).toBe(2)
})

it('a run that is not there is gone, and nothing is asked again', async () => {
  const ask = vi.spyOn(api, 'job').mockRejectedValue(new api.Failure('no', 404))
  watch('a', ear)
  await vi.advanceTimersByTimeAsync(10000)
  expect(heard).toEqual(['gone'])
  expect(ask).toHaveBeenCalledTimes(1)
})

it('who stops listening hears nothing more', async () => {
  vi.spyOn(api, 'job').mockResolvedValue(running as never)
  const stop = watch('a', ear)
  await vi.advanceTimersByTimeAsync(0)
  stop()
  Stream.last.say('progress', running)
  Stream.last.onerror?.()
  await vi.advanceTimersByTimeAsync(5000)
  expect(heard).toEqual(['running'])
})

it('news that is older than what was told is not told', async () => {
  vi.spyOn(api, 'job').mockResolvedValue({ ...running, version: 4 } as never)
  watch('a', ear)
  await vi.advanceTimersByTimeAsync(0)
  Stream.last.say('progress', { ...running, status: 'pending', version: 3 })
  Stream.last.say('progress', { ...running, version: 5 })
  expect(heard).toEqual(['running', 'running'])
})
