package study_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/internal/tier"
	"lombard.example/lombard/market"
	"lombard.example/lombard/study"
)

// compute opens a study on prices and computes all of it.
func compute(t *testing.T, q lombard.Study, all market.Series) (*study.Study, lombard.StudyResult) {
	t.Helper()
	q.Scenario = study.Within(q.Scenario, market.Range{First: all.Bars[0].Date, Last: all.Bars[len(all.Bars)-1].Date})
	p := study.NewPlan(q, all.Instrument)
	if bad := p.Faults(); len(bad) > 0 {
		t.Fatal(lombard.Invalid(bad))
	}
	n := p.Base().Needs()
	series, err := market.Cut(all, market.Query{Symbol: n.Symbol, Start: n.Start, End: n.End, Warmup: n.WithDividends})
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Open(series)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context(), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// Every cell is a run: opened as one, its summary is what the row says, to the
// last bit.
func TestEveryCellIsItsRun(t *testing.T) {
	spx := prices(t, "SPX", "2000-01-03", "2020-04-17")
	spx.Rates = market.Reference{ID: "DGS1", Source: "test"} // looked at where a scenario follows it
	for i, b := range spx.Bars {
		spx.Rates.Points = append(spx.Rates.Points, market.Observation{Date: b.Date, Value: 0.02 + 0.01*float64(i%250)/250})
	}
	for name, q := range questions() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cells := 200
			if name == "american" { // an option of that style takes its time
				cells = tier.Of(8, 400)
			}
			random := rand.New(rand.NewPCG(7, 7))
			spx := spx
			if name == "dividends" {
				spx.Bars = slices.Clone(spx.Bars)
				for i := 60; i < len(spx.Bars); i += 63 {
					spx.Bars[i].Dividend = 0.005 * spx.Bars[i].Close
				}
			}
			s, r := compute(t, q, spx)
			for range cells {
				row := &r.Rows.Rows[random.IntN(len(r.Rows.Rows))]
				cell, ok := s.Cell(row.Index)
				if !ok {
					t.Fatalf("there is no cell %d", row.Index)
				}
				isRun(t, row, cell, spx)
			}
		})
	}
}

func isRun(t *testing.T, row *lombard.StudyRow, cell lombard.Scenario, all market.Series) {
	t.Helper()
	result, err := calc.Run(context.Background(), cell, all)
	if row.Error != "" {
		if err == nil {
			t.Errorf("cell %d failed (%s) and its run did not", row.Index, row.Error)
		}
		return
	}
	if err != nil {
		t.Fatalf("cell %d: %v", row.Index, err)
	}
	m := result.Templates[len(result.Templates)-1].Summary
	got := fmt.Sprint(row.Sessions, row.CallDaysHedged, row.CallDaysUnhedged, row.CallDaysNotRecognised, row.MaxLTVHedged, row.MaxLTVUnhedged, row.MaxLTVRecognised,
		row.StartValue, row.HedgeCostShare, row.EquityHedgedEndShare, row.EquityUnhedgedEndShare, row.CureCashUnhedgedShare, row.EntryDate, row.LastDate, row.LoanAmount, deref(row.CostPAPctOfLoan))
	want := fmt.Sprint(m.Sessions, m.MarginCallDaysHedged, m.MarginCallDaysUnhedged, m.MarginCallDaysIfNotRecognised, m.MaxLTVHedged, m.MaxLTVUnhedged, m.MaxLTVRecognised,
		m.StartValue, m.HedgeCostNetOfMark/m.StartValue, m.EquityHedgedEnd/m.StartValue, m.EquityUnhedgedEnd/m.StartValue, m.CureCashUnhedged/m.StartValue, result.EntryDate, result.LastDate, result.LoanAmount, deref(m.CostPAPctOfLoan))
	if got != want {
		t.Errorf("cell %d of %s at %s:\n row %s\n run %s", row.Index, row.TemplateSlug, row.EntryDate, got, want)
	}
}

func deref(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}

// questions are studies of every kind, in the modes that a run knows.
func questions() map[string]lombard.Study {
	value := 250_000.0
	plain := weekly(0.6, "unhedged", "protective-put-95pct-12m")
	listed := weekly(0.55, "protective-put-atm-12m", "collar-zero-cost-95-12m")
	listed.Every = lombard.EveryMonth
	listed.Scenario.UnderlyingUnits, listed.Scenario.CollateralValue = 0, &value
	listed.Scenario.StartDate = lombard.MustDate("2017-01-03") // American options take their time
	listed.Scenario.Facility.Interest = &lombard.Interest{Mode: lombard.InterestDaily}
	listed.Scenario.Facility.LoanRate = new(0.05)
	listed.Scenario.Assumptions.OptionStyle = lombard.StyleAmerican
	facility := weekly(0.5, "protective-put-90pct-12m", "deleverage-equivalent")
	facility.Every, facility.Horizon = lombard.EveryMonth, 18
	facility.Scenario.Facility.Preset = "private_bank_lombard"
	varied := weekly(0.5, "protective-put-95pct-12m")
	varied.Every = lombard.EveryMonth
	varied.Vary = lombard.Axes{{Path: "loan_to_value", Values: []any{0.4, 0.6}}, {Path: "assumptions.vol.premium", Values: []any{0.9, 1.3}}}
	sweep := weekly(0.5, "protective-put-95pct-12m")
	sweep.Study, sweep.Every, sweep.Horizon = lombard.StudySweep, "", 0
	sweep.Scenario.StartDate, sweep.Scenario.EndDate = lombard.MustDate("2007-10-09"), lombard.MustDate("2009-03-31")
	sweep.Vary = lombard.Axes{{Path: "loan_to_value", Values: []any{0.4, 0.5, 0.6}}, {Path: "facility.hedge_recognition", Values: []any{"market_value", "intrinsic", "none"}}}
	solve := weekly(0.5, "protective-put-95pct-12m")
	solve.Study, solve.Every, solve.Scenario.LoanToValue = lombard.StudySolve, lombard.EveryMonth, nil
	crises := weekly(0.5, "unhedged", "protective-put-90pct-12m", "collar-95-110-12m")
	crises.Study, crises.Every, crises.Horizon = lombard.StudyCrises, "", 0
	dividends := weekly(0.5, "protective-put-95pct-12m") // on prices that record dividends
	dividends.Every = lombard.EveryMonth
	ranges := weekly(0.5, "protective-put-95pct-12m")
	ranges.Every = lombard.EveryMonth
	ranges.Scenario.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolRealised, Estimator: lombard.EstimatorParkinson}
	rates := weekly(0.5, "protective-put-95pct-12m")
	rates.Every, rates.Scenario.Assumptions.RateSeries = lombard.EveryMonth, "DGS1"
	sized := weekly(0.5, "protective-put-95pct-12m")
	sized.Every, sized.Scenario.Assumptions.ContractMode = lombard.EveryMonth, lombard.ModeListed
	sized.Scenario.UnderlyingUnits, sized.Scenario.CollateralValue = 0, &value
	return map[string]lombard.Study{"crises": crises, "ranges": ranges, "dividends": dividends, "rates": rates, "listed": sized, "plain": plain, "american": listed, "facility": facility, "varied": varied, "sweep": sweep, "solve": solve}
}
