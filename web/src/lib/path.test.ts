import { expect, it } from 'vitest'
import type { TemplateResult } from './api'
import { clusters, columns, from, months, nextCall, signs, spans } from './path'

// of makes a path by column out of days.
function of(days: { date: string; ltv: number; called?: boolean; recognised?: number; events?: { type: string; text: string }[] }[]) {
  return {
    daily_path: {
      date: days.map((d) => d.date), spot_open: days.map(() => 99), spot_high: days.map(() => 101), spot_low: days.map(() => 98), spot_close: days.map(() => 100),
      bar_quality: days.map(() => 'close_only'), ltv_unhedged: days.map((d) => d.ltv), ltv_hedged: days.map((d) => d.ltv - 0.1), ltv_recognised: days.map((d) => d.recognised ?? d.ltv - 0.1),
      equity_hedged: days.map(() => 1), equity_unhedged: days.map(() => 2), option_market_value: days.map(() => 3), net_portfolio_value: days.map(() => 4), underlying_value: days.map(() => 5),
      underlying_units: days.map(() => null), underlying_units_hedged: days.map(() => null),
      margin_call_unhedged: days.map((d) => d.called ?? false), margin_call_hedged: days.map(() => false), events: days.map((d) => d.events ?? null),
    },
    summary_metrics: { start_value: 200 },
    contracts: [
      { right: 'put', quantity: 1, strike: 95, opened: '2020-01-30', settled: '2020-02-04' },
      { right: 'put', quantity: 1, strike: 90, opened: '2020-01-31', settled: '2020-02-05' },
      { right: 'put', quantity: -1, strike: 99, opened: '2020-01-30' },
      { right: 'call', quantity: 1, strike: 110, opened: '2020-01-30' },
    ],
  } as unknown as TemplateResult
}
const template = of([
  { date: '2020-01-30', ltv: 0.7, events: [{ type: 'entry', text: 'Bought.' }] },
  { date: '2020-01-31', ltv: 0.76, called: true, events: [{ type: 'margin_call_start_unhedged', text: 'Called.' }] },
  { date: '2020-02-03', ltv: 0.77, called: true },
  { date: '2020-02-04', ltv: 0.7, events: [{ type: 'margin_call_end_unhedged', text: 'Over.' }, { type: 'expiry', text: 'Expired.' }, { type: 'renewal', text: 'Renewed.' }] },
  { date: '2020-02-05', ltv: 0.8, called: true },
])

it('the strike shown is the highest floor that is open', () => {
  expect(columns(template).strike).toEqual([95, 95, 95, 90, null])
})

it('strikes follow splits and special dividends from their day on', () => {
  const split = of([{ date: '2020-01-30', ltv: 0.7 }, { date: '2020-01-31', ltv: 0.7 }, { date: '2020-02-03', ltv: 0.7 }])
  split.contracts = [{ right: 'put', quantity: 1, strike: 95, opened: '2020-01-30', adjustments: [{ date: '2020-01-31', split: 5 }, { date: '2020-02-03', dividend: 2 }] }] as unknown as TemplateResult['contracts']
  expect(columns(split).strike).toEqual([95, 19, 17])
})

it('the collateral without a hedge has the units that the hedge sold', () => {
  const sold = of([{ date: '2020-01-30', ltv: 0.7 }, { date: '2020-01-31', ltv: 0.7 }, { date: '2020-02-03', ltv: 0.7 }])
  sold.daily_path.underlying_units_hedged = [null, 1.9, 7.6]
  sold.daily_path.underlying_units = [null, null, 8]
  expect(columns(sold).alone).toEqual([5, 200, 800])
})

it('days in call, events and what the lender counts come from the path', () => {
  const c = columns(template)
  expect(c.calls).toEqual([1, 2, 4])
  expect(c.recognised).toBeNull()
  expect(c.bars).toBeNull()
  expect(c.events.map((e) => [e.index, e.kind, e.hedged])).toEqual([[0, 'purchase', true], [1, 'call', false], [3, 'cured', false], [3, 'expiry', true], [3, 'roll', true]])
  expect(columns(of([{ date: '2020-01-30', ltv: 0.7, recognised: 0.65 }])).recognised).toEqual([0.65])
})

it('a day has one sign, and buying again on an expiry is a roll', () => {
  expect(signs(columns(template).events).map((e) => e.kind)).toEqual(['purchase', 'roll'])
})

it('spans join neighbours', () => {
  expect(spans([1, 2, 4])).toEqual([[1, 2], [4, 4]])
  expect(spans([])).toEqual([])
})

it('calls are found in both directions', () => {
  const c = columns(template)
  expect(nextCall(c, -1, 1)).toBe(1)
  expect(nextCall(c, 1, 1)).toBe(4)
  expect(nextCall(c, 4, 1)).toBeUndefined()
  expect(nextCall(c, 4, -1)).toBe(1)
})

it('months hold their days, their worst LTV and their days in call', () => {
  const m = months(columns(template))
  expect(m.map((x) => [x.month, x.first, x.last, x.calls, x.peak])).toEqual([['2020-01', 0, 1, 1, 0.76], ['2020-02', 2, 4, 2, 0.8]])
})

it('signs closer than six pixels are one, and a cluster does not grow along a row', () => {
  expect(clusters([0, 3, 5, 20], 6)).toEqual([{ at: 0, count: 3 }, { at: 20, count: 1 }])
  expect(clusters([0, 4, 8, 12, 16], 6).map((c) => c.count)).toEqual([2, 2, 1])
})

it('a place in ascending order is found, at the ends too', () => {
  expect([from([1, 3, 5], 0), from([1, 3, 5], 3), from([1, 3, 5], 4), from([1, 3, 5], 9), from([], 1)]).toEqual([0, 1, 2, 3, 0])
})
