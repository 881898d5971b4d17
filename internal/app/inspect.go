package app

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
	"lombard.example/lombard/vol"
)

// inspect checks what only prices can tell: enough sessions, enough history,
// prices of the kind that the vol model reads, a loan that is not in call at
// entry, and prices without findings where the asker wants that.
func inspect(s *lombard.Scenario, series *market.Series, templates []hedge.Template) (lombard.Quality, error) {
	var bad []lombard.FieldError
	run := series.Run()
	if len(run) < 2 {
		return lombard.Quality{}, market.TooFewSessions(s.StartDate, s.EndDate, len(run))
	}
	history := historyFault(s, series)
	bad = append(bad, history...)
	if len(history) == 0 {
		bad = append(bad, estimatorFault(s, series, templates)...)
	}
	bad = append(bad, loanFault(s, run[0])...)
	quality := market.QualityOf(series)
	if len(bad) == 0 {
		return quality, qualityFault(s, quality)
	}
	return quality, lombard.Invalid(bad)
}

// qualityFault refuses prices with findings where the asker wants that.
func qualityFault(s *lombard.Scenario, q lombard.Quality) error {
	if s.DataQuality != lombard.QualityFail || len(q.Findings) == 0 {
		return nil
	}
	bad := make([]lombard.FieldError, len(q.Findings))
	for i, f := range q.Findings {
		bad[i] = lombard.FieldError{Field: "data_quality", Value: f.First, Code: f.Code, Message: f.Message}
	}
	return &lombard.Error{
		Kind: lombard.KindDataUnavailable, Code: lombard.CodeInvalid, Fields: bad,
		Message: fmt.Sprintf("The prices of %s may be wrong: %s", s.Symbol, q.Findings[0].Message),
		Hint:    "Correct the prices or choose other dates; data_quality warn runs anyway and lists the findings.",
	}
}

// neededBy is what looks back furthest of all that a run cannot do without.
func neededBy(s *lombard.Scenario, i market.Instrument) vol.Lookback {
	var need vol.Lookback
	for _, x := range historyOf(s, i, false) {
		if x.Least > need.Least {
			need = x
		}
	}
	return need
}

// historyFault reports a vol model that needs more sessions before entry than
// there are, with both ways out.
func historyFault(s *lombard.Scenario, series *market.Series) []lombard.FieldError {
	need := neededBy(s, series.Instrument)
	if series.First >= need.Least {
		return nil
	}
	short := &market.ShortHistory{Have: series.First}
	if need.Least+1 < len(series.Bars) { // a run has two sessions
		short.Usable = series.Bars[need.Least].Date
	}
	return shortFault(s, need, short)
}

// shortFault says how much history is missing and what works: a start with
// enough of it, where the run has one, or a vol that needs none.
func shortFault(s *lombard.Scenario, need vol.Lookback, short *market.ShortHistory) []lombard.FieldError {
	wayOut, model := "Please use a flat vol, such as 0.16", lombard.VolRealised
	if short.Usable != 0 && short.Usable < s.EndDate {
		wayOut = fmt.Sprintf("Please set start date to %s or later, or use a flat vol, such as 0.16", short.Usable)
	}
	if s.Assumptions.Vol != nil {
		model = s.Assumptions.Vol.Model
	}
	return []lombard.FieldError{{
		Field: "assumptions.vol", Value: model, Code: lombard.CodeNoHistory,
		Message: fmt.Sprintf("The %s needs %d sessions before entry and %s has %d. %s.", need.What, need.Least, s.Symbol, short.Have, wayOut),
	}}
}

// smileFault reports a smile that allows arbitrage.
func smileFault(s *lombard.Scenario) []lombard.FieldError {
	err := vol.Check(*s.Assumptions.Vol)
	if err == nil {
		return nil
	}
	return []lombard.FieldError{{
		Field: "assumptions.vol.smile.svi", Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("The smile allows arbitrage: %s. Use another slice, or a preset such as gold.", err),
	}}
}

// loanFault reports a loan that the lender would call at entry, or would not
// lend, with the largest that it would.
func loanFault(s *lombard.Scenario, entry market.Bar) []lombard.FieldError {
	collateral := s.UnderlyingUnits * entry.Close
	a, fine := affordable(s, entry.Close)
	most := mostLent(s)
	largest, fits := a.LargestLoan, most == 0 || a.InitialLTV <= most
	if most > 0 {
		largest = min(largest, loan.LargestAt(collateral, most))
	}
	if fine && fits {
		return nil
	}
	if meant := 100 * s.MarginCallLTV; !fine && s.MarginCallLTV <= 0.01 && a.InitialLTV < meant && meant < 1 {
		suggestion := lombard.Digits(meant)
		return []lombard.FieldError{{
			Field: "margin_call_ltv", Value: s.MarginCallLTV, Code: lombard.CodeInCall, Suggestion: suggestion,
			Message: fmt.Sprintf("margin_call_ltv is %s %% of the collateral, and the LTV at entry is %.4f. Did you mean %s? That is %s %%.",
				suggestion, a.InitialLTV, suggestion, lombard.Number(100*meant)),
		}}
	}
	f := lombard.FieldError{Field: "loan_amount", Value: s.LoanAmount, Code: lombard.CodeInCall}
	f.Message = fmt.Sprintf("The loan would be in call on the first day: %.2f against %.2f of collateral is an LTV of %.4f, and the lender calls at %s. The largest loan that is not in call is %.2f.",
		s.LoanAmount, collateral, a.InitialLTV, lombard.Digits(s.MarginCallLTV), a.LargestLoan)
	if fine {
		f.Code = lombard.CodeInvalid
		f.Message = fmt.Sprintf("The lender lends at most %s of the collateral at entry: %.2f against %.2f is an LTV of %.4f. The largest loan is %.2f.",
			lombard.Digits(most), s.LoanAmount, collateral, a.InitialLTV, largest)
	} else if largest < a.LargestLoan {
		f.Message += fmt.Sprintf(" At entry the lender lends at most %s of the collateral, which is %.2f.", lombard.Digits(most), largest)
	}
	if largest > 0 {
		f.Suggestion = fmt.Sprintf("%.2f", largest)
	} else {
		f.Message += " Pledge more units."
	}
	return []lombard.FieldError{f}
}

// mostLent is the most that the lender lends at entry, a fraction of the
// collateral; 0: any.
func mostLent(s *lombard.Scenario) float64 {
	f := loan.Resolve(s.Facility, s.MarginCallLTV)
	if f.Thresholds == nil {
		return 0
	}
	return f.Thresholds.InitialMax
}
