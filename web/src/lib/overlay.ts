// Loan to value of several runs over one another.
import uPlot from 'uplot'
import { epoch, percent } from './format'
import type { Entry } from './compare'

export const styles = [
  { colour: '--hedged', dash: [] as number[] },
  { colour: '--price', dash: [9, 3] },
  { colour: '--option', dash: [3, 3] },
  { colour: '--recognised', dash: [9, 3, 2, 3] },
  { colour: '--strike', dash: [5, 5] },
]

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

export interface Lined {
  data: uPlot.AlignedData
  labels: string[]
}

// lined puts the days of all entries on one axis.
export function lined(entries: Entry[]): Lined {
  const dates = [...new Set(entries.flatMap((e) => e.template.daily_path.map((d) => d.date)))].sort()
  const place = new Map(dates.map((d, i) => [d, i]))
  const column = (of: (e: Entry) => [string, number][]) => (e: Entry) => {
    const out = new Array<number | null>(dates.length).fill(null)
    for (const [d, x] of of(e)) out[place.get(d) ?? 0] = x
    return out
  }
  const hedged = column((e) => e.template.daily_path.map((d) => [d.date, d.ltv_hedged]))
  const without = column((e) => e.template.daily_path.map((d) => [d.date, d.ltv_unhedged]))
  const first = entries[0]
  return {
    data: [dates.map(epoch), ...(first ? [without(first)] : []), ...entries.map(hedged)] as uPlot.AlignedData,
    labels: ['Without a hedge', ...entries.map((e) => e.label)],
  }
}

export function overlay(host: HTMLElement, entries: Entry[], call: number): () => void {
  const l = lined(entries)
  const u = new uPlot(
    {
      width: Math.max(host.clientWidth, 260), height: 280, legend: { show: false }, cursor: { y: false },
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), 'Etc/UTC'),
      scales: { y: { range: (_u, low, high) => [Math.max(0, Math.min(low, call) * 0.95), Math.max(high, call) * 1.04] } },
      axes: [
        { stroke: () => colour('--quiet'), grid: { stroke: () => colour('--grid') }, ticks: { show: false } },
        { size: 64, stroke: () => colour('--quiet'), grid: { stroke: () => colour('--grid') }, ticks: { show: false }, values: (_u, v) => v.map((x) => percent(x, 0)) },
      ],
      series: [
        {},
        { stroke: () => colour('--unhedged'), width: 1.5, dash: [5, 3], points: { show: false }, spanGaps: true },
        ...entries.map((_, i) => {
          const s = styles[i % styles.length]
          return { stroke: () => colour(s?.colour ?? '--hedged'), width: 2, dash: s?.dash.length ? s.dash : undefined, points: { show: false }, spanGaps: true }
        }),
      ],
      hooks: {
        draw: [
          (self) => {
            const { ctx } = self
            const y = self.valToPos(call, 'y', true)
            ctx.save()
            ctx.strokeStyle = colour('--call')
            ctx.lineWidth = 1.5 * devicePixelRatio
            ctx.setLineDash([8 * devicePixelRatio, 4 * devicePixelRatio])
            ctx.beginPath()
            ctx.moveTo(self.bbox.left, y)
            ctx.lineTo(self.bbox.left + self.bbox.width, y)
            ctx.stroke()
            ctx.setLineDash([])
            ctx.restore()
          },
        ],
      },
    },
    l.data,
    host,
  )
  const sized = new ResizeObserver(() => u.setSize({ width: Math.max(host.clientWidth, 260), height: 280 }))
  sized.observe(host)
  return () => {
    sized.disconnect()
    u.destroy()
  }
}
