// The three linked panes over uPlot: price, loan to value, money.
import uPlot from 'uplot'
import { civil, percent, price, short } from './format'
import { type Columns, type Mark, clusters, spans } from './path'

export interface Panes {
  show(c: Columns): void
  cursor(index: number | null): void
  zoom(from: number, to: number): void
  range(): [number, number]
  resize(width: number): void
  recolour(): void
  destroy(): void
}

export interface Options {
  call: number // the lender's threshold; 0: not known
  full?: [number, number] // the whole time axis while a run goes on
  pick(index: number | null): void
  open(index: number): void
  zoomed(from: number, to: number): void
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

interface Line {
  label: string
  colour: string
  dash?: number[]
  step?: boolean
  width?: number
  of(c: Columns): (number | null)[]
}

interface Pane {
  title: string
  height: number
  lines: Line[]
  value(x: number): string
  threshold: boolean
}

const panes: Pane[] = [
  {
    title: 'Price', height: 220, threshold: false, value: price,
    lines: [
      { label: 'Price', colour: '--price', width: 1.5, of: (c) => c.spot },
      { label: 'Put strike', colour: '--strike', dash: [6, 4], step: true, of: (c) => c.strike },
    ],
  },
  {
    title: 'Loan to value', height: 240, threshold: true, value: (x) => percent(x, 0),
    lines: [
      { label: 'Without the hedge', colour: '--unhedged', dash: [5, 3], width: 1.5, of: (c) => c.unhedged },
      { label: 'With the hedge', colour: '--hedged', width: 2, of: (c) => c.hedged },
      { label: 'As the lender counts it', colour: '--recognised', dash: [2, 3], of: (c) => c.recognised },
    ],
  },
  {
    title: 'Money', height: 190, threshold: false, value: short,
    lines: [
      { label: 'Equity without the hedge', colour: '--unhedged', dash: [5, 3], width: 1.5, of: (c) => c.value },
      { label: 'Equity with the hedge', colour: '--hedged', width: 2, of: (c) => c.net },
      { label: 'Options', colour: '--option', of: (c) => c.option },
    ],
  },
]

export const legend = panes.map((p) => ({ title: p.title, lines: p.lines.map((l) => ({ label: l.label, colour: l.colour, dash: Boolean(l.dash) })) }))

const axisWidth = 64
const axisHeight = 42
const mostCandles = 130
const clusterPixels = 6
const livePanes = 2 // while a run goes on: price and loan to value

export function make(hosts: HTMLElement[], o: Options): Panes {
  let shown: Columns | undefined
  const sync = uPlot.sync('days')
  let quiet = false

  const shade = (u: uPlot) => {
    if (!shown) return
    const { ctx } = u
    ctx.save()
    ctx.setLineDash([])
    ctx.beginPath()
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height)
    ctx.clip()
    for (const [list, name] of [[shown.calls, '--breach'], [shown.hedgedCalls, '--breach-hedged']] as const) {
      ctx.fillStyle = colour(name)
      for (const [a, b] of spans(list)) {
        const left = u.valToPos(shown.time[a] ?? 0, 'x', true)
        const right = u.valToPos(shown.time[Math.min(b + 1, shown.time.length - 1)] ?? 0, 'x', true)
        ctx.fillRect(left, u.bbox.top, Math.max(right - left, 2 * devicePixelRatio), u.bbox.height)
      }
    }
    ctx.restore()
  }

