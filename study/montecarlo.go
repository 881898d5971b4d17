package study

import (
	"context"
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// paths makes the cells of a montecarlo: a window a path, all of the same dates.
func (s *Study) paths() error {
	x := newSimulator(s)
	if x == nil {
		return lombard.Invalid([]lombard.FieldError{{
			Field: "scenario.start_date", Code: lombard.CodeInvalid,
			Message: "A simulation needs at least 30 returns of the period to go by. Please choose an earlier start date.",
		}})
	}
	if need := s.plan.Base().Needs().Least; x.entry < need.Least {
		return lombard.Invalid([]lombard.FieldError{{
			Field: "scenario.assumptions.vol", Code: lombard.CodeNoHistory,
			Message: fmt.Sprintf("The %s needs %d sessions before the last close and there are %d. Please choose an earlier start date, or use a flat vol, such as 0.16.", need.What, need.Least, x.entry),
		}})
	}
	s.simulator = x
	bars := x.series.Bars
	w := window{entry: x.entry, end: len(bars), endDate: bars[len(bars)-1].Date, complete: true}
	for range s.plan.Request.Paths {
		s.windows = append(s.windows, w)
	}
	return nil
}

// simulated computes the cells of a chunk, each on a path of its own.
func (s *Study) simulated(ctx context.Context, c Chunk) ([]lombard.StudyRow, error) {
	rows := make([]lombard.StudyRow, 0, c.Cells())
	var windows *calc.Windows
	var runner *calc.Runner
	at := -1
	for i := c.From; i < c.To; i++ {
		n, path := i/len(s.windows), i%len(s.windows)
		g, w := s.groups[n], s.windows[path]
		series := s.simulator.fresh()
		s.simulator.write(path, series)
		row := lombard.StudyRow{Index: i, Group: n, TemplateSlug: g.slug, EntryDate: series.Bars[w.entry].Date, LastDate: w.endDate, Sessions: w.end - w.entry, Complete: true}
		err := g.failed
		if err == nil && n != at {
			if windows, err = g.plan.Windows(series); err == nil {
				runner, at = windows.Runner(), n
			}
		}
		if err == nil {
			runner.On(windows.On(series))
			units, loan := g.position.at(series.Bars[w.entry].Close)
			row.LoanAmount = loan
			var figures []calc.Figures
			if figures, err = runner.Figures(ctx, calc.Window{Entry: w.entry, End: w.end, EndDate: w.endDate, Units: units, Loan: loan}); err == nil {
				tell(&row, &figures[g.answer])
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			row.Error = lombard.AsError(err).Error()
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Path returns the prices of a path: the history that is looked back at, and the
// simulated closes. Not ok for a study that simulates nothing.
func (s *Study) Path(path int) (series market.Series, ok bool) {
	if s.simulator == nil || path < 0 || path >= len(s.windows) {
		return series, false
	}
	series = s.simulator.fresh()
	s.simulator.write(path, series)
	return series, true
}

// estimate is the mean of a figure over the paths and its standard error. Paths
// of gbm come in antithetic pairs, whose means are independent.
func (s *Study) estimate(rows []*lombard.StudyRow, of func(*lombard.StudyRow) float64) lombard.Mean {
	size := 1
	if s.simulator.model == lombard.SimulateGBM {
		size = 2
	}
	n, mean, squares := 0.0, 0.0, 0.0
	for i := 0; i+size <= len(rows); i += size {
		x := 0.0
		for _, r := range rows[i : i+size] {
			x += of(r) / float64(size)
		}
		n++
		from := x - mean
		mean += from / n
		squares += from * (x - mean)
	}
	if n < 2 {
		return lombard.Mean{Value: mean}
	}
	return lombard.Mean{Value: mean, StandardError: math.Sqrt(squares / (n - 1) / n)}
}

// simulatedShare is a share of the paths; of none in n it says below 3/n.
func (s *Study) simulatedShare(rows []*lombard.StudyRow, is func(*lombard.StudyRow) bool) *lombard.Share {
	count := 0
	for _, r := range rows {
		if is(r) {
			count++
		}
	}
	m := s.estimate(rows, func(r *lombard.StudyRow) float64 {
		if is(r) {
			return 1
		}
		return 0
	})
	out := &lombard.Share{Value: float64(count) / float64(len(rows)), Count: count, Of: len(rows), StandardError: &m.StandardError}
	out.Low, out.High = max(0, out.Value-normal975*m.StandardError), min(1, out.Value+normal975*m.StandardError)
	const threeOfN = 3
	switch count {
	case 0:
		out.High = min(1, threeOfN/float64(len(rows)))
	case len(rows):
		out.Low = max(0, 1-threeOfN/float64(len(rows)))
	}
	return out
}

// simulatedVerdict is one sentence of a group.
func (s *Study) simulatedVerdict(g *group, out *lombard.StudyGroup) string {
	if out.Complete == 0 {
		return fmt.Sprintf("%s: no path could be computed.", capital(s.groupWords(g)))
	}
	words := func(x *lombard.Share) string {
		if x.Count == 0 {
			return fmt.Sprintf("none of %s paths (below %s at 95 %%)", whole(x.Of), smallPercent(x.High))
		}
		return fmt.Sprintf("%s of %s paths (standard error %s)", smallPercent(x.Value), whole(x.Of), smallPercent(*x.StandardError))
	}
	text := fmt.Sprintf("%s would be called within %s in %s", capital(s.groupWords(g)), s.plan.Request.Horizon.Words(), words(out.CalledHedged))
	if g.slug != unhedged && g.plan.HoldsOptions() {
		text += fmt.Sprintf(" if the lender counts the hedge %s, and without it in %s", lombard.WordsOf(g.plan.Scenario.Facility.HedgeRecognition), smallPercent(out.CalledUnhedged.Value))
		if q, ok := out.Quantiles["cost_pa_pct_of_loan"]; ok {
			text += fmt.Sprintf("; at a median %s", costWords(q.P50))
		}
	}
	return text + "."
}

// smallPercent words a fraction with two decimals of a per cent.
func smallPercent(x float64) string { return digits(100*x, 2) + " %" }

// simulatedOpening says what was simulated.
func (s *Study) simulatedOpening() string {
	q := &s.plan.Request
	m := q.Simulation
	return fmt.Sprintf("On %s simulated paths of %s from its close of %s (%s, expected growth %s a year, vol %s):",
		whole(q.Paths), q.Scenario.Symbol, s.series.Bars[len(s.series.Bars)-1].Date, lombard.WordsOf(m.Model), percent(*m.Drift), percent(*m.Vol))
}
