import { expect, it } from 'vitest'
import { thinned } from './thin'

it('a column of pixels keeps its lowest, its highest and where it came from', () => {
  expect(thinned([5, 1, 9, 4, 7, 8], 0, 5, (i) => Math.floor(i / 4))).toEqual([[0, 1, 9, 5, 4], [1, 7, 8, 7, 8]])
})

it('what is not known is a gap, and only what is in view is looked at', () => {
  expect(thinned([3, null, null, 2, 1], 0, 4, (i) => i)).toEqual([[0, 3, 3, 3, 3], null, [3, 2, 2, 2, 2], [4, 1, 1, 1, 1]])
  expect(thinned([3, 4, 5], 1, 1, (i) => i)).toEqual([[1, 4, 4, 4, 4]])
  expect(thinned([null, 4], 0, 1, () => 0)).toEqual([[0, 4, 4, 4, 4]])
})
