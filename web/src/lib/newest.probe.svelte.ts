// An effect to be counted by a test: it reads `search` itself, its request
// reads `loaded`.
import { flushSync } from 'svelte'
import { newest } from './newest'

export function effectRuns() {
  let search = $state('')
  let loaded = $state(false)
  let runs = 0
  const reading = newest()
  const end = $effect.root(() => {
    $effect(() => {
      void search
      runs++
      reading.ask(() => Promise.resolve(loaded), () => undefined)
    })
  })
  flushSync()
  return {
    end,
    get runs() {
      return runs
    },
    set search(s: string) {
      search = s
    },
    set loaded(l: boolean) {
      loaded = l
    },
  }
}
