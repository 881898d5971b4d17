package lombard

import (
	"fmt"
	"math"
)

// Position is what is pledged and owed at the entry of a scenario that states
// either by its value: such a value becomes an amount at the price of the entry.
type Position struct {
	UnderlyingUnits float64 `json:"underlying_units"` // Quantity pledged: collateral_value over the price of the entry
	LoanAmount      float64 `json:"loan_amount"`      // Principal: loan_to_value times the collateral's value at the entry
}

// Amounts returns the units pledged and the loan of a scenario: those that it
// states, and those of its Position where it states a value. Either is 0 while it
// is not known.
func (s *Scenario) Amounts() (units, loan float64) {
	units, loan = s.UnderlyingUnits, s.LoanAmount
	var p Position
	if s.Position != nil {
		p = *s.Position
	}
	if s.CollateralValue != nil {
		units = p.UnderlyingUnits
	}
	if s.LoanToValue != nil {
		loan = p.LoanAmount
	}
	return units, loan
}

// Units returns the units pledged: those of Amounts.
func (s *Scenario) Units() float64 {
	units, _ := s.Amounts()
	return units
}

// WrittenOut returns the scenario with its amounts stated: the question that
// collateral_value and loan_to_value come to at the price of its entry.
func (s *Scenario) WrittenOut() Scenario {
	out := *s
	out.UnderlyingUnits, out.LoanAmount = s.Amounts()
	out.CollateralValue, out.LoanToValue, out.Position = nil, nil, nil
	return out
}

// Names of the two fields that state the collateral, and of those that state
// the loan.
const (
	fieldUnits = "underlying_units"
	fieldWorth = "collateral_value"
	fieldLoan  = "loan_amount"
	fieldLTV   = "loan_to_value"
	fieldCall  = "margin_call_ltv"
)

// OtherOf returns the field that states the same as another: loan_to_value of
// loan_amount, collateral_value of underlying_units, and the other way round;
// empty for every other field.
func OtherOf(field string) string {
	switch field {
	case fieldUnits:
		return fieldWorth
	case fieldWorth:
		return fieldUnits
	case fieldLoan:
		return fieldLTV
	case fieldLTV:
		return fieldLoan
	}
	return ""
}

// AmountFault is the fault of an amount that is not above 0 and at most most.
func AmountFault(field string, value, most float64) FieldError {
	return FieldError{
		Field: field, Value: value, Code: CodeInvalid,
		Message: fmt.Sprintf("%s must be above 0 and at most %s.", field, Number(most)),
	}
}

// amount reports an amount that is not above 0 and at most most.
func (c *checks) amount(field string, x, most float64) {
	if !(x > 0 && x <= most) {
		c.bad = append(c.bad, AmountFault(field, x, most))
	}
}

// validatePosition checks the collateral and the loan: each is stated once, as
// an amount or by its value.
func (s *Scenario) validatePosition(c *checks) {
	c.pair(fieldUnits, s.UnderlyingUnits, MaxUnits, fieldWorth, s.CollateralValue, "its value at the entry")
	if x := s.CollateralValue; x != nil && s.UnderlyingUnits == 0 {
		c.amount(fieldWorth, *x, MaxLoan)
	}
	c.pair(fieldLoan, s.LoanAmount, MaxLoan, fieldLTV, s.LoanToValue, "a fraction of the collateral such as 0.6")
	if x := s.LoanToValue; x != nil && s.LoanAmount == 0 {
		s.validateLTV(c, *x)
	}
	if p := s.Position; p != nil {
		c.that(s.CollateralValue != nil || s.LoanToValue != nil, "position", nil, "goes with collateral_value or loan_to_value only: leave it out.", "")
		c.amount("position."+fieldUnits, p.UnderlyingUnits, MaxUnits)
		c.amount("position."+fieldLoan, p.LoanAmount, MaxLoan)
	}
}

