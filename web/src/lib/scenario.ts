import { lenders, pricings, recognitions as counted } from './choices'
import { figures } from './explain'

// What the form holds, what is sent, and what the address bar carries. A form
// holds text: what is typed is never changed and never lost.
export interface Form {
  symbol: string
  start: string
  end: string
  units: string
  loan: string // an amount, or a share of the collateral with a %
  call: string // per cent
  source: string
  templates: string[]
  vol: string // per cent; empty: realised
  preset: string
  recognition: string // empty: what the lender's terms say
  pricing: string
  spreads: string // between bid and ask in a crash; empty: as ever
  interest: string // per cent a year; empty: none
  spend: string // most to pay for data; empty: the server's limit
  name: string
  more: string // what a run was asked beyond the form, as JSON; empty: nothing
}

export type Field = Exclude<keyof Form, 'more'>

export const empty: Form = {
  symbol: '', start: '', end: '', units: '', loan: '', call: '75', source: 'sample', templates: ['protective-put-atm-12m'], vol: '', preset: 'simple',
  recognition: '', pricing: 'synthetic', spreads: '', interest: '', spend: '', name: '', more: '',
}

export interface Choice {
  value: string
  words: string
}

export { lenders, pricings }

// recognitions are the ways a lender may count options that are held. What is
// owed on options that were sold counts in full in each of them.
export const recognitions: Choice[] = [{ value: '', words: 'as its terms say, or at market value' }, ...counted]

// spreads are what becomes of the gap between bid and ask in a crash.
export const spreads: Choice[] = [
  { value: '', words: 'as much as on any other day' },
  { value: 'crash', words: 'more, as bid and ask lie further apart' },
]

export interface Preset {
  title: string
  form: Partial<Form>
}

export const presets: Preset[] = [
  { title: 'Gold, 12-month at-the-money put', form: { symbol: 'XAU', start: '1987-12-14', end: '1989-03-31', units: '1000', loan: '301650', call: '75', source: 'sample', templates: ['protective-put-atm-12m'], vol: '16' } },
  { title: 'S&P 500 through 2008, three hedges', form: { symbol: 'SPX', start: '2007-10-01', end: '2010-06-30', units: '1000', loan: '850000', call: '75', source: 'sample', templates: ['protective-put-95pct-12m', 'collar-zero-cost-95-12m', 'put-spread-95-80-12m'] } },
  { title: 'S&P 500, spring of 2020', form: { symbol: 'SPX', start: '2019-06-03', end: '2020-04-17', units: '1000', loan: '1750000', call: '75', source: 'sample', templates: ['protective-put-95pct-3m-roll', 'tail-put-budget-50bp'] } },
  { title: 'An invented crash', form: { symbol: 'DEMO-CRASH', start: '2005-01-03', end: '2009-12-31', units: '1000', loan: '50000', call: '75', source: 'synthetic', templates: ['protective-put-95pct-12m'] } },
]

