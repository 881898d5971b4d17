package backtest_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

// TestP3SplitChangesNothing (adjusted spot against raw strikes): a split in the
// middle of a run leaves every amount of money and every LTV as it was.
func TestP3SplitChangesNothing(t *testing.T) {
	templates := slices.DeleteFunc(hedges(t), func(h hedge.Template) bool { return h.Budget.MaxAnnual > 0 }) // which counts in ticks
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		in.Scenario.Assumptions.Execution = lombard.ExecutionMid // a tick is not split
		in.Series.Bars = slices.Clone(in.Series.Bars)
		for i := range in.Series.Bars {
			b := &in.Series.Bars[i]
			b.Split, b.Dividend, b.Special = 0, 0, false
		}
		plain := mustRun(t, in)
		split := in
		split.Series.Bars = slices.Clone(in.Series.Bars)
		at := rapid.IntRange(in.Series.First+1, len(split.Series.Bars)-1).Draw(t, "at")
		factor := rapid.SampledFrom([]float64{2, 4, 7, 1.5, 0.1}).Draw(t, "factor")
		for i := at; i < len(split.Series.Bars); i++ {
			b := &split.Series.Bars[i]
			b.Open, b.High, b.Low, b.Close = b.Open/factor, b.High/factor, b.Low/factor, b.Close/factor
		}
		split.Series.Bars[at].Split = factor
		after, err := backtest.Run(t.Context(), split, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range plain.Days {
			p, a := &plain.Days[i], &after.Days[i]
			same(t, p.Date, "equity", p.EquityHedged, a.EquityHedged, p.UnderlyingValue)
			same(t, p.Date, "options", p.OptionMarketValue, a.OptionMarketValue, p.UnderlyingValue)
			same(t, p.Date, "LTV", p.LTVHedged, a.LTVHedged, 1)
			same(t, p.Date, "LTV unhedged", p.LTVUnhedged, a.LTVUnhedged, 1)
		}
	})
}

func same(t *rapid.T, date lombard.Date, what string, want, got, scale float64) {
	t.Helper()
	if math.Abs(want-got) > 2e-6*math.Max(math.Abs(want), math.Abs(scale)) { // the boundary of an American option is solved at another scale
		t.Fatalf("%s: %s is %v without the split and %v with it", date, what, want, got)
	}
}

// TestBranchesBalanceOverActions: every branch carries splits and dividends
// through its money, whatever becomes of them; a gap is an error of the run.
func TestBranchesBalanceOverActions(t *testing.T) {
	t.Parallel()
	templates := hedges(t)
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		in.Scenario.Facility.Dividends = rapid.SampledFrom([]lombard.Dividends{lombard.DividendsCash, lombard.DividendsRepay, lombard.DividendsReinvest}).Draw(t, "dividends")
		in.Scenario.Facility.Thresholds = &lombard.Thresholds{CureTo: 0.65, Liquidate: 0.85, Comparison: lombard.ComparisonGE}
		in.Scenario.Facility.Cure = &lombard.Cure{Period: 3, Unit: lombard.UnitCalendarDays, SelfCure: new(true), Test: lombard.TestCureTo, Waterfall: []lombard.WaterfallStep{lombard.CureSellCollateral}, CashMode: lombard.CashRepay, Execute: lombard.ExecuteDeadline}
		in.Scenario.Facility.Liquidation = &lombard.Liquidation{Monitoring: lombard.LiquidationClose, Mode: lombard.LiquidateToTarget, TargetLTV: 0.5, Slippage: number(0.005)}
		in.Scenario.Facility.BaselHaircut, in.Scenario.Facility.BaselHoldingDays = number(0.15), 20
		path := mustRun(t, in)
		branches, err := backtest.Branches(in, &path)
		if err != nil {
			t.Fatal(err)
		}
		last := path.Days[len(path.Days)-1]
		if b := branches[0]; b.CallsCount == 0 && b.UnitsSold == 0 {
			same(t, last.Date, "unhedged equity", last.EquityUnhedged, b.EndWealth, last.UnderlyingValue)
		}
	})
}

// TestP18AssignedBeforeTheDividend: a short American call without time value is
// exercised against its writer before the units go ex dividend, at the close
// before, and one with time value above the dividend is not (P18).
func TestP18AssignedBeforeTheDividend(t *testing.T) {
	for _, test := range []struct {
		name     string
		dividend float64
		style    lombard.Style
		want     bool
	}{
		{"dividend above the time value", 5, lombard.StyleAmerican, true},
		{"dividend below it", 0.01, lombard.StyleAmerican, false},
		{"european", 5, lombard.StyleEuropean, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			bars := []market.Bar{{Date: lombard.MustDate("2024-01-02"), Close: 100}, {Date: lombard.MustDate("2024-01-30"), Close: 130}, {Date: lombard.MustDate("2024-01-31"), Close: 125, Dividend: test.dividend}}
			s := over(made(bars...), 100, 5000, 0.75)
			s.Assumptions.OptionStyle, s.Assumptions.Rate = test.style, number(0.04)
			path := run(t, backtest.Input{Scenario: s, Series: made(bars...), Template: custom(t, `{"slug":"overwrite","legs":[{"id":"call","right":"call","side":"short","strike":{"value":1.05},"expiry":{"tenor":"2m"}}]}`)})
			c := path.Contracts[0]
			assigned := len(c.Trades) == 1 && c.Trades[0].Type == "assignment"
			if assigned != test.want {
				t.Fatalf("assigned %v, want %v: %+v", assigned, test.want, c)
			}
			if assigned && (c.Trades[0].Fill != 25 || path.Days[2].HedgeCash != -2500) {
				t.Errorf("paid %v each, %v in all; the close before is 130 against a strike of 105", c.Trades[0].Fill, path.Days[2].HedgeCash)
			}
		})
	}
}
