import { describe, expect, it } from 'vitest'
import facility from '../../../facility.go?raw'
import book from '../../../loan/book.go?raw'
import tables from '../../../choices_lender.go?raw'
import { asNumber, carried, empty, fieldOf, fromAddress, fromRequest, inWords, inputOf, lenders, presets, recognitions, request, suggested, toAddress, yearsBack } from './scenario'

describe('what is typed', () => {
  it.each([['301,650', 301650], ["1'000", 1000], ['1 000.5', 1000.5], ['', undefined], ['ten', 'ten'], ['1e3', 1000], ['1,234,567.5', 1234567.5], ['3,01,650', 301650], ['6,5', '6,5'], ['301650,00', '301650,00'], ['0,75', '0,75']])('%s is %s', (text, want) => {
    expect(asNumber(text)).toBe(want)
  })
  it('is sent as the server names it, per cent as fractions', () => {
    const r = request({ ...empty, symbol: ' xau ', start: '1987-12-14', end: '1989-03-31', units: '1,000', loan: '301650', call: '75 %', vol: '16' })
    expect(r).toMatchObject({ symbol: 'XAU', underlying_units: 1000, loan_amount: 301650, margin_call_ltv: 0.75, assumptions: { vol: { model: 'flat', value: 0.16 } } })
    expect(r).not.toHaveProperty('facility')
    expect(r).not.toHaveProperty('scenario_name')
  })
  it('leaves what is wrong to the server', () => {
    expect(request({ ...empty, units: 'ten' }).underlying_units).toBe('ten')
    expect(request({ ...empty, call: 'much' }).margin_call_ltv).toBe('much')
  })
  it('has no rounding of its own', () => {
    expect(request({ ...empty, call: '72.1' }).margin_call_ltv).toBe(0.721)
  })
})

describe('the address', () => {
  it('carries every form there and back', () => {
    for (const p of presets) {
      const f = { ...empty, ...p.form, name: 'Mine & yours', preset: 'reg_t_margin' }
      expect(fromAddress(toAddress(f))).toEqual(f)
    }
  })
  it('without a symbol is no form', () => {
    expect(fromAddress('view=history')).toBeUndefined()
  })
})

describe('errors and suggestions', () => {
  it.each([['template_slugs[1]', 'templates'], ['assumptions.vol.value', 'vol'], ['facility.preset', 'preset'], ['start_date', 'start'], ['dataset', undefined]])('%s belongs to %s', (path, field) => {
    expect(fieldOf(path)).toBe(field)
  })
  it('a fraction is shown as per cent', () => {
    expect(suggested('call', '0.75')).toBe('75')
    expect(suggested('start', '1985-01-02')).toBe('1985-01-02')
  })
})

it('a request that was run fills the form', () => {
  const f = fromRequest({ symbol: 'XAU', start_date: '1987-12-14', end_date: '1989-03-31', underlying_units: 1000, loan_amount: 301650, margin_call_ltv: 0.75, data_source: 'sample', template_slug: 'unhedged', assumptions: { vol: { model: 'flat', value: 0.16 } } })
  expect(f).toMatchObject({ call: '75', vol: '16', templates: ['unhedged'], units: '1000' })
})