  // Zoomed in far enough, sessions are drawn as candles.
  const candles = (u: uPlot) => {
    if (!shown || shown.bars.length === 0) return
    const { min, max } = u.scales.x ?? {}
    if (min == null || max == null) return
    const first = shown.time.findIndex((t) => t >= min)
    const last = shown.time.findLastIndex((t) => t <= max)
    if (first < 0 || last - first > mostCandles) return
    const { ctx } = u
    const width = Math.max(2, (0.6 * u.bbox.width) / Math.max(1, last - first + 1))
    ctx.save()
    ctx.setLineDash([])
    ctx.lineWidth = devicePixelRatio
    for (let i = first; i <= last; i++) {
      const bar = shown.bars[i]
      const close = shown.spot[i]
      if (!bar || close === undefined) continue
      const x = u.valToPos(shown.time[i] ?? 0, 'x', true)
      const [top, bottom] = [u.valToPos(Math.max(bar.open, close), 'y', true), u.valToPos(Math.min(bar.open, close), 'y', true)]
      ctx.strokeStyle = ctx.fillStyle = colour('--price')
      ctx.beginPath()
      ctx.moveTo(x, u.valToPos(bar.high, 'y', true))
      ctx.lineTo(x, u.valToPos(bar.low, 'y', true))
      ctx.stroke()
      if (close >= bar.open) ctx.fillStyle = colour('--halo') // a rise is hollow
      ctx.fillRect(x - width / 2, top, width, Math.max(bottom - top, devicePixelRatio))
      ctx.strokeRect(x - width / 2, top, width, Math.max(bottom - top, devicePixelRatio))
    }
    ctx.restore()
  }

