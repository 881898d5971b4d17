package calc_test

import (
	"reflect"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// Figures are the summaries of the result, for hedges and for the control that
// repays the loan with what the first of them takes from outside.
func TestFiguresAreThoseOfTheResult(t *testing.T) {
	asked := flatVol()
	asked.TemplateSlug = ""
	asked.Facility.Preset = "private_bank_lombard"
	asked.TemplateSlugs = []string{"deleverage-equivalent", "protective-put-95pct-12m", "unhedged", "collar-zero-cost-95-12m"}
	prices := falling()
	prices.Instrument = market.InstrumentOf(prices.Symbol, prices.Bars)
	asked.Symbol, asked.DataSource = prices.Symbol, "own"
	plan, err := calc.NewPlan(asked, prices.Instrument)
	if err != nil {
		t.Fatal(err)
	}
	c, err := plan.Open(prices)
	if err != nil {
		t.Fatal(err)
	}
	result, err := c.Result(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Figures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range all {
		want := calc.Figures{Summary: result.Templates[i].Summary, Branches: result.Templates[i].Branches}
		for k := range want.Branches {
			want.Branches[k].Days, want.Branches[k].Events = []lombard.BranchDay{}, []lombard.Event{}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", result.Templates[i].TemplateSlug, got, want)
		}
	}
	if len(all) != 4 || all[0].Summary.CashFromOutside == 0 || len(all[1].Branches) != 3 {
		t.Errorf("%d summaries; the control repaid %v", len(all), all[0].Summary.CashFromOutside)
	}
}
