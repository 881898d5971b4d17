//go:build goexperiment.simd && amd64 && !amd64.v3

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

// filled is a block of one number.
func filled(x float64) (o octet) {
	for j := range o {
		o[j] = x
	}
	return o
}

// The coefficients of exp and mills, as the vectors read them.
var (
	millsTerms = [...]octet{
		filled(c0), filled(c1), filled(c2), filled(c3), filled(c4), filled(c5), filled(c6), filled(c7), filled(c8), filled(c9), filled(c10),
		filled(c11), filled(c12), filled(c13), filled(c14), filled(c15), filled(c16), filled(c17), filled(c18), filled(c19), filled(c20),
	}
	expTerms = [...]octet{
		filled(1), filled(1), filled(1.0 / 2), filled(1.0 / 6), filled(1.0 / 24), filled(1.0 / 120), filled(1.0 / 720), filled(1.0 / 5040),
		filled(1.0 / 40320), filled(1.0 / 362880), filled(1.0 / 3628800), filled(1.0 / 39916800), filled(1.0 / 479001600), filled(1.0 / 6227020800),
	}
	expSteps = [...]octet{filled(math.Log2E), filled(3 << 51), filled(6.93147180369123816490e-01), filled(1.90821492927058770002e-10)}
	shares   = [...]octet{filled(0.5), filled(1), filled(4), filled(farthest), filled(-farthest), filled(farOut), filled(1 / (math.Sqrt2 * math.SqrtPi))}
)

func (o *octet) load() eight { return archsimd.LoadFloat64x8((*[lanes8]float64)(o)) }

// totalsOf are the sums of vectors as those of blocks. They leave the processor's
// vector state clean: scalar instructions after a dirty one are slow.
func totalsOf(a, b, c eight) (x, y, z float64) {
	var sums [3]octet
	a.Store((*[lanes8]float64)(&sums[0]))
	b.Store((*[lanes8]float64)(&sums[1]))
	c.Store((*[lanes8]float64)(&sums[2]))
	archsimd.ClearAVXUpperBits()
	return sums[0].total(), sums[1].total(), sums[2].total()
}

// signOf is 1 with the sign of x.
func signOf(x eight) eight {
	const sign = 1 << 63
	return x.AsUint64x8().And(archsimd.BroadcastUint64x8(sign)).Or(alike(1).AsUint64x8()).AsFloat64x8()
}

// reach is |x|, at most farOut.
func reach(x eight) eight {
	return x.AsUint64x8().And(archsimd.BroadcastUint64x8(1<<63 - 1)).AsFloat64x8().Min(shares[5].load())
}

// thinEight is thin.
func thinEight(x eight) eight {
	x = x.Max(shares[4].load()).Min(shares[3].load())
	return expEight(alike(0).Sub(x).Mul(x).Mul(shares[0].load())).Mul(shares[6].load())
}

// expEight is exp between −700 and 700, where its results are normal numbers.
func expEight(x eight) eight {
	magic := expSteps[1].load()
	n := x.Mul(expSteps[0].load()).Add(magic).Sub(magic)
	r := x.Sub(n.Mul(expSteps[2].load())).Sub(n.Mul(expSteps[3].load()))
	s := r.Mul(r)
	q := s.Mul(s)
	last := expTerms[12].load().Add(r.Mul(expTerms[13].load()))
	third := expTerms[8].load().Add(r.Mul(expTerms[9].load())).Add(s.Mul(expTerms[10].load().Add(r.Mul(expTerms[11].load()))))
	second := expTerms[4].load().Add(r.Mul(expTerms[5].load())).Add(s.Mul(expTerms[6].load().Add(r.Mul(expTerms[7].load()))))
	p := expTerms[0].load().Add(r).Add(s.Mul(expTerms[2].load().Add(r.Mul(expTerms[3].load())))).Add(q.Mul(second.Add(q.Mul(third.Add(q.Mul(last))))))
	return p.Scale(n)
}

// millsEight is mills up to farOut.
func millsEight(x eight) eight {
	one, four := shares[1].load(), shares[2].load()
	far, next := x.Add(four), one.Add(x)
	scale := one.Div(far.Mul(next))
	t := x.Sub(four).Mul(next).Mul(scale)
	s := t.Mul(t)
	q := s.Mul(s)
	p0 := millsTerms[20].load().Mul(q).Add(millsTerms[16].load()).Mul(q).Add(millsTerms[12].load()).Mul(q).Add(millsTerms[8].load()).Mul(q).Add(millsTerms[4].load()).Mul(q).Add(millsTerms[0].load())
	p1 := millsTerms[17].load().Mul(q).Add(millsTerms[13].load()).Mul(q).Add(millsTerms[9].load()).Mul(q).Add(millsTerms[5].load()).Mul(q).Add(millsTerms[1].load())
	p2 := millsTerms[18].load().Mul(q).Add(millsTerms[14].load()).Mul(q).Add(millsTerms[10].load()).Mul(q).Add(millsTerms[6].load()).Mul(q).Add(millsTerms[2].load())
	p3 := millsTerms[19].load().Mul(q).Add(millsTerms[15].load()).Mul(q).Add(millsTerms[11].load()).Mul(q).Add(millsTerms[7].load()).Mul(q).Add(millsTerms[3].load())
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
	n, d, _ = totalsOf(sumN, sumD, zero)
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
	total, _, _ := totalsOf(sum, sum, sum)
	return total
}

func earlyMoves(blocks []term, x, spot, vol float64, yields bool) moves {
	if !archsimd.X86.AVX512() {
		return earlyMovesScalar(blocks, x, spot, vol, yields)
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
		paid := zero
		if yields {
			sign = signOf(plus)
			paid = half.Sub(half.Mul(sign)).Mul(t.spot.load().Mul(price)).Add(sign.Mul(level.Mul(density).Mul(millsEight(reach(plus)))))
		}
		steep := density.Mul(inverse).Mul(strike.Sub(level))
		value = value.Add(gain.Sub(paid))
		delta = delta.Sub(steep.Add(paid))
		vega = vega.Add(density.Mul(strike.Mul(plus).Sub(level.Mul(minus))).Div(deviation).Sub(steep.Mul(t.slope.load())))
	}
	var m moves
	m.value, m.delta, m.vega = totalsOf(value, delta, vega)
	return m
}
