package backtest_test

import (
	"fmt"
	"sync"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
)

// BenchmarkCells is what a study of many starts runs on: a year of 252 sessions
// from any session of twenty years of the S&P 500, a loan at 60 % and a yearly put
// at 95 %, European, at one vol: the whole account with its cost, calls, interest
// and recognition, of which only the summary is kept. It prints cells a second.
func BenchmarkCells(b *testing.B) {
	for _, bars := range []string{"closes", "lows"} {
		for _, style := range []lombard.Style{lombard.StyleEuropean, lombard.StyleAmerican} {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("%s/%s/%d", bars, style, workers), func(b *testing.B) { runCells(b, bars == "lows", style, workers) })
			}
		}
	}
}

// yearly is a scenario over twenty years, ready to be cut into windows.
func yearly(b testing.TB, withLows bool, style lombard.Style) *backtest.Prepared {
	b.Helper()
	s := lombard.Scenario{
		Symbol: "SPX", StartDate: lombard.MustDate("2000-01-03"), EndDate: lombard.MustDate("2020-04-17"), UnderlyingUnits: 100, LoanAmount: 80_000, MarginCallLTV: 0.75,
		TemplateSlug: "protective-put-95pct-12m", Facility: lombard.Facility{LoanRate: number(0.05)},
		Assumptions: lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: 0.2}, Rate: number(0.03), OptionStyle: style, Execution: lombard.ExecutionHalfSpread},
	}
	prices, err := sample.New().Bars(b.Context(), market.Query{Symbol: s.Symbol, Start: s.StartDate, End: s.EndDate}, func(int64, int64) {})
	if err != nil {
		b.Fatal(err)
	}
	if !withLows {
		for i, bar := range prices.Bars {
			prices.Bars[i] = market.Bar{Date: bar.Date, Close: bar.Close}
		}
	}
	s, _ = calc.Resolve(s, prices.Instrument)
	p, err := backtest.Prepare(prices, s)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

const sessionsPerYear = 252

// yearFrom is the window of a year from a session.
func yearFrom(p *backtest.Prepared, first int) (*backtest.Prepared, error) {
	bars := p.Bars()
	last := bars[first+sessionsPerYear-1].Date
	return p.Window(backtest.Window{From: first, First: first, End: first + sessionsPerYear, EndDate: last, Units: 100, Loan: 0.6 * 100 * bars[first].Close})
}

func runCells(b *testing.B, withLows bool, style lombard.Style, workers int) {
	b.Helper()
	p := yearly(b, withLows, style)
	h, err := backtest.HedgeOf(template(b, "protective-put-95pct-12m"))
	if err != nil {
		b.Fatal(err)
	}
	const chunk = 250 // starts
	starts := p.Sessions() - sessionsPerYear + 1
	own := make([]studied, workers)
	done := 0
	b.ReportAllocs()
	for b.Loop() {
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				for k := w; k < chunk; k += workers {
					if _, err := own[w].cell(b.Context(), p, &h, (done+k)%starts); err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		done += chunk
	}
	b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "cells/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(done)/sessionsPerYear*float64(workers), "ns/day")
}

var _ backtest.StretchRecorder = (*metrics.Tally)(nil)
