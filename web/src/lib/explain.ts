// The server's arithmetic as people read it: thousands apart, LTVs in per cent,
// dates in words, and no more digits than tell something.
import { day } from './format'

const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
const mostDecimals = 6

export const tidy = (text: string): string => figures(text).replace(/\d{4}-\d{2}-\d{2}/g, (date) => day(date))

// figures leaves dates as they are.
export const figures = (text: string): string =>
  text
    .replace(/LTV (?:of )?\d\.\d+/g, (all) => all.replace(/\d\.\d+/, (x) => `${(100 * Number(x)).toFixed(2)} %`))
    .replace(/(?<![\w.#-])(\d+)(\.\d+)?(?![\w%-])/g, (_, whole: string, decimals: string | undefined) => {
      const long = decimals !== undefined && decimals.length > mostDecimals + 1
      return (decimals === undefined && whole.length < 5 ? whole : grouped(whole)) + (long ? decimals.slice(0, mostDecimals + 1).replace(/\.?0+$/, '') : (decimals ?? ''))
    })
