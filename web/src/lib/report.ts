// A report is this page with a result inside it and no server behind it.
import type { Result } from './api'

export const inlined = (): Result | undefined => {
  const text = document.getElementById('result')?.textContent
  return text ? (JSON.parse(text) as Result) : undefined
}
