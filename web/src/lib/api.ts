// The server's answers, typed by its own description.
import type { Client } from 'openapi-fetch'
import type { components, paths } from './schema'

type Schemas = components['schemas']
export type Job = Schemas['Job']
export type Summary = Schemas['Summary']
export type Event = Schemas['Event']
type Day = Required<Schemas['Day']>

// Path is a daily path by column, as far as the page draws it.
type Figures = 'date' | 'spot_open' | 'spot_high' | 'spot_low' | 'spot_close' | 'underlying_value' | 'option_market_value' | 'net_portfolio_value' | 'ltv_hedged' | 'ltv_unhedged'
  | 'ltv_recognised' | 'margin_call_hedged' | 'margin_call_unhedged' | 'equity_hedged' | 'equity_unhedged' | 'bar_quality'
export type Path = { [K in Figures]: Day[K][] } & { underlying_units: (number | null)[]; underlying_units_hedged: (number | null)[]; events: (Event[] | null)[] }
// Known is a type without the fields that a later server may add.
type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] }
export type TemplateResult = Omit<Known<Schemas['TemplateResult']>, 'daily_path'> & { daily_path: Path }
export type Result = Omit<Known<Schemas['Result']>, 'template_results'> & { template_results: TemplateResult[] }
export type Contract = Schemas['Contract']
export type Branch = Schemas['Branch']
export type Scenario = Schemas['Scenario']
export type Check = Schemas['Check']
export type Estimate = Schemas['Estimate']
export type FieldError = Schemas['FieldError']
export type Problem = Schemas['Problem']
export type Template = Schemas['CatalogueTemplate']
export type Source = Schemas['Source']
export type Listing = Schemas['Listing']
export type Explanation = Schemas['Explanation']
export type PartialPoint = Schemas['PartialPoint']

// Failure is why a request was not answered: what the server said, or that it
// could not be reached.
export class Failure extends Error {
  readonly fields: FieldError[]
  constructor(
    message: string,
    readonly status: number, // 0: not reached
    readonly problem?: Problem,
  ) {
    super(message)
    this.fields = problem?.errors ?? []
  }
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504
  }
}

interface Asked {
  params?: { path?: Record<string, string>; query?: Record<string, string | number>; header?: Record<string, string> }
  body?: unknown
  signal?: AbortSignal
}

// The types are those of openapi-fetch; of its code the page needs only this.
const send = (method: string) => async (path: string, { params = {}, body, signal }: Asked) => {
  const query = new URLSearchParams(Object.entries(params.query ?? {}).map(([key, value]) => [key, String(value)])).toString()
  const response = await fetch(path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params.path?.[key] ?? '')) + (query && `?${query}`), {
    method,
    headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...params.header },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null,
  })
  const text = await response.text()
  const said: unknown = text && /json/.test(response.headers.get('Content-Type') ?? '') ? JSON.parse(text) : undefined
  return response.ok ? { data: said, response } : { error: said, response }
}
const client = { GET: send('GET'), POST: send('POST'), PATCH: send('PATCH'), DELETE: send('DELETE') } as unknown as Client<paths>

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await call
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Failure('The server cannot be reached.', 0)
  }
  if (answer.response.ok) return answer.data as T
  const problem = answer.error as Problem | undefined
  const words = [problem?.detail, problem?.hint].filter(Boolean).join(' ')
  throw new Failure(words || `The server answered ${answer.response.status}.`, answer.response.status, problem)
}

const ws = 'default'

export const templates = () => ask(client.GET('/api/v1/templates', {})).then((a) => a.templates)
export const sources = () => ask(client.GET('/api/v1/sources', {})).then((a) => a.sources)
export const symbols = (slug: string, signal?: AbortSignal) =>
  ask(client.GET('/api/v1/sources/{slug}/symbols', { params: { path: { slug }, query: { workspace: ws } }, signal })).then((a) => a.symbols)
export const symbol = (slug: string, name: string, signal: AbortSignal) =>
  ask(client.GET('/api/v1/sources/{slug}/symbols/{symbol}', { params: { path: { slug, symbol: name }, query: { workspace: ws } }, signal }))
