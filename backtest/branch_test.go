package backtest_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/loan"
)

func branches(t interface {
	Fatal(...any)
	Helper()
}, in backtest.Input, path *backtest.Path,
) []lombard.Branch {
	t.Helper()
	haircut := 0.15
	in.Scenario.Facility = loan.Resolve(in.Scenario.Facility, in.Scenario.MarginCallLTV)
	in.Scenario.Facility.BaselHaircut, in.Scenario.Facility.BaselHoldingDays = &haircut, 20
	all, err := backtest.Branches(in, path)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// drawFacility draws a lender's terms around a call.
func drawFacility(t *rapid.T, f *lombard.Facility, call float64) {
	f.Thresholds = &lombard.Thresholds{
		CureTo: call - rapid.Float64Range(0.01, call/2).Draw(t, "cure to"), Liquidate: call + (0.99-call)*rapid.Float64Range(0, 0.9).Draw(t, "liquidate"),
		Comparison: rapid.SampledFrom([]lombard.Comparison{lombard.ComparisonGE, lombard.ComparisonGT}).Draw(t, "comparison"),
	}
	self := rapid.Bool().Draw(t, "self cure")
	f.Cure = &lombard.Cure{
		Period: rapid.IntRange(0, 5).Draw(t, "period"), SelfCure: &self,
		Unit:      rapid.SampledFrom([]lombard.CureUnit{lombard.UnitBusinessDays, lombard.UnitCalendarDays, lombard.UnitHours}).Draw(t, "unit"),
		Waterfall: rapid.Permutation([]lombard.WaterfallStep{lombard.CureExternalCash, lombard.CureMonetiseHedge, lombard.CureSellCollateral}).Draw(t, "waterfall")[:rapid.IntRange(0, 3).Draw(t, "steps")],
		Test:      rapid.SampledFrom([]lombard.CureTest{lombard.TestCureTo, lombard.TestBelowCall}).Draw(t, "test"),
		CashMode:  rapid.SampledFrom([]lombard.CashMode{lombard.CashRepay, lombard.CashPledge}).Draw(t, "cash"),
		Execute:   rapid.SampledFrom([]lombard.CureExecution{lombard.ExecuteDeadline, lombard.ExecuteNextSession}).Draw(t, "execute"),
	}
	if rapid.Bool().Draw(t, "little cash") {
		little := rapid.Float64Range(0, 5000).Draw(t, "capacity")
		f.Cure.ExternalCash = &little
	}
	slippage := rapid.Float64Range(0, 0.02).Draw(t, "slippage")
	f.Liquidation = &lombard.Liquidation{
		Monitoring: rapid.SampledFrom([]lombard.LiquidationMonitoring{lombard.LiquidationClose, lombard.LiquidationIntraday}).Draw(t, "monitoring"),
		Mode:       rapid.SampledFrom([]lombard.LiquidationMode{lombard.LiquidateToTarget, lombard.LiquidateFull, lombard.LiquidateCloseFactor}).Draw(t, "mode"),
		TargetLTV:  rapid.Float64Range(0.1, call).Draw(t, "target"), Penalty: rapid.Float64Range(0, 0.05).Draw(t, "penalty"), Slippage: &slippage,
	}
}

// Under any terms, on any prices, with any hedge: each day's money balances
// (Branches checks it), nothing held is negative, an episode ends when it
// says, and the unhedged account does not know which hedge it is beside.
func TestTheLendersAccountUnderAnyTerms(t *testing.T) {
	t.Parallel()
	templates := hedges(t)
	calls, sales, unhedged := 0, 0, template(t, "unhedged")
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		path := mustRun(t, in)
		drawFacility(t, &in.Scenario.Facility, in.Scenario.MarginCallLTV)
		all := branches(t, in, &path)
		for i := range all {
			b := &all[i]
			calls, sales = calls+b.CallsCount, sales+b.Liquidations
			if len(b.Days) != len(path.Days) || len(b.Episodes) != b.CallsCount {
				t.Fatalf("%s: %d days, %d episodes of %d calls", b.Branch, len(b.Days), len(b.Episodes), b.CallsCount)
			}
			for _, d := range b.Days {
				if d.Units < 0 || d.CashPledged < -1e-6 || d.LoanBalance < -1e-6 {
					t.Fatalf("%s holds less than nothing: %+v", b.Branch, d)
				}
				if (d.State == lombard.StateClosed) != (d.LoanBalance <= 1e-9*in.Scenario.LoanAmount) {
					t.Fatalf("%s: %+v", b.Branch, d)
				}
			}
			for _, e := range b.Episodes {
				if !e.Ended.IsZero() && (e.Ended < e.Issued || e.CuredBy == "") {
					t.Fatalf("%s: %+v", b.Branch, e)
				}
			}
		}
		alone := in
		alone.Template = unhedged
		quiet := mustRun(t, alone)
		if got, want := string(asJSON(t, branches(t, alone, &quiet)[0])), string(asJSON(t, all[0])); got != want {
			t.Fatalf("the unhedged account depends on the hedge beside it:\n%s\n%s", got, want)
		}
	})
	t.Logf("%d calls, %d liquidations", calls, sales)
	if calls == 0 || sales == 0 {
		t.Error("no terms were ever enforced")
	}
}

