package backtest_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/market"
)

// A window of a prepared series is that stretch of prices prepared on its own.
func TestAWindowIsItsStretchPreparedAlone(t *testing.T) {
	t.Parallel()
	templates := hedges(t)
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		if in.Scenario.Assumptions.CrashSpreads = rapid.Bool().Draw(t, "crash spreads"); len(in.Series.Bars) > 12 && rapid.Bool().Draw(t, "realised vol") {
			in.Series.First = 8
			in.Scenario.Assumptions.Vol = realised(4, 1.1)
		}
		whole, err := backtest.Prepare(in.Series, in.Scenario)
		if err != nil {
			t.Fatal(err)
		}
		h, err := backtest.HedgeOf(in.Template)
		if err != nil {
			t.Fatal(err)
		}
		w := backtest.Window{
			First: rapid.IntRange(in.Series.First, len(in.Series.Bars)-1).Draw(t, "entry"),
			Units: in.Scenario.UnderlyingUnits / 2, Loan: in.Scenario.LoanAmount / 3, EndDate: in.Scenario.EndDate - 1,
		}
		w.From = rapid.IntRange(0, w.First-in.Series.First).Draw(t, "warm-up")
		w.End = rapid.IntRange(w.First+1, len(in.Series.Bars)).Draw(t, "end")
		cut, err := whole.Window(w)
		if err != nil {
			t.Fatal(err)
		}
		if cut.Sessions() != w.End-w.First {
			t.Fatalf("%d sessions, want %d", cut.Sessions(), w.End-w.First)
		}
		alone := in
		alone.Series.Bars, alone.Series.First = in.Series.Bars[w.From:w.End], w.First-w.From
		alone.Scenario.UnderlyingUnits, alone.Scenario.LoanAmount, alone.Scenario.EndDate = w.Units, w.Loan, w.EndDate
		want, wantErr := backtest.Run(t.Context(), alone, nil)
		got, gotErr := cut.Run(t.Context(), h, nil)
		if (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
			t.Fatalf("error = %v, want %v", gotErr, wantErr)
		}
		if g, w := asJSON(t, got), asJSON(t, want); !bytes.Equal(g, w) {
			t.Fatalf("got  %s\nwant %s", g, w)
		}
	})
}

func TestAWindowOutsideThePricesIsRefused(t *testing.T) {
	prices := made(closes(t, "2024-01-15", 100.0, "2024-01-16", 101.0, "2024-01-17", 99.0)...)
	p, err := backtest.Prepare(prices, over(prices, 1000, 50_000, 0.75))
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]backtest.Window{
		"no session": {First: 1, End: 1}, "beyond the last": {First: 1, End: 4}, "before the first": {From: -1, First: 0, End: 2}, "warm-up after the entry": {From: 2, First: 1, End: 3},
	} {
		if _, err := p.Window(w); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := p.Window(backtest.Window{End: 3}); err != nil {
		t.Errorf("all of it: %v", err)
	}
}

// calm is sessions on which nothing happens: one put, far from its expiry.
func calm(sessions int) market.Series {
	var bars []market.Bar
	for i := range sessions {
		spot := 100 + float64(i%7)
		bars = append(bars, market.Bar{Date: lombard.MustDate("2020-01-06") + lombard.Date(i), Open: spot, High: spot + 1, Low: spot - 1, Close: spot})
	}
	s := made(bars...)
	s.Instrument.SevenDay = true
	return s
}

// A day on which nothing is traded is computed without allocating, but for the
// pieces of memory that hold a thousand days.
func TestADayAllocatesNothing(t *testing.T) {
	h, err := backtest.HedgeOf(custom(t, `{"legs":[{"id":"put","right":"put","strike":{"value":0.9},"expiry":{"tenor":"120m"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	allocations := func(sessions int) float64 {
		prices := calm(sessions)
		p, err := backtest.Prepare(prices, over(prices, 1000, 30_000, 0.75))
		if err != nil {
			t.Fatal(err)
		}
		return testing.AllocsPerRun(3, func() {
			if _, err := p.Run(t.Context(), h, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	short, long := allocations(250), allocations(2500)
	if most := 20.0; long-short > most {
		t.Errorf("250 days take %v allocations and 2,500 take %v, want at most %v more", short, long, most)
	}
}
