// Package calc is the front door of the engine for programs that import it: it
// fills in what a request leaves open and says what data a run needs. It
// computes on its arguments alone; where prices come from is the caller's
// business.
package calc

import (
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
)

// Defaults of a request that do not depend on the instrument.
const (
	DefaultMaxCostUSD   = 5.0
	defaultHaircut      = 0.25
	defaultFloorHaircut = 0.10
	defaultHoldingDays  = 20 // of secured lending
	defaultWindow       = 252
	defaultRiskPremium  = 1.10
	defaultFloor        = 0.05
	defaultLongYears    = 5
	defaultKappa        = 3.0
)

// resolver fills in defaults and notes which it used.
type resolver struct{ used []string }

// Resolve returns the scenario with every default filled in for the
// instrument, and the paths of the fields that the asker left open. It is
// idempotent and changes nothing that was given.
func Resolve(asked lombard.Scenario, instrument market.Instrument) (lombard.Scenario, []string) {
	s := asked
	r := &resolver{}
	s.Force, s.OnConflict = false, "" // how to run it, not what was asked
	s.Position = nil                  // what Open finds, not what was asked
	s.TemplateSlugs = slices.Clone(s.TemplateSlugs)
	if len(s.TemplateSlugs) == 1 {
		s.TemplateSlug, s.TemplateSlugs = s.TemplateSlugs[0], nil // one question, one spelling
	}
	text(r, "scenario_name", &s.ScenarioName, fmt.Sprintf("%s %s to %s", s.Symbol, s.StartDate, s.EndDate))
	r.number("max_cost_usd", &s.MaxCostUSD, DefaultMaxCostUSD)
	choose(r, "data_quality", &s.DataQuality)
	r.facility(&s, instrument)
	r.assumptions(&s.Assumptions, instrument)
	return s, r.used
}

func (r *resolver) facility(s *lombard.Scenario, i market.Instrument) {
	f := &s.Facility
	choose(r, "facility.preset", &f.Preset)
	*f = loan.Resolve(*f, s.MarginCallLTV)
	if f.LoanRate == nil {
		r.used = append(r.used, "facility.loan_rate") // none
	}
	choose(r, "facility.monitoring", &f.Monitoring)
	choose(r, "facility.premium_funding", &f.PremiumFunding)
	text(r, "facility.hedge_recognition", &f.HedgeRecognition, lombard.RecognitionMarketValue)
	switch f.HedgeRecognition {
	case lombard.RecognitionHaircut:
		r.number("facility.haircut", &f.Haircut, defaultHaircut)
	case lombard.RecognitionFloor:
		r.number("facility.haircut", &f.Haircut, defaultFloorHaircut)
	case lombard.RecognitionMarketValue, lombard.RecognitionIntrinsic, lombard.RecognitionNone, lombard.RecognitionFINRA, lombard.RecognitionLongDated: // take no haircut
	}
	if f.Interest != nil {
		interest := *f.Interest
		fill(&interest.Mode, lombard.DefaultOf[lombard.InterestMode]())
		fill(&interest.DayCount, lombard.DefaultOf[lombard.DayCount]())
		f.Interest = &interest
	}
	choose(r, "facility.dividends", &f.Dividends)
	choose(r, "facility.ltv_base", &f.LTVBase)
	r.number("facility.supervisory_haircut", &f.BaselHaircut, i.SupervisoryHaircut())
	fill(&f.BaselHoldingDays, defaultHoldingDays)
}

func (r *resolver) assumptions(a *lombard.Assumptions, i market.Instrument) {
	if a.Vol == nil {
		r.used = append(r.used, "assumptions.vol")
		a.Vol = &lombard.VolModel{Model: lombard.VolRealised}
	}
	v := *a.Vol
	if v.Model != lombard.VolFlat {
		if v.Model == lombard.VolIndex {
			text(r, "assumptions.vol.index", &v.Index, i.VolIndex)
			fill(&v.RiskPremium, 1)
		} else {
			fill(&v.Estimator, lombard.EstimatorClose)
			fill(&v.Window, defaultWindow)
			fill(&v.RiskPremium, defaultRiskPremium)
		}
		fill(&v.Floor, defaultFloor)
		fill(&v.Refresh, lombard.RefreshPurchase)
		fill(&v.Dynamics, lombard.DynamicsDelta)
		fill(&v.SessionsPerYear, i.SessionsPerYear())
		if v.Term != nil {
			term := *v.Term
			fill(&term.LongWindow, defaultLongYears*v.SessionsPerYear)
			fill(&term.Kappa, defaultKappa)
			v.Term = &term
		}
	}
	if v.Smile != nil {
		fill(&v.Dynamics, lombard.DynamicsDelta)
	}
	a.Vol = &v
	r.number("assumptions.rate", &a.Rate, i.Rate)
	yield := i.DividendYield
	if i.Class == market.ClassFuture {
		yield = *a.Rate // a future costs nothing to carry (Black 1976)
	} else if a.DividendYield == nil {
		a.YieldFrom = lombard.YieldFromDividends
	}
	r.number("assumptions.dividend_yield", &a.DividendYield, yield)
	text(r, "assumptions.option_style", &a.OptionStyle, i.OptionStyle)
	mode := lombard.ModeContinuous
	if a.PricingMode == lombard.PricingQuotes {
		mode = lombard.ModeListed // whose quotes they are
	}
	text(r, "assumptions.contract_mode", &a.ContractMode, mode)
	choose(r, "assumptions.execution", &a.Execution)
	if a.Execution == lombard.ExecutionHalfSpread {
		r.number("assumptions.half_spread_vol_points", &a.HalfSpread, i.HalfSpreadVP)
	}
	choose(r, "assumptions.pricing_mode", &a.PricingMode)
}

// choose fills in the default of a choice as its table has it.
func choose[T lombard.Chosen](r *resolver, path string, to *T) {
	text(r, path, to, lombard.DefaultOf[T]())
}

func text[T ~string](r *resolver, path string, to *T, value T) {
	if *to == "" {
		*to = value
		r.used = append(r.used, path)
	}
}

func (r *resolver) number(path string, to **float64, value float64) {
	if *to == nil {
		*to = &value
		r.used = append(r.used, path)
	}
}

func fill[T comparable](to *T, value T) {
	var zero T
	if *to == zero {
		*to = value
	}
}
