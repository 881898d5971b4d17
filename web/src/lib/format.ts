// Numbers and dates as people read them. The language is the page's: English.
// Sources quote in US dollars.
const dollarForm = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 })
const shortForm = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', notation: 'compact', maximumFractionDigits: 1, minimumFractionDigits: 0 })
const wholeForm = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const centsForm = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

export const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

// minus writes the sign that lines up with digits.
const minus = (text: string) => text.replace('-', '−')

export const money = (x: number) => minus(dollarForm.format(Math.abs(x) < 0.5 ? 0 : x))
export const signed = (x: number) => (x >= 0.5 ? '+' : '') + money(x)
export const cents = (x: number) => minus(centsForm.format(Math.abs(x) < 0.005 ? 0 : x))
export const short = (x: number) => minus(shortForm.format(x))
export const count = (n: number) => minus(wholeForm.format(n))
// percent keeps the figure and its sign on one line.
export const percent = (x: number, digits = 1) => minus((100 * x).toFixed(digits)).replace(/^−(0(?:\.0*)?)$/, '$1') + '\u00a0%'
export const optional = (x: number | null | undefined, form: (x: number) => string) => (x === null || x === undefined ? '–' : form(x))

// price has as many digits as a price of its size needs, and always as many, so
// that a column of prices lines up.
export function price(x: number): string {
  const digits = Math.abs(x) < 10 ? 4 : 2
  return minus(x.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }))
}

// tick is a price on an axis: no more digits than it has.
export const tick = (x: number) => minus(x.toLocaleString('en-US', { maximumFractionDigits: 6 }))

// amount is a quantity: whole where it is whole.
export const amount = (x: number) => minus(x.toLocaleString('en-US', { maximumFractionDigits: 4 }))

export function duration(seconds: number): string {
  if (seconds < 1) return 'less than a second'
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

// epoch is a civil date as seconds, in UTC, for the time axis.
export const epoch = (date: string) => Date.parse(date + 'T00:00:00Z') / 1000

// day is a civil date in words: 21 Sep 1988.
export function day(date: string | undefined): string {
  const at = date ? new Date(epoch(date) * 1000) : undefined
  return at && !Number.isNaN(at.getTime()) ? `${at.getUTCDate()} ${monthNames[at.getUTCMonth()]} ${at.getUTCFullYear()}` : '–'
}

// dated is a sentence with its dates in words.
export const dated = (text: string) => text.replace(/(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])/g, (date) => day(date).replaceAll(' ', '\u00a0'))

// moment is a time on this machine's clock.
export function moment(at: string): string {
  const d = new Date(at)
  return `${d.getDate()} ${monthNames[d.getMonth()]} ${d.getFullYear()}, ${d.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`
}
export const clock = (at: number) => new Date(at).toLocaleTimeString('en-GB')

export const plural = (n: number, one: string, many = one + 's') => `${count(n)} ${n === 1 ? one : many}`

// sentences of a verdict. The first is the headline; where a hedge was bought
// the second and third say what it cost and whether repaying did better.
export const sentences = (verdict: string): string[] => (verdict ? verdict.replace(/([.!?]) (?=[A-Z])/g, '$1\n').split('\n') : [''])
export const headline = (verdict: string): string => sentences(verdict)[0] ?? ''
