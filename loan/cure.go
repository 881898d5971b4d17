package loan

import "math"

// Repay returns the repayment that brings the LTV to a target: L − θ·RC, 0
// when it is there.
func Repay(balance, recognised, target float64) float64 {
	return max(0, balance-target*recognised)
}

// Pledge returns the cash that, pledged without a haircut, brings the LTV to a
// target: L/θ − RC. It is 1/θ times the repayment that does the same.
func Pledge(balance, recognised, target float64) float64 {
	return max(0, balance/target-recognised)
}

// AddUnits returns the units of collateral that, added at a spot, bring the
// LTV to a target: (L/θ − RC)/S.
func AddUnits(balance, recognised, target, spot float64) float64 {
	return Pledge(balance, recognised, target) / spot
}

// Sell returns the value of collateral that, sold to repay the loan, brings
// the LTV to a target: (L − θ·RC)/(1 − c − θ), where c is the fraction of the
// value that the sale costs (penalty and slippage). It is at most the
// collateral's value; all of it, when no part would do.
func Sell(balance, recognised, target, cost, collateral float64) float64 {
	short := Repay(balance, recognised, target)
	if short == 0 {
		return 0
	}
	if rest := 1 - cost - target; rest > 0 {
		return min(short/rest, collateral)
	}
	return collateral
}

// Trigger returns the spot between low and high at which a falling LTV
// function reaches a level, by bisection; ltv must fall as the spot rises.
func Trigger(level, low, high float64, ltv func(spot float64) float64) float64 {
	const rounds = 100
	for range rounds {
		middle := (low + high) / 2
		if middle == low || middle == high {
			break
		}
		if ltv(middle) >= level {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// CallSpot returns the spot at which a lender would call today: the nearest one at
// which an LTV that is below a level reaches it as the price falls, or, for one at
// the level or above, the one up to which it stays there as the price rises; 0
// where no spot would do. ltv falls as the spot rises, unless the book holds more
// options than collateral: then it may rise and fall again on the way down, and
// the first crossing is looked for in steps of a hundredth of today's price.
func CallSpot(level float64, today Book, ltv func(spot float64) float64) float64 {
	const least, doublings, steps = 1e-6, 10, 100
	spot := today.Spot
	if ltv(spot) >= level {
		for high, doubled := spot, 0; doubled < doublings; doubled++ {
			low := high
			if high *= 2; ltv(high) < level {
				return Trigger(level, low, high, ltv)
			}
		}
		return 0
	}
	step := 1.0
	if today.overhedged() {
		step = 1.0 / steps
	}
	for high, fallen := spot, step; fallen < 1+step/2; fallen += step {
		low := spot * math.Max(least, 1-fallen)
		if ltv(low) >= level {
			return Trigger(level, low, high, ltv)
		}
		high = low
	}
	return 0
}

// StressedExposure returns Basel's E*, the exposure that is left when the
// collateral is worth its haircut less: max(0, E − C·(1−H)) with
// H = H₁₀·√((N + T − 1)/10) for a holding of T days and revaluation every N
// days (Basel Committee, International Convergence of Capital Measurement,
// 2006, §§147–169). ten is the supervisory haircut for ten days.
func StressedExposure(exposure, collateral, ten float64, revaluedEvery, holdingDays int) float64 {
	const tenDays = 10
	haircut := ten * math.Sqrt(float64(revaluedEvery+holdingDays-1)/tenDays)
	return max(0, exposure-collateral*max(0, 1-haircut))
}

// CloseFactor returns the part of a loan that one liquidation repays under
// Aave's rule: half of it while the health factor, threshold/LTV, is above
// 0.95, and all of it below (Aave v3 technical paper, 2022).
func CloseFactor(ltv, threshold float64) float64 {
	const half, healthy = 0.5, 0.95
	if threshold > healthy*ltv {
		return half
	}
	return 1
}

// Least returns the smallest part of something to sell, between 0 and 1, that
// is enough, by bisection; 1 when nothing is. enough must stay true once it is.
func Least(enough func(part float64) bool) float64 {
	if enough(0) {
		return 0
	}
	low, high := 0.0, 1.0
	const rounds = 60
	for range rounds {
		if middle := (low + high) / 2; enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
