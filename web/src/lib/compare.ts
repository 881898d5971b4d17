// Runs and hedges side by side: which figures, which is best, and whether they
// may be compared at all.
import type { Summary, TemplateResult } from './api'
import { amount, count, day, money, optional, percent } from './format'

export interface Terms {
  symbol: string
  entry_date: string
  last_date: string
  underlying_units: number
  loan_amount: number
  margin_call_ltv: number
  data_source: string
  request: { assumptions?: unknown; facility?: unknown }
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
  alone(s: Summary): number | null // without a hedge; null: there is none
  form(x: number): string
  best: 'low' | 'high'
}

export const figures: Figure[] = [
  { label: 'Days in margin call', of: (s) => s.margin_call_days_hedged, alone: (s) => s.margin_call_days_unhedged, form: count, best: 'low' },
  { label: 'Highest LTV', of: (s) => s.max_ltv_hedged, alone: (s) => s.max_ltv_unhedged, form: percent, best: 'low' },
  { label: 'Least room before a call', of: (s) => s.min_headroom_hedged, alone: (s) => s.min_headroom_unhedged, form: percent, best: 'high' },
  { label: 'Cost of the hedge', of: (s) => s.hedge_cost_net_of_mark, alone: () => 0, form: money, best: 'low' },
  { label: 'Cost a year, of the loan', of: (s) => s.cost_pa_pct_of_loan, alone: () => 0, form: (x) => percent(x, 2), best: 'low' },
  { label: 'Cash from outside', of: (s) => s.cash_from_outside, alone: () => null, form: money, best: 'low' },
  { label: 'Equity at the end', of: (s) => s.equity_hedged_end, alone: (s) => s.equity_unhedged_end, form: money, best: 'high' },
]

// baseline is the column without a hedge, of the first entry.
export const baseline = (entries: Entry[]): string[] =>
  figures.map((f) => {
    const s = entries[0]?.template.summary_metrics
    return optional(s && f.alone(s), f.form)
  })

export interface Row {
  label: string
  cells: { text: string; best: boolean }[]
}

const same: (keyof Terms)[] = ['symbol', 'entry_date', 'last_date', 'underlying_units', 'loan_amount']

// rows makes the table. The best value is marked where values differ, of one
// loan on the same days: between others none is the best.
export function rows(entries: Entry[]): Row[] {
  const fair = same.every((key) => entries.every((e) => e.scenario[key] === entries[0]?.scenario[key]))
  return figures.map((f) => {
    const values = entries.map((e) => f.of(e.template.summary_metrics))
    const known = values.filter((v): v is number => v !== null)
    const best = f.best === 'low' ? Math.min(...known) : Math.max(...known)
    const differ = fair && known.some((v) => v !== best)
    return { label: f.label, cells: values.map((v) => ({ text: optional(v, f.form), best: differ && v === best })) }
  })
}

// differences says why entries may not be comparable, as sentences' ends.
export function differences(entries: Entry[]): string[] {
  const out: string[] = []
  const differ = (what: string, of: (t: Terms) => unknown) => {
    const values = [...new Set(entries.map((e) => String(of(e.scenario))))]
    if (values.length > 1) out.push(`${what} (${values.join(' and ')})`)
  }
  differ('the asset', (t) => t.symbol)
  differ('the first day', (t) => day(t.entry_date))
  differ('the last day', (t) => day(t.last_date))
  differ('the units pledged', (t) => amount(t.underlying_units))
  differ('the loan', (t) => money(t.loan_amount))
  differ('the threshold', (t) => percent(t.margin_call_ltv))
  differ('the source of prices', (t) => t.data_source)
  const terms = (what: string, of: (t: Terms) => unknown) => {
    if (new Set(entries.map((e) => JSON.stringify(of(e.scenario)))).size > 1) out.push(what)
  }
  terms('the assumptions of pricing, such as vol or rate', (t) => t.request.assumptions)
  terms('the terms of the lender', (t) => t.request.facility)
  return out
}

// labels tells runs apart by what differs: the hedge, else the name, else both
// and a piece of the id.
export function labels(runs: { id: string; result: { scenario_name: string; template_results: { template_name: string }[] } }[]): string[] {
  const hedges = runs.map((r) => r.result.template_results[0]?.template_name ?? '')
  const names = runs.map((r) => r.result.scenario_name)
  const distinct = (list: string[]) => new Set(list).size === list.length
  if (distinct(hedges)) return hedges
  if (distinct(names)) return names
  const both = runs.map((_, i) => `${names[i]}, ${hedges[i]}`)
  return distinct(both) ? both : both.map((b, i) => `${b} (${runs[i]?.id.slice(-4)})`)
}
