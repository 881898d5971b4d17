// Lines of many points: no screen shows more than the highest and the lowest of
// a column of pixels, and stroking what is not seen costs most of a frame.
import type uPlot from 'uplot'

export type Step = [x: number, low: number, high: number, first: number, last: number] | null

// thinned condenses values between two indices to one step a column; null is a
// gap. column tells the column of pixels of an index.
export function thinned(values: ArrayLike<number | null | undefined>, begin: number, end: number, column: (i: number) => number): Step[] {
  const out: Step[] = []
  let at: Step = null
  for (let i = begin; i <= end; i++) {
    const v = values[i]
    if (v === null || v === undefined) {
      if (at) out.push(null)
      at = null
      continue
    }
    const x = column(i)
    if (at && at[0] === x) {
      at[1] = Math.min(at[1], v)
      at[2] = Math.max(at[2], v)
      at[4] = v
    } else out.push((at = [x, v, v, v, v]))
  }
  return out
}

// thin draws a series so when its points are many, and as usual otherwise.
export function thin(usual: uPlot.Series.PathBuilder, many: (u: uPlot) => boolean): uPlot.Series.PathBuilder {
  return (u, series, begin, end) => {
    if (!many(u)) return usual(u, series, begin, end)
    const { min, max } = u.scales.x ?? {}
    const time = u.data[0]
    const values = u.data[series]
    if (min == null || max == null || !values) return null
    const left = u.valToPos(min, 'x', true)
    const slope = (u.valToPos(max, 'x', true) - left) / (max - min || 1)
    const zero = u.valToPos(0, 'y', true)
    const unit = u.valToPos(1, 'y', true) - zero
    const stroke = new Path2D()
    let pen = false
    for (const s of thinned(values, begin, end, (i) => Math.round(left + slope * ((time[i] ?? 0) - min)))) {
      if (!s) {
        pen = false
        continue
      }
      const [x, low, high, first, last] = s
      if (pen) stroke.lineTo(x, zero + unit * first)
      else stroke.moveTo(x, zero + unit * first)
      pen = true
      if (low !== high) {
        // The nearer end comes first, so that the line goes on where it came from.
        const [near, far] = last >= first ? [low, high] : [high, low]
        if (near !== first) stroke.lineTo(x, zero + unit * near)
        stroke.lineTo(x, zero + unit * far)
        if (far !== last) stroke.lineTo(x, zero + unit * last)
      }
    }
    return { stroke, flags: 1 }
  }
}
