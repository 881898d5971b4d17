// The colours that the style sheet chose, for what is drawn on a canvas. Asking
// the browser for each line of each frame would cost more than drawing it.
let known = new Map<string, string>()

export function colour(name: string): string {
  let c = known.get(name)
  if (c === undefined) {
    c = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
    known.set(name, c)
  }
  return c
}

// watchColours calls back when the colours change, until it is stopped.
export function watchColours(changed: () => void): () => void {
  const again = () => {
    known = new Map()
    changed()
  }
  again()
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const themed = new MutationObserver(again)
  dark.addEventListener('change', again)
  themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => {
    dark.removeEventListener('change', again)
    themed.disconnect()
  }
}
