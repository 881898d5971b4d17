package calc_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/internal/tier"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
)

// TestPositionByHand: 50,000 at a price of 80 is 625 units, and 60 % of that is
// 30,000; 60 % of 1,000 units at 80 is 48,000; what is stated stays as it is.
func TestPositionByHand(t *testing.T) {
	worth, ltv := 50_000.0, 0.6
	for _, row := range []struct {
		s           lombard.Scenario
		units, loan float64
	}{
		{lombard.Scenario{CollateralValue: &worth, LoanToValue: &ltv}, 625, 30_000},
		{lombard.Scenario{UnderlyingUnits: 1000, LoanToValue: &ltv}, 1000, 48_000},
		{lombard.Scenario{CollateralValue: &worth, LoanAmount: 123.45}, 625, 123.45},
		{lombard.Scenario{UnderlyingUnits: 7, LoanAmount: 123.45}, 7, 123.45},
	} {
		if units, loan := calc.Position(&row.s, 80); units != row.units || loan != row.loan {
			t.Errorf("%v units and %v owed, want %v and %v", units, loan, row.units, row.loan)
		}
	}
}

// TestTheLTVAtEntryIsTheOneAskedFor at any price and of any size, within two
// steps of a float64, and the collateral is worth what was asked for within one.
func TestTheLTVAtEntryIsTheOneAskedFor(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	steps := func(x, y float64) uint64 {
		a, b := math.Float64bits(x), math.Float64bits(y)
		return max(a, b) - min(a, b)
	}
	for range tier.Of(20_000, 200_000) {
		spot, worth, ltv := math.Exp(20*random.Float64()-10), math.Exp(30*random.Float64()-5), random.Float64()
		units, loan := calc.Position(&lombard.Scenario{CollateralValue: &worth, LoanToValue: &ltv}, spot)
		if got := loan / (units * spot); steps(got, ltv) > 2 || steps(units*spot, worth) > 1 {
			t.Fatalf("%v at %v and %v: an LTV of %v of %v", worth, spot, ltv, got, units*spot)
		}
	}
}

// byValue is flatVol with its collateral and its loan by value.
func byValue(worth, ltv float64) lombard.Scenario {
	s := flatVol()
	s.UnderlyingUnits, s.CollateralValue = 0, &worth
	s.LoanAmount, s.LoanToValue = 0, &ltv
	return s
}

// TestAWindowIsItsRun: the summary of a window whose position Position tells is
// that of the scenario which starts there, to the last bit: what lets a study open
// a cell as a run.
func TestAWindowIsItsRun(t *testing.T) {
	prices := falling()
	prices.Instrument = market.InstrumentOf(prices.Symbol, prices.Bars)
	asked := byValue(10_000, 0.55)
	asked.Symbol, asked.DataSource = prices.Symbol, "own"
	plan, err := calc.NewPlan(asked, prices.Instrument)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := plan.Open(prices)
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := backtest.Prepare(whole.Series, whole.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	h, err := backtest.HedgeOf(whole.Templates[0])
	if err != nil {
		t.Fatal(err)
	}
	for first := range len(prices.Bars) - 1 {
		units, loan := calc.Position(&asked, prices.Bars[first].Close)
		cut, err := prepared.Window(backtest.Window{From: first, First: first, End: len(prices.Bars), EndDate: asked.EndDate, Units: units, Loan: loan})
		if err != nil {
			t.Fatal(err)
		}
		path, err := cut.Run(t.Context(), h, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := metrics.Summarize(cut.Scenario(), path.Days, path.Contracts)
		if err != nil {
			t.Fatal(err)
		}
		cell := asked
		cell.StartDate = prices.Bars[first].Date
		run, err := calc.Run(t.Context(), cell, prices)
		if err != nil {
			t.Fatal(err)
		}
		if want := run.Templates[0].Summary; !reflect.DeepEqual(got, want) {
			t.Errorf("from %s:\n got %+v\nwant %+v", cell.StartDate, got, want)
		}
	}
}

// TestValuesThatComeToTooMuch, or to too little for a contract, are refused at the
// field that states them, with a value that works.
func TestValuesThatComeToTooMuch(t *testing.T) {
	for name, c := range map[string]struct {
		change      func(*lombard.Scenario, *market.Series)
		field, says string
		suggestion  string
	}{
		"too many units": {func(s *lombard.Scenario, p *market.Series) {
			for i := range p.Bars {
				p.Bars[i].Close *= 1e-9
			}
			*s.CollateralValue = 1e12
		}, "collateral_value", "comes to 1e+19 units at the entry", ""},
		"too large a loan": {func(s *lombard.Scenario, p *market.Series) {
			for i := range p.Bars {
				p.Bars[i].Close *= 1e6
			}
			s.UnderlyingUnits, s.CollateralValue = 1e12, nil
		}, "loan_to_value", "comes to 5.5e+19 at the entry", ""},
		"less than a contract": {func(s *lombard.Scenario, p *market.Series) {
			s.Assumptions.ContractMode = lombard.ModeListed
			*s.CollateralValue = 9_999.99
			p.Instrument = instrument("GLD")
		}, "collateral_value", "Pledge 100 units, worth 10,000 at the entry, or more, or use contract_mode continuous_units.", "10000"},
		"a contract less what pays for it": {func(s *lombard.Scenario, p *market.Series) {
			s.Assumptions.ContractMode, s.Facility.PremiumFunding = lombard.ModeListed, lombard.FundingSellCollateral
			p.Instrument = instrument("GLD")
		}, "collateral_value", "A unit is worth 100 at the entry.", ""},
		"lent at most": {func(s *lombard.Scenario, _ *market.Series) {
			s.Facility.Thresholds = &lombard.Thresholds{InitialMax: 0.5}
		}, "loan_to_value", "The lender lends at most 0.5 of the collateral at entry, and loan_to_value is 0.55.", "0.5"},
	} {
		s, p := byValue(10_000, 0.55), falling()
		c.change(&s, &p)
		_, err := calc.Run(t.Context(), s, p)
		own := lombard.AsError(err)
		if err == nil || own.Kind != lombard.KindValidation || len(own.Fields) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f := own.Fields[0]; f.Field != c.field || !strings.Contains(f.Message, c.says) || f.Suggestion != c.suggestion {
			t.Errorf("%s: %+v, want %s: %s [%s]", name, f, c.field, c.says, c.suggestion)
		}
		if f := own.Fields[0]; f.Field == "collateral_value" && f.Suggestion != "" {
			*s.CollateralValue = 10_000
			if _, err := calc.Run(t.Context(), s, p); err != nil {
				t.Errorf("%s: what is suggested is refused: %v", name, err)
			}
		}
	}
}
