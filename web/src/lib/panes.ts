// The three linked panes over uPlot: price, loan to value, money. They share
// one window of time and one crosshair.
import uPlot from 'uplot'
import { font, threshold, timeAxis, utc } from './axis'
import { colour } from './colours'
import { percent, short, tick } from './format'
import { type Shading, candles, candlesIn, drawSigns, reach, shade, shadingOf } from './marks'
import { type Columns, from } from './path'
import { thin } from './thin'

export interface Panes {
  show(c: Columns, net: boolean): void
  cursor(index: number): void
  zoom(from: number, to: number): void // by index, both ends included
  range(): [number, number]
  resize(width: number, height?: number): void // height: a share of the usual one
  redraw(): void
  destroy(): void
}

export interface Options {
  call: number // the lender's threshold; 0: not known
  full?: [number, number] // the whole time axis while a run goes on
  pick(index: number): void
  open(index: number): void
  zoomed(from: number, to: number): void
}

export type Of = (c: Columns, net: boolean) => (number | null)[]

interface Line {
  label: string
  netLabel?: string
  colour: string
  dash?: number[]
  step?: boolean
  width: number
  of: Of
}

interface Pane {
  title: string
  height: number
  lines: Line[]
  value(x: number): string
}

const none = (c: Columns) => new Array<null>(c.time.length).fill(null)

export const panes: Pane[] = [
  {
    title: 'Price', height: 216, value: tick,
    lines: [
      { label: 'Price', colour: '--price', width: 1.6, of: (c) => c.spot },
      { label: 'Put strike', colour: '--strike', dash: [5, 4], step: true, width: 1.4, of: (c) => c.strike },
    ],
  },
  {
    title: 'Loan to value', height: 232, value: (x) => percent(x, 0),
    lines: [
      { label: 'Without the hedge', colour: '--unhedged', dash: [5, 3], width: 1.6, of: (c) => c.unhedged },
      { label: 'As the lender counts it', colour: '--recognised', dash: [2, 3], width: 1.6, of: (c) => c.recognised ?? none(c) },
      { label: 'With the hedge', colour: '--hedged', width: 2.2, of: (c) => c.hedged },
    ],
  },
  {
    title: 'Money', height: 184, value: short,
    lines: [
      { label: 'Equity without the hedge', netLabel: 'Collateral without the hedge', colour: '--unhedged', dash: [5, 3], width: 1.6, of: (c, net) => (net ? c.alone : c.equityAlone) },
      { label: 'Equity with the hedge', netLabel: 'Net value with the hedge', colour: '--hedged', width: 2.2, of: (c, net) => (net ? c.net : c.equity) },
      { label: 'Options', colour: '--option', width: 1.6, of: (c) => c.option },
    ],
  },
]

const axisHeight = 38
const leastAxis = 58
const livePanes = 2 // while a run goes on: price and loan to value
const leastDays = 10 // that a zoom leaves in view
const leastWidth = 240
const doubleClick = 250 // milliseconds between two clicks that are one
const manyPoints = 700 // in view; beyond them a dashed line is a blur

