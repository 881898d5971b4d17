package metrics

import (
	"context"
	"errors"
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
	if n := testing.AllocsPerRun(5, func() { _, err = Of(t.Context(), run) }); n > 130 || err != nil {
		t.Errorf("the figures of %d days take %.0f allocations, %v", len(run.Days), n, err)
	}
}

// patient is a context that ends when it has been asked so many times.
type patient struct {
	context.Context //nolint:containedctx // it is one
	asked, most     int
}

func (c *patient) Err() error {
	if c.asked++; c.asked > c.most {
		return context.Canceled
	}
	return nil
}

// A run may hold thousands of American options, each of which takes up to
// 0.1 ms to price: whenever it is cancelled, no more than 32 are still priced.
func TestFiguresEndWithTheirContext(t *testing.T) {
	const contracts, parts = 128, 8
	run := tenYears()
	for len(run.Contracts) < contracts {
		run.Contracts = append(run.Contracts, run.Contracts[:10]...)
	}
	run.Summary.Payoff = 1000 * contracts * 6
	whole := &patient{Context: t.Context(), most: 1 << 30}
	if _, err := Of(whole, run); err != nil {
		t.Fatal(err)
	}
	const points = 129 // that a search looks at, at least
	if least := points * contracts / 32; whole.asked < least {
		t.Errorf("the context is asked %d times, want %d or more", whole.asked, least)
	}
	for most := range parts {
		c := &patient{Context: t.Context(), most: most * whole.asked / parts}
		if _, err := Of(c, run); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at the question %d of %d: %v", c.most, whole.asked, err)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	run := tenYears()
	run.Summary, _ = Summarize(run.Scenario, run.Days, run.Contracts)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Of(b.Context(), run); err != nil {
			b.Fatal(err)
		}
	}
}
