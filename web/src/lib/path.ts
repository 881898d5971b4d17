// What a path is made of, as columns for charts, and what stands out in it.
import type { Contract, Day, TemplateResult } from './api'
import { epoch } from './format'

export interface Columns {
  time: number[]
  dates: string[]
  spot: number[]
  bars: Bar[] // what is known of each session; empty for closes only
  strike: (number | null)[]
  unhedged: number[]
  hedged: number[]
  recognised: (number | null)[]
  net: number[]
  value: number[]
  option: number[]
  calls: number[] // indices of days on which the unhedged loan is called
  hedgedCalls: number[]
  marks: Mark[]
}

// Bar is a session's range.
export interface Bar {
  open: number
  high: number
  low: number
}

// Mark is an event worth a sign on the axis.
export interface Mark {
  index: number
  kind: 'trade' | 'call' | 'end'
  text: string
}

// strikeOn is the strike of the lowest long put that is open at a close: the
// floor under the collateral.
function strikeOn(contracts: Contract[], date: string): number | null {
  let strike: number | null = null
  for (const c of contracts) {
    if (c.right === 'put' && c.quantity > 0 && c.opened <= date && (!c.settled || date < c.settled)) {
      strike = strike === null ? c.strike : Math.max(strike, c.strike)
    }
  }
  return strike
}

export function columns(t: TemplateResult): Columns {
  const days: Day[] = t.daily_path
  const c: Columns = {
    time: [], dates: [], spot: [], bars: [], strike: [], unhedged: [], hedged: [], recognised: [], net: [], value: [], option: [], calls: [], hedgedCalls: [], marks: [],
  }
  const differs = days.some((d) => d.ltv_recognised !== d.ltv_hedged)
  const ranges = days.some((d) => d.bar_quality !== 'close_only')
  days.forEach((d, i) => {
    if (ranges) c.bars.push({ open: d.spot_open, high: d.spot_high, low: d.spot_low })
    c.time.push(epoch(d.date))
    c.dates.push(d.date)
    c.spot.push(d.spot_close)
    c.strike.push(strikeOn(t.contracts, d.date))
    c.unhedged.push(d.ltv_unhedged)
    c.hedged.push(d.ltv_hedged)
    c.recognised.push(differs ? d.ltv_recognised : null)
    c.net.push(d.equity_hedged)
    c.value.push(d.equity_unhedged)
    c.option.push(d.option_market_value)
    if (d.margin_call_unhedged) c.calls.push(i)
    if (d.margin_call_hedged) c.hedgedCalls.push(i)
    for (const e of d.events ?? []) {
      const kind = e.type.startsWith('margin_call_start') ? 'call' : e.type.startsWith('margin_call_end') ? 'end' : 'trade'
      c.marks.push({ index: i, kind, text: e.text })
    }
  })
  return c
}

// spans joins neighbouring indices to stretches, both ends included.
export function spans(indices: number[]): [number, number][] {
  const out: [number, number][] = []
  for (const i of indices) {
    const last = out[out.length - 1]
    if (last && last[1] === i - 1) last[1] = i
    else out.push([i, i])
  }
  return out
}

export interface Month {
  month: string
  first: number // index of the first day
  last: number
  calls: number
  hedgedCalls: number
  peak: number
  hedgedPeak: number
}

// months condenses a path for the table.
export function months(c: Columns): Month[] {
  const out: Month[] = []
  c.dates.forEach((date, i) => {
    const month = date.slice(0, 7)
    let m = out[out.length - 1]
    if (!m || m.month !== month) {
      m = { month, first: i, last: i, calls: 0, hedgedCalls: 0, peak: 0, hedgedPeak: 0 }
      out.push(m)
    }
    m.last = i
    m.peak = Math.max(m.peak, c.unhedged[i] ?? 0)
    m.hedgedPeak = Math.max(m.hedgedPeak, c.hedged[i] ?? 0)
  })
  for (const [list, key] of [[c.calls, 'calls'], [c.hedgedCalls, 'hedgedCalls']] as const) {
    for (const i of list) {
      const m = out.find((x) => i >= x.first && i <= x.last)
      if (m) m[key]++
    }
  }
  return out
}

// nextCall is the nearest day in call after an index, or before it; the start of
// its stretch.
export function nextCall(c: Columns, from: number, direction: 1 | -1): number | undefined {
  const starts = spans(c.calls).map((s) => s[0])
  return direction === 1 ? starts.find((i) => i > from) : starts.findLast((i) => i < from)
}

export interface Cluster {
  at: number // the first place
  count: number
}

// clusters joins what is nearer than room to the one before.
export function clusters(places: number[], room: number): Cluster[] {
  const out: Cluster[] = []
  let before = -Infinity
  for (const x of places) {
    const last = out[out.length - 1]
    if (last && x - before < room) last.count++
    else out.push({ at: x, count: 1 })
    before = x
  }
  return out
}