describe('a loan as a share of the collateral', () => {
  const form = { ...empty, symbol: 'XAU', start: '1987-12-14', end: '1989-03-31', units: '1000' }
  it('is sent as a fraction, and an amount as an amount', () => {
    expect(request({ ...form, loan: ' 62.5 % ' })).toMatchObject({ loan_to_value: 0.625 })
    expect(request({ ...form, loan: '62.5%' })).not.toHaveProperty('loan_amount')
    expect(request({ ...form, loan: '301,650' })).toMatchObject({ loan_amount: 301650 })
    expect(request({ ...form, loan: '301,650' })).not.toHaveProperty('loan_to_value')
    expect(request({ ...form, loan: '6,5%' })).toMatchObject({ loan_to_value: '6,5' })
    expect(request({ ...form, loan: 'most of it%' })).toMatchObject({ loan_to_value: 'most of it' })
  })
  it('comes back from the request and the address', () => {
    const asked = { ...request({ ...form, loan: '62.5%' }), position: { underlying_units: 1000, loan_amount: 314218.75 } }
    const back = fromRequest(asked)
    expect(back).toMatchObject({ loan: '62.5%', units: '1000', more: '' })
    expect(request(back)).not.toHaveProperty('position')
    expect(fromAddress(toAddress(back))).toEqual(back)
  })
  it('a value of the collateral is its units, once they are known', () => {
    const asked = { symbol: 'XAU', collateral_value: 500000, loan_to_value: 0.6, template_slug: 'unhedged' }
    expect(fromRequest({ ...asked, position: { underlying_units: 994.5, loan_amount: 300000 } })).toMatchObject({ units: '994.5', more: '' })
    expect(request(fromRequest(asked))).toMatchObject({ collateral_value: 500000, loan_to_value: 0.6 })
  })
  it('has its errors at the loan, in per cent', () => {
    expect(fieldOf('loan_to_value')).toBe('loan')
    expect(suggested('loan', '0.7499', 'loan_to_value')).toBe('74.99%')
    expect(suggested('loan', '377062.49', 'loan_amount')).toBe('377062.49')
    expect(inWords('The loan would be in call on the first day: loan_to_value is 0.8, and the lender calls at 0.75. The largest that would do, in hundredths of a per cent, is 0.7499.'))
      .toBe('The loan would be in call on the first day: the LTV of the loan is 80 %, and the lender calls at 75 %. The largest that would do, in hundredths of a per cent, is 74.99 %.')
    expect(inWords('loan_to_value must be a fraction above 0 and below margin_call_ltv, 0.75.')).toBe('The LTV of the loan must be above 0 and below the LTV at which the lender calls, 75 %.')
    expect(inWords('loan_amount is required (or loan_to_value, a fraction of the collateral such as 0.6).')).toBe('Loan is required, or a share of the collateral such as 60%.')
  })
})

it('an error stands where it can be mended', () => {
  expect(inputOf({ field: 'assumptions.vol', suggestion: '1990-12-19' })).toBe('start')
  expect(inputOf({ field: 'assumptions.vol', message: 'It needs 252 sessions. Please set start date to 1990-12-19 or later, or use a flat vol.' })).toBe('start')
  expect(inputOf({ field: 'assumptions.vol', message: 'It needs 252 sessions. Please use a flat vol, such as 0.16.' })).toBe('vol')
  expect(inputOf({ field: 'end_date', suggestion: '1990-12-19' })).toBe('end')
  expect(inputOf({ field: 'assumptions.vol', suggestion: '0.16' })).toBe('vol')
})

it('sentences of the server are in the words of the form', () => {
  expect(inWords('underlying_units must be above 0.')).toBe('Units pledged must be above 0.')
  expect(inWords('margin_call_ltv must be a fraction between 0 and 1, such as 0.75.')).toBe('The LTV at which the lender calls must be between 0 and 100 %, such as 75 %.')
  expect(inWords('401650.00 against 306250.00 of collateral is an LTV of 1.3115, and the lender calls at 0.75.')).toBe('401,650.00 against 306,250.00 of collateral is an LTV of 131.15 %, and the lender calls at 75 %.')
  expect(inWords('Please set start date to 1985-01-02 or later.')).toBe('Please set start date to 1985-01-02 or later.')
})

describe('what the form has no field for', () => {
  const usual = { facility: { preset: 'simple', monitoring: 'close' }, assumptions: { option_style: 'european', vol: { model: 'realised', window: 252 } } }
  const asked = { symbol: 'XAU', start_date: '1987-12-14', end_date: '1989-03-31', underlying_units: 1, loan_amount: 1, margin_call_ltv: 0.75, data_source: 'sample', template_slugs: ['unhedged'], max_cost_usd: 5 }
  it('is carried along where it is not the default', () => {
    const f = fromRequest({ ...asked, facility: { preset: 'simple', monitoring: 'low' }, assumptions: { option_style: 'american', vol: { model: 'realised', window: 252 } } }, usual)
    expect(carried(f)).toEqual(['monitoring: low', 'option style: american'])
    expect(request(f)).toMatchObject({ facility: { monitoring: 'low' }, assumptions: { option_style: 'american' } })
    expect(fromAddress(toAddress(f))).toEqual(f)
  })
  it('is nothing when the run was an ordinary one', () => {
    expect(fromRequest({ ...asked, ...usual }, usual)).toMatchObject({ more: '', vol: '', preset: 'simple', spend: '' })
  })
  it('keeps a hedge of its own in place of the catalogue', () => {
    const f = fromRequest({ ...asked, template_slugs: null, template: { slug: 'mine' } })
    expect(request(f)).toMatchObject({ template: { slug: 'mine' } })
    expect(request(f)).not.toHaveProperty('template_slugs')
  })
  it('gives way to what is typed', () => {
    const f = { ...fromRequest({ ...asked, assumptions: { vol: { model: 'index' } } }, usual), vol: '20' }
    expect(request(f).assumptions).toEqual({ vol: { model: 'flat', value: 0.2 } })
  })
})

