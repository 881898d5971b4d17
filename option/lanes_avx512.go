//go:build goexperiment.simd && amd64 && !amd64.v3

package option

import (
	"math"

	"simd/archsimd"
)

type vector8 = archsimd.Float64x8

// scalar8 prices by the formula the options whose bit is not set. Leaving the
// vectors first keeps it from waiting for the upper halves of the registers.
//
//go:noinline
func scalar8(kind Kind, in Columns, i int, prices []float64, done uint8) {
	archsimd.ClearAVXUpperBits()
	for k := range 8 {
		if done>>k&1 == 0 {
			prices[i+k] = BlackScholesMerton{}.Price(kind, in.At(i+k))
		}
	}
}

// columns8 prices options eight at a time and returns how many it has priced,
// which leaves out the last few.
func columns8(kind Kind, in Columns, prices []float64) int {
	zero := archsimd.BroadcastFloat64x8(0)
	lent, carried, root := zero, zero, zero // e^{−rT}, e^{−qT} and √T, kept while they stand still
	before := [3]vector8{archsimd.BroadcastFloat64x8(math.NaN()), zero, zero}
	plain := within8(zero)
	whole := len(in.Spot) / 8 * 8
	for i := 0; i < whole; i += 8 {
		spot, strike := archsimd.LoadFloat64x8Slice(in.Spot[i:]), archsimd.LoadFloat64x8Slice(in.Strike[i:])
		years, vol := archsimd.LoadFloat64x8Slice(in.Years[i:]), archsimd.LoadFloat64x8Slice(in.Vol[i:])
		rate, yield := archsimd.LoadFloat64x8Slice(in.Rate[i:]), archsimd.LoadFloat64x8Slice(in.Yield[i:])
		if years.Equal(before[0]).And(rate.Equal(before[1])).And(yield.Equal(before[2])).ToBits() != 1<<8-1 {
			before = [3]vector8{years, rate, yield}
			owed, paid := zero.Sub(rate.Mul(years)), zero.Sub(yield.Mul(years))
			plain = within8(owed).And(within8(paid)).And(years.Greater(zero))
			lent, carried, root = exp8(owed), exp8(paid), years.Sqrt()
		}
		price, ordinary := price8(kind, spot.Mul(carried), strike.Mul(lent), vol.Mul(root))
		price.StoreSlice(prices[i:])
		if done := ordinary.And(plain).ToBits(); done != 1<<8-1 {
			scalar8(kind, in, i, prices, done)
		}
	}
	return whole
}

// path8 prices one option at eight spots and times at a time, as columns8 does.
func path8(kind Kind, in Inputs, spots, years, prices []float64) int {
	zero := archsimd.BroadcastFloat64x8(0)
	strike, vol := archsimd.BroadcastFloat64x8(in.Strike), archsimd.BroadcastFloat64x8(in.Vol)
	rate, yield := archsimd.BroadcastFloat64x8(in.Rate), archsimd.BroadcastFloat64x8(in.Yield)
	whole := len(spots) / 8 * 8
	for i := 0; i < whole; i += 8 {
		spot, left := archsimd.LoadFloat64x8Slice(spots[i:]), archsimd.LoadFloat64x8Slice(years[i:])
		owed := zero.Sub(rate.Mul(left))
		plain := within8(owed).And(left.Greater(zero))
		if in.Yield != 0 {
			paid := zero.Sub(yield.Mul(left))
			plain = plain.And(within8(paid))
			spot = spot.Mul(exp8(paid))
		}
		price, ordinary := price8(kind, spot, strike.Mul(exp8(owed)), vol.Mul(left.Sqrt()))
		price.StoreSlice(prices[i:])
		if done := ordinary.And(plain).ToBits(); done != 1<<8-1 {
			scalarPath8(kind, in, i, spots, years, prices, done)
		}
	}
	return whole
}

// scalarPath8 is scalar8 of a path.
//
//go:noinline
func scalarPath8(kind Kind, in Inputs, i int, spots, years, prices []float64, done uint8) {
	archsimd.ClearAVXUpperBits()
	for k := range 8 {
		if done>>k&1 == 0 {
			prices[i+k] = europeanMarker{kind, in}.Price(spots[i+k], years[i+k])
		}
	}
}

