// What is drawn over the lines: stretches in call, margin calls, trades, and
// sessions as candles.
import type uPlot from 'uplot'
import { colour } from './colours'
import { type Columns, type Kind, clusters, from, signs, spans } from './path'

const mostCandles = 130
const near = 6 // pixels; signs closer than this are one sign
const roomForCount = 15

export const clusterPixels = near

// hatch is a pattern for what is in call in spite of the hedge.
function hatch(ctx: CanvasRenderingContext2D): CanvasPattern | null {
  const size = Math.round(6 * devicePixelRatio)
  const tile = document.createElement('canvas')
  tile.width = tile.height = size
  const t = tile.getContext('2d')
  if (!t) return null
  t.strokeStyle = colour('--hatch')
  t.lineWidth = 1.4 * devicePixelRatio
  t.beginPath()
  for (const shift of [-size, 0, size]) {
    t.moveTo(shift, size)
    t.lineTo(shift + size, 0)
  }
  t.stroke()
  return ctx.createPattern(tile, 'repeat')
}

export interface Shading {
  stretches: [number, number][]
  hedged: [number, number][]
}

export const shadingOf = (c: Columns): Shading => ({ stretches: spans(c.calls), hedged: spans(c.hedgedCalls) })

export function shade(u: uPlot, c: Columns, s: Shading) {
  const { min, max } = u.scales.x ?? {}
  if (min == null || max == null) return
  const { ctx } = u
  ctx.save()
  ctx.beginPath()
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height)
  ctx.clip()
  for (const [list, fill] of [[s.stretches, colour('--breach')], [s.hedged, s.hedged.length ? hatch(ctx) : null]] as const) {
    if (!fill) continue
    ctx.fillStyle = fill
    for (const [a, b] of list) {
      const begin = c.time[a] ?? 0
      const end = c.time[Math.min(b + 1, c.time.length - 1)] ?? 0
      if (end < min || begin > max) continue
      const left = u.valToPos(begin, 'x', true)
      ctx.fillRect(left, u.bbox.top, Math.max(u.valToPos(end, 'x', true) - left, 2 * devicePixelRatio), u.bbox.height)
    }
  }
  ctx.restore()
}

// candlesIn is the range of sessions to draw as candles, when they are known
// and few enough are in view.
export function candlesIn(u: uPlot, c: Columns): [number, number] | undefined {
  const { min, max } = u.scales.x ?? {}
  if (!c.bars || min == null || max == null) return undefined
  const first = from(c.time, min)
  const last = from(c.time, max + 1) - 1
  return last < first || last - first > mostCandles ? undefined : [first, last]
}

// reach is what a scale has to hold for the whole of every candle to be seen.
export function reach(u: uPlot, c: Columns): [number, number] | undefined {
  const view = candlesIn(u, c)
  if (!view || !c.bars) return undefined
  return [Math.min(...c.bars.low.slice(view[0], view[1] + 1)), Math.max(...c.bars.high.slice(view[0], view[1] + 1))]
}

export function candles(u: uPlot, c: Columns) {
  const view = candlesIn(u, c)
  if (!view || !c.bars) return
  const [first, last] = view
  const { ctx } = u
  const width = Math.max(2, Math.min(14 * devicePixelRatio, (0.6 * u.bbox.width) / Math.max(1, last - first + 1)))
  ctx.save()
  ctx.beginPath()
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height)
  ctx.clip()
  ctx.lineWidth = devicePixelRatio
  for (let i = first; i <= last; i++) {
    const [open, high, low, close] = [c.bars.open[i], c.bars.high[i], c.bars.low[i], c.spot[i]]
    if (open === undefined || high === undefined || low === undefined || close === undefined) continue
    const x = Math.round(u.valToPos(c.time[i] ?? 0, 'x', true))
    const top = u.valToPos(Math.max(open, close), 'y', true)
    const height = Math.max(u.valToPos(Math.min(open, close), 'y', true) - top, devicePixelRatio)
    ctx.strokeStyle = ctx.fillStyle = colour('--price')
    ctx.beginPath()
    ctx.moveTo(x, u.valToPos(high, 'y', true))
    ctx.lineTo(x, u.valToPos(low, 'y', true))
    ctx.stroke()
    if (close >= open) ctx.fillStyle = colour('--panel') // a rise is hollow
    ctx.fillRect(x - width / 2, top, width, height)
    ctx.strokeRect(x - width / 2, top, width, height)
  }
  ctx.restore()
}

