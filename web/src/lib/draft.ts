// What is typed outlives a reload: each tab keeps its own draft, and the last
// one is there for a new tab. The browser may keep nothing, which is no fault.
import type { Form } from './scenario'

const draftKey = 'lombard.draft'

function read(store: () => Storage, key: string): string | null {
  try {
    return store().getItem(key)
  } catch {
    return null
  }
}
function write(store: () => Storage, key: string, value: string) {
  try {
    store().setItem(key, value)
  } catch {
    // full, or forbidden
  }
}
const lasting = () => localStorage
const ofTab = () => sessionStorage

export const recall = (key: string) => read(lasting, key)
export const remember = (key: string, value: string) => write(lasting, key, value)

interface Draft {
  of: string // the run beside which it was typed; empty: none
  form: Form
}

export function keepDraft(of: string, form: Form) {
  const text = JSON.stringify({ of, form } satisfies Draft)
  write(ofTab, draftKey, text)
  if (!of) write(lasting, draftKey, text)
}

// draftOf returns what was being typed beside a run, or beside none.
export function draftOf(of: string): Partial<Form> | undefined {
  for (const store of [ofTab, lasting]) {
    try {
      const d = JSON.parse(read(store, draftKey) ?? 'null') as Draft | null
      if (d && d.of === of && d.form) return d.form
    } catch {
      // of another version
    }
  }
  return undefined
}