// within8 says where exp8 is exp.
func within8(x vector8) archsimd.Mask64x8 {
	return x.Greater(archsimd.BroadcastFloat64x8(-700)).And(x.Less(archsimd.BroadcastFloat64x8(700)))
}

// price8 is priceOver, and says for which options: not where the scalar code
// would take another branch.
func price8(kind Kind, spot, strike, deviation vector8) (price vector8, ordinary archsimd.Mask64x8) {
	zero, half, one := archsimd.BroadcastFloat64x8(0), archsimd.BroadcastFloat64x8(0.5), archsimd.BroadcastFloat64x8(1)
	signs := archsimd.BroadcastUint64x8(1 << 63)
	x, y := strike, spot
	if kind == Call {
		x, y = spot, strike
	}
	ratio := x.Div(y)
	z := ln8(ratio).Div(deviation)
	wide := deviation.Mul(half)
	up, down := z.Add(wide), z.Sub(wide)
	low := zero.Sub(up.Mul(up).Mul(half))
	both := x.Mul(exp8(low)).Mul(archsimd.BroadcastFloat64x8(1 / (math.Sqrt2 * math.SqrtPi)))
	signUp := up.AsUint64x8().And(signs).Or(one.AsUint64x8()).AsFloat64x8()
	signDown := down.AsUint64x8().And(signs).Or(one.AsUint64x8()).AsFloat64x8()
	farDown := down.Mul(signDown)
	in, out := both.Mul(mills8(up.Mul(signUp))), both.Mul(mills8(farDown))
	price = half.Add(half.Mul(signUp)).Mul(x).Sub(signUp.Mul(in)).Sub(half.Add(half.Mul(signDown)).Mul(y)).Add(signDown.Mul(out)).Max(zero)
	ordinary = deviation.Greater(zero).
		And(ratio.Greater(archsimd.BroadcastFloat64x8(2.3e-308))).And(ratio.Less(archsimd.BroadcastFloat64x8(math.Inf(1)))).
		And(low.Greater(archsimd.BroadcastFloat64x8(-700))).And(farDown.Less(archsimd.BroadcastFloat64x8(farOut)))
	return price, ordinary
}

// exp8 is exp between −700 and 700.
func exp8(x vector8) vector8 {
	magic := archsimd.BroadcastFloat64x8(3 << 51)
	shifted := x.Mul(archsimd.BroadcastFloat64x8(math.Log2E)).Add(magic)
	n := shifted.Sub(magic)
	r := x.Sub(n.Mul(archsimd.BroadcastFloat64x8(6.93147180369123816490e-01))).Sub(n.Mul(archsimd.BroadcastFloat64x8(1.90821492927058770002e-10)))
	s := r.Mul(r)
	q := s.Mul(s)
	one := archsimd.BroadcastFloat64x8(1)
	p1 := archsimd.BroadcastFloat64x8(1.0 / 2).Add(r.Mul(archsimd.BroadcastFloat64x8(1.0 / 6)))
	p4 := archsimd.BroadcastFloat64x8(1.0 / 24).Add(r.Mul(archsimd.BroadcastFloat64x8(1.0 / 120)))
	p6 := archsimd.BroadcastFloat64x8(1.0 / 720).Add(r.Mul(archsimd.BroadcastFloat64x8(1.0 / 5040)))
	p8 := archsimd.BroadcastFloat64x8(1.0 / 40320).Add(r.Mul(archsimd.BroadcastFloat64x8(1.0 / 362880)))
	p10 := archsimd.BroadcastFloat64x8(1.0 / 3628800).Add(r.Mul(archsimd.BroadcastFloat64x8(1.0 / 39916800)))
	p12 := archsimd.BroadcastFloat64x8(1.0 / 479001600).Add(r.Mul(archsimd.BroadcastFloat64x8(1.0 / 6227020800)))
	high := p8.Add(s.Mul(p10)).Add(q.Mul(p12))
	p := one.Add(r).Add(s.Mul(p1)).Add(q.Mul(p4.Add(s.Mul(p6)).Add(q.Mul(high))))
	// the last bits of shifted are those of n
	return p.Mul(shifted.AsUint64x8().Add(archsimd.BroadcastUint64x8(1023)).ShiftAllLeft(52).AsFloat64x8())
}

