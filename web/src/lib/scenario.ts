// What the form holds, what is sent, and what the address bar carries. A form
// holds text: what is typed is never changed and never lost.
export interface Form {
  symbol: string
  start: string
  end: string
  units: string
  loan: string
  call: string // per cent
  source: string
  templates: string[]
  vol: string // per cent; empty: realised
  preset: string
  name: string
}

export const empty: Form = {
  symbol: '', start: '', end: '', units: '', loan: '', call: '75', source: 'sample', templates: ['protective-put-atm-12m'], vol: '', preset: 'simple', name: '',
}

// lenders are the terms by name that the server knows.
export const lenders = [
  'simple', 'private_bank_lombard', 'us_pal_demand', 'reg_t_margin', 'basel_conservative', 'btc_ledn', 'btc_unchained', 'crypto_apx', 'crypto_figure', 'crypto_nebeus',
  'crypto_nexo', 'aave_v3', 'morpho_86',
]

export interface Preset {
  title: string
  form: Partial<Form>
}

export const presets: Preset[] = [
  { title: 'Gold, winter of 1987', form: { symbol: 'XAU', start: '1987-12-14', end: '1989-03-31', units: '1000', loan: '301650', call: '75', source: 'sample', templates: ['protective-put-atm-12m'], vol: '' } },
  { title: 'S&P 500, 2007 to 2010', form: { symbol: 'SPX', start: '2007-10-01', end: '2010-06-30', units: '1000', loan: '850000', call: '75', source: 'sample', templates: ['protective-put-95pct-12m', 'collar-zero-cost-95-12m', 'put-spread-95-80-12m'], vol: '' } },
  { title: 'S&P 500, spring of 2020', form: { symbol: 'SPX', start: '2019-06-03', end: '2020-04-17', units: '1000', loan: '1750000', call: '75', source: 'sample', templates: ['protective-put-95pct-3m-roll', 'tail-put-budget-50bp'], vol: '' } },
  { title: 'An invented crash', form: { symbol: 'DEMO-CRASH', start: '2005-01-03', end: '2009-12-31', units: '1000', loan: '50000', call: '75', source: 'synthetic', templates: ['protective-put-95pct-12m'], vol: '' } },
]

// asNumber reads what people type; NaN is left to the server, which names the
// field.
export function asNumber(text: string): number | string | undefined {
  const bare = text.replace(/[\s,_']/g, '')
  if (bare === '') return undefined
  const x = Number(bare)
  return Number.isFinite(x) ? x : text
}

const asFraction = (text: string) => {
  const x = asNumber(text.replace('%', ''))
  return typeof x === 'number' ? Number((x / 100).toPrecision(12)) : x
}

// request is the document that is sent.
export function request(f: Form): Record<string, unknown> {
  const out: Record<string, unknown> = {
    symbol: f.symbol.trim().toUpperCase() || undefined,
    start_date: f.start || undefined,
    end_date: f.end || undefined,
    underlying_units: asNumber(f.units),
    loan_amount: asNumber(f.loan),
    margin_call_ltv: asFraction(f.call),
    data_source: f.source,
    template_slugs: f.templates,
  }
  if (f.name.trim()) out.scenario_name = f.name.trim()
  if (f.vol.trim()) out.assumptions = { vol: { model: 'flat', value: asFraction(f.vol) } }
  if (f.preset !== 'simple') out.facility = { preset: f.preset }
  return out
}

const keys: Record<string, keyof Form> = {
  symbol: 'symbol', start: 'start', end: 'end', units: 'units', loan: 'loan', call: 'call', source: 'source', vol: 'vol', lender: 'preset', name: 'name',
}

// toAddress writes a form into a query, leaving out what is empty.
export function toAddress(f: Form): string {
  const q = new URLSearchParams()
  for (const [key, field] of Object.entries(keys)) {
    const value = f[field] as string
    if (value && value !== (empty[field] as string)) q.set(key, value)
  }
  for (const t of f.templates) q.append('hedge', t)
  return q.toString()
}

// fromAddress reads a form back.
export function fromAddress(query: string): Form | undefined {
  const q = new URLSearchParams(query)
  if (!q.has('symbol')) return undefined
  const f: Form = { ...empty }
  for (const [key, field] of Object.entries(keys)) {
    const value = q.get(key)
    if (value !== null) (f[field] as string) = value
  }
  const hedges = q.getAll('hedge')
  if (hedges.length > 0) f.templates = hedges
  return f
}

interface Asked {
  symbol: string
  start_date: string
  end_date: string
  underlying_units: number
  loan_amount: number
  margin_call_ltv: number
  data_source: string
  template_slug?: string
  template_slugs?: string[] | null
  scenario_name?: string
  assumptions?: { vol?: { model?: string; value?: number } | null }
  facility?: { preset?: string }
}

// fromRequest fills a form from a request that was run.
export function fromRequest(s: Asked): Form {
  const vol = s.assumptions?.vol
  return {
    symbol: s.symbol, start: s.start_date, end: s.end_date, units: String(s.underlying_units), loan: String(s.loan_amount),
    call: String(Number((100 * s.margin_call_ltv).toPrecision(12))), source: s.data_source,
    templates: s.template_slugs?.length ? [...s.template_slugs] : [s.template_slug ?? empty.templates[0] ?? ''],
    vol: vol?.model === 'flat' && vol.value ? String(Number((100 * vol.value).toPrecision(12))) : '',
    preset: s.facility?.preset ?? 'simple', name: '',
  }
}

// fieldOf names the input that a path of the server's errors is about.
export function fieldOf(path: string): keyof Form | undefined {
  const table: Record<string, keyof Form> = {
    symbol: 'symbol', start_date: 'start', end_date: 'end', underlying_units: 'units', loan_amount: 'loan', margin_call_ltv: 'call',
    data_source: 'source', template_slug: 'templates', template_slugs: 'templates', scenario_name: 'name',
  }
  if (path.startsWith('assumptions.vol')) return 'vol'
  if (path.startsWith('facility')) return 'preset'
  return table[path.replace(/\[.*$/, '')]
}

// suggested turns a suggestion of the server into the text of an input.
export function suggested(field: keyof Form, suggestion: string): string {
  if (field === 'call' || field === 'vol') {
    const x = Number(suggestion)
    if (Number.isFinite(x)) return String(Number((100 * x).toPrecision(12)))
  }
  return suggestion
}

// yearsBack is a start date a number of years before an end, within a range.
export function yearsBack(end: string, years: number, first?: string): string {
  const d = new Date(end + 'T00:00:00Z')
  d.setUTCFullYear(d.getUTCFullYear() - years)
  const start = d.toISOString().slice(0, 10)
  return first && start < first ? first : start
}
