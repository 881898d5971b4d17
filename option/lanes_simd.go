//go:build goexperiment.simd && amd64

package option

import (
	"math"

	"simd/archsimd"
)

// lanes is how many options one vector holds.
const lanes = 8

type vector = archsimd.Float64x8

func all(x float64) vector { return archsimd.BroadcastFloat64x8(x) }

// europeanLanes prices options eight at a time and returns how many it has
// priced: none on a processor without AVX-512, and never the last few. It is
// the scalar formula, lane by lane; options without time or without vol, and
// numbers out of the ordinary, are left to the scalar code.
func europeanLanes(kind Kind, in Columns, prices []float64) int {
	if !archsimd.X86.AVX512() {
		return 0
	}
	zero, half, most := all(0), all(0.5), all(1e300)
	flat := all(1 / (math.Sqrt2 * math.SqrtPi))
	lent, carried, root := zero, zero, zero // e^{−rT}, e^{−qT} and √T, kept while they stand still
	before := [3]vector{all(math.NaN()), zero, zero}
	whole := len(in.Spot) / lanes * lanes
	for i := 0; i < whole; i += lanes {
		spot, strike := archsimd.LoadFloat64x8Slice(in.Spot[i:]), archsimd.LoadFloat64x8Slice(in.Strike[i:])
		years, vol := archsimd.LoadFloat64x8Slice(in.Years[i:]), archsimd.LoadFloat64x8Slice(in.Vol[i:])
		rate, yield := archsimd.LoadFloat64x8Slice(in.Rate[i:]), archsimd.LoadFloat64x8Slice(in.Yield[i:])
		if years.Equal(before[0]).And(rate.Equal(before[1])).And(yield.Equal(before[2])).ToBits() != 0xff {
			before = [3]vector{years, rate, yield}
			lent, carried, root = expLanes(zero.Sub(rate.Mul(years))), expLanes(zero.Sub(yield.Mul(years))), years.Sqrt()
		}
		deviation := vol.Mul(root)
		spot, strike = spot.Mul(carried), strike.Mul(lent)
		x, y := strike, spot
		if kind == Call {
			x, y = spot, strike
		}
		ratio := x.Div(y)
		ordinary := deviation.Greater(zero).And(deviation.Less(most)).And(ratio.Greater(all(1e-300))).And(ratio.Less(most)).And(x.Greater(zero)).And(x.Less(most)).
			And(lent.Less(most)).And(carried.Less(most))
		z := lnLanes(ratio).Div(deviation)
		up, down := z.Add(deviation.Mul(half)), z.Sub(deviation.Mul(half))
		both := x.Mul(expLanes(zero.Sub(up.Mul(up)).Mul(half))).Mul(flat)
		above, below := up.Max(zero.Sub(up)), down.Max(zero.Sub(down))
		received, given := both.Mul(millsLanes(above)), both.Mul(millsLanes(below))
		received = x.Sub(received).Merge(received, up.Greater(zero))
		given = y.Sub(given).Merge(given, down.Greater(zero))
		received.Sub(given).Max(zero).StoreSlice(prices[i:])
		if bits := ordinary.ToBits(); bits != 0xff {
			for k := range lanes {
				if bits>>k&1 == 0 {
					prices[i+k] = BlackScholesMerton{}.Price(kind, in.At(i+k))
				}
			}
		}
	}
	return whole
}

// expLanes is exp without its ends: it is 0 far below.
func expLanes(x vector) vector {
	x = x.Max(all(-1000)).Min(all(700))
	n := x.Mul(all(math.Log2E)).RoundToEvenScaled(0)
	r := n.MulAdd(all(-6.93147180369123816490e-01), x)
	r = n.MulAdd(all(-1.90821492927058770002e-10), r)
	r2 := r.Mul(r)
	even := all(1.0 / 479001600)
	even = even.MulAdd(r2, all(1.0/3628800))
	even = even.MulAdd(r2, all(1.0/40320))
	even = even.MulAdd(r2, all(1.0/720))
	even = even.MulAdd(r2, all(1.0/24))
	even = even.MulAdd(r2, all(1.0/2))
	even = even.MulAdd(r2, all(1.0/1))
	odd := all(1.0 / 6227020800)
	odd = odd.MulAdd(r2, all(1.0/39916800))
	odd = odd.MulAdd(r2, all(1.0/362880))
	odd = odd.MulAdd(r2, all(1.0/5040))
	odd = odd.MulAdd(r2, all(1.0/120))
	odd = odd.MulAdd(r2, all(1.0/6))
	odd = odd.MulAdd(r2, all(1.0/1))
	return odd.MulAdd(r, even).Scale(n)
}

// lnLanes is ln of positive normal numbers.
func lnLanes(x vector) vector {
	bits := x.AsUint64x8()
	mantissa := bits.And(archsimd.BroadcastUint64x8(1<<52 - 1))
	up := mantissa.Add(archsimd.BroadcastUint64x8(1<<52 - 1 - 0x6A09E667F3BCD)).ShiftAllRight(52)
	k := bits.ShiftAllRight(52).Add(up).ConvertToFloat64().Sub(all(1023))
	f := mantissa.Or(archsimd.BroadcastUint64x8(1023).Sub(up).ShiftAllLeft(52)).AsFloat64x8().Sub(all(1))
	s := f.Div(f.Add(all(2)))
	s2 := s.Mul(s)
	s4 := s2.Mul(s2)
	t1 := s4.MulAdd(all(1.479819860511658591e-01), all(1.818357216161805012e-01)).MulAdd(s4, all(2.857142874366239149e-01)).MulAdd(s4, all(6.666666666666735130e-01)).Mul(s2)
	t2 := s4.MulAdd(all(1.531383769920937332e-01), all(2.222219843214978396e-01)).MulAdd(s4, all(3.999999999940941908e-01)).Mul(s4)
	half := f.Mul(f).Mul(all(0.5))
	inner := s.MulAdd(half.Add(t1).Add(t2), k.Mul(all(1.90821492927058770002e-10)))
	return k.MulAdd(all(6.93147180369123816490e-01), f.Sub(half.Sub(inner)))
}

// millsLanes is mills; far out, where the densities it is multiplied with are
// zero, it stands still.
func millsLanes(x vector) vector {
	x = x.Min(all(farOut))
	far, next := x.Add(all(4)), x.Add(all(1))
	scale := all(1).Div(far.Mul(next))
	t := x.Sub(all(4)).Mul(next).Mul(scale)
	s := t.Mul(t)
	even := all(c20)
	even = even.MulAdd(s, all(c18))
	even = even.MulAdd(s, all(c16))
	even = even.MulAdd(s, all(c14))
	even = even.MulAdd(s, all(c12))
	even = even.MulAdd(s, all(c10))
	even = even.MulAdd(s, all(c8))
	even = even.MulAdd(s, all(c6))
	even = even.MulAdd(s, all(c4))
	even = even.MulAdd(s, all(c2))
	even = even.MulAdd(s, all(c0))
	odd := all(c19)
	odd = odd.MulAdd(s, all(c17))
	odd = odd.MulAdd(s, all(c15))
	odd = odd.MulAdd(s, all(c13))
	odd = odd.MulAdd(s, all(c11))
	odd = odd.MulAdd(s, all(c9))
	odd = odd.MulAdd(s, all(c7))
	odd = odd.MulAdd(s, all(c5))
	odd = odd.MulAdd(s, all(c3))
	odd = odd.MulAdd(s, all(c1))
	return odd.MulAdd(t, even).Mul(far.Mul(scale))
}
