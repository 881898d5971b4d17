// What the address bar says is shown.
export type View = { kind: 'home' } | { kind: 'run'; id: string } | { kind: 'history' } | { kind: 'compare'; ids: string[] }

export const mostCompared = 4

export function viewOf(path: string, query: string): View {
  const id = /^\/runs\/([^/]+)$/.exec(path)?.[1]
  if (id) return { kind: 'run', id }
  const q = new URLSearchParams(query)
  const ids = (q.get('compare') ?? '').split(',').filter(Boolean).slice(0, mostCompared)
  if (ids.length > 1) return { kind: 'compare', ids }
  return q.get('view') === 'history' ? { kind: 'history' } : { kind: 'home' }
}

export function addressOf(v: View): string {
  switch (v.kind) {
    case 'run':
      return `/runs/${v.id}`
    case 'history':
      return '/?view=history'
    case 'compare':
      return `/?compare=${v.ids.join(',')}`
    default:
      return '/'
  }
}
