package metrics

import (
	"math"
	"testing"

	"lombard.example/lombard"
)

// tenYears is a path of ten years of sessions with lows, and a put a year.
func tenYears() Run {
	const sessions = 2520
	entry := lombard.MustDate("2010-01-04")
	days := make([]lombard.Day, sessions)
	lows := make([]float64, 3*sessions)
	for i := range days {
		spot := 100 + 20*math.Sin(float64(i)/97) + float64(i)/100
		ltv := 60 / spot
		low := lows[3*i : 3*i+3]
		low[0], low[1], low[2] = ltv*1.01, ltv*1.02, ltv*1.02
		days[i] = lombard.Day{
			Date: entry + lombard.Date(i*7/5), SpotClose: spot, SpotLow: spot / 1.02, Units: 1000, UnitsHedged: 1000,
			LoanBalance: 60_000, LoanBalanceHedged: 60_000, LTVUnhedged: ltv, LTVHedged: ltv, LTVRecognised: ltv, LTVNotRecognised: ltv,
			LTVHedgedLow: &low[0], LTVUnhedgedLow: &low[1], LTVNotRecognisedLow: &low[2],
			EquityHedged: 1000*spot - 61_000, EquityUnhedged: 1000*spot - 60_000,
		}
	}
	rate, yield := 0.04, 0.01
	run := Run{Scenario: lombard.Scenario{
		UnderlyingUnits: 1000, LoanAmount: 60_000, MarginCallLTV: 0.75,
		Assumptions: lombard.Assumptions{Rate: &rate, DividendYield: &yield, OptionStyle: lombard.StyleEuropean},
	}, Days: days}
	for year := range 10 {
		at := days[year*252]
		run.Contracts = append(run.Contracts, lombard.Contract{
			Right: "put", Quantity: 1000, Strike: at.SpotClose, Fill: 5, Mid: 5, Premium: 5000, Opened: at.Date, Expiry: at.Date + 365,
			SpotAtOpen: at.SpotClose, IV: 0.16,
		})
	}
	return run
}

// The figures take a few slices of the length of the path, and nothing a day.
func TestFiguresAllocateNothingADay(t *testing.T) {
	run := tenYears()
	summary, err := Summarize(run.Scenario, run.Days, run.Contracts)
	run.Summary = summary
	if own, ok := err.(*lombard.Error); err != nil && (!ok || own.Code != "no_balance") { //nolint:errorlint // ours, as it is
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(5, func() { Of(run) }); n > 130 {
		t.Errorf("the figures of %d days take %.0f allocations", len(run.Days), n)
	}
}

func BenchmarkOf(b *testing.B) {
	run := tenYears()
	run.Summary, _ = Summarize(run.Scenario, run.Days, run.Contracts)
	b.ReportAllocs()
	for b.Loop() {
		Of(run)
	}
}