it('years back stay within the data', () => {
  expect(yearsBack('2020-02-29', 1)).toBe('2019-03-01')
  expect(yearsBack('1989-03-31', 10, '1985-01-02')).toBe('1985-01-02')
})

it('options priced from quotes are asked for, kept in the address and cloned', () => {
  const quoted = { ...empty, symbol: 'SPY', pricing: 'quotes' }
  expect(request(quoted).assumptions).toEqual({ pricing_mode: 'quotes' })
  expect(request(empty).assumptions).toBeUndefined()
  expect(fromAddress(toAddress(quoted))?.pricing).toBe('quotes')
  const cloned = fromRequest({ symbol: 'SPY', assumptions: { pricing_mode: 'quotes' } })
  expect([cloned.pricing, cloned.more]).toEqual(['quotes', ''])
  expect(fieldOf('assumptions.quote_source')).toBe('pricing')
})

describe('the choices of the form', () => {
  const files = Object.keys(import.meta.glob('../../../loan/presets/*.json', { query: '?raw' }))
  it('are those of the engine', () => {
    expect(lenders.map((l) => l.value).sort()).toEqual(['simple', ...files.map((f) => f.replace(/^.*\/|\.json$/g, ''))].sort())
    const modes = [...tables.matchAll(/^\tRecognition\w+\s+Recognition\s+= "(\w+)"/gm)].map((m) => m[1])
    expect(modes).toHaveLength(7)
    expect(recognitions.map((r) => r.value).filter(Boolean).sort()).toEqual([...modes].sort())
  })
  it('say what the engine computes', () => {
    const words = (value: string) => recognitions.find((r) => r.value === value)?.words
    expect(book).toMatch(/loanValue, nineMonths = 0\.25, 0\.75/)
    expect(words('long_dated_25')).toBe('a quarter of those with over nine months to run')
    expect(facility).toMatch(/haircut or protected_floor: the fraction taken off. Default 0\.25 and 0\.10/)
    expect([words('haircut'), words('protected_floor')].join()).toMatch(/\(a quarter\).*90 % of the strike/)
  })
  it('leave it to the terms of a lender how the hedge counts, unless it is chosen', () => {
    expect(request({ ...empty, preset: 'btc_ledn' }).facility).toEqual({ preset: 'btc_ledn' })
    expect(request({ ...empty, preset: 'btc_ledn', recognition: 'market_value' }).facility).toEqual({ preset: 'btc_ledn', hedge_recognition: 'market_value' })
    const asked = { symbol: 'XAU', template_slugs: ['unhedged'] }
    expect(fromRequest({ ...asked, facility: { preset: 'btc_ledn', hedge_recognition: 'none' } }).recognition).toBe('none')
    const plain = fromRequest({ ...asked, facility: { preset: 'simple', hedge_recognition: 'market_value' } })
    expect([plain.recognition, plain.more]).toEqual(['', ''])
    expect(fromAddress(toAddress({ ...plain, recognition: 'market_value' }))?.recognition).toBe('market_value')
  })
})

it('spreads that widen in a crash are asked for, kept in the address and cloned', () => {
  const wide = { ...empty, symbol: 'SPY', spreads: 'crash' }
  expect(request(wide).assumptions).toEqual({ crash_spreads: true })
  expect(request({ ...wide, pricing: 'quotes' }).assumptions).toEqual({ pricing_mode: 'quotes' })
  expect(fromAddress(toAddress(wide))?.spreads).toBe('crash')
  const cloned = fromRequest({ symbol: 'SPY', assumptions: { crash_spreads: true } })
  expect([cloned.spreads, cloned.more]).toEqual(['crash', ''])
  expect(fieldOf('assumptions.crash_spreads')).toBe('spreads')
})
