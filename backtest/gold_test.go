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
		Facility: lombard.Facility{Preset: "simple", Monitoring: "close", PremiumFunding: "cash", HedgeRecognition: "market_value", LTVBase: "gross", Dividends: "to_cash"},
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
}

// made returns a series with those bars, of an instrument without a calendar.
func made(bars ...market.Bar) market.Series {
	return market.Series{Symbol: "TEST", Instrument: market.Instrument{Symbol: "TEST", Currency: "USD", Multiplier: 100, Calendar: "none"}, Bars: bars}
}

func closes(t testing.TB, rows ...any) (bars []market.Bar) {
	t.Helper()
	for i := 0; i < len(rows); i += 2 {
		bars = append(bars, market.Bar{Date: lombard.MustDate(rows[i].(string)), Close: rows[i+1].(float64)})
	}
	return bars
}

// over returns the gold scenario's terms with other numbers.
// realised is a resolved model of realised vol.
func realised(window int, premium float64) *lombard.VolModel {
	return &lombard.VolModel{
		Model: lombard.VolRealised, Estimator: lombard.EstimatorClose, Window: window, RiskPremium: premium, Floor: 0.05, SessionsPerYear: 252,
		Refresh: lombard.RefreshPurchase, Dynamics: lombard.DynamicsDelta,
	}
}

func over(s market.Series, units, principal, call float64) lombard.Scenario {
	scenario := goldScenario()
	scenario.Symbol, scenario.UnderlyingUnits, scenario.LoanAmount, scenario.MarginCallLTV = s.Symbol, units, principal, call
	run := s.Run()
	scenario.StartDate, scenario.EndDate = run[0].Date, run[len(run)-1].Date
	return scenario
}

// A put at 95 expiring on 2024-12-20, vol 16 %, rate 4 %, 1,000 units against
// 60,000: the marks and LTVs of the specification's golden G5, European and
// American.
func TestMarksOfOnePutThroughItsLife(t *testing.T) {
	prices := made(closes(t, "2023-12-20", 100.0, "2024-01-02", 100.0, "2024-02-01", 90.0, "2024-04-01", 80.0, "2024-07-01", 100.0, "2024-12-19", 92.0)...)
	s := over(prices, 1000, 60_000, 0.75)
	for _, row := range []struct {
		style     lombard.Style
		tolerance float64
		marks     []float64
		ltvs      []float64
	}{
		{lombard.StyleEuropean, 6e-7, []float64{2.651077, 6.339760, 13.177635, 1.677652, 2.989602}, []float64{.584504, .622796, .643931, .590100, .631648}},
		{lombard.StyleAmerican, 6e-5, []float64{2.8468, 6.9700, 15.0000, 1.7443, 3.0000}, nil},
	} {
		s.Assumptions.OptionStyle = row.style
		path := run(t, backtest.Input{Scenario: s, Template: template(t, "protective-put-95pct-12m"), Series: prices})
		if c := path.Contracts[0]; c.Strike != 95 || c.Expiry.String() != "2024-12-20" {
			t.Fatalf("contract = %+v", c)
		}
		for i, want := range row.marks {
			day := path.Days[i+1]
			near(t, string(row.style)+" mark of "+day.Date.String(), day.OptionMarketValue/1000, want, row.tolerance)
			if row.ltvs != nil {
				near(t, string(row.style)+" LTV of "+day.Date.String(), day.LTVHedged, row.ltvs[i], 6e-7)
			}
		}
	}
}

// With next to no vol, rate 0 and a falling price a put is worth its intrinsic
// value: 1,000 units and an at-the-money put keep a loan of 60,000 at an LTV of
// 0.6 while the unhedged one rises, golden G2.
func TestAPutAtTheMoneyHoldsTheLTV(t *testing.T) {
	prices := made(closes(t, "2024-01-02", 100.0, "2024-01-03", 88.0, "2024-01-04", 80.0, "2024-01-05", 76.0)...)
	s := over(prices, 1000, 60_000, 0.75)
	s.Assumptions.Rate, s.Assumptions.Vol = number(0), &lombard.VolModel{Model: lombard.VolFlat, Value: 1e-9}
	path := run(t, backtest.Input{Scenario: s, Template: template(t, "protective-put-atm-12m"), Series: prices})
	for i, want := range []float64{.6, .681818, .75, .789474} {
		near(t, "unhedged", path.Days[i].LTVUnhedged, want, 6e-7)
		near(t, "hedged", path.Days[i].LTVHedged, 0.6, 1e-7)
		if called := i >= 2; path.Days[i].MarginCallUnhedged != called || path.Days[i].MarginCallHedged {
			t.Errorf("day %d: called %v unhedged, %v hedged", i, path.Days[i].MarginCallUnhedged, path.Days[i].MarginCallHedged)
		}
	}
}

// A 30 % fall in four sessions; the put's first mark is that of
// Black–Scholes–Merton with S = K = 200, 366 days, r = 4 %, vol 16 %.
func TestAFallInFourSessions(t *testing.T) {
	prices := made(closes(t, "2024-01-02", 200.0, "2024-01-03", 180.0, "2024-01-04", 160.0, "2024-01-05", 140.0)...)
	s := over(prices, 100, 14_000, 0.85)
	path := run(t, backtest.Input{Scenario: s, Template: template(t, "protective-put-atm-12m"), Series: prices})
	for i, want := range []struct{ option, ltv, hedged float64 }{{897.67, .7, .6699}, {1891.78, .7778, .7038}, {3392.61, .875, .7219}, {5243.01, 1, .7275}} {
		near(t, "option", path.Days[i].OptionMarketValue, want.option, 0.0051)
		near(t, "LTV", path.Days[i].LTVUnhedged, want.ltv, 5.1e-5)
		near(t, "hedged LTV", path.Days[i].LTVHedged, want.hedged, 5.1e-5)
	}
}