export const check = (body: unknown, signal?: AbortSignal) =>
  ask(client.POST('/api/v1/workspaces/{ws}/backtests/validate', { params: { path: { ws } }, body: body as Scenario, signal }))
export const estimate = (slug: string, body: unknown, signal?: AbortSignal) =>
  ask(client.POST('/api/v1/sources/{slug}/estimate', { params: { path: { slug }, query: { workspace: ws } }, body: body as Scenario, signal }))
// The same key with the same question is the same job: a press that is
// repeated because its answer was lost starts nothing twice.
export const submit = (body: unknown, key: string) =>
  ask(client.POST('/api/v1/workspaces/{ws}/backtests', { params: { path: { ws }, header: { 'Idempotency-Key': key } }, body: body as Scenario })) as Promise<Job>
export const current = (signal?: AbortSignal) => ask(client.GET('/api/v1/workspaces/{ws}/backtests/current', { params: { path: { ws } }, signal }))
export const request = (id: string, signal?: AbortSignal) =>
  ask(client.GET('/api/v1/workspaces/{ws}/backtests/{job_id}/request', { params: { path: { ws, job_id: id } }, signal }))
export const job = (id: string, signal?: AbortSignal) => ask(client.GET('/api/v1/workspaces/{ws}/backtests/{job_id}', { params: { path: { ws, job_id: id } }, signal }))
export const cancel = (id: string) =>
  ask(client.POST('/api/v1/workspaces/{ws}/backtests/{job_id}/cancel', { params: { path: { ws, job_id: id } } }))
export const remove = (id: string) =>
  ask(client.DELETE('/api/v1/workspaces/{ws}/backtests/{job_id}', { params: { path: { ws, job_id: id } } }))
export const annotate = (id: string, body: Schemas['Annotation']) =>
  ask(client.PATCH('/api/v1/workspaces/{ws}/backtests/{job_id}', { params: { path: { ws, job_id: id } }, body }))
export const pageSize = 20
export const history = (search: string, status: string, cursor: string, signal?: AbortSignal, limit = pageSize) =>
  ask(client.GET('/api/v1/workspaces/{ws}/backtests', { params: { path: { ws }, query: { limit, ...(search && { q: search }), ...(status && { status }), ...(cursor && { cursor }) } as never }, signal }))
export const explain = (id: string, date: string, template: string, signal?: AbortSignal) =>
  ask(
    client.GET('/api/v1/workspaces/{ws}/backtests/{job_id}/days/{date}', {
      params: { path: { ws, job_id: id, date }, query: { template } as never },
      signal,
    }),
  )

export const resultAddress = (id: string, query = '') => `/api/v1/workspaces/${ws}/backtests/${id}/result${query}`
export const eventsAddress = (id: string) => `/api/v1/workspaces/${ws}/backtests/${id}/events`

export async function result(id: string, signal?: AbortSignal): Promise<Result> {
  let response: Response
  try {
    response = await fetch(resultAddress(id, '?format=columns&fields=path'), { signal: signal ?? null })
  } catch {
    throw new Failure('The server cannot be reached.', 0)
  }
  if (!response.ok) throw new Failure(response.status === 409 ? 'This run has no result.' : `The result cannot be read: the server answered ${response.status}.`, response.status)
  return (await response.json()) as Result
}

export const priceFiles = (signal?: AbortSignal) => ask(client.GET('/api/v1/workspaces/{ws}/datasets', { params: { path: { ws } }, signal })).then((a) => a.datasets)
export const removePriceFile = (dataset: string) => ask(client.DELETE('/api/v1/workspaces/{ws}/datasets/{dataset}', { params: { path: { ws, dataset } } }))

export type PriceFile = Schemas['PriceFile']

// upload sends a file of prices as it is; the server tells what it is.
export async function upload(symbol: string, file: File): Promise<PriceFile> {
  const query = new URLSearchParams({ symbol, name: file.name })
  let response: Response
  try {
    response = await fetch(`/api/v1/workspaces/${ws}/datasets?${query}`, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file })
  } catch {
    throw new Failure('The server cannot be reached.', 0)
  }
  const answer: unknown = await response.json()
  if (response.ok) return answer as PriceFile
  const problem = answer as Problem
  throw new Failure(problem.detail, response.status, problem)
}
