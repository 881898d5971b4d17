import { expect, it } from 'vitest'
import { linesOf } from './faults'

const bad = (n: number) => Array.from({ length: n }, (_, i) => ({ field: `line ${i + 2}`, message: `The close "${i}x" is not a number.` }))

it('says each bad line by its number, after what the whole is', () => {
  expect(linesOf({ message: 'my.csv has 2 problems.', fields: bad(2) })).toEqual(['my.csv has 2 problems.', 'line 2: The close "0x" is not a number.', 'line 3: The close "1x" is not a number.'])
  expect(linesOf({ message: 'my.csv has 30 problems, of which the first 20 are listed.', fields: bad(20) })).toHaveLength(6)
})

it('says one fault once', () => {
  expect(linesOf({ message: 'x', fields: [{ field: 'line 2', message: 'my.csv, line 2: The close "x" is not a number.' }] })).toEqual(['my.csv, line 2: The close "x" is not a number.'])
  expect(linesOf({ message: 'The server could not be reached.', fields: [] })).toEqual(['The server could not be reached.'])
})

it('does not say the number of a line for a field that has none', () => {
  expect(linesOf({ message: 'Two fields are wrong.', fields: [{ field: 'symbol', message: 'symbol is required.' }, { field: 'file', message: 'It is empty.' }] })).toEqual(['Two fields are wrong.', 'symbol is required.', 'It is empty.'])
})
