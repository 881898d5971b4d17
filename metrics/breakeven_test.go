package metrics

import (
	"math"
	"testing"

	"lombard.example/lombard"
)

func bought(right lombard.Right, quantity, strike, fill float64) lombard.Contract {
	opened := lombard.MustDate("2021-01-04")
	return lombard.Contract{Right: right, Quantity: quantity, Strike: strike, Fill: fill, Mid: fill, Premium: math.Abs(quantity) * fill, Opened: opened, Expiry: opened + 365, SpotAtOpen: 100, IV: 0.16}
}

func costOf(rate float64, contracts ...lombard.Contract) lombard.CostMetrics {
	s := lombard.Scenario{UnderlyingUnits: 100, Assumptions: lombard.Assumptions{Rate: &rate}}
	var m lombard.CostMetrics
	breakevens(&m, s, []lombard.Day{{Date: lombard.MustDate("2021-01-04"), SpotClose: 100, Units: 100, UnitsHedged: 100}}, contracts)
	return m
}

func TestBreakevensByHand(t *testing.T) {
	rate := math.Log(1.1) // a premium of 5 is 5.5 a year later
	put := costOf(rate, bought("put", 100, 95, 5))
	equal(t, "put", put.BreakevenSpot, 89.5)
	equal(t, "put, fall", put.BreakevenFall, -0.105)
	equal(t, "put, rise", put.BreakevenRise, 0.055)
	undefined(t, "put, cap", put.UpsideCap)

	spread := costOf(0, bought("put", 100, 100, 5), bought("put", -100, 90, 2))
	equal(t, "spread", spread.BreakevenSpot, 97)
	dear := costOf(0, bought("put", 100, 100, 15), bought("put", -100, 90, 2))
	undefined(t, "spread that costs more than it can pay", dear.BreakevenSpot)

	collar := costOf(0, bought("put", 100, 95, 3), bought("call", -100, 110, 1))
	equal(t, "collar", collar.BreakevenSpot, 93)
	equal(t, "collar, cap", collar.UpsideCap, 0.08) // 110 − 2
	half := costOf(0, bought("put", 100, 95, 3), bought("call", -50, 110, 1))
	undefined(t, "cap of half the collateral", half.UpsideCap)

	for _, residue := range []float64{0, 1e-16, -1e-16, 1e-13, -1e-13, 4e-10, -4e-10} {
		nothing := costOf(rate, bought("put", 100, 95, 3), bought("call", -100, 110, 3+residue))
		equal(t, "collar for nothing", nothing.BreakevenSpot, 95)
		equal(t, "collar for nothing, fall", nothing.BreakevenFall, -0.05)
		undefined(t, "collar for nothing, rise", nothing.BreakevenRise)
		equal(t, "collar for nothing, cap", nothing.UpsideCap, 0.1)
		apart := costOf(rate, bought("put", 100, 95, 3), bought("put", -100, 85, 2), bought("call", -100, 110, 1+residue))
		equal(t, "spread collar for nothing", apart.BreakevenSpot, 95)
	}
	equal(t, "collar that brings in 1", costOf(0, bought("put", 100, 95, 3), bought("call", -100, 110, 4)).BreakevenSpot, 111)
	equal(t, "covered call", costOf(0, bought("call", -100, 110, 4)).BreakevenSpot, 114)

	later := bought("put", 100, 90, 1)
	later.Expiry += 30
	undefined(t, "options that expire apart", costOf(0, bought("put", 100, 95, 5), later).BreakevenSpot)
}

// At one vol of 0.16 a one-year put at the money, spot 100, rate 4 %, costs
// 4.4846 (European) and 4.8886 (American).
func TestBreakevenVolIsTheOneAtWhichTheHedgeCostsNothing(t *testing.T) {
	rate, yield := 0.04, 0.0
	for style, premium := range map[lombard.Style]float64{"european": 4.4846, "american": 4.8886} {
		s := lombard.Scenario{UnderlyingUnits: 100, Assumptions: lombard.Assumptions{Rate: &rate, DividendYield: &yield, OptionStyle: style}}
		contracts := []lombard.Contract{bought("put", 100, 100, 5)}
		got := breakevenVol(t.Context(), &lombard.Summary{Payoff: 100*premium + 7, Frictions: 7}, s, contracts)
		if got == nil || math.Abs(*got-0.16) > 3e-6 {
			t.Errorf("%s: break-even vol = %v, want 0.16", style, show(got))
		}
		paying := []lombard.Contract{bought("put", 100, 100, 5)} // at a yield of 10 %, as the dividends of its purchase were
		paying[0].Yield = new(0.1)
		const worth = 9.157817 // of both styles: with more yield than rate nothing is won by early exercise
		if got := breakevenVol(t.Context(), &lombard.Summary{Payoff: 100 * worth}, s, paying); got == nil || math.Abs(*got-0.16) > 3e-6 {
			t.Errorf("%s with dividends: break-even vol = %v, want 0.16", style, show(got))
		}
		undefined(t, "break-even vol of a hedge that paid nothing", breakevenVol(t.Context(), &lombard.Summary{Frictions: 7}, s, contracts))
		equal(t, "vol paid", volPaid(s, contracts), 0.16)
	}
}

// 1,000 units at 100, 60,000 borrowed without interest; the hedge took 2,000 at
// entry and 1,000 a day later.
func TestTheControlRepaysWhatTheHedgeTook(t *testing.T) {
	s := lombard.Scenario{UnderlyingUnits: 1000, LoanAmount: 60_000, MarginCallLTV: 0.75}
	entry := lombard.MustDate("2024-01-02")
	days := []lombard.Day{
		{Date: entry, SpotClose: 100, Units: 1000, UnitsHedged: 1000, CashFromOutside: 2000, EquityHedged: 39_990},
		{Date: entry + 1, SpotClose: 90, Units: 1000, UnitsHedged: 1000, CashFromOutside: 1000, EquityHedged: 35_000},
		{Date: entry + 2, SpotClose: 76, Units: 1000, UnitsHedged: 1000, EquityHedged: 34_000},
	}
	got := deleveraged(s, days)
	for i, want := range []float64{0.58, 57.0 / 90, 0.75} {
		if math.Abs(got.ltv[i]-want) > 1e-12 {
			t.Errorf("LTV of day %d = %v, want %v", i, got.ltv[i], want)
		}
	}
	if got.repaid != 3000 || got.wealth[2] != 76_000-57_000-3000 {
		t.Errorf("repaid %v, wealth %v", got.repaid, got.wealth)
	}
	m, err := Of(t.Context(), Run{Scenario: s, Days: days})
	if err != nil {
		t.Fatal(err)
	}
	if v := m.Hedge.VsDeleverage; v.EndWealth != 34_000-16_000 || v.Repaid != 3000 || m.Loan.Deleveraged.MarginCallDays != 1 {
		t.Errorf("against the hedge: %+v", v)
	}
}
