// Package loan is the lender's arithmetic: loan to value, when a margin call
// comes, what a hedge is worth as collateral, and interest. It knows positions
// and prices as plain numbers and nothing of hedges or days.
package loan

import (
	"math"

	"lombard.example/lombard"
)

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
	return math.Min(balance/collateral, MaxLTV)
}

// MarginCall reports whether the lender calls: at the threshold or above it.
func MarginCall(ltv, threshold float64) bool { return ltv >= threshold }

// Headroom returns how far the LTV is from the threshold, 1 − ltv/threshold:
// the fall in collateral value that would trigger a call; negative in call.
func Headroom(ltv, threshold float64) float64 { return 1 - ltv/threshold }

// LargestLoan returns the greatest whole cent whose LTV against units at spot
// is below the threshold.
func LargestLoan(units, spot, threshold float64) float64 {
	collateral := units * spot
	cents := math.Floor(threshold * collateral * 100)
	for cents > 0 && MarginCall(LTV(cents/100, collateral), threshold) {
		cents-- // at most a few steps: the product above is right to the last bits
	}
	for next := cents + 1; !MarginCall(LTV(next/100, collateral), threshold) && next/100 > cents/100; next++ {
		cents = next
	}
	return cents / 100
}

// CureCash returns the repayment that brings the LTV down to the target:
// L − θ·collateral, 0 when it is there already.
func CureCash(balance, collateral, target float64) float64 {
	return math.Max(0, balance-target*collateral)
}

// Book is what is pledged at one price: the collateral, the cash of the hedge
// and each option's value to the lender.
type Book struct {
	Collateral float64
	Cash       float64
	Long       float64 // Σ value of long options at mid, ≥ 0
	Short      float64 // Σ value of short options at mid, as a positive liability
	Intrinsic  float64 // Σ intrinsic value of long options, ≥ 0
}

// Recognition is how much of a hedge the lender counts.
type Recognition struct {
	Mode    string  // lombard.Recognition…
	Haircut float64 // with lombard.RecognitionHaircut: fraction of long options' value not counted
}

// Recognised returns the collateral as this lender counts it. Short options
// are a liability at mark in every mode.
func (r Recognition) Recognised(b Book) float64 {
	base := b.Collateral + b.Cash - b.Short
	switch r.Mode {
	case lombard.RecognitionNone:
		return base
	case lombard.RecognitionIntrinsic:
		return base + b.Intrinsic
	case lombard.RecognitionHaircut:
		return base + (1-r.Haircut)*b.Long
	default:
		return base + b.Long
	}
}

// Account is a loan with its interest: simple within a month, ACT/360 on
// calendar days, capitalised on the last calendar day of each month.
type Account struct {
	Principal float64
	Accrued   float64 // not yet capitalised
	Rate      float64 // per year; 0: no interest
}

// Balance returns what is owed: principal and accrued interest.
func (a Account) Balance() float64 { return a.Principal + a.Accrued }

// daysPerYear of ACT/360.
const daysPerYear = 360

// AccrueTo returns the account after the calendar days (from, to] and the
// interest charged for them, summed apart from the balances.
func (a Account) AccrueTo(from, to lombard.Date) (after Account, charged float64) {
	if a.Rate == 0 {
		return a, 0
	}
	for from < to {
		until := min((from + 1).MonthEnd(), to)
		interest := a.Principal * a.Rate * float64(until-from) / daysPerYear
		charged += interest
		a.Accrued += interest
		if until == until.MonthEnd() {
			a.Principal += a.Accrued
			a.Accrued = 0
		}
		from = until
	}
	return a, charged
}
