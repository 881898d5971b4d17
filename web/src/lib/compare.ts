// Runs and hedges side by side: which figures, which is best, and whether they
// may be compared at all.
import type { Summary, TemplateResult } from './api'
import { count, money, optional, percent } from './format'

export interface Terms {
  symbol: string
  entry_date: string
  last_date: string
  underlying_units: number
  loan_amount: number
  margin_call_ltv: number
}

export interface Entry {
  id: string
  label: string
  template: TemplateResult
  scenario: Terms
}

export interface Figure {
  label: string
  of(s: Summary): number | null
  form(x: number): string
  best: 'low' | 'high'
}

export const figures: Figure[] = [
  { label: 'Days in margin call', of: (s) => s.margin_call_days_hedged, form: count, best: 'low' },
  { label: 'Highest LTV', of: (s) => s.max_ltv_hedged, form: percent, best: 'low' },
  { label: 'Least room before a call', of: (s) => s.min_headroom_hedged, form: percent, best: 'high' },
  { label: 'Cost of the hedge', of: (s) => s.hedge_cost_net_of_mark, form: money, best: 'low' },
  { label: 'Cost a year, of the loan', of: (s) => s.cost_pa_pct_of_loan, form: (x) => percent(x, 2), best: 'low' },
  { label: 'Cash from outside', of: (s) => s.cash_from_outside, form: money, best: 'low' },
  { label: 'Equity at the end', of: (s) => s.equity_hedged_end, form: money, best: 'high' },
]

export interface Row {
  label: string
  cells: { text: string; best: boolean }[]
}

// rows makes the table. The best value is marked where values differ.
export function rows(entries: Entry[]): Row[] {
  return figures.map((f) => {
    const values = entries.map((e) => f.of(e.template.summary_metrics))
    const known = values.filter((v): v is number => v !== null)
    const best = f.best === 'low' ? Math.min(...known) : Math.max(...known)
    const differ = known.some((v) => v !== best)
    return { label: f.label, cells: values.map((v) => ({ text: optional(v, f.form), best: differ && v === best })) }
  })
}

// differences says why entries may not be comparable, as sentences' ends.
export function differences(entries: Entry[]): string[] {
  const out: string[] = []
  const differ = (what: string, of: (t: Terms) => unknown) => {
    const values = [...new Set(entries.map((e) => String(of(e.scenario))))]
    if (values.length > 1) out.push(`${what} (${values.join(', ')})`)
  }
  differ('the asset', (t) => t.symbol)
  differ('the first day', (t) => t.entry_date)
  differ('the last day', (t) => t.last_date)
  differ('the units pledged', (t) => t.underlying_units)
  differ('the loan', (t) => t.loan_amount)
  differ('the threshold', (t) => t.margin_call_ltv)
  return out
}
