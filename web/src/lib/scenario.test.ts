import { describe, expect, it } from 'vitest'
import { asNumber, empty, fieldOf, fromAddress, fromRequest, presets, request, suggested, toAddress, yearsBack } from './scenario'

describe('what is typed', () => {
  it.each([['301,650', 301650], ["1'000", 1000], ['1 000.5', 1000.5], ['', undefined], ['ten', 'ten'], ['1e3', 1000]])('%s is %s', (text, want) => {
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

it('years back stay within the data', () => {
  expect(yearsBack('2020-02-29', 1)).toBe('2019-03-01')
  expect(yearsBack('1989-03-31', 10, '1985-01-02')).toBe('1985-01-02')
})
