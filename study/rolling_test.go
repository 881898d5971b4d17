package study_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/market"
	"lombard.example/lombard/study"
)

// prices are all of a symbol's bundled prices.
func prices(t testing.TB, symbol, from, to string) market.Series {
	t.Helper()
	series, err := sample.New().Bars(t.Context(), market.Query{Symbol: symbol, Start: lombard.MustDate(from), End: lombard.MustDate(to)}, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return series
}

// weekly is a year from any week of twenty years of the S&P 500.
func weekly(ltv float64, slugs ...string) lombard.Study {
	return lombard.Study{
		Study: lombard.StudyRolling, Every: lombard.EveryWeek, Horizon: 12,
		Scenario: lombard.Scenario{
			Symbol: "SPX", TemplateSlugs: slugs, UnderlyingUnits: 100, LoanToValue: &ltv, MarginCallLTV: 0.75, DataSource: "sample",
		},
	}
}

// The figures were computed outside of the product: first session of each ISO
// week, closes, no interest, called at an LTV of 75 % or more within 12 months.
func TestRollingUnhedgedFiguresOfTheSP500(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	for ltv, called := range map[float64]int{0.40: 28, 0.45: 50, 0.50: 57, 0.55: 122, 0.60: 190, 0.65: 310} {
		r, err := study.Run(t.Context(), weekly(ltv, "unhedged"), all, 2)
		if err != nil {
			t.Fatal(err)
		}
		if r.Cells != 1059 || r.Complete != 1007 || r.Censored != 52 || r.LeftOut != 0 || r.Failed != 0 {
			t.Errorf("cells %d, complete %d, censored %d, left out %d, failed %d; want 1059, 1007, 52, 0, 0", r.Cells, r.Complete, r.Censored, r.LeftOut, r.Failed)
		}
		share := r.Groups[0].CalledUnhedged
		if share.Count != called || share.Of != 1007 || share.Value != float64(called)/1007 {
			t.Errorf("%g: called %d of %d, want %d of 1007", ltv, share.Count, share.Of, called)
		}
		if !(share.Low <= share.Value && share.Value <= share.High && share.High < 1) {
			t.Errorf("%g: the interval of %g is %g to %g", ltv, share.Value, share.Low, share.High)
		}
	}
}

// 35.566 % was computed outside of the product, over all 1,059 starts.
func TestSolveFindsTheLargestLoanThatWasNeverCalled(t *testing.T) {
	q := weekly(0.6, "unhedged")
	q.Study, q.Scenario.LoanToValue = lombard.StudySolve, nil
	r, err := study.Run(t.Context(), q, prices(t, "SPX", "2000-01-03", "2020-04-17"), 2)
	if err != nil {
		t.Fatal(err)
	}
	found := r.Groups[0].Solution
	if found.Value != 0.35566 || !found.Monotone || r.Cells != 1059 {
		t.Errorf("the largest loan never called is %v over %d cells, want 0.35566 over 1059", found.Value, r.Cells)
	}
	if want := "The largest loan that was never called is 35.6 % of the collateral without a hedge"; !strings.Contains(r.Verdict, want) {
		t.Errorf("the verdict is %q, want in it %q", r.Verdict, want)
	}
}

// Whatever solve finds, a search through every value finds too.
func TestSolveAgreesWithTryingEveryValue(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	for _, target := range []lombard.Target{{Metric: lombard.TargetNeverCalled}, {Metric: lombard.TargetCalled, AtMost: 0.1}, {Metric: lombard.TargetCalledUnaided, AtMost: 0.2}} {
		q := weekly(0.6, "protective-put-90pct-12m")
		q.Study, q.Every, q.Scenario.LoanToValue, q.Target = lombard.StudySolve, lombard.EveryMonth, nil, &target
		r, err := study.Run(t.Context(), q, all, 2)
		if err != nil {
			t.Fatal(err)
		}
		found, _ := r.Solution.Value.(float64)
		for _, off := range []float64{-0.01, -0.001, 0, 0.00001, 0.001, 0.01} { // below it the target is kept to, above it is not
			ltv := math.Round((found+off)*1e5) / 1e5
			if ltv >= 0.75 {
				continue
			}
			roll := weekly(ltv, "protective-put-90pct-12m")
			roll.Every = lombard.EveryMonth
			tried, err := study.Run(t.Context(), roll, all, 2)
			if err != nil {
				t.Fatal(err)
			}
			if share := shareOf(&tried, target.Metric); share <= target.AtMost != (off <= 0) {
				t.Errorf("%s at most %g: solve finds %g, and at %g the share is %g", target.Metric, target.AtMost, found, ltv, share)
			}
		}
	}
}

func shareOf(r *lombard.StudyResult, metric lombard.TargetMetric) float64 {
	g := &r.Groups[0]
	switch metric {
	case lombard.TargetCalled:
		return g.CalledHedged.Value
	case lombard.TargetCalledUnaided:
		return g.CalledIfNotRecognised.Value
	case lombard.TargetLiquidated:
		return g.LiquidatedHedged.Value
	case lombard.TargetNeverCalled:
	}
	called := 0
	for i := range r.Rows.Rows {
		if r.Rows.Rows[i].CalledHedged {
			called++
		}
	}
	return float64(called) / float64(len(r.Rows.Rows))
}

// The result's bytes do not depend on how many workers compute it, in which order
// chunks are put, or whether some were computed before.
func TestResultDoesNotDependOnTheWorkers(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	q := weekly(0.6, "unhedged", "protective-put-95pct-12m")
	q.Every = lombard.EveryDay
	var first []byte
	for _, workers := range []int{1, 2, 8} {
		r, err := study.Run(t.Context(), q, all, workers)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if !bytes.Equal(first, text) {
			t.Errorf("with %d workers the result differs", workers)
		}
	}
}

func TestFaultsOfARequest(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	for name, c := range map[string]struct {
		change func(q *lombard.Study)
		field  string
	}{
		"an unknown axis":         {func(q *lombard.Study) { q.Vary = lombard.Axes{{Path: "loan", Values: []any{0.1, 0.2}}} }, "vary.loan"},
		"an axis within a number": {func(q *lombard.Study) { q.Vary = lombard.Axes{{Path: "loan_to_value.x", Values: []any{0.1, 0.2}}} }, "vary.loan_to_value.x"},
		"an axis of identity":     {func(q *lombard.Study) { q.Vary = lombard.Axes{{Path: "start_date", Values: []any{"a", "b"}}} }, "vary.start_date"},
		"an empty axis":           {func(q *lombard.Study) { q.Vary = lombard.Axes{{Path: "loan_to_value"}} }, "vary.loan_to_value"},
		"an axis of one value":    {func(q *lombard.Study) { q.Vary = lombard.Axes{{Path: "loan_to_value", Values: []any{0.5}}} }, "vary.loan_to_value"},
		"a value twice":           {func(q *lombard.Study) { q.Vary = lombard.Axes{{Path: "loan_to_value", Values: []any{0.5, 0.5}}} }, "vary.loan_to_value[1]"},
		"a value refused":         {func(q *lombard.Study) { q.Vary = lombard.Axes{{Path: "loan_to_value", Values: []any{0.5, 0.8}}} }, "vary.loan_to_value[1]"},
		"a word refused": {func(q *lombard.Study) {
			q.Vary = lombard.Axes{{Path: "facility.hedge_recognition", Values: []any{"none", "some"}}}
		}, "vary.facility.hedge_recognition[1]"},
		"a hedge that is none": {func(q *lombard.Study) {
			q.Vary = lombard.Axes{{Path: "template_slug", Values: []any{"unhedged", "nothing"}}}
		}, "vary.template_slug[1]"},
		"a variable without template": {func(q *lombard.Study) {
			q.Vary = lombard.Axes{{Path: "template.legs.put.strike.value", Values: []any{0.9, 0.95}}}
		}, "vary.template.legs.put.strike.value"},
		"a kind unknown": {func(q *lombard.Study) { q.Study = "walk" }, "study"},
		"a simulation of lows": {func(q *lombard.Study) {
			q.Study, q.Every, q.Scenario.Facility.Monitoring = lombard.StudyMonteCarlo, "", lombard.MonitoringLow
		}, "scenario.facility.monitoring"},
		"jumps without numbers": {func(q *lombard.Study) {
			q.Study, q.Every, q.Simulation = lombard.StudyMonteCarlo, "", &lombard.Simulation{Model: lombard.SimulateJump}
		}, "simulation.jump_intensity"},
		"too many paths":          {func(q *lombard.Study) { q.Study, q.Every, q.Paths = lombard.StudyMonteCarlo, "", 2_000_000 }, "paths"},
		"another variable":        {func(q *lombard.Study) { q.Study, q.Variable = lombard.StudySolve, "margin_call_ltv" }, "variable"},
		"a horizon too long":      {func(q *lombard.Study) { q.Horizon = 300 }, "horizon"},
		"a scenario's own fault":  {func(q *lombard.Study) { q.Scenario.MarginCallLTV = 75 }, "scenario.margin_call_ltv"},
		"no loan":                 {func(q *lombard.Study) { q.Scenario.LoanToValue = nil }, "scenario.loan_amount"},
		"a variable of a rolling": {func(q *lombard.Study) { q.Variable = "loan_to_value" }, "variable"},
		"quotes":                  {func(q *lombard.Study) { q.Scenario.Assumptions.PricingMode = lombard.PricingQuotes }, "scenario.assumptions.pricing_mode"},
		"a loan varied and looked for": {func(q *lombard.Study) {
			q.Study, q.Vary = lombard.StudySolve, lombard.Axes{{Path: "loan_to_value", Values: []any{0.4, 0.5}}}
		}, "vary.loan_to_value"},
		"a word for a number":   {func(q *lombard.Study) { q.Vary = lombard.Axes{{Path: "loan_to_value", Values: []any{0.4, "half"}}} }, "vary.loan_to_value[1]"},
		"a call below the loan": {func(q *lombard.Study) { q.Vary = lombard.Axes{{Path: "margin_call_ltv", Values: []any{0.5, 0.8}}} }, "vary.margin_call_ltv[0]"},
		"a published series for some": {func(q *lombard.Study) {
			q.Vary = lombard.Axes{{Path: "assumptions.rate_series", Values: []any{"DGS1", "SOFR"}}}
		}, "vary.assumptions.rate_series"},
		"too many combinations": {func(q *lombard.Study) {
			values := make([]any, 200)
			for i := range values {
				values[i] = 0.1 + float64(i)/1000
			}
			q.Vary = lombard.Axes{{Path: "loan_to_value", Values: values}, {Path: "assumptions.vol.risk_premium", Values: values}}
		}, "vary.loan_to_value"},
		"a sweep of nothing": {func(q *lombard.Study) { q.Study, q.Every, q.Horizon = lombard.StudySweep, "", 0 }, "vary"},
	} {
		t.Run(name, func(t *testing.T) {
			q := weekly(0.6, "unhedged", "protective-put-95pct-12m")
			c.change(&q)
			_, err := study.Run(t.Context(), q, all, 1)
			own := lombard.AsError(err)
			if own == nil || own.Kind != lombard.KindValidation || len(own.Fields) == 0 || own.Fields[0].Field != c.field {
				t.Fatalf("the error is %v, want one of the field %s", err, c.field)
			}
		})
	}
}

// Of the hedges of the frontier each is dominated by exactly those that another
// way of comparing all pairs finds.
func TestFrontierAgreesWithComparingAllPairs(t *testing.T) {
	q := lombard.Study{Study: lombard.StudyFrontier, Scenario: lombard.Scenario{
		Symbol: "SPX", StartDate: lombard.MustDate("2007-10-09"), EndDate: lombard.MustDate("2009-10-09"), UnderlyingUnits: 100, LoanToValue: new(0.6), MarginCallLTV: 0.75, DataSource: "sample",
	}}
	r, err := study.Run(t.Context(), q, prices(t, "SPX", "2000-01-03", "2020-04-17"), 2)
	if err != nil {
		t.Fatal(err)
	}
	cost := func(row *lombard.StudyRow) float64 {
		if row.CostPAPctOfLoan == nil {
			return 0
		}
		return *row.CostPAPctOfLoan
	}
	rows := r.Rows.Rows
	if len(rows) != len(r.Groups) || len(rows) != 31 {
		t.Fatalf("%d rows and %d groups, want 31", len(rows), len(r.Groups))
	}
	for i := range rows {
		var want []string
		for n := range rows {
			a, b := &rows[n], &rows[i]
			worse := cost(a) > cost(b) || a.MaxLTVRecognised > b.MaxLTVRecognised || a.CallDaysHedged > b.CallDaysHedged
			better := cost(a) < cost(b) || a.MaxLTVRecognised < b.MaxLTVRecognised || a.CallDaysHedged < b.CallDaysHedged
			if !worse && better {
				want = append(want, a.TemplateSlug)
			}
		}
		if !slices.Equal(want, r.Groups[i].DominatedBy) {
			t.Errorf("%s is dominated by %v, want %v", rows[i].TemplateSlug, r.Groups[i].DominatedBy, want)
		}
	}
}

// Peaks and ends of the S&P 500 by its daily closes: 2000-03-24 for three years,
// 2007-10-09 for two, 2011-04-29 until 2012-02-24, 2018-01-26 until 2018-08-24;
// the prices end within March 2020's window.
func TestCrisesOfTheSP500(t *testing.T) {
	q := weekly(0.5, "unhedged")
	q.Study, q.Every, q.Horizon = lombard.StudyCrises, "", 0
	r, err := study.Run(t.Context(), q, prices(t, "SPX", "2000-01-03", "2020-04-17"), 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range r.Rows.Rows {
		got = append(got, fmt.Sprintf("%s %s %s %t", row.Crisis, row.EntryDate, row.LastDate, row.Complete))
	}
	want := []string{
		"2008–09 2007-10-09 2009-10-09 true", "2000–02 2000-03-24 2003-03-24 true", "March 2020 2020-02-19 2020-04-17 false",
		"2011 2011-04-29 2012-02-24 true", "February 2018 2018-01-26 2018-08-24 true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the crises are\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(want, "\n "))
	}
	if !strings.Contains(strings.Join(r.Notes, " "), "1987, 1998, 2022") {
		t.Errorf("the notes do not name what is not covered: %q", r.Notes)
	}
}

// The request that the documentation shows, word for word: what a kind does not
// use may stand in it.
func TestTheExampleOfARequestRuns(t *testing.T) {
	asked, err := document.Study([]byte(`{"study":"rolling","name":"S&P, a year from any week",
 "scenario":{"symbol":"SPX","start_date":"2000-01-03","end_date":"2020-04-17","template_slugs":["unhedged","protective-put-95pct-12m"],
             "underlying_units":100,"loan_to_value":0.60,"margin_call_ltv":0.75,"data_source":"sample"},
 "every":"month","horizon":"12m",
 "vary":{"loan_to_value":[0.4,0.5,0.6],"assumptions.vol.premium":{"from":0.9,"to":1.3,"step":0.1}},
 "target":{"metric":"share_called_hedged","at_most":0.05},"seed":1,"paths":100000}`))
	if err != nil {
		t.Fatal(err)
	}
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	r, err := study.Run(t.Context(), asked, all, 0) // no worker asked for is one
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Groups) != 2*3*5 || r.Failed > 0 || !strings.Contains(strings.Join(r.Notes, " "), "paths is not used") {
		t.Errorf("%d groups, %d failed cells, notes %q", len(r.Groups), r.Failed, r.Notes)
	}
	again, err := study.Run(t.Context(), r.Request, all, 2)
	if err != nil {
		t.Fatal(err)
	}
	if again.StudyID != r.StudyID || again.Verdict != r.Verdict {
		t.Errorf("the request that a result echoes is %s, and its own result's %s", r.StudyID, again.StudyID)
	}
}

// A plan is opened on prices as often as one likes: what they tell is not its own.
func TestAPlanIsOpenedTwice(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	q := weekly(0.5, "unhedged")
	q.Study, q.Every, q.Horizon = lombard.StudyCrises, "", 0
	p := study.NewPlan(withPeriod(q, all), all.Instrument)
	var first []byte
	for range 2 {
		s, err := p.Open(all)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Run(t.Context(), 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, text) {
			t.Error("the second time the result differs")
		}
		first = text
	}
}

// The loan that a hedge written inline carries is compared with that of no hedge.
func TestSolveComparesAnInlineHedge(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	q := weekly(0.5)
	q.Study, q.Every, q.Scenario.LoanToValue = lombard.StudySolve, lombard.EveryMonth, nil
	q.Scenario.Template = json.RawMessage(`{"slug":"own","title":"My put","family":"put","schema":1,"legs":[{"id":"put","right":"put","side":"long","ratio":1,"strike":{"method":"moneyness","of":"spot","value":0.9},"expiry":{"tenor":"12m"}}]}`)
	r, err := study.Run(t.Context(), q, all, 2)
	if err != nil {
		t.Fatal(err)
	}
	with, _ := r.Solution.Hedged.(float64)
	without, _ := r.Solution.Unhedged.(float64)
	if !(with > without && without > 0) || r.Solution.CapacityUplift == nil || *r.Solution.CapacityUplift != with/without-1 && math.Abs(*r.Solution.CapacityUplift-(with/without-1)) > 1e-12 {
		t.Errorf("with the hedge %v, without %v, uplift %v", r.Solution.Hedged, r.Solution.Unhedged, r.Solution.CapacityUplift)
	}
}

// A lender who calls at next to nothing lends next to nothing, and no search fails
// for it.
func TestSolveOfALenderWhoLendsNothing(t *testing.T) {
	q := weekly(0.5, "unhedged")
	q.Study, q.Every, q.Scenario.LoanToValue, q.Scenario.MarginCallLTV = lombard.StudySolve, lombard.EveryMonth, nil, 0.0001
	r, err := study.Run(t.Context(), q, prices(t, "SPX", "2000-01-03", "2020-04-17"), 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.Solution.Value != nil || r.Verdict == "" {
		t.Errorf("the solution is %v: %s", r.Solution.Value, r.Verdict)
	}
}

// Prices that cannot be, and findings where the scenario asks for none, are
// refused as a run refuses them.
func TestPricesAreChecked(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	broken := all
	broken.Bars = slices.Clone(all.Bars)
	broken.Bars[500].Close = math.NaN()
	if _, err := study.Run(t.Context(), weekly(0.5, "unhedged"), broken, 1); lombard.KindOf(err) != lombard.KindDataUnavailable {
		t.Errorf("a price that is no number: %v", err)
	}
	stale := all
	stale.Bars = slices.Clone(all.Bars)
	for i := 1000; i < 1012; i++ {
		stale.Bars[i] = market.Bar{Date: stale.Bars[i].Date, Close: stale.Bars[1000].Close}
	}
	q := weekly(0.5, "unhedged")
	q.Scenario.DataQuality = lombard.QualityFail
	if _, err := study.Run(t.Context(), q, stale, 1); lombard.KindOf(err) != lombard.KindDataUnavailable {
		t.Errorf("prices that stand still: %v", err)
	}
	q.Scenario.DataQuality = lombard.QualityWarn
	r, err := study.Run(t.Context(), q, stale, 1)
	if err != nil || len(r.Warnings) == 0 {
		t.Errorf("findings are not told: %v, %v", err, r.Warnings)
	}
}
