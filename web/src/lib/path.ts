// What a path is made of, as columns for charts, and what stands out in it.
import type { Contract, Event, TemplateResult } from './api'
import { dated, epoch } from './format'

export interface Columns {
  time: number[]
  dates: string[]
  spot: number[]
  bars: Bars | null // null where only closes are known
  strike: (number | null)[]
  unhedged: number[]
  hedged: number[]
  recognised: number[] | null // null where the lender counts the hedge at market value
  equity: number[] // with the hedge, less the loan
  equityAlone: number[]
  net: number[] // collateral and options, less what the hedge cost
  alone: number[] // the collateral without a hedge
  option: number[]
  calls: number[] // indices of days on which the unhedged loan is called
  hedgedCalls: number[]
  events: Mark[]
}

export interface Bars {
  open: number[]
  high: number[]
  low: number[]
}

export type Kind = 'call' | 'cured' | 'purchase' | 'roll' | 'expiry' | 'other'

// Mark is what happened at one close.
export interface Mark {
  index: number
  kind: Kind
  hedged: boolean // of the hedged account; false: of the loan without a hedge
  text: string
}

export const kinds: { kind: Kind; sign: string; one: string; many: string }[] = [
  { kind: 'call', sign: '●', one: 'margin call', many: 'margin calls' },
  { kind: 'cured', sign: '○', one: 'end of a call', many: 'ends of calls' },
  { kind: 'purchase', sign: '▲', one: 'trade', many: 'trades' },
  { kind: 'roll', sign: '◆', one: 'roll', many: 'rolls' },
  { kind: 'expiry', sign: '▼', one: 'expiry', many: 'expiries' },
  { kind: 'other', sign: '■', one: 'other event', many: 'other events' },
]

const rolling = new Set(['renewal', 'roll', 'restrike'])

function kindOf(type: string): Kind {
  if (type.startsWith('margin_call_start')) return 'call'
  if (type.startsWith('margin_call_end')) return 'cured'
  if (type === 'expiry') return 'expiry'
  if (rolling.has(type)) return 'roll'
  if (type === 'entry' || type === 'assignment' || type.startsWith('monetis') || type === 'close' || type === 'sale') return 'purchase'
  return 'other'
}

// strikeOn is the strike in force on a day, after splits and special dividends.
function strikeOn(c: Contract, date: string): number {
  return (c.adjustments ?? []).reduce((strike, a) => (a.date <= date ? strike / (a.split || 1) - (a.dividend ?? 0) : strike), c.strike)
}

// strikes is the highest strike of the long puts that are open at each close:
// the floor under the collateral.
function strikes(contracts: Contract[], dates: string[]): (number | null)[] {
  const out: (number | null)[] = new Array<number | null>(dates.length).fill(null)
  for (const c of contracts) {
    if (c.right !== 'put' || c.quantity <= 0) continue
    for (let i = from(dates, c.opened); i < dates.length && (!c.settled || (dates[i] ?? '') < c.settled); i++) {
      const known = out[i]
      const strike = strikeOn(c, dates[i] ?? '')
      out[i] = known == null ? strike : Math.max(known, strike)
    }
  }
  return out
}

// from is the first index that is not before a value, in ascending order.
export function from<T extends string | number>(sorted: T[], value: T): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as T) < value) low = middle + 1
    else high = middle
  }
  return low
}

const where = (flags: boolean[]) => flags.flatMap((on, i) => (on ? [i] : []))

const leastShown = 0.0001 // a difference of LTVs that a reader could see

// collateral is what is pledged without the hedge is worth: the units of the
// request, or what splits and dividends made of them, where the hedge sold some.
function collateral(t: TemplateResult): number[] {
  const p = t.daily_path
  const asked = t.summary_metrics.start_value / (p.spot_close[0] ?? 1)
  return p.underlying_value.map((value, i) => (p.underlying_units_hedged[i] == null ? value : (p.underlying_units[i] ?? asked) * (p.spot_close[i] ?? 0)))
}

export function columns(t: TemplateResult): Columns {
  const p = t.daily_path
  const events: Mark[] = []
  p.events.forEach((list: Event[] | null, index) => {
    for (const e of list ?? []) events.push({ index, kind: kindOf(e.type), hedged: !e.type.endsWith('unhedged'), text: dated(e.text) })
  })
  return {
    time: p.date.map(epoch), dates: p.date, spot: p.spot_close,
    bars: p.bar_quality.some((q) => q !== 'close_only') ? { open: p.spot_open, high: p.spot_high, low: p.spot_low } : null,
    strike: strikes(t.contracts, p.date),
    unhedged: p.ltv_unhedged, hedged: p.ltv_hedged,
    recognised: p.ltv_recognised.some((x, i) => Math.abs(x - (p.ltv_hedged[i] ?? 0)) > leastShown) ? p.ltv_recognised : null,
    equity: p.equity_hedged, equityAlone: p.equity_unhedged, net: p.net_portfolio_value, alone: collateral(t), option: p.option_market_value,
    calls: where(p.margin_call_unhedged), hedgedCalls: where(p.margin_call_hedged), events,
  }
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
  const calls = new Set(c.calls)
  const hedgedCalls = new Set(c.hedgedCalls)
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
    if (calls.has(i)) m.calls++
    if (hedgedCalls.has(i)) m.hedgedCalls++
  })
  return out
}

// nextCall is the start of the nearest stretch of days in call after an index,
// or before it.
export function nextCall(c: Columns, index: number, direction: 1 | -1): number | undefined {
  const starts = spans(c.calls).map((s) => s[0])
  return direction === 1 ? starts.find((i) => i > index) : starts.findLast((i) => i < index)
}

export interface Cluster {
  at: number // the first place
  count: number
}

// clusters joins what is nearer than room to the first of a cluster, so that
// signs never touch and no cluster grows without end.
export function clusters(places: number[], room: number): Cluster[] {
  const out: Cluster[] = []
  for (const x of places) {
    const last = out[out.length - 1]
    if (last && x - last.at < room) last.count++
    else out.push({ at: x, count: 1 })
  }
  return out
}

// signOf is the one sign of a day on which several things happened: buying
// again what has just expired is a roll.
export function signs(events: Mark[]): Mark[] {
  const rank: Record<Kind, number> = { call: 5, roll: 4, purchase: 3, expiry: 2, other: 1, cured: 0 }
  const out: Mark[] = []
  for (const e of events) {
    if (e.kind === 'cured' || e.kind === 'call') continue
    const last = out[out.length - 1]
    if (last?.index !== e.index) out.push(e)
    else if (rank[e.kind] > rank[last.kind]) out[out.length - 1] = e
  }
  return out
}
