package study_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tier"
	"lombard.example/lombard/market"
	"lombard.example/lombard/study"
)

func simulated(model lombard.SimulationModel, paths int, slugs ...string) lombard.Study {
	return lombard.Study{
		Study: lombard.StudyMonteCarlo, Horizon: 12, Paths: paths, Simulation: &lombard.Simulation{Model: model},
		Scenario: lombard.Scenario{
			Symbol: "SPX", TemplateSlugs: slugs, UnderlyingUnits: 100, LoanToValue: new(0.6), MarginCallLTV: 0.75, DataSource: "sample",
			Assumptions: lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: 0.2}},
		},
	}
}

// First passage of a geometric Brownian motion that is looked at on each of 252
// closes a year: the barrier LTV₀/θ × S moved by e^(−0.5826 σ√Δt) (Broadie,
// Glasserman and Kou 1997). Continuous monitoring would call more often.
func TestFirstPassageOfSimulatedPrices(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	for _, c := range []struct{ vol, drift, ltv, call, daily, continuous float64 }{
		{0.16, 0.04, 0.60, 0.75, 0.11833, 0.12752},
		{0.16, 0.04, 0.50, 0.75, 0.00648, 0.00724},
		{0.60, 0.10, 0.50, 0.70, 0.59386, 0.61765},
		{0.60, 0.10, 0.50, 0.80, 0.45794, 0.47924},
	} {
		q := simulated(lombard.SimulateGBM, tier.Of(6_000, 400_000), "unhedged")
		q.Simulation.Vol, q.Simulation.Drift, q.Scenario.LoanToValue, q.Scenario.MarginCallLTV = &c.vol, &c.drift, &c.ltv, c.call
		r, err := study.Run(t.Context(), q, all, 2)
		if err != nil {
			t.Fatal(err)
		}
		share := r.Groups[0].CalledUnhedged
		if off := math.Abs(share.Value - c.daily); off > 3**share.StandardError+0.002 { // the year has 251 to 253 sessions
			t.Errorf("vol %g, LTV %g to %g: called on %.5f ± %.5f of the paths, want %.5f", c.vol, c.ltv, c.call, share.Value, *share.StandardError, c.daily)
		}
		if share.Value > c.continuous+3**share.StandardError {
			t.Errorf("vol %g, LTV %g to %g: closes call more often, %.5f, than every moment would, %.5f", c.vol, c.ltv, c.call, share.Value, c.continuous)
		}
	}
}

// The mean and the variance of each model's log returns are those that it says.
func TestMomentsOfSimulatedPrices(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	const vol, drift, paths = 0.25, 0.07, 3_000
	for _, model := range lombard.ValuesOf[lombard.SimulationModel]() {
		q := simulated(model, paths, "unhedged")
		q.Simulation.Vol, q.Simulation.Drift = new(vol), new(drift)
		variance := vol * vol
		if model == lombard.SimulateJump {
			q.Simulation.JumpIntensity, q.Simulation.JumpMean, q.Simulation.JumpVol = new(2.0), new(-0.1), new(0.1)
			variance += 2 * (0.1*0.1 + 0.1*0.1) // λ (m² + s²)
		}
		p := study.NewPlan(withPeriod(q, all), all.Instrument)
		if err := lombard.Invalid(p.Faults()); err != nil {
			t.Fatal(err)
		}
		s, err := p.Open(all)
		if err != nil {
			t.Fatal(err)
		}
		n, mean, squares, growth, years := 0.0, 0.0, 0.0, 0.0, 0.0
		for k := range paths {
			series, _ := s.Path(k)
			run := series.Run()
			end := run[len(run)-1].Close / run[0].Close
			years = float64(len(run)-1) / 252
			growth += end / paths
			n++
			from := math.Log(end) - mean
			mean += from / n
			squares += from * (math.Log(end) - mean)
		}
		got := squares / (n - 1)
		slack := 6 * math.Sqrt(2/n) // of a variance, and of the heavier tails
		if math.Abs(got/(variance*years)-1) > slack && model != lombard.SimulateBootstrap {
			t.Errorf("%s: the variance of a year's log return is %.4f, want %.4f", model, got, variance*years)
		}
		if want := math.Exp(drift * years); math.Abs(growth/want-1) > 4*math.Sqrt(variance/n)+0.01 {
			t.Errorf("%s: the price grows by %.4f in the mean, want %.4f", model, growth, want)
		}
	}
}

func withPeriod(q lombard.Study, all market.Series) lombard.Study {
	q.Scenario = study.Within(q.Scenario, market.Range{First: all.Bars[0].Date, Last: all.Bars[len(all.Bars)-1].Date})
	return q
}

// A path is the same whoever computes it, and a hedged one conserves money as any
// run does: a row that failed would say so.
func TestSimulationDoesNotDependOnTheWorkers(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	for _, model := range lombard.ValuesOf[lombard.SimulationModel]() {
		q := simulated(model, 800, "protective-put-95pct-12m")
		if model == lombard.SimulateJump {
			q.Simulation.JumpIntensity, q.Simulation.JumpMean, q.Simulation.JumpVol = new(2.0), new(-0.1), new(0.1)
		}
		var first []byte
		for _, workers := range []int{1, 3} {
			r, err := study.Run(t.Context(), q, all, workers)
			if err != nil {
				t.Fatal(err)
			}
			if r.Failed > 0 || r.Cells != 800 {
				t.Errorf("%s: %d of %d cells failed", model, r.Failed, r.Cells)
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = text
				t.Log(r.Verdict)
			}
			if !bytes.Equal(first, text) {
				t.Errorf("%s: with %d workers the result differs", model, workers)
			}
		}
	}
}

// A path's row is what the run on that path says, to the last bit.
func TestEveryPathIsItsRun(t *testing.T) {
	all := prices(t, "SPX", "2000-01-03", "2020-04-17")
	q := simulated(lombard.SimulateBootstrap, 40, "protective-put-95pct-12m")
	q.Scenario.Assumptions.Vol = nil // realised, of the past and the path
	q.Scenario.Facility.Preset = "private_bank_lombard"
	s, r := compute(t, q, all)
	for k := 0; k < 40; k += 7 {
		series, ok := s.Path(k)
		if !ok {
			t.Fatalf("there is no path %d", k)
		}
		run := series.Run()
		cell := q.Scenario
		cell.TemplateSlug, cell.TemplateSlugs = cell.TemplateSlugs[0], nil
		cell.StartDate, cell.EndDate = run[0].Date, run[len(run)-1].Date
		isRun(t, &r.Rows.Rows[k], cell, series)
	}
}
