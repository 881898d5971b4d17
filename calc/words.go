package calc

import (
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
)

// twoYears is the length of a run, in calendar days, from which one constant
// rate is worth a warning.
const twoYears = 2 * 365

// lowVol is a flat vol below which somebody probably wrote a fraction where per
// cent were asked for.
const lowVol = 0.01

// Affordability is what the first close says of the loan.
type Affordability struct {
	InitialLTV  float64
	LargestLoan float64 // greatest whole cent that is not in call
	CallSpot    float64 // price at which the unhedged loan is called
}

// affordable reports whether the loan is not in call at the spot.
func affordable(s *lombard.Scenario, spot float64) (Affordability, bool) {
	units, owed := s.Amounts()
	ltv := loan.LTV(owed, units*spot)
	return Affordability{
		InitialLTV:  ltv,
		LargestLoan: loan.LargestLoan(units, spot, s.MarginCallLTV),
		CallSpot:    owed / (units * s.MarginCallLTV),
	}, !loan.MarginCall(ltv, s.MarginCallLTV)
}

// Loan says how the loan stands at entry.
func (c *Case) Loan() Affordability {
	a, _ := affordable(&c.Scenario, c.Series.Run()[0].Close)
	return a
}

// notes say, in sentences, what a careful reader must know of the method.
func (c *Case) notes() []string {
	a, entry := &c.Scenario.Assumptions, c.Series.Run()[0].Date
	var notes []string
	hedged, away := false, false
	for _, t := range c.Templates {
		for _, leg := range t.Legs {
			hedged = true
			away = away || leg.Strike.Value != 1
		}
	}
	if !hedged {
		return []string{"Taxes are not considered."}
	}
	if a.PricingMode == lombard.PricingQuotes {
		notes = append(notes, "Options are marked at the middle of bid and ask at the close. On a day without a quote an option keeps the vol of its last quote, for at most a week; otherwise the vol model prices it.")
	}
	notes = append(notes, volNotes(a.Vol)...)
	if away && a.Vol.Smile == nil && a.PricingMode != lombard.PricingQuotes {
		notes = append(notes, "Out-of-the-money strikes are priced at the at-the-money vol, without a smile.")
	}
	notes = append(notes, carryNotes(a, entry)...)
	notes = append(notes, executionNotes(a)...)
	return append(notes, "Taxes are not considered.")
}

// carryNotes say what rate and what dividend yield options are priced with.
func carryNotes(a *lombard.Assumptions, entry lombard.Date) []string {
	follows := fmt.Sprintf("The rate follows %s, as published by that day, and is updated whenever the vol is", a.RateSeries)
	switch {
	case a.RateSeries != "" && a.YieldFrom == "":
		return []string{fmt.Sprintf("%s; the yield is %.4g a year.", follows, *a.DividendYield)}
	case a.YieldFrom == "":
		return []string{fmt.Sprintf("Rate %.4g and yield %.4g a year are continuously compounded and constant.", *a.Rate, *a.DividendYield)}
	case a.RateSeries == "":
		follows = fmt.Sprintf("The rate of %.4g a year is continuously compounded and constant", *a.Rate)
	}
	return []string{follows + ".", fmt.Sprintf("The options are priced with the dividends of the 12 months before each purchase, %s of the price on %s.", percent(*a.DividendYield), entry)}
}

// executionNotes say how options are bought and sold.
func executionNotes(a *lombard.Assumptions) []string {
	if a.PricingMode == lombard.PricingQuotes && a.Execution == lombard.ExecutionHalfSpread {
		if f := a.FillFraction; f != nil && *f != 1 {
			return []string{fmt.Sprintf("Options are bought and sold %.4g of the way from the middle to the ask and the bid.", *f)}
		}
		return []string{"Options are bought at the ask and sold at the bid."}
	}
	if a.Execution != lombard.ExecutionHalfSpread {
		return []string{"Options are bought and sold at the mid price; real trades cost more."}
	}
	words := "half a spread"
	if f := a.FillFraction; f != nil && *f != 1 {
		words = fmt.Sprintf("%.4g of half a spread", *f)
	}
	notes := []string{fmt.Sprintf("Options are bought %s above the mid price and sold as much below it (a half-spread of %.2f vol points, illustrative).", words, *a.HalfSpread)}
	if a.CrashSpreads {
		notes = append(notes, "Spreads widen in proportion when vol is above its median of the past five years, or of as many as there are.")
	}
	return notes
}

