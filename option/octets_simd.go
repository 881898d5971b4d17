//go:build goexperiment.simd && amd64

package option

import (
	"math"

	"simd/archsimd"
)

// slopes, early and earlyMoves sum eight points of an integral at a time on
// processors with AVX-512. They are slopesScalar, earlyScalar and earlyMovesScalar
// operation by operation, in the same order and without fused multiplication: the
// bits are the same, which a test holds.

type eight = archsimd.Float64x8

func alike(x float64) eight { return archsimd.BroadcastFloat64x8(x) }

func (o *octet) load() eight { return archsimd.LoadFloat64x8((*[lanes8]float64)(o)) }

// totalOf is the sum of a vector as that of a block.
func totalOf(v eight) float64 {
	var o octet
	v.Store((*[lanes8]float64)(&o))
	return o.total()
}

// signOf is 1 with the sign of x.
func signOf(x eight) eight {
	const sign = 1 << 63
	return x.AsUint64x8().And(archsimd.BroadcastUint64x8(sign)).Or(alike(1).AsUint64x8()).AsFloat64x8()
}

// reach is |x|, at most farOut.
func reach(x eight) eight {
	return x.AsUint64x8().And(archsimd.BroadcastUint64x8(1<<63 - 1)).AsFloat64x8().Min(alike(farOut))
}

// thinEight is thin.
func thinEight(x eight) eight {
	x = x.Max(alike(-farthest)).Min(alike(farthest))
	return expEight(alike(0).Sub(x).Mul(x).Mul(alike(0.5))).Mul(alike(1 / (math.Sqrt2 * math.SqrtPi)))
}

// expEight is exp between −700 and 700, where its results are normal numbers.
func expEight(x eight) eight {
	const (
		magic = 3 << 51
		high  = 6.93147180369123816490e-01
		low   = 1.90821492927058770002e-10
	)
	n := x.Mul(alike(math.Log2E)).Add(alike(magic)).Sub(alike(magic))
	r := x.Sub(n.Mul(alike(high))).Sub(n.Mul(alike(low)))
	s := r.Mul(r)
	q := s.Mul(s)
	pair := func(a, b float64) eight { return alike(a).Add(r.Mul(alike(b))) }
	last := pair(1.0/479001600, 1.0/6227020800)
	third := pair(1.0/40320, 1.0/362880).Add(s.Mul(pair(1.0/3628800, 1.0/39916800)))
	second := pair(1.0/24, 1.0/120).Add(s.Mul(pair(1.0/720, 1.0/5040)))
	p := alike(1).Add(r).Add(s.Mul(pair(1.0/2, 1.0/6))).Add(q.Mul(second.Add(q.Mul(third.Add(q.Mul(last))))))
	return p.Scale(n)
}

// millsEight is mills up to farOut.
func millsEight(x eight) eight {
	far, next := x.Add(alike(4)), alike(1).Add(x)
	scale := alike(1).Div(far.Mul(next))
	t := x.Sub(alike(4)).Mul(next).Mul(scale)
	s := t.Mul(t)
	q := s.Mul(s)
	p0 := alike(c20).Mul(q).Add(alike(c16)).Mul(q).Add(alike(c12)).Mul(q).Add(alike(c8)).Mul(q).Add(alike(c4)).Mul(q).Add(alike(c0))
	p1 := alike(c17).Mul(q).Add(alike(c13)).Mul(q).Add(alike(c9)).Mul(q).Add(alike(c5)).Mul(q).Add(alike(c1))
	p2 := alike(c18).Mul(q).Add(alike(c14)).Mul(q).Add(alike(c10)).Mul(q).Add(alike(c6)).Mul(q).Add(alike(c2))
	p3 := alike(c19).Mul(q).Add(alike(c15)).Mul(q).Add(alike(c11)).Mul(q).Add(alike(c7)).Mul(q).Add(alike(c3))
	return p0.Add(p1.Mul(t)).Add(s.Mul(p2.Add(p3.Mul(t)))).Mul(far.Mul(scale))
}

