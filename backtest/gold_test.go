package backtest_test

import (
	"math"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
)

func number(x float64) *float64 { return &x }

// goldScenario is the documented example with the assumptions of its check.
func goldScenario() lombard.Scenario {
	return lombard.Scenario{
		Symbol: "XAU", StartDate: lombard.MustDate("1987-12-14"), EndDate: lombard.MustDate("1989-03-31"),
		UnderlyingUnits: 1000, LoanAmount: 301_650, MarginCallLTV: 0.75, DataSource: "sample",
		Facility: lombard.Facility{Preset: "simple", Monitoring: "close", PremiumFunding: "cash", HedgeRecognition: "market_value"},
		Assumptions: lombard.Assumptions{
			Vol: &lombard.VolModel{Model: "flat", Value: 0.16}, Rate: number(0.04), DividendYield: number(0),
			OptionStyle: "european", ContractMode: "continuous_units", Execution: "mid", PricingMode: "synthetic",
		},
	}
}

func template(t testing.TB, slug string) hedge.Template {
	t.Helper()
	tpl, err := hedge.Lookup(slug)
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

func series(t testing.TB, s lombard.Scenario, warmup int) market.Series {
	t.Helper()
	bars, err := sample.New().Bars(t.Context(), market.Query{Symbol: s.Symbol, Start: s.StartDate, End: s.EndDate, Warmup: warmup}, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return bars
}

func run(t testing.TB, in backtest.Input) backtest.Path {
	t.Helper()
	path, err := backtest.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.8f, want %v", what, got, want)
	}
}

func TestTheGoldStory(t *testing.T) {
	s := goldScenario()
	path := run(t, backtest.Input{Scenario: s, Template: template(t, "protective-put-atm-12m"), Series: series(t, s, 0)})
	m, err := metrics.Summarize(s, path.Days, path.Contracts)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "unhedged max LTV", m.MaxLTVUnhedged, 0.796015, 5e-7)
	near(t, "hedged max LTV", m.MaxLTVHedged, 0.625790, 5e-7)
	near(t, "first premium", path.Contracts[0].Premium, 22_565.20, 0.005)
	near(t, "second premium", path.Contracts[1].Premium, 18_817.52, 0.005)
	near(t, "payoff", m.Payoff, 83_150, 1e-6)
	near(t, "total hedge cost", m.TotalHedgeCost, -41_767.29, 0.0051)
	if m.MarginCallDaysUnhedged != 55 || m.MarginCallDaysHedged != 0 || m.MarginCallDaysIfNotRecognised != 11 {
		t.Errorf("call days %d unhedged, %d hedged, %d if not recognised; want 55, 0, 11",
			m.MarginCallDaysUnhedged, m.MarginCallDaysHedged, m.MarginCallDaysIfNotRecognised)
	}
	t.Log(metrics.Verdict(s, "At-the-money put, 12 months", m))
}
