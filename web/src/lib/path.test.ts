import { expect, it } from 'vitest'
import type { TemplateResult } from './api'
import { differences, rows } from './compare'
import { headline, money, percent } from './format'
import { clusters, columns, months, nextCall, spans } from './path'
import { addressOf, viewOf } from './view'

const day = (date: string, ltv: number, called = false) => ({
  date, spot_close: 100, ltv_unhedged: ltv, ltv_hedged: ltv - 0.1, ltv_recognised: ltv - 0.1, equity_hedged: 1, equity_unhedged: 2, option_market_value: 3,
  margin_call_unhedged: called, margin_call_hedged: false, events: called ? [{ type: 'margin_call_start_unhedged', text: 'Called.' }] : undefined,
})
const template = {
  daily_path: [day('2020-01-30', 0.7), day('2020-01-31', 0.76, true), day('2020-02-03', 0.77, true), day('2020-02-04', 0.7), day('2020-02-05', 0.8, true)],
  contracts: [
    { right: 'put', quantity: 1, strike: 95, opened: '2020-01-30', settled: '2020-02-04' },
    { right: 'put', quantity: -1, strike: 99, opened: '2020-01-30' },
    { right: 'call', quantity: 1, strike: 110, opened: '2020-01-30' },
  ],
} as unknown as TemplateResult

it('columns show the floor of long puts while they are open', () => {
  const c = columns(template)
  expect(c.strike).toEqual([95, 95, 95, null, null])
  expect(c.calls).toEqual([1, 2, 4])
  expect(c.recognised.every((x) => x === null)).toBe(true)
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

it('months count calls and peaks', () => {
  expect(months(columns(template)).map((m) => [m.month, m.calls, m.peak])).toEqual([['2020-01', 1, 0.76], ['2020-02', 2, 0.8]])
})

it('a verdict has a headline', () => {
  expect(headline('Called on 55 days, peak 79.6 %. With the hedge, none.')).toEqual(['Called on 55 days, peak 79.6 %.', 'With the hedge, none.'])
  expect(headline('One sentence.')).toEqual(['One sentence.', ''])
})

it('numbers have the sign that lines up', () => {
  expect(money(-1234.4)).toBe('−1,234')
  expect(money(-0.2)).toBe('0')
  expect(percent(-0.0501)).toBe('−5.0 %')
})

it('addresses lead back', () => {
  for (const v of [{ kind: 'home' }, { kind: 'history' }, { kind: 'run', id: 'x' }, { kind: 'compare', ids: ['a', 'b'] }] as const) {
    const [path, query] = addressOf({ ...v } as never).split('?')
    expect(viewOf(path ?? '/', query ?? '')).toEqual(v)
  }
  expect(viewOf('/', 'compare=a')).toEqual({ kind: 'home' })
})

it('the best is marked only where there is one', () => {
  const s = (calls: number, cost: number | null) => ({ margin_call_days_hedged: calls, max_ltv_hedged: 0.7, min_headroom_hedged: 0.1, hedge_cost_net_of_mark: 5, cost_pa_pct_of_loan: cost, cash_from_outside: 0, equity_hedged_end: 1 })
  const entry = (id: string, calls: number, cost: number | null, units: number) => ({
    id, label: id, template: { ...template, summary_metrics: s(calls, cost) } as unknown as TemplateResult,
    scenario: { symbol: 'XAU', entry_date: 'a', last_date: 'b', underlying_units: units, loan_amount: 1, margin_call_ltv: 0.75 },
  })
  const entries = [entry('a', 0, null, 1), entry('b', 3, 0.02, 2)]
  const table = rows(entries)
  expect(table[0]?.cells.map((c) => c.best)).toEqual([true, false])
  expect(table[1]?.cells.some((c) => c.best)).toBe(false)
  expect(table[4]?.cells.map((c) => c.text)).toEqual(['–', '2.00 %'])
  expect(differences(entries)).toEqual(['the units pledged (1, 2)'])
  expect(differences([entries[0]!])).toEqual([])
})

it('signs that would touch are one with a count', () => {
  expect(clusters([10, 12, 17, 40], 6)).toEqual([{ at: 10, count: 3 }, { at: 40, count: 1 }])
})
