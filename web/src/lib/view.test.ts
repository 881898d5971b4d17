import { expect, it } from 'vitest'
import { costOf } from './hedges'
import type { Template } from './api'
import { addressOf, viewOf } from './view'

it('every view has an address that leads back to it', () => {
  for (const v of [{ kind: 'home' }, { kind: 'history' }, { kind: 'run', id: '0197-a' }, { kind: 'compare', ids: ['a', 'b'] }] as const) {
    const url = new URL(addressOf(v as never), 'http://x')
    expect(viewOf(url.pathname, url.search)).toEqual(v)
  }
})

it('at most four runs are compared, and one is none', () => {
  expect(viewOf('/', '?compare=a,b,c,d,e')).toEqual({ kind: 'compare', ids: ['a', 'b', 'c', 'd'] })
  expect(viewOf('/', '?compare=a')).toEqual({ kind: 'home' })
  expect(viewOf('/runs/a/b', '')).toEqual({ kind: 'home' })
})

it('the typical cost is of a flat year, or the budget', () => {
  const t = (x: object) => costOf({ flat_year_cost: null, ...x } as Template)
  expect(t({ flat_year_cost: 0.0448 })?.text).toBe('about 4.5\u00a0% a year')
  expect(t({ flat_year_cost: -0.1 })).toEqual({ text: 'earns about 10.0\u00a0% a year', earns: true })
  expect(t({ flat_year_cost: 1e-9 })?.text).toBe('costs about nothing a year')
  expect(t({ flat_year_cost: 1e-9, budget: { max_annual_pct_of_notional: 0.005 } })?.text).toBe('at most 0.5\u00a0% a year')
  expect(t({})).toBeUndefined()
  expect(t({ flat_year_cost: 0, control: 'deleverage' })).toBeUndefined()
})