func slopes(blocks []kernel, between [][]octet, square []float64, own float64, yields bool) (n, d float64) {
	if !archsimd.X86.AVX512() {
		return slopesScalar(blocks, between, square, own, yields)
	}
	zero, half := alike(0), alike(0.5)
	sumN, sumD, at := zero, zero, alike(own)
	for k := range blocks {
		block, h := &blocks[k], zero
		for m := range between[k] {
			h = h.Add(between[k][m].load().Mul(alike(square[m])))
		}
		h = h.Max(zero).Sqrt()
		minus := h.Sub(at).Mul(block.inverse.load()).Add(block.drift.load())
		sumN = sumN.Add(block.strike.load().Mul(thinEight(minus)))
		if !yields {
			continue
		}
		spread := block.spread.load()
		plus := minus.Add(spread)
		density, sign := thinEight(plus), signOf(plus)
		whole := half.Add(half.Mul(sign)).Sub(sign.Mul(density.Mul(millsEight(reach(plus)))))
		sumD = sumD.Add(block.spot.load().Mul(density.Add(spread.Mul(whole))))
	}
	n, d = totalOf(sumN), totalOf(sumD)
	archsimd.ClearAVXUpperBits()
	return n, d
}

func early(blocks []term, x, spot float64, yields bool) float64 {
	if !archsimd.X86.AVX512() {
		return earlyScalar(blocks, x, spot, yields)
	}
	half, at, price, sum := alike(0.5), alike(x), alike(spot), alike(0)
	for k := range blocks {
		t := &blocks[k]
		minus := at.Mul(t.inverse.load()).Add(t.offset.load())
		density, sign := thinEight(minus), signOf(minus)
		gain := t.strike.load().Mul(half.Sub(half.Mul(sign)).Add(sign.Mul(density.Mul(millsEight(reach(minus))))))
		if yields {
			plus := minus.Add(t.spread.load())
			sign = signOf(plus)
			paid := half.Sub(half.Mul(sign)).Mul(t.spot.load().Mul(price)).Add(sign.Mul(t.level.load().Mul(density).Mul(millsEight(reach(plus)))))
			gain = gain.Sub(paid)
		}
		sum = sum.Add(gain)
	}
	total := totalOf(sum)
	archsimd.ClearAVXUpperBits()
	return total
}

func earlyMoves(blocks []term, x, spot, vol float64) moves {
	if !archsimd.X86.AVX512() {
		return earlyMovesScalar(blocks, x, spot, vol)
	}
	half, at, price, zero := alike(0.5), alike(x), alike(spot), alike(0)
	value, delta, vega, deviation := zero, zero, zero, alike(vol)
	for k := range blocks {
		t := &blocks[k]
		inverse, strike, level := t.inverse.load(), t.strike.load(), t.level.load()
		minus := at.Mul(inverse).Add(t.offset.load())
		plus := minus.Add(t.spread.load())
		density, sign := thinEight(minus), signOf(minus)
		gain := strike.Mul(half.Sub(half.Mul(sign)).Add(sign.Mul(density.Mul(millsEight(reach(minus))))))
		sign = signOf(plus)
		paid := half.Sub(half.Mul(sign)).Mul(t.spot.load().Mul(price)).Add(sign.Mul(level.Mul(density).Mul(millsEight(reach(plus)))))
		steep := density.Mul(inverse).Mul(strike.Sub(level))
		value = value.Add(gain.Sub(paid))
		delta = delta.Sub(steep.Add(paid))
		vega = vega.Add(density.Mul(strike.Mul(plus).Sub(level.Mul(minus))).Div(deviation).Sub(steep.Mul(t.slope.load())))
	}
	m := moves{totalOf(value), totalOf(delta), totalOf(vega)}
	archsimd.ClearAVXUpperBits()
	return m
}