// Terms that are never reached leave the account as the frozen path has it.
func TestTermsThatAreNotReachedChangeNothing(t *testing.T) {
	t.Parallel()
	templates := hedges(t)
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		in.Scenario.MarginCallLTV = 0.999
		in.Scenario.Facility.HedgeRecognition = lombard.RecognitionMarketValue
		path := mustRun(t, in)
		in.Scenario.Facility.Thresholds = &lombard.Thresholds{CureTo: 0.9}
		called := slices.ContainsFunc(path.Days, func(d lombard.Day) bool { return d.MarginCallHedged || d.MarginCallUnhedged })
		for _, b := range branches(t, in, &path) {
			switch {
			case b.CallsCount > 0 && !called:
				t.Fatalf("%s is called, and the account without terms is not", b.Branch)
			case b.CallsCount > 0:
				t.Skip("called even from 0.999 on")
			}
			for i, d := range b.Days {
				if d.State == lombard.StateClosed {
					break // a repaid account buys no more hedges
				}
				want := path.Days[i].EquityHedged
				if b.Branch == lombard.BranchUnhedged {
					want = path.Days[i].EquityUnhedged
				}
				if b.Branch != lombard.BranchDeleveraged && (d.Equity-want > 1e-6*in.Scenario.LoanAmount+1e-6 || want-d.Equity > 1e-6*in.Scenario.LoanAmount+1e-6) {
					t.Fatalf("%s on %s: equity %v, want %v", b.Branch, d.Date, d.Equity, want)
				}
			}
		}
	})
}

// The control repays what the hedge took, on the same dates.
func TestTheControlFollowsTheHedgesCash(t *testing.T) {
	prices := made(closes(t, "2024-01-16", 100.0, "2024-02-16", 95.0, "2024-03-15", 90.0, "2024-03-18", 92.0)...)
	s := over(prices, 1000, 50_000, 0.75)
	in := backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices}
	hedged := run(t, in)
	in.Template, in.Repayments = hedge.Template{Slug: "deleverage-equivalent", Control: hedge.ControlDeleverage}, make([]float64, len(hedged.Days))
	taken := 0.0
	for i := range hedged.Days {
		in.Repayments[i] = hedged.Days[i].CashFromOutside
		taken += in.Repayments[i]
	}
	control := run(t, in)
	last := &control.Days[len(control.Days)-1]
	if taken == 0 || last.LoanBalanceHedged != 50_000-taken || last.NetPortfolioValue != 92_000 || last.LTVHedged != (50_000-taken)/92_000 {
		t.Errorf("took %v; control ends with %+v", taken, last)
	}
	if last.EquityHedged != last.EquityUnhedged {
		t.Errorf("without interest repaying changes no wealth: %v, %v", last.EquityHedged, last.EquityUnhedged)
	}
}
