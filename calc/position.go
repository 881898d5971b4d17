package calc

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"lombard.example/lombard"
)

// Position returns the units pledged and the loan of a scenario whose entry is at
// a price: an amount that is stated as it is, collateral_value over the price, and
// loan_to_value times the collateral's value, units × price. Nothing is rounded,
// neither to cents nor to whole units or contracts: the LTV at entry is the one
// that was asked for, to the last bit or two. Open and studies both take it from
// here.
func Position(s *lombard.Scenario, entrySpot float64) (units, loan float64) {
	units, loan = s.UnderlyingUnits, s.LoanAmount
	if s.CollateralValue != nil {
		units = *s.CollateralValue / entrySpot
	}
	if s.LoanToValue != nil {
		loan = *s.LoanToValue * (units * entrySpot)
	}
	return units, loan
}

// setPosition fills in what a scenario that states values comes to at the price
// of its entry. It reports amounts beyond those that may be stated, and a hedge
// that is less than one contract.
func (p *Plan) setPosition(spot float64) []lombard.FieldError {
	s := &p.Scenario
	if s.CollateralValue == nil && s.LoanToValue == nil {
		return nil
	}
	units, owed := Position(s, spot)
	s.Position = &lombard.Position{UnderlyingUnits: units, LoanAmount: owed}
	var bad []lombard.FieldError
	if x := s.CollateralValue; x != nil {
		if !(units > 0 && units <= lombard.MaxUnits) {
			bad = append(bad, beyond("collateral_value", *x, units, lombard.MaxUnits, " units", spot))
		}
		bad = AddFaults(bad, p.sizeFault(spot))
	}
	if x := s.LoanToValue; x != nil && len(bad) == 0 && !(owed > 0 && owed <= lombard.MaxLoan) {
		bad = append(bad, beyond("loan_to_value", *x, owed, lombard.MaxLoan, "", spot))
	}
	return bad
}

// beyond is the fault of a value that comes to no amount that may be stated.
func beyond(field string, value, amount, most float64, unit string, spot float64) lombard.FieldError {
	return lombard.FieldError{
		Field: field, Value: value, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("%s comes to %.4g%s at the entry, where the price is %s: it must come to more than 0 and at most %s.", field, amount, unit, lombard.Number(spot), lombard.Number(most)),
	}
}

// lentFault reports a loan_to_value above what the lender lends at entry, which
// takes no prices to tell.
func lentFault(s *lombard.Scenario) []lombard.FieldError {
	most := mostLent(s)
	if s.LoanToValue == nil || most == 0 || *s.LoanToValue <= most {
		return nil
	}
	f := lombard.FieldError{
		Field: "loan_to_value", Value: *s.LoanToValue, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("The lender lends at most %s of the collateral at entry, and loan_to_value is %s.", lombard.Digits(most), lombard.Digits(*s.LoanToValue)),
	}
	if largest := lombard.LargestLTV(s.MarginCallLTV, most); largest > 0 {
		f.Suggestion = lombard.Digits(largest)
	}
	return []lombard.FieldError{f}
}

// asAsked puts the faults of an error to the field that the scenario states: a
// run knows units only.
func (c *Case) asAsked(err error) error {
	worth := c.Scenario.CollateralValue
	own, ok := errors.AsType[*lombard.Error](err)
	if worth == nil || !ok {
		return err
	}
	e := *own
	e.Fields = slices.Clone(own.Fields)
	for i := range e.Fields {
		if f := &e.Fields[i]; f.Field == "underlying_units" {
			f.Field, f.Value, f.Suggestion = "collateral_value", *worth, ""
			f.Message += fmt.Sprintf(" A unit is worth %s at the entry.", lombard.Number(c.Series.Run()[0].Close))
		}
	}
	return &e
}

// worthOf is the least whole cent that buys so many units at a price.
func worthOf(units, spot float64) float64 {
	const cents = 100
	x := math.Ceil(units*spot*cents) / cents
	for x/spot < units {
		x = math.Nextafter(x, math.Inf(1))
	}
	return x
}