// asNumber reads what people type; NaN is left to the server, which names the
// field. A comma stands between groups of digits: 6,5 is no number here, and not 65.
export function asNumber(text: string): number | string | undefined {
  const bare = text.replace(/[\s_']/g, '').replace(/(?<=\d),(?=\d{3}(?!\d)|\d\d,)/g, '')
  if (bare === '') return undefined
  const x = Number(bare)
  return Number.isFinite(x) ? x : text
}

const asFraction = (text: string) => {
  const x = asNumber(text.replace('%', ''))
  return typeof x === 'number' ? Number((x / 100).toPrecision(12)) : x
}

const isShare = (text: string) => text.trim().endsWith('%')

type Document = Record<string, unknown>

const isDocument = (x: unknown): x is Document => typeof x === 'object' && x !== null && !Array.isArray(x)

// extras reads what a form carries beyond its fields.
export function extras(f: Form): Document {
  try {
    const x: unknown = JSON.parse(f.more || '{}')
    return isDocument(x) ? x : {}
  } catch {
    return {}
  }
}

// request is the document that is sent.
export function request(f: Form): Document {
  const more = extras(f)
  const facility: Document = { ...(isDocument(more.facility) ? more.facility : {}) }
  const assumptions: Document = { ...(isDocument(more.assumptions) ? more.assumptions : {}) }
  if (f.preset !== 'simple') facility.preset = f.preset
  if (f.recognition) facility.hedge_recognition = f.recognition
  if (f.interest.trim()) facility.loan_rate = asFraction(f.interest)
  if (f.vol.trim()) assumptions.vol = { model: 'flat', value: asFraction(f.vol) }
  if (f.pricing !== 'synthetic') assumptions.pricing_mode = f.pricing
  if (f.spreads && f.pricing === 'synthetic') assumptions.crash_spreads = true
  const out: Document = {
    ...more,
    symbol: f.symbol.trim().toUpperCase() || undefined,
    start_date: f.start || undefined,
    end_date: f.end || undefined,
    underlying_units: asNumber(f.units),
    loan_amount: isShare(f.loan) ? undefined : asNumber(f.loan),
    loan_to_value: isShare(f.loan) ? asFraction(f.loan) : undefined,
    margin_call_ltv: asFraction(f.call),
    data_source: f.source,
    template_slugs: more.template ? undefined : f.templates,
    scenario_name: f.name.trim() || undefined,
    max_cost_usd: f.spend.trim() ? asNumber(f.spend) : undefined,
    facility: Object.keys(facility).length ? facility : undefined,
    assumptions: Object.keys(assumptions).length ? assumptions : undefined,
  }
  return JSON.parse(JSON.stringify(out)) as Document
}

const keys: Record<string, Exclude<keyof Form, 'templates'>> = {
  symbol: 'symbol', start: 'start', end: 'end', units: 'units', loan: 'loan', call: 'call', source: 'source', vol: 'vol', lender: 'preset', counts: 'recognition', pricing: 'pricing', spreads: 'spreads',
  interest: 'interest', spend: 'spend', name: 'name', more: 'more',
}

// toAddress writes a form into a query, leaving out what is empty.
export function toAddress(f: Form): string {
  const q = new URLSearchParams()
  for (const [key, field] of Object.entries(keys)) {
    const value = f[field]
    if (value && value !== empty[field]) q.set(key, value)
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
    if (value !== null) f[field] = value
  }
  const hedges = q.getAll('hedge')
  if (hedges.length > 0) f.templates = hedges
  return f
}

const asPercent = (x: unknown) => (typeof x === 'number' ? String(Number((100 * x).toPrecision(12))) : '')
const text = (x: unknown) => (x === undefined || x === null ? '' : String(x))

// fromRequest fills a form from a request as it was resolved. usual is the same
// question with nothing but defaults, when it is known: what differs from it
// and has no field in the form is carried along.
export function fromRequest(asked: Document, usual?: Document): Form {
  const facility = isDocument(asked.facility) ? asked.facility : {}
  const assumptions = isDocument(asked.assumptions) ? asked.assumptions : {}
  const vol = isDocument(assumptions.vol) ? assumptions.vol : {}
  const flat = vol.model === 'flat' && typeof vol.value === 'number'
  const plain = (text(facility.preset) || 'simple') === 'simple' && facility.hedge_recognition === 'market_value'
  const recognition = recognitions.find((r) => r.value === facility.hedge_recognition && !plain)?.value ?? ''
  const slugs = Array.isArray(asked.template_slugs) ? (asked.template_slugs as string[]) : []
  const more: Document = {}
  const kept = (group: 'facility' | 'assumptions', from: Document, inForm: string[]) => {
    const known = isDocument(usual?.[group]) ? usual[group] : {}
    const rest = Object.entries(from).filter(([key, value]) => value !== null && !inForm.includes(key) && JSON.stringify(value) !== JSON.stringify(known[key]))
    if (rest.length) more[group] = Object.fromEntries(rest)
  }
  kept('facility', facility, ['preset', 'loan_rate', ...(plain || recognition ? ['hedge_recognition'] : [])])
  kept('assumptions', assumptions, ['pricing_mode', 'crash_spreads', ...(flat ? ['vol'] : [])])
  const position = isDocument(asked.position) ? asked.position : {}
  const units = asked.underlying_units ?? position.underlying_units
  if (units === undefined && typeof asked.collateral_value === 'number') more.collateral_value = asked.collateral_value // what it comes to is not known yet
  const loan = typeof asked.loan_to_value === 'number' ? asPercent(asked.loan_to_value) + '%' : text(asked.loan_amount)
  if (isDocument(asked.template)) more.template = asked.template
  if (typeof asked.dataset === 'string' && asked.dataset) more.dataset = asked.dataset
  if (asked.data_quality === 'fail') more.data_quality = 'fail'
  return {
    symbol: text(asked.symbol), start: text(asked.start_date), end: text(asked.end_date), units: text(units), loan,
    call: asPercent(asked.margin_call_ltv), source: text(asked.data_source), templates: slugs.length ? [...slugs] : [text(asked.template_slug) || (empty.templates[0] ?? '')],
    vol: flat ? asPercent(vol.value) : '', preset: text(facility.preset) || 'simple', recognition, pricing: text(assumptions.pricing_mode) || 'synthetic', spreads: assumptions.crash_spreads === true ? 'crash' : '', interest: asPercent(facility.loan_rate),
    spend: asked.max_cost_usd === undefined || asked.max_cost_usd === (usual?.max_cost_usd ?? 5) ? '' : text(asked.max_cost_usd), name: '',
    more: Object.keys(more).length ? JSON.stringify(more) : '',
  }
}

// carried says what a form carries beyond its fields, one setting a line.
export function carried(f: Form): string[] {
  const out: string[] = []
  const walk = (x: unknown, path: string) => {
    if (isDocument(x) && path !== 'template') for (const [key, value] of Object.entries(x)) walk(value, path ? `${path}.${key}` : key)
    else out.push(path === 'template' ? 'a hedge of its own' : `${path.replace(/^(facility|assumptions)\./, '').replaceAll('_', ' ').replaceAll('.', ' ')}: ${typeof x === 'string' ? x.replaceAll('_', ' ').slice(0, 40) : JSON.stringify(x)}`)
  }
  walk(extras(f), '')
  return out
}

// named is the input of each path of the server's errors, and its label.
const named: Record<string, [Field, string]> = {
  symbol: ['symbol', 'Pledged asset'], start_date: ['start', 'From'], end_date: ['end', 'To'], underlying_units: ['units', 'Units pledged'], loan_amount: ['loan', 'Loan'],
  collateral_value: ['units', 'The value of what is pledged'], loan_to_value: ['loan', 'The LTV of the loan'],
  margin_call_ltv: ['call', 'The LTV at which the lender calls'], data_source: ['source', 'Prices from'], template_slug: ['templates', 'Hedge'], template_slugs: ['templates', 'Hedge'],
  scenario_name: ['name', 'Name of this run'], max_cost_usd: ['spend', 'Most to spend on data'], 'assumptions.vol.value': ['vol', 'Option vol'], 'assumptions.vol': ['vol', 'Option vol'],
  'facility.preset': ['preset', 'The lender’s terms'], 'facility.loan_rate': ['interest', 'Interest on the loan'], 'facility.hedge_recognition': ['recognition', 'How the lender counts the hedge'],
  'assumptions.pricing_mode': ['pricing', 'Options are priced'], 'assumptions.quote_source': ['pricing', 'The source of quotes'], 'assumptions.quote_dataset': ['pricing', 'The dataset of quotes'],
  'assumptions.crash_spreads': ['spreads', 'What trading an option costs in a crash'],
  'assumptions.contract_mode': ['pricing', 'The contract mode'],
}

// fieldOf names the input that a path of the server's errors is about.
export function fieldOf(path: string): Field | undefined {
  const bare = path.replace(/\[.*$/, '')
  return named[bare]?.[0] ?? (bare.startsWith('assumptions.vol') ? 'vol' : bare.startsWith('facility') ? 'preset' : undefined)
}

// inputOf names the input at which an error can be mended: where a date is
// suggested, that is a date.
export function inputOf(e: Fault): Field | undefined {
  const field = fieldOf(e.field)
  return /^\d{4}-\d{2}-\d{2}$/.test(remedy(e) ?? '') && field !== 'end' ? 'start' : field
}

interface Fault {
  field: string
  message?: string
  suggestion?: string
}

// remedy is what would end an error: what the server suggests for the field, or
// the start date that the sentence of another field names.
export const remedy = (e: Fault): string | undefined => e.suggestion ?? /set start date to (\d{4}-\d{2}-\d{2})/.exec(e.message ?? '')?.[1]

const inPercent = (fraction: string) => `${Number((100 * Number(fraction)).toPrecision(4))} %`

// inWords is a sentence of the server in the words of the form: its labels in
// place of the names on the wire, per cent in place of fractions.
export function inWords(message: string): string {
  let out = message
    .replace(' (or collateral_value, its value at the entry)', '')
    .replace(' (or loan_to_value, a fraction of the collateral such as 0.6)', ', or a share of the collateral such as 60%')
    .replaceAll('largest loan_to_value', 'largest LTV of the loan')
  for (const path of Object.keys(named).sort((a, b) => b.length - a.length)) {
    if (/[_.]/.test(path)) out = out.replaceAll(path, named[path]?.[1] ?? path)
  }
  return figures(out)
    .replace(/a fraction between 0 and 1, such as (0\.\d+)/, (_, x: string) => `between 0 and 100 %, such as ${inPercent(x)}`)
    .replace(/(?<=[a-z:] )The LTV/g, 'the LTV')
    .replace(/a fraction (above 0 and below )/, '$1')
    .replace(/(calls at |lender calls, |level of |lends at most |LTV of the loan is |hundredths of a per cent, is |flat vol, such as )(0\.\d+)/g, (_, words: string, x: string) => words + inPercent(x))
}

// suggested turns a suggestion of the server into the text of an input.
export function suggested(field: Field, suggestion: string, path?: string): string {
  if (path === 'loan_to_value') return asPercent(Number(suggestion)) + '%'
  if (field === 'call' || field === 'vol' || field === 'interest') {
    const x = Number(suggestion)
    if (Number.isFinite(x)) return asPercent(x)
  }
  return suggestion
}

// yearsBack is a start date a number of years before an end, within a range.
export function yearsBack(end: string, years: number, first?: string): string {
  const d = new Date(end + 'T00:00:00Z')
  if (Number.isNaN(d.getTime())) return first ?? ''
  d.setUTCFullYear(d.getUTCFullYear() - years)
  const start = d.toISOString().slice(0, 10)
  return first && start < first ? first : start
}