export function make(hosts: HTMLElement[], o: Options): Panes {
  let shown: Columns | undefined
  let shading: Shading = { stretches: [], hedged: [] }
  let held = false // what the panes do to one another is not news
  let axis = leastAxis
  const sync = uPlot.sync(`days-${Math.random()}`)

  const axisSize = (_u: uPlot, values: string[] | null) => {
    const need = Math.max(leastAxis, 7.2 * Math.max(0, ...(values ?? []).map((v) => v.length)) + 18)
    if (need > axis) {
      axis = need
      queueMicrotask(() => plots.forEach((u) => u.redraw(false, true)))
    }
    return axis
  }
  const inView = () => {
    const [a, b] = api.range()
    return b - a + 1
  }

  // Prices in view with some air, and the whole of each candle.
  const priceRange = (u: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax => {
    const far = shown && reach(u, shown)
    const [a, b] = [Math.min(low ?? Infinity, far?.[0] ?? Infinity), Math.max(high ?? -Infinity, far?.[1] ?? -Infinity)]
    if (a > b) return [null, null]
    const air = (b - a || Math.abs(b) || 1) * 0.08
    return [Math.max(0, a - 1.6 * air), b + air] // the signs of trades stand at the foot
  }
  const lineOf = (l: Line) => {
    const usual = l.step ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.()
    return usual && thin(usual, () => inView() > manyPoints)
  }

  const shownPanes = o.full ? panes.slice(0, livePanes) : panes
  const plots = shownPanes.map((p, n) => {
    const host = hosts[n]
    if (!host) throw new Error('a pane has no place')
    const last = n === shownPanes.length - 1
    const leveled = n === 1
    const u = new uPlot(
      {
        width: Math.max(host.clientWidth, leastWidth),
        height: p.height + (last ? axisHeight : 0),
        padding: [8, 14, last ? 0 : 4, 0],
        legend: { show: false },
        cursor: {
          sync: { key: sync.key, setSeries: false }, y: false, drag: { x: true, y: false, setScale: true, dist: 4 },
          points: { size: 8, width: 2, stroke: (self, i) => colour(p.lines[i - 1]?.colour ?? '--quiet'), fill: () => colour('--panel') },
          bind: {
            dblclick: () => () => {
              if (shown) api.zoom(0, shown.time.length - 1)
              return null
            },
            // With Shift held, dragging moves the window instead of choosing one.
            mousedown: (_self, _target, handler) => (e) => (e.shiftKey ? null : handler(e)),
          },
        },
        scales: {
          x: { time: true, ...(o.full ? { range: () => o.full as [number, number] } : {}) },
          y: leveled ? { range: (_u, low, high) => [Math.max(0, Math.min(low, o.call || low) * 0.95), Math.max(high, o.call) * 1.05] } : n === 0 ? { range: priceRange } : {},
        },
        tzDate: utc,
        axes: [
          timeAxis(last ? axisHeight : 0, last),
          { size: axisSize, font, space: 34, stroke: () => colour('--quiet'), grid: { stroke: () => colour('--grid'), width: 1 }, ticks: { show: false }, values: (_u, v) => v.map(p.value) },
        ],
        series: [
          {},
          ...p.lines.map((l) => ({
            label: l.label, stroke: () => colour(l.colour), width: l.width, dash: l.dash, spanGaps: false, points: { show: false },
            paths: lineOf(l),
          })),
        ],
        hooks: {
          drawClear: [
            (self) => {
              self.ctx.setLineDash([])
              if (!shown) return
              shade(self, shown, shading)
              const many = inView() > manyPoints
              p.lines.forEach((l, i) => {
                const s = self.series[i + 1]
                if (s && l.colour === '--price') s.width = candlesIn(self, shown as Columns) ? 0.5 : many ? 1.3 : l.width
                else if (s && l.colour !== '--recognised') {
                  s.dash = many ? undefined : l.dash
                  s.width = many ? Math.min(l.width, l.step ? 0.8 : 1.3) : l.width
                }
              })
            },
          ],
          draw: [
            (self) => {
              self.ctx.setLineDash([])
              if (n === 0 && shown) {
                candles(self, shown)
                drawSigns(self, shown)
              }
              if (leveled && o.call) threshold(self, o.call, percent(o.call, 0))
            },
          ],
          setCursor: [
            (self) => {
              if (!held && self === plots[0] && self.cursor.idx != null) o.pick(self.cursor.idx)
            },
          ],
          setScale: [
            (self, key) => {
              if (key !== 'x' || held) return
              const { min, max } = self.scales.x ?? {}
              if (min == null || max == null || !shown || o.full) return
              held = true
              for (const other of plots) if (other !== self) other.setScale('x', { min, max })
              queueMicrotask(() => {
                held = false
                const [a, b] = api.range()
                if (b - a < leastDays) api.zoom(a, b)
                else o.zoomed(a, b)
              })
            },
          ],
        },
      },
      [[], ...p.lines.map(() => [])],
      host,
    )
    handle(u)
    return u
  })

  // Pointer, wheel and fingers, beyond what uPlot does itself.
  function handle(u: uPlot) {
    const { over } = u
    over.setAttribute('aria-hidden', 'true')
    let pressed: { x: number; range: [number, number] } | undefined
    const fingers = new Map<number, number>()
    let spread = 0
    const indexAt = (clientX: number) => u.posToIdx(clientX - over.getBoundingClientRect().left)
    const pan = (clientX: number) => {
      if (!pressed || !shown) return
      const [a, b] = pressed.range
      const by = Math.round(((pressed.x - clientX) / over.clientWidth) * (b - a))
      slide(a, b, by)
    }
    over.addEventListener('pointerdown', (e) => {
      pressed = { x: e.clientX, range: api.range() }
      if (e.pointerType === 'touch') {
        fingers.set(e.pointerId, e.clientX)
        spread = width(fingers)
        over.setPointerCapture(e.pointerId)
      } else if (e.shiftKey) over.setPointerCapture(e.pointerId)
    })
    over.addEventListener('pointermove', (e) => {
      if (e.pointerType !== 'touch') {
        if (e.shiftKey && e.buttons === 1) later(() => pan(e.clientX))
        return
      }
      if (!fingers.has(e.pointerId)) return
      fingers.set(e.pointerId, e.clientX)
      if (fingers.size === 1) later(() => api.cursor(indexAt(e.clientX), true))
      else {
        const now = width(fingers)
        if (spread > 0 && now > 0) {
          const by = spread / now
          const middle = indexAt([...fingers.values()].reduce((a, b) => a + b, 0) / fingers.size)
          later(() => magnify(middle, by))
        }
        spread = now
      }
    })
    const lift = (e: PointerEvent) => {
      fingers.delete(e.pointerId)
      spread = width(fingers)
    }
    over.addEventListener('pointerup', lift)
    over.addEventListener('pointercancel', lift)
    // A click opens a day unless it turns out to be the first of two.
    let opening: ReturnType<typeof setTimeout> | undefined
    over.addEventListener('click', (e) => {
      const i = indexAt(e.clientX)
      clearTimeout(opening)
      if (shown && i >= 0 && i < shown.time.length && pressed && Math.abs(e.clientX - pressed.x) < 4 && !e.shiftKey) {
        api.cursor(i, true)
        opening = setTimeout(() => o.open(i), doubleClick)
      }
    })
    over.addEventListener('dblclick', () => clearTimeout(opening))
    over.addEventListener(
      'wheel',
      (e) => {
        if (!shown || o.full) return
        const [a, b] = api.range()
        if (e.ctrlKey || e.metaKey) {
          e.preventDefault()
          const at = indexAt(e.clientX)
          later(() => magnify(at, e.deltaY > 0 ? 1.25 : 0.8))
        } else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
          e.preventDefault()
          const by = Math.round(((e.deltaX || e.deltaY) / over.clientWidth) * (b - a))
          later(() => slide(a, b, by))
        }
      },
      { passive: false },
    )
  }
  const width = (fingers: Map<number, number>) => (fingers.size < 2 ? 0 : Math.max(...fingers.values()) - Math.min(...fingers.values()))

  // One frame draws once, however many events came before it.
  let due: (() => void) | undefined
  function later(act: () => void) {
    if (!due) requestAnimationFrame(() => {
      const last = due
      due = undefined
      last?.()
    })
    due = act
  }
  function slide(a: number, b: number, by: number) {
    if (!shown) return
    const held = Math.max(-a, Math.min(shown.time.length - 1 - b, by))
    api.zoom(a + held, b + held)
  }
  function magnify(at: number, by: number) {
    const [a, b] = api.range()
    if (by < 1 && b - a <= leastDays) return
    api.zoom(Math.round(at - (at - a) * by), Math.round(at + (b - at) * by))
  }

  const api = {
    show(c: Columns, net: boolean) {
      shown = c
      shading = shadingOf(c)
      const { min, max } = plots[0]?.scales.x ?? {}
      held = true
      plots.forEach((u, n) => {
        const p = panes[n]
        if (!p) return
        u.batch(() => {
          u.setData([c.time, ...p.lines.map((l) => l.of(c, net))] as uPlot.AlignedData, false)
          const [first, last] = [c.time[0], c.time[c.time.length - 1]]
          if (first !== undefined && last !== undefined) u.setScale('x', o.full || min == null || max == null ? { min: first, max: last } : { min, max })
        })
      })
      queueMicrotask(() => (held = false))
    },
    cursor(index: number, tell = false) {
      if (!shown || !shown.time.length) return
      const i = Math.max(0, Math.min(shown.time.length - 1, index))
      const [a, b] = api.range()
      const at = shown.time[i] ?? 0
      const place = () => {
        held = true
        for (const u of plots) u.setCursor({ left: u.valToPos(at, 'x'), top: 10 }, false)
        held = false
      }
      if ((i < a || i > b) && !o.full) {
        slide(a, b, i < a ? i - a : i - b)
        queueMicrotask(place) // once the window has moved
      } else place()
      if (tell) o.pick(i)
    },
    zoom(first: number, last: number) {
      if (!shown || shown.time.length < 2) return
      const end = shown.time.length - 1
      let [a, b] = [Math.max(0, Math.min(first, end)), Math.max(0, Math.min(last, end))]
      const room = Math.min(leastDays, end)
      if (b - a < room) {
        a = Math.max(0, Math.min(end - room, Math.round((a + b - room) / 2)))
        b = a + room
      }
      const [min, max] = [shown.time[a] ?? 0, shown.time[b] ?? 0]
      held = true
      for (const u of plots) u.setScale('x', { min, max })
      queueMicrotask(() => (held = false))
      o.zoomed(a, b)
    },
    range(): [number, number] {
      const { min, max } = plots[0]?.scales.x ?? {}
      const time = shown?.time ?? []
      if (min == null || max == null) return [0, Math.max(0, time.length - 1)]
      return [Math.min(from(time, min), Math.max(0, time.length - 1)), Math.max(0, from(time, max + 1) - 1)]
    },
    resize(to: number, share = 1) {
      plots.forEach((u, n) => u.setSize({ width: Math.max(to, leastWidth), height: (shownPanes[n]?.height ?? 0) * share + (n === plots.length - 1 ? axisHeight : 0) }))
    },
    redraw() {
      for (const u of plots) u.redraw(false)
    },
    destroy() {
      for (const u of plots) u.destroy()
    },
  }
  return api
}
