// Numbers and dates as people read them. The language is the page's: English.
const moneyForm = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const centsForm = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const shortForm = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

// minus writes the sign that lines up with digits.
const minus = (text: string) => text.replace('-', '−')

export const money = (x: number) => minus(moneyForm.format(Math.abs(x) < 0.5 ? 0 : x))
export const cents = (x: number) => minus(centsForm.format(x))
export const short = (x: number) => minus(shortForm.format(x))
export const count = (n: number) => moneyForm.format(n)
export const percent = (x: number, digits = 1) => minus((100 * x).toFixed(digits)) + ' %'
export const optional = (x: number | null | undefined, form: (x: number) => string) => (x === null || x === undefined ? '–' : form(x))

// price has as many digits as a price of its size needs.
export const price = (x: number) => minus(x.toLocaleString('en-US', { maximumFractionDigits: Math.abs(x) < 10 ? 4 : 2 }))

export function duration(seconds: number): string {
  if (seconds < 1) return 'less than a second'
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

// epoch is a civil date as seconds, in UTC, for the time axis.
export const epoch = (date: string) => Date.parse(date + 'T00:00:00Z') / 1000
export const civil = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10)

export const plural = (n: number, one: string, many = one + 's') => `${count(n)} ${n === 1 ? one : many}`

// headline splits a verdict into its first sentence and the rest.
export function headline(verdict: string): [string, string] {
  const end = /[.!?] (?=[A-Z])/.exec(verdict)
  return end ? [verdict.slice(0, end.index + 1), verdict.slice(end.index + 2)] : [verdict, '']
}
