import { expect, it } from 'vitest'
import type { TemplateResult } from './api'
import { type Entry, baseline, differences, labels, rows } from './compare'
import { lined } from './overlay'

const entry = (id: string, days: number, cost: number | null, units: number, terms: object = {}): Entry => ({
  id, label: id,
  template: {
    summary_metrics: { margin_call_days_hedged: days, margin_call_days_unhedged: 9, max_ltv_hedged: 0.6, max_ltv_unhedged: 0.8, cost_pa_pct_of_loan: cost, hedge_cost_net_of_mark: 0, equity_hedged_end: 1, equity_unhedged_end: 2, cash_from_outside: 0, min_headroom_hedged: 0.1, min_headroom_unhedged: -0.1 },
    daily_path: { date: id === 'a' ? ['2020-01-02', '2020-01-03'] : ['2020-01-03', '2020-01-06'], ltv_hedged: [0.5, 0.6], ltv_unhedged: [0.7, 0.8] },
  } as unknown as TemplateResult,
  scenario: { symbol: 'XAU', entry_date: '2020-01-02', last_date: '2020-02-03', underlying_units: units, loan_amount: 1, margin_call_ltv: 0.75, data_source: 'sample', request: {}, ...terms },
})

it('the best value is marked where values differ, and what is not known is neither', () => {
  const table = rows([entry('a', 0, null, 1), entry('b', 3, 0.02, 1)])
  expect(table[0]?.cells.map((c) => c.best)).toEqual([true, false])
  expect(table[1]?.cells.map((c) => c.best)).toEqual([false, false])
  expect(table[4]?.cells.map((c) => c.text)).toEqual(['–', '2.00\u00a0%'])
})

it('between loans of different sizes none is the best', () => {
  expect(rows([entry('a', 0, null, 1), entry('b', 3, 0.02, 2)])[0]?.cells.some((c) => c.best)).toBe(false)
})

it('without a hedge is a column of its own', () => {
  expect(baseline([entry('a', 0, null, 1)]).slice(0, 2)).toEqual(['9', '80.0\u00a0%'])
  expect(baseline([])).toContain('–')
})

it('what makes runs incomparable is named', () => {
  expect(differences([entry('a', 0, null, 1), entry('b', 3, 0.02, 2)])).toEqual(['the units pledged (1 and 2)'])
  expect(differences([entry('a', 0, null, 1), entry('b', 0, null, 1, { request: { assumptions: { vol: 1 } } })])).toEqual(['the assumptions of pricing, such as vol or rate'])
  expect(differences([entry('a', 0, null, 1)])).toEqual([])
})

it('runs are told apart by as little as tells them apart', () => {
  const run = (id: string, name: string, hedge: string) => ({ id, result: { scenario_name: name, template_results: [{ template_name: hedge }] } })
  expect(labels([run('1', 'Gold', 'Put'), run('2', 'Gold', 'Collar')])).toEqual(['Put', 'Collar'])
  expect(labels([run('1', 'Gold', 'Put'), run('2', 'Silver', 'Put')])).toEqual(['Gold', 'Silver'])
  expect(labels([run('0001', 'Gold', 'Put'), run('0002', 'Gold', 'Put')])).toEqual(['Gold, Put (0001)', 'Gold, Put (0002)'])
})

it('the days of all runs are on one axis', () => {
  const l = lined([entry('a', 0, null, 1), entry('b', 0, null, 1)])
  expect(l.dates).toEqual(['2020-01-02', '2020-01-03', '2020-01-06'])
  expect(l.columns).toEqual([[0.7, 0.8, null], [0.5, 0.6, null], [null, 0.5, 0.6]])
})
