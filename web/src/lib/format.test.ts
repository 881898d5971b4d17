import { expect, it } from 'vitest'
import { dateLabels } from './axis'
import { cards, standing } from './cards'
import { tidy } from './explain'
import { cents, day, duration, headline, money, percent, price, short, signed , sentences } from './format'
import { share } from './progress'
import type { Summary } from './api'

it('money has its sign before its currency, and no zero is negative', () => {
  expect([money(-80110.4), money(-0.2), short(-499_000), short(1_250_000), signed(12), signed(-12)]).toEqual(['−$80,110', '$0', '−$499K', '$1.3M', '+$12', '−$12'])
  expect([percent(0.75, 0), percent(-0.061), percent(-0.00001)]).toEqual(['75\u00a0%', '−6.1\u00a0%', '0.0\u00a0%'])
  expect([price(402.2), price(0.5), cents(-0.001)]).toEqual(['402.20', '0.5000', '0.00'])
})

it('times and dates are words', () => {
  expect([duration(0.4), duration(59), duration(61.9), duration(7260)]).toEqual(['less than a second', '59 s', '1 min 1 s', '2 h 1 min'])
  expect([day('1988-09-21'), day(undefined), day('x')]).toEqual(['21 Sep 1988', '–', '–'])
})

it('a verdict begins with its first sentence', () => {
  expect(sentences('Called at 75.0 % on 2 days. The hedge cost 1,200.50 net.')).toEqual(['Called at 75.0 % on 2 days.', 'The hedge cost 1,200.50 net.'])
  expect([headline('One.'), headline('')]).toEqual(['One.', ''])
})

it('arithmetic is written with thousands apart and LTVs in per cent', () => {
  expect(tidy('301652.00 / (394200.00 + 0.00 + 102149.90)')).toBe('301,652.00 / (394,200.00 + 0.00 + 102,149.90)')
  expect(tidy('1000 units × 102.149899966, 72 days to 1988-12-14 (0.197260273973 years)')).toBe('1000 units × 102.149899, 72 days to 14 Dec 1988 (0.19726 years)')
  expect(tidy('On 1988-10-03, with calls from an LTV of 0.75 on, the loan is called (LTV 0.7652).')).toBe('On 3 Oct 1988, with calls from an LTV of 75.00 % on, the loan is called (LTV 76.52 %).')
  expect(tidy('put#12345 at 1 − 0.765226 / 0.75')).toBe('put#12345 at 1 − 0.765226 / 0.75')
})

it('labels of dates leave out what the one before says', () => {
  const at = (date: string) => Date.parse(date) / 1000
  expect(dateLabels([at('2019-11-01'), at('2019-12-01'), at('2020-01-01')], 30 * 86400)).toEqual(['Nov\n2019', 'Dec', 'Jan\n2020'])
  expect(dateLabels([at('2020-01-30'), at('2020-02-01'), at('2020-02-03')], 2 * 86400)).toEqual(['30\nJan 2020', '1\nFeb', '3'])
  expect(dateLabels([at('2019-01-01'), at('2020-01-01')], 365 * 86400)).toEqual(['2019', '2020'])
})

it('progress counts the days of the hedge that is being computed', () => {
  const j = { done: 3200, total: 6000, unit: 'days', stage: 'calculating' as const, template_index: 2, template_count: 3 }
  expect(share(j)).toEqual({ done: 1200, total: 2000, unit: 'days', hedge: 2, hedges: 3 })
  expect(share({ ...j, template_count: 7 })).toMatchObject({ done: 3200, total: 6000 })
  expect(share({ ...j, total: 0 })).toBeUndefined()
  expect(share({ ...j, stage: 'fetching_prices', unit: 'bars', template_index: 0 })).toMatchObject({ done: 3200, total: 6000, unit: 'bars' })
})

const summary = (s: Partial<Summary>) =>
  ({ margin_call_days_hedged: 0, margin_call_days_unhedged: 0, margin_call_days_prevented: 0, margin_call_days_added: 0, max_ltv_hedged: 0.6, max_ltv_unhedged: 0.8, max_ltv_hedged_date: '2020-01-02', max_ltv_unhedged_date: '2020-01-02', equity_hedged_end: 10, equity_unhedged_end: 20, hedge_cost_net_of_mark: 5, cost_pa_pct_of_loan: 0.01, min_headroom_hedged: 0, min_headroom_unhedged: 0, cash_from_outside: 1, cure_cash_unhedged: 2, ...s }) as Summary

it('how a hedge did is said for every outcome', () => {
  const of = (prevented: number, of: number, added = 0) =>
    standing(summary({ margin_call_days_unhedged: of, margin_call_days_hedged: of - prevented + added, margin_call_days_prevented: prevented, margin_call_days_added: added }))
  expect([of(0, 0).good, of(5, 5).good, of(3, 5).words, of(0, 5).good, of(0, 5, 2).words, of(5, 28, 3)]).toEqual([
    null, true, 'The hedge prevents 3 of 5 days in call', false, 'The hedge adds 2 days in call', { words: 'The hedge prevents 5 of 28 days in call and adds 3', good: true },
  ])
  const old = { ...summary({ margin_call_days_unhedged: 5, margin_call_days_hedged: 2 }), margin_call_days_prevented: undefined, margin_call_days_added: undefined } as unknown as Summary
  expect(standing(old).words).toBe('With the hedge 2 days in call, without it 5')
})

it('a hedge under which the lender still sells is not praised', () => {
  const s = summary({ margin_call_days_unhedged: 170, margin_call_days_hedged: 8, margin_call_days_prevented: 162, margin_call_days_added: 0 })
  const account = (units_liquidated: number) => ({ units_liquidated, bad_debt: 0 })
  expect(standing(s, [account(900), account(446)])).toEqual({ words: 'The lender sells, with the hedge too', good: false })
  expect(standing(s, [account(0), account(446)])).toEqual({ words: 'The lender sells because of the hedge', good: false })
  expect(standing(s, [account(900), account(0)]).good).toBe(true)
})

it('a card says which way a difference goes', () => {
  const c = cards(summary({ margin_call_days_unhedged: 5 }))
  expect(c.map((x) => x.change).slice(0, 3)).toEqual(['5 fewer', '20.0 points lower', '−$10'])
  expect(c.map((x) => x.good).slice(0, 5)).toEqual([true, true, false, false, null])
  expect(cards(summary({ hedge_cost_net_of_mark: -80110 }))[3]).toMatchObject({ title: 'The hedge earned', hedged: '$80,110', good: true })
})
