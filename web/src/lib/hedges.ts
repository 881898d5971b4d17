// What the catalogue says of a hedge, in the words of the picker.
import type { Template } from './api'
import { percent } from './format'

const families: Record<string, string> = {
  put: 'Puts: a floor, paid for', put_spread: 'Put spreads: a floor with a depth', ladder: 'Ladders: a floor in steps', collar: 'Collars: a floor paid for by a ceiling',
  put_spread_collar: 'Put-spread collars', overwrite: 'Covered calls: income, no floor', tail: 'Tail hedges: crashes only', control: 'To compare with',
}

export const familyWords = (family: string) => families[family] ?? family.replaceAll('_', ' ')

export interface Cost {
  text: string
  earns: boolean
}

// costOf is the typical yearly cost: of a year in which nothing happens, or the
// budget of a hedge that has one.
export function costOf(t: Template): Cost | undefined {
  const c = t.flat_year_cost
  const most = t.budget?.max_annual_pct_of_notional
  if (most) return { text: `at most ${percent(most)} a year`, earns: false }
  if (c === null || t.control) return undefined
  if (Math.abs(c) < 0.0005) return { text: 'costs about nothing a year', earns: false }
  return c > 0 ? { text: `about ${percent(c)} a year`, earns: false } : { text: `earns about ${percent(-c)} a year`, earns: true }
}