// volNotes says where the vol of options comes from.
func volNotes(v *lombard.VolModel) []string {
	var notes []string
	when := "updated at each purchase and kept until the next"
	if v.Refresh == lombard.RefreshDaily {
		when = "updated every day"
	}
	switch v.Model {
	case lombard.VolFlat:
		notes = append(notes, fmt.Sprintf("Options are priced at a flat vol of %.4g.", v.Value))
	case lombard.VolIndex:
		notes = append(notes, fmt.Sprintf("Vol is that of the index %s, times %.2f, at least %.2f; %s.", v.Index, v.RiskPremium, v.Floor, when))
	case lombard.VolRealised:
		estimator, known := map[lombard.Estimator]string{
			lombard.EstimatorClose: "close-to-close", lombard.EstimatorParkinson: "Parkinson's, from highs and lows,", lombard.EstimatorGarmanKlass: "Garman and Klass's, from the day's prices,",
			lombard.EstimatorRogersSatchell: "Rogers and Satchell's, from the day's prices,", lombard.EstimatorYangZhang: "Yang and Zhang's, from the day's and night's prices,",
			lombard.EstimatorEWMA: "exponentially weighted",
		}[v.Estimator]
		if !known {
			estimator = fmt.Sprintf("an estimator %q that is not known", v.Estimator)
		}
		notes = append(notes, fmt.Sprintf("Vol is realised: %s over the trailing %d sessions, times %.2f, at least %.2f; %s.", estimator, v.Window, v.RiskPremium, v.Floor, when))
	}
	if t := v.Term; t != nil {
		notes = append(notes, fmt.Sprintf("For longer options it reverts to the vol of the trailing %d sessions, or of as many as there are, at a speed of %.4g a year.", t.LongWindow, t.Kappa))
	}
	switch v.Dynamics {
	case lombard.DynamicsDelta: // is said by the model
	case lombard.DynamicsStrike:
		notes = append(notes, "Each option keeps its own vol as spot moves (sticky strike).")
	case lombard.DynamicsBeta:
		notes = append(notes, fmt.Sprintf("When spot falls, vol rises by %.4g times the log fall since its last update.", v.Beta))
	}
	if m := v.Smile; m != nil && m.Preset != "" {
		notes = append(notes, fmt.Sprintf("Strikes away from the money have the vol of the %s smile, an assumption.", strings.ReplaceAll(string(m.Preset), "_", " ")))
	} else if m != nil {
		notes = append(notes, "Strikes away from the money have the vol of the smile that was asked for.")
	}
	return notes
}

