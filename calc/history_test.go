package calc_test

import (
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

func instrument(symbol string) market.Instrument {
	i, _ := market.Lookup(symbol)
	return i
}

// TestOneFunctionSaysHowFarARunLooksBack by hand: a window, a long-run vol of
// five years (1,260 sessions, 1,825 on seven days a week) and a year at least, a
// median of five years, and nothing for what is known on the day.
func TestOneFunctionSaysHowFarARunLooksBack(t *testing.T) {
	put, _ := hedge.Lookup("protective-put-atm-12m")
	none, _ := hedge.Lookup("unhedged")
	flat := func() *lombard.VolModel { return &lombard.VolModel{Model: lombard.VolFlat, Value: 0.2} }
	term := func(model lombard.VolModelName, window int) *lombard.VolModel {
		return &lombard.VolModel{Model: model, Window: window, Term: &lombard.TermModel{}}
	}
	for name, c := range map[string]struct {
		symbol      string
		a           lombard.Assumptions
		hedge       hedge.Template
		least, most int
	}{
		"by default":                          {"GLD", lombard.Assumptions{}, put, 252, 252},
		"without options":                     {"GLD", lombard.Assumptions{Vol: term(lombard.VolRealised, 0), CrashSpreads: true}, none, 0, 0},
		"dividends":                           {"GLD", lombard.Assumptions{Vol: flat()}, put, 0, 366},
		"flat":                                {"GLD", lombard.Assumptions{Vol: flat()}, put, 0, 0},
		"window":                              {"GLD", lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolRealised, Window: 30}}, put, 30, 30},
		"term":                                {"GLD", lombard.Assumptions{Vol: term(lombard.VolRealised, 0)}, put, 252, 1260},
		"term, short window":                  {"GLD", lombard.Assumptions{Vol: term(lombard.VolRealised, 30)}, put, 252, 1260},
		"term, window longer than its own":    {"GLD", lombard.Assumptions{Vol: term(lombard.VolRealised, 3000)}, put, 3000, 3000},
		"term on seven days":                  {"BTC-USD", lombard.Assumptions{Vol: term(lombard.VolRealised, 0)}, put, 365, 1825},
		"term of an index":                    {"GLD", lombard.Assumptions{Vol: term(lombard.VolIndex, 0)}, put, 252, 1260},
		"index":                               {"GLD", lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolIndex}}, put, 0, 0},
		"published rates":                     {"GLD", lombard.Assumptions{Vol: flat(), RateSeries: "DGS1"}, put, 0, 0},
		"crash spreads":                       {"GLD", lombard.Assumptions{Vol: flat(), CrashSpreads: true}, put, 0, 1260},
		"crash spreads on seven days":         {"BTC-USD", lombard.Assumptions{Vol: flat(), CrashSpreads: true}, put, 0, 1825},
		"crash spreads beside a realised vol": {"GLD", lombard.Assumptions{CrashSpreads: true}, put, 252, 1260},
		"crash spreads at mid":                {"GLD", lombard.Assumptions{Vol: flat(), CrashSpreads: true, Execution: lombard.ExecutionMid}, put, 0, 0},
	} {
		i := instrument(c.symbol)
		if name != "dividends" {
			c.a.DividendYield = new(0.0)
		}
		s, _ := calc.Resolve(lombard.Scenario{Symbol: c.symbol, MarginCallLTV: 0.8, Assumptions: c.a}, i)
		all := calc.History(s, []hedge.Template{c.hedge}, i)
		least := 0
		for _, x := range all {
			least = max(least, x.Least)
			if x.What == "" {
				t.Errorf("%s: %+v has no name", name, x)
			}
		}
		if most := calc.Sessions(all); least != c.least || most != c.most {
			t.Errorf("%s: between %d and %d sessions, want %d and %d", name, least, most, c.least, c.most)
		}
		if bad := s.Unresolved(); len(bad) > 0 {
			t.Errorf("%s: resolved, and yet %+v", name, bad)
		}
	}
}

// TestResolvingTwiceChangesNothing, and never what was given.
func TestResolvingTwiceChangesNothing(t *testing.T) {
	asked := lombard.Scenario{
		Symbol: "GLD", MarginCallLTV: 0.75, Facility: lombard.Facility{Interest: &lombard.Interest{Mode: lombard.InterestCash}, Cure: &lombard.Cure{}},
		Assumptions: lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolRealised, Term: &lombard.TermModel{Kappa: 2}}},
	}
	once, used := calc.Resolve(asked, instrument("GLD"))
	twice, _ := calc.Resolve(once, instrument("BTC-USD"))
	if *twice.Assumptions.Vol.Term != *once.Assumptions.Vol.Term || twice.Assumptions.Vol.Estimator != lombard.EstimatorClose || *twice.Facility.Interest != *once.Facility.Interest {
		t.Errorf("once %+v, twice %+v", once.Assumptions.Vol, twice.Assumptions.Vol)
	}
	if len(used) == 0 || asked.Facility.Interest.DayCount != "" || asked.Assumptions.Vol.Window != 0 || asked.Assumptions.Vol.Term.LongWindow != 0 {
		t.Errorf("what was asked has changed: %+v", asked.Assumptions.Vol)
	}
}
