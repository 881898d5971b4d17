package loan_test

import (
	"math"
	"slices"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

func close6(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.6f, want %.6f", what, got, want)
	}
}

// A published example: 1,000 units, 60,000 borrowed, a call at 0.75 that asks
// to get back to 0.65, at a spot of 76.
func TestCuresOfThePublishedExample(t *testing.T) {
	const balance, collateral, target, spot = 60_000.0, 76_000.0, 0.65, 76.0
	close6(t, "repayment", loan.Repay(balance, collateral, target), 10_600, 1e-9)
	close6(t, "cash to pledge", loan.Pledge(balance, collateral, target), 16_307.692308, 1e-6)
	close6(t, "units to add", loan.AddUnits(balance, collateral, target, spot), 214.574899, 1e-6)
	close6(t, "collateral to sell", loan.Sell(balance, collateral, target, 0, collateral), 30_285.714286, 1e-6)
	close6(t, "units to sell", loan.Sell(balance, collateral, target, 0, collateral)/spot, 398.496241, 1e-6)
	close6(t, "collateral to sell at a cost", loan.Sell(balance, collateral, target, 0.005, collateral), 30_724.637681, 1e-6)
	close6(t, "sale that cannot cure", loan.Sell(balance, collateral, 0.9, 0.2, collateral), 0, 0)
	close6(t, "sale of everything", loan.Sell(80_000, collateral, 0.9, 0.2, collateral), collateral, 0)
}

// Liquidation at 0.85 to 0.50: the trigger is 60,000/(1,000 × 0.85) =
// 70.588235, at which exactly 700 units go; a gap to 69 sells 739.130.
func TestLiquidationOfThePublishedExample(t *testing.T) {
	trigger := loan.Trigger(0.85, 70, 77, func(spot float64) float64 { return loan.LTV(60_000, 1000*spot) })
	close6(t, "trigger", trigger, 70.588235, 1e-6)
	close6(t, "units at the trigger", loan.Sell(60_000, 1000*trigger, 0.5, 0, 1000*trigger)/trigger, 700, 1e-6)
	close6(t, "value at the gap", loan.Sell(60_000, 69_000, 0.5, 0, 69_000), 51_000, 1e-9)
	close6(t, "units at the gap", loan.Sell(60_000, 69_000, 0.5, 0, 69_000)/69, 739.130435, 1e-6)
}

// Gold: 15 % for ten days; 15 % × √2 = 21.21 % for twenty. 60,000 against
// 70,000 of gold leaves 60,000 − 70,000 × (1 − 0.212132) = 4,849.24.
func TestStressedExposure(t *testing.T) {
	close6(t, "20 days", loan.StressedExposure(60_000, 70_000, 0.15, 1, 20), 4849.2424, 1e-3)
	close6(t, "10 days", loan.StressedExposure(60_000, 70_000, 0.15, 1, 10), 60_000-70_000*0.85, 1e-9)
	close6(t, "covered", loan.StressedExposure(50_000, 70_000, 0.15, 1, 20), 0, 0)
}

func TestPresetsAreInOrder(t *testing.T) {
	for _, name := range lombard.ValuesOf[lombard.PresetName]() {
		p, ok := loan.PresetOf(name)
		if !ok {
			if name != lombard.PresetSimple {
				t.Errorf("%s has no data", name)
			}
			continue
		}
		if p.Title == "" || p.Source == "" || !(p.Call > 0 && p.Call < 1) {
			t.Errorf("%s: %+v", name, p)
		}
		rate, units := 0.05, 1.0
		s := lombard.Scenario{
			Symbol: "XAU", StartDate: lombard.MustDate("2020-01-02"), EndDate: lombard.MustDate("2021-01-04"), TemplateSlug: "unhedged", UnderlyingUnits: units, LoanAmount: 1,
			MarginCallLTV: p.Call, DataSource: "sample", Facility: loan.Resolve(lombard.Facility{Preset: name, LoanRate: &rate}, p.Call),
		}
		if bad := s.Validate(); len(bad) > 0 {
			t.Errorf("%s: %+v", name, bad)
		}
	}
}

