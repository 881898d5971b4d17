package option

import "math"

// The sums over the points of an integral, eight at a time. octets_simd.go does the
// same operations in the same order on vectors of eight, without fused
// multiplication, so that both give the same bits.

// farthest is the argument beyond which a normal density does not count.
const farthest = 37

// thin is the standard normal density of x, which it holds within farthest.
func thin(x float64) float64 {
	x = min(max(x, -farthest), farthest)
	return exp(-x*x/2) * (1 / (math.Sqrt2 * math.SqrtPi))
}

// total is the sum of a block.
func (o *octet) total() float64 {
	return ((o[0] + o[4]) + (o[2] + o[6])) + ((o[1] + o[5]) + (o[3] + o[7]))
}

// slopesScalar are the two integrals of the equation FP-A at a node.
func slopesScalar(blocks []kernel, between [][]octet, square []float64, own float64, yields bool) (n, d float64) {
	var sumN, sumD octet
	for k := range blocks {
		block := &blocks[k]
		for j, h := range falls(between[k], square) {
			minus := (h-own)*block.inverse[j] + block.drift[j]
			sumN[j] += block.strike[j] * thin(minus)
			if !yields {
				continue
			}
			plus := minus + block.spread[j]
			density := thin(plus)
			sign := math.Copysign(1, plus)
			whole := (0.5 + 0.5*sign) - sign*(density*mills(min(math.Abs(plus), farOut)))
			sumD[j] += block.spot[j] * (density + block.spread[j]*whole)
		}
	}
	return sumN.total(), sumD.total()
}

// earlyScalar is the premium at a spot, x its logarithm.
func earlyScalar(blocks []term, x, spot float64, yields bool) float64 {
	var sum octet
	for k := range blocks {
		t := &blocks[k]
		for j := range lanes8 {
			minus := x*t.inverse[j] + t.offset[j]
			density, sign := thin(minus), math.Copysign(1, minus)
			gain := t.strike[j] * ((0.5 - 0.5*sign) + sign*(density*mills(min(math.Abs(minus), farOut))))
			if yields {
				plus := minus + t.spread[j]
				sign = math.Copysign(1, plus)
				gain -= (0.5-0.5*sign)*(t.spot[j]*spot) + sign*(t.level[j]*density*mills(min(math.Abs(plus), farOut)))
			}
			sum[j] += gain
		}
	}
	return sum.total()
}

// moves is a premium with its slopes: by spot, times the spot, and by vol.
type moves struct{ value, delta, vega float64 }

// earlyMovesScalar is the premium at a spot with its slopes. vol is what the terms
// were made of.
func earlyMovesScalar(blocks []term, x, spot, vol float64, yields bool) moves {
	var value, delta, vega octet
	for k := range blocks {
		t := &blocks[k]
		for j := range lanes8 {
			minus := x*t.inverse[j] + t.offset[j]
			plus := minus + t.spread[j]
			density, sign := thin(minus), math.Copysign(1, minus)
			gain := t.strike[j] * ((0.5 - 0.5*sign) + sign*(density*mills(min(math.Abs(minus), farOut))))
			paid := 0.0
			if yields {
				sign = math.Copysign(1, plus)
				paid = (0.5-0.5*sign)*(t.spot[j]*spot) + sign*(t.level[j]*density*mills(min(math.Abs(plus), farOut)))
			}
			steep := density * t.inverse[j] * (t.strike[j] - t.level[j])
			value[j] += gain - paid
			delta[j] -= steep + paid
			vega[j] += density*(t.strike[j]*plus-t.level[j]*minus)/vol - steep*t.slope[j]
		}
	}
	return moves{value.total(), delta.total(), vega.total()}
}
