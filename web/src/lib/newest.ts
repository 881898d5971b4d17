// Answers come late and out of order. These two keep a page from believing an
// old one: reads are dropped when a newer one is asked, writes wait in line.
import { untrack } from 'svelte'

export interface Newest {
  // begin drops what was asked before. Its signal is aborted by the next one.
  begin(): AbortSignal
  // ask begins, waits, and asks. Of a request that was dropped nothing is told,
  // neither its answer nor its failure. An effect that calls it does not depend
  // on what the request reads.
  ask<T>(request: (signal: AbortSignal) => Promise<T>, answered: (answer: T) => void, failed?: (error: unknown) => void, waitMillis?: number): void
  drop(): void
}

export function newest(): Newest {
  let latest = new AbortController()
  const drop = () => latest.abort()
  const begin = () => {
    drop()
    latest = new AbortController()
    return latest.signal
  }
  return {
    begin,
    drop,
    ask(request, answered, failed = () => undefined, waitMillis = 0) {
      const signal = begin()
      const send = () => {
        if (signal.aborted) return
        untrack(() => request(signal)).then(
          (answer) => signal.aborted || answered(answer),
          (error: unknown) => signal.aborted || failed(error),
        )
      }
      if (waitMillis > 0) setTimeout(send, waitMillis)
      else send()
    },
  }
}

// inTurn runs one task after another, in the order in which they were given:
// what was written last is what stays.
export function inTurn(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const mine = last.then(task, task)
    last = mine.catch(() => undefined)
    return mine
  }
}

// fresher is the later of two states of a thing that the server counts the
// changes of.
export const fresher = <T extends { job_id: string; version: number }>(known: T | undefined, news: T): T =>
  known && known.job_id === news.job_id && known.version > news.version ? known : news
