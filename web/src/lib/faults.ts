// What is wrong with a file, as the command line says it: what the whole is, then
// the first bad lines by their numbers.
interface Fault {
  message: string
  fields: { field: string; message: string }[]
}

const shown = 5

export function linesOf(fault: Fault): string[] {
  const { fields, message } = fault
  const first = fields[0]
  if (!first) return [message]
  if (fields.length === 1) return [first.message]
  const lines = fields.slice(0, shown).map((f) => (f.field.startsWith('line ') ? `${f.field}: ${f.message}` : f.message))
  return [message, ...lines]
}
