package calc

import (
	"fmt"
	"math"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
	"lombard.example/lombard/vol"
)

// inspect refuses what only prices can tell, beside the faults that are known
// already: too little history, prices of another kind than the vol model reads, a
// loan that is in call at entry, and findings where the scenario asks for none.
func (p *Plan) inspect(series *market.Series, quality lombard.Quality, bad []lombard.FieldError) error {
	s := &p.Scenario
	history := p.historyFault(series)
	bad = AddFaults(bad, history)
	if len(history) == 0 {
		bad = AddFaults(bad, estimatorFault(s, series, p.Templates))
	}
	bad = AddFaults(bad, loanFault(s, series.Run()[0]))
	if len(bad) > 0 {
		return lombard.Invalid(bad)
	}
	return qualityFault(s, quality)
}

// Accepts returns the error of a scenario that asks to be refused where its prices
// have findings (data_quality fail), of kind data_unavailable.
func (p *Plan) Accepts(q lombard.Quality) error { return qualityFault(&p.Scenario, q) }

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

// historyFault reports a vol model that needs more sessions before entry than
// there are, with both ways out.
func (p *Plan) historyFault(series *market.Series) []lombard.FieldError {
	need := p.least(series.Instrument)
	if series.First >= need.Least {
		return nil
	}
	short := &market.ShortHistory{Have: series.First}
	if need.Least+1 < len(series.Bars) { // a run has two sessions
		short.Usable = series.Bars[need.Least].Date
	}
	return p.ShortHistory(short)
}

