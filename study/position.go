package study

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
)

// position is what each window starts with: the collateral in units or in money,
// and the loan as a fraction of it, or as an amount where the study has one start.
type position struct {
	units, value float64 // of the collateral: one of the two
	ltv, loan    float64 // one of the two
}

func positionOf(s *lombard.Scenario) position {
	x := position{units: s.UnderlyingUnits, loan: s.LoanAmount}
	if s.CollateralValue != nil {
		x.value = *s.CollateralValue
	}
	if s.LoanToValue != nil {
		x.ltv = *s.LoanToValue
	}
	return x
}

// stated returns the scenario of a group so that all of it can be checked: with a
// loan in the place of the one that is looked for.
func (p *Plan) stated(s lombard.Scenario) lombard.Scenario {
	if p.solvesLoan() {
		s.LoanAmount, s.LoanToValue = 0, new(s.MarginCallLTV/2)
	}
	return s
}

// at returns the position at an entry: units, and the loan.
func (x position) at(spot float64) (units, loan float64) {
	s := lombard.Scenario{UnderlyingUnits: x.units, LoanAmount: x.loan}
	if x.value != 0 {
		s.CollateralValue = &x.value
	}
	if x.ltv != 0 {
		s.LoanToValue = &x.ltv
	}
	return calc.Position(&s, spot)
}

// resolvePosition fills in a collateral of a round value where the request leaves
// it out: ratios do not depend on it.
func (p *Plan) resolvePosition() {
	s := &p.Request.Scenario
	if x := positionOf(s); x.units == 0 && x.value == 0 && !p.varies("underlying_units") && !p.varies("collateral_value") {
		s.CollateralValue = new(float64(exampleValue))
		p.notes = append(p.notes, fmt.Sprintf("No collateral was given: each window starts with %s of it. Ratios do not depend on that.", lombard.Number(exampleValue)))
	}
}

func (p *Plan) varies(path string) bool {
	for _, axis := range p.Request.Vary {
		if axis.Path == path {
			return true
		}
	}
	return p.Request.Study == lombard.StudySolve && p.Request.Variable == path
}