  const signs = (u: uPlot) => {
    if (!shown) return
    const { ctx } = u
    const size = 5 * devicePixelRatio
    ctx.save()
    ctx.setLineDash([])
    ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`
    ctx.textAlign = 'center'
    const inside = (m: Mark) => {
      const x = u.valToPos(shown?.time[m.index] ?? 0, 'x', true)
      return x >= u.bbox.left && x <= u.bbox.left + u.bbox.width ? x : undefined
    }
    ctx.fillStyle = colour('--call')
    for (const m of shown.marks) {
      const x = m.kind === 'call' ? inside(m) : undefined
      if (x === undefined) continue
      ctx.beginPath()
      ctx.arc(x, u.valToPos(shown.spot[m.index] ?? 0, 'y', true), size * 0.8, 0, 2 * Math.PI)
      ctx.fill()
    }
    ctx.fillStyle = colour('--quiet')
    const trades = shown.marks.filter((m) => m.kind === 'trade').flatMap((m) => inside(m) ?? [])
    for (const c of clusters(trades, clusterPixels * devicePixelRatio)) {
      const y = u.bbox.top + u.bbox.height - 2
      ctx.beginPath()
      ctx.moveTo(c.at, y - 1.6 * size)
      ctx.lineTo(c.at - size, y)
      ctx.lineTo(c.at + size, y)
      ctx.fill()
      if (c.count > 1) ctx.fillText(String(c.count), c.at, y - 2 * size)
    }
    ctx.restore()
  }

  const threshold = (u: uPlot) => {
    if (!o.call) return
    const { ctx } = u
    const y = u.valToPos(o.call, 'y', true)
    ctx.save()
    ctx.strokeStyle = colour('--call')
    ctx.fillStyle = colour('--call')
    ctx.lineWidth = 1.5 * devicePixelRatio
    ctx.setLineDash([8 * devicePixelRatio, 4 * devicePixelRatio])
    ctx.beginPath()
    ctx.moveTo(u.bbox.left, y)
    ctx.lineTo(u.bbox.left + u.bbox.width, y)
    ctx.stroke()
    ctx.setLineDash([])
    ctx.font = `600 ${12 * devicePixelRatio}px system-ui, sans-serif`
    ctx.textAlign = 'right'
    const words = `the lender calls at ${percent(o.call, 0)}`
    const right = u.bbox.left + u.bbox.width - 6 * devicePixelRatio
    ctx.lineWidth = 4 * devicePixelRatio
    ctx.strokeStyle = colour('--halo')
    ctx.lineJoin = 'round'
    ctx.strokeText(words, right, y - 5 * devicePixelRatio)
    ctx.fillText(words, right, y - 5 * devicePixelRatio)
    ctx.restore()
  }

  const shownPanes = o.full ? panes.slice(0, livePanes) : panes
  const plots = shownPanes.map((p, n) => {
    const host = hosts[n]
    if (!host) throw new Error('a pane has no place')
    const last = n === shownPanes.length - 1
    const u = new uPlot(
      {
        width: Math.max(host.clientWidth, 280),
        height: p.height + (last ? axisHeight : 0),
        padding: [8, 12, last ? 0 : 8, 0],
        legend: { show: false },
        cursor: {
          sync: { key: sync.key, setSeries: false }, y: false, drag: { x: true, y: false, setScale: true }, points: { size: 7 },
          bind: {
            dblclick: () => () => {
              reset()
              return null
            },
          },
        },
        scales: {
          x: { time: true, ...(o.full ? { range: () => o.full as [number, number] } : {}) },
          y: p.threshold
            ? { range: (_u, low, high) => [Math.max(0, Math.min(low, o.call || low) * 0.95), Math.max(high, o.call) * 1.04] }
            : {},
        },
        tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), 'Etc/UTC'),
        axes: [
          { show: true, size: last ? axisHeight : 0, stroke: () => colour('--quiet'), grid: { stroke: () => colour('--grid'), width: 1 }, ticks: { show: false }, values: last ? undefined : (_u, v) => v.map(() => '') },
          { size: axisWidth, stroke: () => colour('--quiet'), grid: { stroke: () => colour('--grid'), width: 1 }, ticks: { show: false }, values: (_u, v) => v.map(p.value), font: '12px system-ui, sans-serif' },
        ],
        series: [
          {},
          ...p.lines.map((l) => ({
            label: l.label, stroke: () => colour(l.colour), width: l.width ?? 1.25, dash: l.dash, spanGaps: false, points: { show: false },
            paths: l.step ? uPlot.paths.stepped?.({ align: 1 }) : undefined,
          })),
        ],
        hooks: {
          drawClear: [shade],
          draw: [...(n === 0 ? [candles, signs] : []), ...(p.threshold ? [threshold] : [])],
          setCursor: [
            (self) => {
              if (quiet || self !== plots0()) return
              o.pick(self.cursor.idx ?? null)
            },
          ],
          setScale: [
            (self, key) => {
              if (key !== 'x' || quiet) return
              const { min, max } = self.scales.x ?? {}
              if (min == null || max == null) return
              quiet = true
              for (const other of plots) if (other !== self) other.setScale('x', { min, max })
              quiet = false
              o.zoomed(min, max)
            },
          ],
        },
      },
      [[], ...p.lines.map(() => [])],
      host,
    )
    let pressed = 0
    u.over.addEventListener('mousedown', (e) => (pressed = e.clientX))
    u.over.addEventListener('click', (e) => {
      const i = u.cursor.idx
      if (i != null && Math.abs(e.clientX - pressed) < 4) o.open(i)
    })
    u.over.setAttribute('aria-hidden', 'true')
    return u
  })
  function plots0() {
    return plots[0]
  }

  const reset = () => {
    if (!shown || shown.time.length === 0) return
    api.zoom(0, shown.time.length - 1)
  }

  const api: Panes = {
    show(c) {
      shown = c
      quiet = true
      plots.forEach((u, n) => {
        const p = panes[n]
        if (p) u.setData([c.time, ...p.lines.map((l) => l.of(c))] as uPlot.AlignedData)
      })
      quiet = false
    },
    cursor(index) {
      if (!shown) return
      quiet = true
      for (const u of plots) {
        if (index === null) u.setCursor({ left: -10, top: -10 }, false)
        else u.setCursor({ left: u.valToPos(shown.time[index] ?? 0, 'x'), top: 10 }, false)
      }
      quiet = false
    },
    zoom(from, to) {
      if (!shown) return
      const min = shown.time[Math.max(0, from)]
      const max = shown.time[Math.min(shown.time.length - 1, to)]
      if (min === undefined || max === undefined || max <= min) return
      quiet = true
      for (const u of plots) u.setScale('x', { min, max })
      quiet = false
      o.zoomed(min, max)
    },
    range() {
      const { min, max } = plots[0]?.scales.x ?? {}
      const time = shown?.time ?? []
      const first = time.findIndex((t) => t >= (min ?? 0))
      const last = time.findLastIndex((t) => t <= (max ?? 0))
      return [Math.max(0, first), last < 0 ? time.length - 1 : last]
    },
    resize(width) {
      plots.forEach((u) => u.setSize({ width: Math.max(width, 280), height: u.height }))
    },
    recolour() {
      for (const u of plots) u.redraw(false)
    },
    destroy() {
      for (const u of plots) u.destroy()
    },
  }
  return api
}

export { civil }
