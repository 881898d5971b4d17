// Loan to value of several runs over one another.
import uPlot from 'uplot'
import { font, threshold, timeAxis, utc } from './axis'
import { colour, watchColours } from './colours'
import type { Entry } from './compare'
import { epoch, percent } from './format'

export const styles = [
  { name: 'hedged', dash: [] as number[] },
  { name: 'price', dash: [9, 3] },
  { name: 'option', dash: [3, 3] },
  { name: 'strike', dash: [9, 3, 2, 3] },
]

export interface Lined {
  dates: string[]
  columns: (number | null)[][] // without a hedge, then each entry
}

// lined puts the days of all entries on one axis.
export function lined(entries: Entry[]): Lined {
  const dates = [...new Set(entries.flatMap((e) => e.template.daily_path.date))].sort()
  const place = new Map(dates.map((d, i) => [d, i]))
  const column = (days: string[], values: number[]) => {
    const out = new Array<number | null>(dates.length).fill(null)
    days.forEach((d, i) => (out[place.get(d) ?? 0] = values[i] ?? null))
    return out
  }
  const first = entries[0]?.template.daily_path
  return {
    dates,
    columns: [...(first ? [column(first.date, first.ltv_unhedged)] : []), ...entries.map((e) => column(e.template.daily_path.date, e.template.daily_path.ltv_hedged))],
  }
}

export interface Overlay {
  cursor(index: number): void
  destroy(): void
}

const height = 290

export function overlay(host: HTMLElement, l: Lined, call: number, pick: (index: number) => void): Overlay {
  const time = l.dates.map(epoch)
  let told = true
  const u = new uPlot(
    {
      width: Math.max(host.clientWidth, 260), height, legend: { show: false }, padding: [8, 14, 0, 0],
      cursor: { y: false, points: { size: 8, width: 2, fill: () => colour('--panel') } },
      tzDate: utc,
      scales: { y: { range: (_u, low, high) => [Math.max(0, Math.min(low, call) * 0.95), Math.max(high, call) * 1.04] } },
      axes: [
        timeAxis(38, true),
        { size: 58, font, space: 34, stroke: () => colour('--quiet'), grid: { stroke: () => colour('--grid'), width: 1 }, ticks: { show: false }, values: (_u, v) => v.map((x) => percent(x, 0)) },
      ],
      series: [
        {},
        ...l.columns.map((_, i) => {
          const s = styles[(i - 1 + styles.length) % styles.length]
          return i === 0
            ? { stroke: () => colour('--unhedged'), width: 1.5, dash: [5, 3], points: { show: false }, spanGaps: true }
            : { stroke: () => colour(`--${s?.name}`), width: 2, dash: s?.dash.length ? s.dash : undefined, points: { show: false }, spanGaps: true }
        }),
      ],
      hooks: {
        draw: [(self) => threshold(self, call, percent(call, 0))],
        setCursor: [(self) => told && self.cursor.idx != null && pick(self.cursor.idx)],
      },
    },
    [time, ...l.columns] as uPlot.AlignedData,
    host,
  )
  const sized = new ResizeObserver(() => u.setSize({ width: Math.max(host.clientWidth, 260), height }))
  sized.observe(host)
  const stop = watchColours(() => u.redraw(false))
  return {
    cursor(index) {
      told = false
      u.setCursor({ left: u.valToPos(time[index] ?? 0, 'x'), top: 10 }, false)
      told = true
    },
    destroy() {
      stop()
      sized.disconnect()
      u.destroy()
    },
  }
}