function shape(ctx: CanvasRenderingContext2D, kind: Kind, x: number, y: number, r: number) {
  ctx.beginPath()
  switch (kind) {
    case 'expiry':
      ctx.moveTo(x - r, y - r)
      ctx.lineTo(x + r, y - r)
      ctx.lineTo(x, y + r)
      break
    case 'roll':
      ctx.moveTo(x, y - 1.2 * r)
      ctx.lineTo(x + 1.2 * r, y)
      ctx.lineTo(x, y + 1.2 * r)
      ctx.lineTo(x - 1.2 * r, y)
      break
    case 'other':
      ctx.rect(x - 0.8 * r, y - 0.8 * r, 1.6 * r, 1.6 * r)
      break
    default:
      ctx.moveTo(x, y - r)
      ctx.lineTo(x + r, y + r)
      ctx.lineTo(x - r, y + r)
  }
  ctx.closePath()
  ctx.fill()
}

// drawSigns puts margin calls on the price and trades along the foot.
export function drawSigns(u: uPlot, c: Columns) {
  const { ctx } = u
  const dpr = devicePixelRatio
  const [left, right, foot] = [u.bbox.left, u.bbox.left + u.bbox.width, u.bbox.top + u.bbox.height]
  const place = (index: number) => u.valToPos(c.time[index] ?? 0, 'x', true)
  const inside = <T extends { index: number }>(list: T[]) => list.filter((m) => place(m.index) >= left - 1 && place(m.index) <= right + 1)
  ctx.save()
  const calls = inside(c.events.filter((e) => e.kind === 'call'))
  let before = -Infinity
  for (const m of calls) {
    const x = place(m.index)
    if (x - before < near * dpr) continue
    before = x
    const y = u.valToPos(c.spot[m.index] ?? 0, 'y', true)
    ctx.beginPath()
    ctx.arc(x, y, 5 * dpr, 0, 2 * Math.PI)
    ctx.fillStyle = colour('--panel')
    ctx.fill()
    ctx.beginPath()
    ctx.arc(x, y, 3.8 * dpr, 0, 2 * Math.PI)
    ctx.fillStyle = colour('--call')
    ctx.fill()
  }
  ctx.fillStyle = colour('--quiet')
  ctx.font = `${10 * dpr}px system-ui, sans-serif`
  ctx.textAlign = 'center'
  const trades = inside(signs(c.events))
  const groups = clusters(trades.map((m) => place(m.index)), near * dpr)
  let next = 0
  const crowded = groups.length * roomForCount > u.bbox.width / dpr
  groups.forEach((g, i) => {
    const first = trades[next]
    next += g.count
    if (!first) return
    if (crowded) {
      ctx.fillRect(g.at - 0.5 * dpr, foot - 6 * dpr, dpr, 6 * dpr)
      return
    }
    shape(ctx, g.count > 1 ? 'roll' : first.kind, g.at, foot - 7 * dpr, (g.count > 1 ? 3.2 : 4) * dpr)
    const alone = (groups[i + 1]?.at ?? Infinity) - g.at > roomForCount * dpr && g.at - (groups[i - 1]?.at ?? -Infinity) > roomForCount * dpr
    if (g.count > 1 && alone) ctx.fillText(String(g.count), g.at, foot - 14 * dpr)
  })
  ctx.restore()
}