// pair checks that exactly one of an amount and a value is given. An amount of
// 0 is one that is not given.
func (c *checks) pair(field string, x, most float64, other string, value *float64, what string) {
	switch {
	case x == 0 && value == nil:
		c.that(false, field, nil, fmt.Sprintf("is required (or %s, %s).", other, what), "")
	case x != 0:
		c.amount(field, x, most)
		c.that(value == nil, other, value, fmt.Sprintf("cannot stand beside %s: give exactly one of the two.", field), "")
	}
}

// validateLTV checks that a loan-to-value is a fraction below the one at which
// the lender calls.
func (s *Scenario) validateLTV(c *checks, x float64) {
	limit, call := 1.0, s.MarginCallLTV
	if call > 0 && call < 1 { // else it is reported itself
		limit = call
	}
	if x > 0 && x < limit {
		return
	}
	if f, meant := CallInPercent(call, x); meant {
		c.bad = append(c.bad, f)
		return
	}
	if !(x >= limit && x < 1) {
		fits := func(y float64) bool { return y >= leastMeant && y < limit }
		c.that(false, fieldLTV, x, fmt.Sprintf("must be a fraction above 0 and below %s.", limitWords(limit)), meantInPercent(x, fits))
		return
	}
	most := 0.0
	if t := s.Facility.Thresholds; t != nil {
		most = t.InitialMax
	}
	f := LTVInCall(x, call, most)
	if most == 0 && s.Facility.Preset != "" && s.Facility.Preset != PresetSimple {
		f.Suggestion = "" // what the preset's lender lends is not known here
	}
	c.bad = append(c.bad, f)
}

func limitWords(limit float64) string {
	if limit == 1 {
		return "1, such as 0.6"
	}
	return fieldCall + ", " + Number(limit)
}

// LTVInCall is the fault of a loan-to-value at which the lender calls on the
// first day; it tells the largest that is lent and not in call. most is what the
// lender lends at entry, a fraction of the collateral; 0: any.
func LTVInCall(x, call, most float64) FieldError {
	f := FieldError{
		Field: fieldLTV, Value: x, Code: CodeInCall,
		Message: fmt.Sprintf("The loan would be in call on the first day: %s is %s, and the lender calls at %s.", fieldLTV, Digits(x), Digits(call)),
	}
	if most > 0 && most < call {
		f.Message += fmt.Sprintf(" At entry the lender lends at most %s.", Digits(most))
	}
	if largest := LargestLTV(call, most); largest > 0 {
		f.Suggestion = Digits(largest)
		f.Message += fmt.Sprintf(" The largest that would do, in hundredths of a per cent, is %s.", f.Suggestion)
	}
	return f
}

// LargestLTV returns the largest whole hundredth of a per cent, as a fraction,
// that is below the LTV at which the lender calls and at most what the lender
// lends at entry, if most is not 0; 0 where there is none.
func LargestLTV(call, most float64) float64 {
	const steps = 10_000
	fits := func(k float64) bool { return k/steps < call && (most == 0 || k/steps <= most) }
	k := math.Floor(call*steps) + 1 // the product may be off by its last bit
	if most > 0 {
		k = min(k, math.Floor(most*steps)+1)
	}
	for k > 0 && !fits(k) {
		k--
	}
	return k / steps
}

// CallInPercent tells a margin_call_ltv of a hundredth or less that was meant in
// per cent from one that an LTV at entry exceeds.
func CallInPercent(call, ltv float64) (f FieldError, meant bool) {
	const least, percent = 0.01, 100
	if x := percent * call; call <= least && ltv >= call && ltv < x && x < 1 {
		suggestion := Digits(x)
		return FieldError{
			Field: fieldCall, Value: call, Code: CodeInCall, Suggestion: suggestion,
			Message: fmt.Sprintf("margin_call_ltv is %s %% of the collateral, and the LTV at entry is %.4f. Did you mean %s? That is %s %%.",
				suggestion, ltv, suggestion, Number(percent*x)),
		}, true
	}
	return f, false
}
