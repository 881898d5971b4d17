// How much of a stage is done, in the words of its unit.
import type { Job } from './api'

export interface Share {
  done: number
  total: number
  unit: string
  hedge: number
  hedges: number
}

// share counts the days of the hedge that is being computed; the job counts
// those of all of them, which are as many for each.
export function share(j: Pick<Job, 'done' | 'total' | 'unit' | 'stage' | 'template_index' | 'template_count'>): Share | undefined {
  if (j.total <= 0) return undefined
  const hedges = Math.max(1, j.template_count)
  const each = j.total / hedges
  if (j.stage !== 'calculating' || j.template_index < 1 || !Number.isInteger(each)) {
    return { done: j.done, total: j.total, unit: j.unit || 'days', hedge: 1, hedges: 1 }
  }
  return { done: Math.max(0, Math.min(each, j.done - (j.template_index - 1) * each)), total: each, unit: j.unit || 'days', hedge: j.template_index, hedges }
}
