// The time axis: days, months and years as a reader of this page writes them.
import uPlot from 'uplot'
import { colour } from './colours'
import { monthNames as months } from './format'

const day = 86400
// Sessions are days: no step is shorter, and no label shows an hour.
export const steps = [1, 2, 3, 4, 5, 7, 10, 15, 30, 60, 90, 120, 180, 365, 730, 1825, 3650, 9125].map((n) => n * day)

// dateLabels writes the places of an axis; what a label shares with the one
// before it is left out.
export function dateLabels(places: number[], step: number): string[] {
  let year = -1
  let month = -1
  return places.map((s) => {
    const d = new Date(s * 1000)
    const [y, m] = [d.getUTCFullYear(), d.getUTCMonth()]
    const newYear = y !== year
    const newMonth = newYear || m !== month
    year = y
    month = m
    if (step >= 365 * day) return String(y)
    if (step >= 28 * day) return newYear ? `${months[m]}\n${y}` : (months[m] ?? '')
    return newMonth ? `${d.getUTCDate()}\n${months[m]}${newYear ? ` ${y}` : ''}` : String(d.getUTCDate())
  })
}

export const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'

export const timeAxis = (size: number, labels: boolean): uPlot.Axis => ({
  size, font, incrs: steps, space: 58,
  stroke: () => colour('--quiet'), grid: { stroke: () => colour('--grid'), width: 1 }, ticks: { show: false },
  values: (_u, splits, _axis, _space, step) => (labels ? dateLabels(splits, step) : splits.map(() => '')),
})

export const utc = (ts: number) => uPlot.tzDate(new Date(ts * 1000), 'Etc/UTC')

// tag draws the lender's threshold across a pane and its level on the axis,
// where no line of the chart can run through the words.
export function threshold(u: uPlot, at: number, words: string) {
  const { ctx } = u
  const dpr = devicePixelRatio
  const y = Math.round(u.valToPos(at, 'y', true))
  if (!Number.isFinite(y)) return
  ctx.save()
  ctx.strokeStyle = colour('--call')
  ctx.lineWidth = 1.5 * dpr
  ctx.setLineDash([7 * dpr, 4 * dpr])
  ctx.beginPath()
  ctx.moveTo(u.bbox.left, y)
  ctx.lineTo(u.bbox.left + u.bbox.width, y)
  ctx.stroke()
  ctx.setLineDash([])
  ctx.font = `600 ${11.5 * dpr}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`
  const width = ctx.measureText(words).width + 12 * dpr
  const height = 18 * dpr
  ctx.fillStyle = colour('--call')
  ctx.beginPath()
  ctx.roundRect(u.bbox.left - width - 2 * dpr, y - height / 2, width, height, 4 * dpr)
  ctx.fill()
  ctx.fillStyle = colour('--on-call')
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  ctx.fillText(words, u.bbox.left - width / 2 - 2 * dpr, y + 0.5 * dpr)
  ctx.restore()
}
