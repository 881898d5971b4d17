// Generated from the tables of choices by make reference; do not edit.
import type { Choice } from './scenario'

// lenders are the terms by name that the server knows.
export const lenders: Choice[] = [
  { value: 'simple', words: 'Calls only' },
  { value: 'private_bank_lombard', words: 'Private-bank Lombard line' },
  { value: 'us_pal_demand', words: 'US pledged-asset line on demand' },
  { value: 'reg_t_margin', words: 'US margin account' },
  { value: 'basel_conservative', words: 'Supervisory haircuts' },
  { value: 'btc_unchained', words: 'Unchained bitcoin loan' },
  { value: 'btc_ledn', words: 'Ledn bitcoin loan' },
  { value: 'crypto_figure', words: 'Figure crypto-backed loan' },
  { value: 'crypto_nexo', words: 'Nexo credit line' },
  { value: 'crypto_nebeus', words: 'Nebeus flexible loan' },
  { value: 'crypto_apx', words: 'APX lending' },
  { value: 'aave_v3', words: 'Aave v3' },
  { value: 'morpho_86', words: 'Morpho market of 86 %' },
]

// recognitions are the ways a lender may count options that are held.
export const recognitions: Choice[] = [
  { value: 'market_value', words: 'at market value' },
  { value: 'haircut', words: 'at market value less a haircut (a quarter)' },
  { value: 'intrinsic', words: 'at intrinsic value, as if exercised today' },
  { value: 'protected_floor', words: 'as a floor: covered units at 90 % of the strike' },
  { value: 'finra_4210', words: 'by the requirements of FINRA Rule 4210' },
  { value: 'long_dated_25', words: 'a quarter of those with over nine months to run' },
  { value: 'none', words: 'not at all' },
]

// pricings are the ways options may be priced.
export const pricings: Choice[] = [
  { value: 'synthetic', words: 'by a model' },
  { value: 'quotes', words: 'from the bid and ask of listed ones' },
]
