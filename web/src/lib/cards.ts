// The key figures: with the hedge beside without it, the difference, and what
// the figure means.
import type { Branch, Summary } from './api'
import { count, day, money, percent, signed } from './format'

export interface Card {
  title: string
  hedged: string
  without: string
  change: string
  good: boolean | null // null: neither better nor worse
  means: string
}

const better = (gain: number, least: number): boolean | null => (Math.abs(gain) < least ? null : gain > 0)

export function cards(s: Summary): Card[] {
  const days = s.margin_call_days_unhedged - s.margin_call_days_hedged
  const equity = s.equity_hedged_end - s.equity_unhedged_end
  const points = s.max_ltv_hedged - s.max_ltv_unhedged
  const room = s.min_headroom_hedged - s.min_headroom_unhedged
  const cost = s.hedge_cost_net_of_mark
  const yearly = s.cost_pa_pct_of_loan
  return [
    {
      title: 'Days in margin call', hedged: count(s.margin_call_days_hedged), without: count(s.margin_call_days_unhedged),
      change: days === 0 ? 'no difference' : `${count(Math.abs(days))} ${days > 0 ? 'fewer' : 'more'}`, good: better(days, 0.5),
      means: 'Sessions on which the LTV reaches the lender’s threshold: at the close, or at the day’s low with a lender who watches that. With the hedge, as this lender counts it.',
    },
    {
      title: 'Highest LTV', hedged: percent(s.max_ltv_hedged), without: percent(s.max_ltv_unhedged),
      change: Math.abs(points) < 0.0005 ? 'no difference' : `${percent(Math.abs(points)).replace(/\s?%/, '')} points ${points < 0 ? 'lower' : 'higher'}`, good: better(-points, 0.0005),
      means: `Loan over collateral at its worst: ${day(s.max_ltv_unhedged_date)} without the hedge, ${day(s.max_ltv_hedged_date)} with it. With the hedge the options count at market value.`,
    },
    {
      title: 'Equity at the end', hedged: money(s.equity_hedged_end), without: money(s.equity_unhedged_end),
      change: Math.abs(equity) < 0.5 ? 'no difference' : signed(equity), good: better(equity, 0.5),
      means: 'What is left for the borrower once loan and interest are paid at the last close.',
    },
    {
      title: cost < -0.5 ? 'The hedge earned' : 'The hedge cost', hedged: money(Math.abs(cost)), without: money(0),
      change: yearly === null || Math.abs(cost) < 0.5 ? '' : `${percent(Math.abs(yearly), 2)} of the loan a year`, good: better(-cost, 0.5),
      means: 'Premiums paid, less premiums and payoffs received, plus what trading cost, less what open options are still worth.',
    },
    {
      title: 'Least room before a call', hedged: percent(s.min_headroom_hedged), without: percent(s.min_headroom_unhedged),
      change: Math.abs(room) < 0.0005 ? 'no difference' : `${percent(Math.abs(room)).replace(/\s?%/, '')} points ${room > 0 ? 'more' : 'less'}`, good: better(room, 0.0005),
      means: 'How far the LTV stayed below the threshold on the worst day, as a share of the threshold. Below zero: over it.',
    },
    {
      title: 'Cash that had to be found', hedged: money(s.cash_from_outside), without: money(s.cure_cash_unhedged),
      change: '', good: null,
      means: 'With the hedge: what premiums took beyond the hedge’s own cash. Without it: the repayment that would have ended the worst call.',
    },
  ]
}

// standing says in a few words how the hedge did against calls, and against
// the lender's sales where its terms are carried out. Days are compared by
// date; a result of an earlier version has only the two counts.
export function standing(s: Summary, branches: Pick<Branch, 'units_liquidated' | 'bad_debt'>[] = []): { words: string; good: boolean | null } {
  const [without, hedged] = [s.margin_call_days_unhedged, s.margin_call_days_hedged]
  const [prevented, added] = [s.margin_call_days_prevented, s.margin_call_days_added] as (number | undefined)[]
  const sold = branches.map((b) => b.units_liquidated > 0 || b.bad_debt > 0)
  if (sold[1]) return { words: sold[0] ? 'The lender sells, with the hedge too' : 'The lender sells because of the hedge', good: false }
  if (without === 0 && hedged === 0) return { words: 'No call, with the hedge or without', good: null }
  if (hedged === 0) return { words: 'The hedge prevents every call', good: true }
  if (prevented === undefined || added === undefined) return { words: `With the hedge ${count(hedged)} days in call, without it ${count(without)}`, good: hedged === without ? null : hedged < without }
  if (prevented === 0) return { words: added ? `The hedge adds ${count(added)} days in call` : 'The hedge prevents no call', good: false }
  return { words: `The hedge prevents ${count(prevented)} of ${count(without)} days in call${added ? ` and adds ${count(added)}` : ''}`, good: hedged === without ? null : hedged < without }
}