// ln8 is ln of positive normal numbers.
func ln8(x vector8) vector8 {
	const whole = 1 << 52
	bits := x.AsUint64x8()
	mantissa := bits.And(archsimd.BroadcastUint64x8(whole - 1))
	up := mantissa.Add(archsimd.BroadcastUint64x8(whole - 1 - 0x6A09E667F3BCD)).ShiftAllRight(52)
	// the exponent as a number: below the leading bit of 2^52, which is taken off
	exponent := bits.ShiftAllRight(52).Add(up).Or(archsimd.BroadcastFloat64x8(whole).AsUint64x8()).AsFloat64x8()
	k := exponent.Sub(archsimd.BroadcastFloat64x8(whole + 1023))
	f := mantissa.Or(archsimd.BroadcastUint64x8(1023).Sub(up).ShiftAllLeft(52)).AsFloat64x8().Sub(archsimd.BroadcastFloat64x8(1))
	s := f.Div(archsimd.BroadcastFloat64x8(2).Add(f))
	s2 := s.Mul(s)
	s4 := s2.Mul(s2)
	t1 := s4.Mul(archsimd.BroadcastFloat64x8(1.479819860511658591e-01)).Add(archsimd.BroadcastFloat64x8(1.818357216161805012e-01))
	t1 = s2.Mul(s4.Mul(s4.Mul(t1).Add(archsimd.BroadcastFloat64x8(2.857142874366239149e-01))).Add(archsimd.BroadcastFloat64x8(6.666666666666735130e-01)))
	t2 := s4.Mul(archsimd.BroadcastFloat64x8(1.531383769920937332e-01)).Add(archsimd.BroadcastFloat64x8(2.222219843214978396e-01))
	t2 = s4.Mul(s4.Mul(t2).Add(archsimd.BroadcastFloat64x8(3.999999999940941908e-01)))
	half := archsimd.BroadcastFloat64x8(0.5).Mul(f).Mul(f)
	inner := s.Mul(half.Add(t1).Add(t2)).Add(k.Mul(archsimd.BroadcastFloat64x8(1.90821492927058770002e-10)))
	return k.Mul(archsimd.BroadcastFloat64x8(6.93147180369123816490e-01)).Sub(half.Sub(inner).Sub(f))
}

// mills8 is mills up to farOut.
func mills8(x vector8) vector8 {
	one, four := archsimd.BroadcastFloat64x8(1), archsimd.BroadcastFloat64x8(4)
	far, next := x.Add(four), one.Add(x)
	scale := one.Div(far.Mul(next))
	t := x.Sub(four).Mul(next).Mul(scale)
	s := t.Mul(t)
	q := s.Mul(s)
	p0 := archsimd.BroadcastFloat64x8(c20).Mul(q).Add(archsimd.BroadcastFloat64x8(c16))
	p0 = p0.Mul(q).Add(archsimd.BroadcastFloat64x8(c12)).Mul(q).Add(archsimd.BroadcastFloat64x8(c8))
	p0 = p0.Mul(q).Add(archsimd.BroadcastFloat64x8(c4)).Mul(q).Add(archsimd.BroadcastFloat64x8(c0))
	p1 := archsimd.BroadcastFloat64x8(c17).Mul(q).Add(archsimd.BroadcastFloat64x8(c13)).Mul(q).Add(archsimd.BroadcastFloat64x8(c9))
	p1 = p1.Mul(q).Add(archsimd.BroadcastFloat64x8(c5)).Mul(q).Add(archsimd.BroadcastFloat64x8(c1))
	p2 := archsimd.BroadcastFloat64x8(c18).Mul(q).Add(archsimd.BroadcastFloat64x8(c14)).Mul(q).Add(archsimd.BroadcastFloat64x8(c10))
	p2 = p2.Mul(q).Add(archsimd.BroadcastFloat64x8(c6)).Mul(q).Add(archsimd.BroadcastFloat64x8(c2))
	p3 := archsimd.BroadcastFloat64x8(c19).Mul(q).Add(archsimd.BroadcastFloat64x8(c15)).Mul(q).Add(archsimd.BroadcastFloat64x8(c11))
	p3 = p3.Mul(q).Add(archsimd.BroadcastFloat64x8(c7)).Mul(q).Add(archsimd.BroadcastFloat64x8(c3))
	return p0.Add(p1.Mul(t)).Add(s.Mul(p2.Add(p3.Mul(t)))).Mul(far.Mul(scale))
}
