package backtest_test

import (
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/market"
)

// BenchmarkRun is ten years of a put at the money, renewed each year.
func BenchmarkRun(b *testing.B) {
	s := goldScenario()
	s.Symbol, s.StartDate, s.EndDate = "SPX", lombard.MustDate("2003-01-02"), lombard.MustDate("2013-01-02")
	prices, err := sample.New().Bars(b.Context(), market.Query{Symbol: s.Symbol, Start: s.StartDate, End: s.EndDate}, func(int64, int64) {})
	if err != nil {
		b.Fatal(err)
	}
	for _, style := range []lombard.Style{lombard.StyleEuropean, lombard.StyleAmerican} {
		s.Assumptions.OptionStyle = style
		in := backtest.Input{Scenario: s, Template: template(b, "protective-put-atm-12m"), Series: prices}
		b.Run(string(style), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				run(b, in)
			}
		})
	}
}