// The published rules of two protocols. Aave: collateral 100,000, debt 80,000,
// threshold 0.78, bonus 1.05: half of the debt is repaid for 42,000 of
// collateral, which leaves an LTV of 0.689655. Morpho: the incentive of a market
// of 0.86 is 1.0438.
func TestProtocolPresets(t *testing.T) {
	aave, _ := loan.PresetOf("aave_v3")
	close6(t, "close factor", loan.CloseFactor(0.8, 0.78), 0.5, 0)
	close6(t, "close factor far below", loan.CloseFactor(0.83, 0.78), 1, 0)
	seized := 40_000 / (1 - aave.Facility.Liquidation.Penalty)
	close6(t, "seized", seized, 42_000, 1e-6)
	close6(t, "LTV after", 40_000/(100_000-seized), 0.689655, 1e-6)
	morpho, _ := loan.PresetOf("morpho_86")
	close6(t, "incentive", 1/(1-morpho.Facility.Liquidation.Penalty), 1.04384, 1e-5)
}

func TestLeastIsTheSmallestPartThatIsEnough(t *testing.T) {
	close6(t, "a third", loan.Least(func(part float64) bool { return part >= 1.0/3 }), 1.0/3, 1e-15)
	close6(t, "nothing needed", loan.Least(func(float64) bool { return true }), 0, 0)
	close6(t, "never enough", loan.Least(func(float64) bool { return false }), 1, 1e-15)
}

// What is owed on 60 per 100 of collateral, called at 0.75, is called at 80.
func TestCallSpotIsTheNearestThatIsACall(t *testing.T) {
	const level = 0.75
	r := loan.Recognition{Mode: lombard.RecognitionIntrinsic, Call: level}
	for _, row := range []struct {
		name    string
		balance float64
		book    loan.Book
		want    float64
	}{
		{"without options", 60, loan.Book{Spot: 100, Units: 1}, 80},
		{"in call, the price that ends it", 60, loan.Book{Spot: 76, Units: 1}, 80},
		{"cash counts in full", 60, loan.Book{Spot: 100, Units: 1, Cash: 8}, 72},
		{"a put that keeps the LTV below the call", 60, loan.Book{Spot: 100, Units: 1, Options: []loan.Option{{Put: true, Quantity: 1, Strike: 95}}}, 0},
		{"a spread that pays 15 at most", 60, loan.Book{Spot: 100, Units: 1, Options: []loan.Option{{Put: true, Quantity: 1, Strike: 100}, {Put: true, Quantity: -1, Strike: 85}}}, 65},
		{"a loan of nothing", 0, loan.Book{Spot: 100, Units: 1}, 0},
		{"a loan that any price calls", 60, loan.Book{Spot: 1e-9, Units: 1}, 0},
		// Two puts at 79 on one unit: the LTV is over 0.75 between 78 and 80 only.
		{"more puts than collateral", 60, loan.Book{Spot: 100, Units: 1, Options: []loan.Option{{Put: true, Quantity: 2, Strike: 79}}}, 80},
	} {
		got := loan.CallSpot(level, row.book, func(spot float64) float64 {
			b := row.book
			b.Spot, b.Options = spot, slices.Clone(row.book.Options)
			for i := range b.Options {
				b.Options[i].Value = b.Options[i].Intrinsic(spot)
			}
			return loan.LTV(row.balance, r.Recognised(b))
		})
		if math.Abs(got-row.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

// 302,000 owed on 14 December at 10 %, ACT/360, for the 366 days to the next: on
// terms that pay interest in cash it is the principal that is owed then.
func TestWhatIsOwedLaterFollowsTheTerms(t *testing.T) {
	from, to := lombard.MustDate("1987-12-14"), lombard.MustDate("1988-12-14")
	for mode, want := range map[lombard.InterestMode]float64{
		lombard.InterestCash:   302_000,
		lombard.InterestBullet: 302_000 * (1 + 0.1*366/360),
		lombard.InterestDaily:  302_000 * math.Pow(1+0.1/360, 366),
	} {
		got := loan.Account{Principal: 302_000, Rate: 0.1, Mode: mode}.OwedAt(from, to)
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: %.6f, want %.6f", mode, got, want)
		}
	}
	if got := (loan.Account{Principal: 300_000, Accrued: 2000, Rate: 0.1, Mode: lombard.InterestBullet, DayCount: lombard.DayCountAct365}).OwedAt(from, to); math.Abs(got-(302_000+30_000*366.0/365)) > 1e-6 {
		t.Errorf("with accrued interest, ACT/365F: %.6f", got)
	}
}
