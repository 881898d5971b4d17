import { beforeEach, expect, it, vi } from 'vitest'
import { draftOf, keepDraft } from './draft'
import { empty } from './scenario'

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

it('what is typed beside a run is its own, and a new tab finds the last question', () => {
  keepDraft('', { ...empty, loan: '1' })
  keepDraft('run', { ...empty, loan: '2' })
  expect(draftOf('run')?.loan).toBe('2')
  expect(draftOf('other')).toBeUndefined()
  sessionStorage.clear() // another tab
  expect(draftOf('')?.loan).toBe('1')
  expect(draftOf('run')).toBeUndefined()
})

it('a browser that keeps nothing, or something else, is no fault', () => {
  localStorage.setItem('lombard.draft', '{"loan":')
  expect(draftOf('')).toBeUndefined()
  vi.stubGlobal('localStorage', undefined)
  vi.stubGlobal('sessionStorage', undefined)
  expect(() => keepDraft('', empty)).not.toThrow()
  expect(draftOf('')).toBeUndefined()
  vi.unstubAllGlobals()
})
