package calc_test

import (
	"math"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// flatVol is a question over ten sessions of 2024 that needs no history.
func flatVol() lombard.Scenario {
	return lombard.Scenario{
		StartDate: lombard.MustDate("2024-01-02"), EndDate: lombard.MustDate("2024-01-15"),
		TemplateSlug: "protective-put-95pct-12m", UnderlyingUnits: 100, LoanAmount: 5_000, MarginCallLTV: 0.75,
		Assumptions: lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: 0.16}},
	}
}

// falling are ten weekdays from 2024-01-02 on, the close one lower each day.
func falling() market.Series {
	s := market.Series{Symbol: "MINE"}
	for d := lombard.MustDate("2024-01-02"); len(s.Bars) < 10; d++ {
		if !d.IsWeekend() {
			s.Bars = append(s.Bars, market.Bar{Date: d, Close: 100 - float64(len(s.Bars))})
		}
	}
	return s
}

// TestRunOnBarsOfOnesOwn by hand: 5,000 against 100 units is an LTV of 0.5 at
// 100 and of 50/91 at 91.
func TestRunOnBarsOfOnesOwn(t *testing.T) {
	prices := falling()
	result, err := calc.Run(t.Context(), flatVol(), prices)
	if err != nil {
		t.Fatal(err)
	}
	path := result.Templates[0].DailyPath
	if len(path) != 10 || math.Abs(path[0].LTVUnhedged-0.5) > 1e-12 || math.Abs(path[9].LTVUnhedged-50.0/91) > 1e-12 {
		t.Errorf("%d days from %v to %v", len(path), path[0].LTVUnhedged, path[len(path)-1].LTVUnhedged)
	}
	if result.Symbol != "MINE" || result.DataSource != "own" || result.Verdict == "" {
		t.Errorf("%s of %s: %q", result.Symbol, result.DataSource, result.Verdict)
	}
	// Only the sessions of the run are taken, and what was given stays as it is.
	asked := flatVol()
	asked.StartDate, asked.EndDate = prices.Bars[3].Date, prices.Bars[5].Date
	short, err := calc.Run(t.Context(), asked, prices)
	if err != nil || len(short.Templates[0].DailyPath) != 3 || short.EntrySpot != 97 {
		t.Errorf("%d days from %v: %v", len(short.Templates[0].DailyPath), short.EntrySpot, err)
	}
	if len(prices.Bars) != 10 || prices.First != 0 || prices.Instrument.Symbol != "" {
		t.Errorf("what was given has changed: %+v", prices)
	}
}

// TestRunRefusesWhatCannotBe, each with a sentence that says what it is.
func TestRunRefusesWhatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*lombard.Scenario, *market.Series)
		want   string
	}{
		"no bars":          {func(_ *lombard.Scenario, p *market.Series) { p.Bars = nil }, "There are no prices of MINE."},
		"out of order":     {func(_ *lombard.Scenario, p *market.Series) { p.Bars[4].Date = p.Bars[3].Date }, "does not come after"},
		"no price":         {func(_ *lombard.Scenario, p *market.Series) { p.Bars[4].Close = math.NaN() }, "is not a positive price"},
		"other dates":      {func(s *lombard.Scenario, _ *market.Series) { s.StartDate, s.EndDate = 1, 10 }, "Both dates are outside the data."},
		"too short":        {func(s *lombard.Scenario, _ *market.Series) { s.EndDate = s.StartDate }, "a run needs at least two"},
		"too little past":  {func(s *lombard.Scenario, _ *market.Series) { s.Assumptions.Vol = nil }, "needs 252 sessions before entry"},
		"in call at entry": {func(s *lombard.Scenario, _ *market.Series) { s.LoanAmount = 8_000 }, "The largest loan that is not in call is"},
		"a word of none":   {func(s *lombard.Scenario, _ *market.Series) { s.Assumptions.OptionStyle = "asian" }, "use european or american"},
		"no such hedge":    {func(s *lombard.Scenario, _ *market.Series) { s.TemplateSlug = "protective-putt" }, "protective-put"},
		"two faults":       {func(s *lombard.Scenario, _ *market.Series) { s.UnderlyingUnits, s.MarginCallLTV = -1, 2 }, "2 fields"},
	} {
		s, p := flatVol(), falling()
		c.change(&s, &p)
		_, err := calc.Run(t.Context(), s, p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		} else if lombard.KindOf(err) == lombard.KindInternal || lombard.KindOf(err) == lombard.KindPricing {
			t.Errorf("%s is of kind %s", name, lombard.KindOf(err))
		}
	}
}

// TestAPlanWithoutItsHedgesIsNotOpened: who passes over the error of NewPlan
// meets it again.
func TestAPlanWithoutItsHedgesIsNotOpened(t *testing.T) {
	asked := flatVol()
	asked.TemplateSlug = "no-such-hedge"
	plan, refused := calc.NewPlan(asked, instrument("GLD"))
	if refused == nil {
		t.Fatal("a hedge that is not there has a plan")
	}
	if _, err := plan.Open(falling()); err == nil || err.Error() != refused.Error() {
		t.Errorf("opened with %v, want %v", err, refused)
	}
	if _, err := new(calc.Plan).Open(falling()); lombard.KindOf(err) != lombard.KindValidation {
		t.Errorf("a plan of nothing is opened with %v", err)
	}
}
