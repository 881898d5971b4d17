// Watching a job: by its event stream, and by asking when the stream is down.
// The page shows since when the server is silent and keeps trying.
import * as api from './api'
import type { Job, PartialPoint } from './api'
import { fresher } from './newest'

export const terminal = (j: Job) => j.status === 'complete' || j.status === 'failed' || j.status === 'cancelled'

export interface Watcher {
  job(j: Job): void
  partial(from: number, points: PartialPoint[]): void
  silent(since: number | null): void
  gone(): void
}

const retryMillis = 1500

export function watch(id: string, w: Watcher): () => void {
  let stopped = false
  let stream: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let silentSince: number | null = null

  const heard = () => {
    if (silentSince !== null) {
      silentSince = null
      w.silent(null)
    }
  }
  const lost = () => {
    if (silentSince === null) {
      silentSince = Date.now()
      w.silent(silentSince)
    }
  }
  let latest: Job | undefined
  const take = (j: Job) => {
    if (stopped) return
    heard()
    latest = fresher(latest, j)
    if (latest !== j) return
    w.job(j)
    if (terminal(j)) stop()
  }
  const stop = () => {
    stopped = true
    stream?.close()
    clearTimeout(timer)
  }
  const ask = async () => {
    try {
      take(await api.job(id))
      if (!stopped) open()
    } catch (error) {
      if (stopped) return
      if (error instanceof api.Failure && error.status === 404) {
        stop()
        w.gone()
        return
      }
      lost()
      timer = setTimeout(ask, retryMillis)
    }
  }
  const open = () => {
    stream?.close()
    stream = new EventSource(api.eventsAddress(id))
    for (const kind of ['stage', 'progress', 'done']) {
      stream.addEventListener(kind, (e) => take(JSON.parse((e as MessageEvent<string>).data) as Job))
    }
    stream.addEventListener('partial', (e) => {
      if (stopped) return
      heard()
      const p = JSON.parse((e as MessageEvent<string>).data) as { from: number; points: PartialPoint[] }
      w.partial(p.from, p.points)
    })
    stream.onerror = () => {
      if (stopped) return
      stream?.close()
      timer = setTimeout(ask, 200)
    }
  }
  void ask()
  return stop
}