// ShortHistory says how much history is missing and what works: a start with
// enough of it, where the run has one, or a vol that needs none.
func (p *Plan) ShortHistory(short *market.ShortHistory) []lombard.FieldError {
	s, need := &p.asked, p.least(p.instrument)
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
func (p *Plan) smileFault() []lombard.FieldError {
	err := vol.Check(*p.Scenario.Assumptions.Vol)
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
	units, owed := s.Amounts()
	collateral := units * entry.Close
	a, fine := affordable(s, entry.Close)
	most := mostLent(s)
	largest, fits := a.LargestLoan, most == 0 || a.InitialLTV <= most
	if most > 0 {
		largest = min(largest, loan.LargestAt(collateral, most))
	}
	if x := s.LoanToValue; x != nil { // what else is wrong with it is told without prices
		if fine {
			return nil
		}
		return []lombard.FieldError{lombard.LTVInCall(*x, s.MarginCallLTV, most)}
	}
	if fine && fits {
		return nil
	}
	if f, meant := lombard.CallInPercent(s.MarginCallLTV, a.InitialLTV); meant {
		return []lombard.FieldError{f}
	}
	f := lombard.FieldError{Field: "loan_amount", Value: owed, Code: lombard.CodeInCall}
	f.Message = fmt.Sprintf("The loan would be in call on the first day: %.2f against %.2f of collateral is an LTV of %.4f, and the lender calls at %s. The largest loan that is not in call is %.2f.",
		owed, collateral, a.InitialLTV, lombard.Digits(s.MarginCallLTV), a.LargestLoan)
	if fine {
		f.Code = lombard.CodeInvalid
		f.Message = fmt.Sprintf("The lender lends at most %s of the collateral at entry: %.2f against %.2f is an LTV of %.4f. The largest loan is %.2f.",
			lombard.Digits(most), owed, collateral, a.InitialLTV, largest)
	} else if largest < a.LargestLoan {
		f.Message += fmt.Sprintf(" At entry the lender lends at most %s of the collateral, which is %.2f.", lombard.Digits(most), largest)
	}
	if largest > 0 {
		f.Suggestion = fmt.Sprintf("%.2f", largest)
		if x := lombard.LargestLTV(s.MarginCallLTV, most); !fine && x > 0 {
			f.Message += fmt.Sprintf(" The largest loan_to_value, in hundredths of a per cent, is %s.", lombard.Digits(x))
		}
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

// sizeFault reports hedges of which a leg is less than one listed contract, with
// the smallest position that works. spot is the price of the entry, 0 while it is
// not known; until then a collateral_value is no number of units.
func (p *Plan) sizeFault(spot float64) []lombard.FieldError {
	s, instrument := &p.Scenario, p.instrument
	if s.Assumptions.ContractMode != lombard.ModeListed || s.CollateralValue != nil && spot == 0 {
		return nil
	}
	size := instrument.Multiplier
	if instrument.Class == market.ClassUnknown && s.Assumptions.PricingMode == lombard.PricingQuotes {
		size = sharesAContract
	}
	const rounding = 1e-9
	least, slug, leg := 0.0, "", hedge.Leg{}
	for _, t := range p.Templates {
		if need, l := t.LeastUnits(size); need > least {
			least, slug, leg = need, t.Slug, l
		}
	}
	units, _ := s.Amounts()
	if units >= least*(1-rounding) {
		return nil
	}
	wanted := units * size / least
	least = math.Ceil(least * (1 - rounding))
	f := lombard.FieldError{Field: "underlying_units", Value: units, Code: lombard.CodeInvalid}
	enough, limit := least, lombard.MaxUnits
	pledge := lombard.Number(least) + " units"
	if x := s.CollateralValue; x != nil {
		f.Field, f.Value = "collateral_value", *x
		enough, limit = worthOf(least, spot), lombard.MaxLoan
		pledge += fmt.Sprintf(", worth %s at the entry,", lombard.Number(enough))
	}
	more := "or more"
	if s.Facility.PremiumFunding == lombard.FundingSellCollateral {
		more = "and as many again as pay the premium"
	} else if enough <= limit {
		f.Suggestion = lombard.Digits(enough)
	}
	f.Message = fmt.Sprintf("The position is too small for the leg %s of %s: 1 contract covers %s units, and %s of the %s pledged are to be hedged by it. Pledge %s %s, or use contract_mode continuous_units.",
		leg.ID, slug, lombard.Number(size), lombard.Number(wanted), lombard.Number(units), pledge, more)
	return []lombard.FieldError{f}
}

// estimatorFault reports an estimator of vol that needs more than closes of
// sessions that have no more. With a vol that is taken once, at the entry, those
// are the sessions before it; later ones are looked at where options are bought
// or marked anew.
func estimatorFault(s *lombard.Scenario, series *market.Series, templates []hedge.Template) []lombard.FieldError {
	v := s.Assumptions.Vol
	if !looksAtRanges(v) || !holdOptions(templates) {
		return nil
	}
	from, to := max(0, series.First-v.Window), series.First
	if last := lastPurchase(s, series, templates); last > to {
		to = last
	}
	missing, first := 0, lombard.Date(0)
	for i := from; i <= to; i++ {
		if b := &series.Bars[i]; !(b.Open > 0 && b.High > 0 && b.Low > 0) {
			if missing++; missing == 1 {
				first = b.Date
			}
		}
	}
	if missing == 0 {
		return nil
	}
	return []lombard.FieldError{{
		Field: "assumptions.vol.estimator", Value: string(v.Estimator), Code: lombard.CodeInvalid, Suggestion: string(lombard.EstimatorClose),
		Message: fmt.Sprintf("The estimator %s needs the open, high and low of each session, and %d of the %d sessions that it looks at have closes only, the first on %s. Use estimator cc or ewma, which need closes only, or a flat vol.",
			v.Estimator, missing, to-from+1, first),
	}}
}

// looksAtRanges reports whether a vol is taken from more than closes.
func looksAtRanges(v *lombard.VolModel) bool {
	if v.Model != lombard.VolRealised {
		return false
	}
	switch v.Estimator {
	case "", lombard.EstimatorClose, lombard.EstimatorEWMA:
		return false
	case lombard.EstimatorParkinson, lombard.EstimatorGarmanKlass, lombard.EstimatorRogersSatchell, lombard.EstimatorYangZhang: // look at the range of a day
	}
	return true
}

// lastPurchase returns the index of the last bar at which a vol may be taken:
// the entry, the last expiry that the run sees, or its end where a hedge watches
// prices or is marked anew each day.
func lastPurchase(s *lombard.Scenario, series *market.Series, templates []hedge.Template) int {
	last := len(series.Bars) - 1
	if s.Assumptions.Vol.Refresh == lombard.RefreshDaily {
		return last
	}
	index := series.First
	for _, t := range templates {
		if len(t.Roll) > 0 || t.Tranches.Count > 1 {
			return last
		}
		for _, l := range t.Legs {
			if l.Expiry.Tenor == 0 {
				continue // that of another leg
			}
			for n := 1; ; n++ {
				expiry := hedge.ExpiryDate(series.Bars[series.First].Date, l.Expiry.Tenor, n, series.Instrument.SevenDay)
				if expiry > series.Bars[last].Date {
					break
				}
				at, _ := slices.BinarySearchFunc(series.Bars, expiry, func(b market.Bar, d lombard.Date) int { return int(b.Date - d) })
				index = max(index, min(at, last))
			}
		}
	}
	return index
}
