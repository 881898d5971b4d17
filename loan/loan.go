// Package loan is the lender's arithmetic: loan to value, when a margin call
// comes, what a hedge is worth as collateral, and interest. It knows positions
// and prices as plain numbers and nothing of hedges or days.
package loan

import "math"

// MaxLTV is the LTV of a loan against nothing: collateral that short options
// have eaten up, or that has lost nearly all its worth. A larger one is no
// different to anybody, and infinity cannot be written down in a result.
const MaxLTV = 1e6

// LTV returns loan / collateral, and MaxLTV when that is larger or the
// collateral is worth nothing or less.
func LTV(balance, collateral float64) float64 {
	if collateral <= 0 {
		return MaxLTV
	}
	return min(balance/collateral, MaxLTV)
}

// MarginCall reports whether the lender calls: at the threshold or above it.
func MarginCall(ltv, threshold float64) bool { return ltv >= threshold }

// Headroom returns how far the LTV is from the threshold, 1 − ltv/threshold:
// the fall in collateral value that would trigger a call; negative in call.
func Headroom(ltv, threshold float64) float64 { return 1 - ltv/threshold }

// LargestLoan returns the greatest whole cent whose LTV against units at spot
// is below the threshold. Above 2^53 cents, where a float64 no longer holds every
// whole cent, it is the greatest that it holds.
func LargestLoan(units, spot, threshold float64) float64 {
	collateral := units * spot
	cents := math.Floor(threshold * collateral * 100)
	for cents > 0 && MarginCall(LTV(cents/100, collateral), threshold) {
		cents = below(cents) // at most a few steps: the product above is right to the last bits
	}
	for next := above(cents); !MarginCall(LTV(next/100, collateral), threshold) && next/100 > cents/100; next = above(next) {
		cents = next
	}
	return cents / 100
}

// LargestAt returns the greatest whole cent whose LTV against collateral is not
// above most; as LargestLoan beyond 2^53 cents.
func LargestAt(collateral, most float64) float64 {
	cents := math.Floor(most * collateral * 100)
	for cents > 0 && LTV(cents/100, collateral) > most {
		cents = below(cents)
	}
	return cents / 100
}

// below and above are the nearest whole numbers that a float64 holds beside one.
func below(whole float64) float64 { return min(whole-1, math.Nextafter(whole, math.Inf(-1))) }
func above(whole float64) float64 { return max(whole+1, math.Nextafter(whole, math.Inf(1))) }