// Warnings say what the run survived.
func (c *Case) Warnings() []lombard.Warning {
	s, series, q := &c.Scenario, &c.Series, &c.Quality
	warnings := append([]lombard.Warning{}, series.Warnings...)
	add := func(code, format string, args ...any) {
		warnings = append(warnings, lombard.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
	}
	run := series.Run()
	if entry := run[0].Date; entry != s.StartDate {
		add("start_moved", "There is no price on %s: the run starts on %s, the first session after it.", s.StartDate, entry)
	}
	clamped := slices.ContainsFunc(warnings, func(w lombard.Warning) bool { return w.Code == market.CodeClamped })
	if last := run[len(run)-1].Date; last != s.EndDate && !clamped {
		add("end_moved", "There is no price on %s: the run ends on %s, the last session before it.", s.EndDate, last)
	}
	if !q.Intraday {
		text := "The prices are closes only: lows within a day are not known, and margin calls are counted by close."
		if s.Facility.Monitoring == lombard.MonitoringLow {
			text += " Monitoring by the low fell back to the close."
		}
		add("close_only", "%s", text)
	} else if q.Fallbacks+q.CloseOnly > 0 {
		add("missing_prices", "On %d of %d sessions the open, high or low is missing and the close stands in.", q.Fallbacks+q.CloseOnly, q.Bars)
	}
	for _, f := range q.Findings {
		if f.Code == market.FindingStale || f.Code == market.FindingSplit {
			add(f.Code, "%s", f.Message)
		}
	}
	if since := series.Instrument.ListedSince; since > run[0].Date {
		add("before_listing", "%s has been listed since %s: prices before that day are a stand-in.", s.Symbol, since)
	}
	if since := series.Instrument.OptionsSince; since > run[0].Date && s.Assumptions.PricingMode != lombard.PricingQuotes {
		add("synthetic_pre_listing", "Options on %s have been listed since %s: before that day this hedge could not be bought on an exchange, and its prices are the model's alone.", s.Symbol, since)
	}
	if q.Repaired > 0 {
		add("repaired_bars", "On %d sessions the day's range did not hold its open or close and was widened.", q.Repaired)
	}
	if q.Gaps > 0 {
		add("gaps", "%d sessions of the %s calendar have no price; the longest gap is %d calendar days.", q.Gaps, q.Calendar, q.LongestGap)
	}
	if q.OffCalendar == 1 {
		add("off_calendar", "One price falls on a day outside the %s calendar.", q.Calendar)
	} else if q.OffCalendar > 1 {
		add("off_calendar", "%d prices fall on days outside the %s calendar.", q.OffCalendar, q.Calendar)
	}
	warnings = append(warnings, PresetWarnings(s)...)
	if rule, same := ownRule(&s.Facility); rule != "" && same != s.MarginCallLTV {
		add("other_rule", "With %s the lender calls the hedged loan where an unhedged one would have an LTV of %s, and the unhedged loan at margin_call_ltv, %s: the two are not judged alike. Set margin_call_ltv to %s to compare them.",
			rule, percent(same), percent(s.MarginCallLTV), lombard.Digits(same))
	}
	if v := s.Assumptions.Vol; v.Model == lombard.VolFlat && v.Value < lowVol && holdOptions(c.Templates) {
		add("low_vol", "The flat vol of %s is %s %% a year, at which options are worth hardly more than at expiry. Did you mean %s? That is %s %%.",
			lombard.Digits(v.Value), lombard.Digits(100*v.Value), lombard.Digits(100*v.Value), lombard.Number(10_000*v.Value))
	}
	if w, ok := c.yieldWarning(); ok {
		warnings = append(warnings, w)
	}
	if run[len(run)-1].Date-run[0].Date > twoYears && s.Assumptions.RateSeries == "" {
		add("constant_rate", "The run is longer than two years and uses one constant rate of %.4g a year.", *s.Assumptions.Rate)
	}
	return warnings
}

// PresetWarnings says which of a lender's published levels a resolved request
// does not keep.
func PresetWarnings(s *lombard.Scenario) []lombard.Warning {
	said := loan.Overrides(s.Facility, s.MarginCallLTV)
	if len(said) == 0 {
		return nil
	}
	p, _ := loan.PresetOf(s.Facility.Preset)
	said = append(said, fmt.Sprintf("The published levels are illustrative: %s.", p.Source))
	return []lombard.Warning{{Code: "preset_call", Message: strings.Join(said, " ")}}
}

// ownRule names the part of a facility that brings a call level of its own for
// the hedged loan, and the LTV of an unhedged one at that level.
func ownRule(f *lombard.Facility) (rule string, ltv float64) {
	const maintenance = 0.25 // of the stock, FINRA Rule 4210(c)(1)
	switch {
	case f.HedgeRecognition == lombard.RecognitionFINRA:
		return "hedge_recognition finra_4210", 1 - maintenance
	case f.LTVBase == lombard.BaseLendingValue && f.LendingValue != nil:
		return "ltv_base lending_value", *f.LendingValue
	}
	return "", 0
}

// badgesOf names the judgements among the inputs.
func badgesOf(s *lombard.Scenario, i market.Instrument) []string {
	badges := []string{}
	a := &s.Assumptions
	if *a.Rate == i.Rate && (*a.DividendYield == i.DividendYield || a.YieldFrom != "" || i.Class == market.ClassFuture) {
		badges = append(badges, "illustrative carry")
	}
	if a.Execution == lombard.ExecutionHalfSpread && a.PricingMode != lombard.PricingQuotes {
		badges = append(badges, "illustrative half-spread")
	}
	if a.Vol.Model == lombard.VolRealised {
		badges = append(badges, "illustrative vol premium")
	}
	if s.Facility.Preset != lombard.PresetSimple {
		badges = append(badges, "illustrative lender's terms")
	}
	if a.Vol.Smile != nil {
		badges = append(badges, "illustrative smile")
	}
	if s.DataSource == "synthetic" {
		badges = append(badges, "synthetic prices")
	}
	return badges
}

// modelMarked warns of option-days without a quote, where options are priced
// from quotes.
func modelMarked(r *lombard.Result) []lombard.Warning {
	if r.Request.Assumptions.PricingMode != lombard.PricingQuotes {
		return nil
	}
	var out []lombard.Warning
	for i := range r.Templates {
		t := &r.Templates[i]
		if share := t.Summary.ModelMarkedShare; share != nil && *share > 0 {
			const percent = 100
			out = append(out, lombard.Warning{
				Code:    "marked_by_model",
				Message: fmt.Sprintf("%.1f %% of the option-days of %s have no usable quote and were marked by the model; each mark says so (option_marks).", percent**share, t.TemplateName),
			})
		}
	}
	return out
}
