package study

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// Result answers the study from the rows that were Put. Those that are missing,
// of a study that was stopped, are left out, and the result says that it is
// partial.
func (s *Study) Result() (lombard.StudyResult, error) {
	r := lombard.StudyResult{
		Study: s.plan.Request.Study, StudyID: s.plan.ID(), Name: s.plan.Request.Name, Request: s.plan.Request,
		Notes: s.notes(), Warnings: s.warnings(), Provenance: s.provenance(),
		LeftOut: len(s.leftOut),
	}
	rows := s.found()
	r.Rows.Rows = rows
	r.Partial = s.solver == nil && len(rows) < s.Cells()
	at := 0
	for n, g := range s.groups {
		from := at
		for at < len(rows) && rows[at].Group == n {
			at++
		}
		r.Groups = append(r.Groups, s.assemble(g, rows[from:at]))
	}
	if s.plan.Request.Study == lombard.StudyFrontier {
		frontier(r.Groups, rows)
	}
	if s.solver != nil {
		s.solutions(r.Groups)
		r.Solution = r.Groups[0].Solution
	}
	r.Rows.Groups = r.Groups
	for i := range r.Groups {
		g := &r.Groups[i]
		r.Cells, r.Complete, r.Censored, r.Failed = r.Cells+g.Starts, r.Complete+g.Complete, r.Censored+g.Censored, r.Failed+g.Failed
	}
	s.conclude(&r)
	return r, nil
}

// found lists the rows there are, in the order of their cells; of solve those at
// the loan that was found.
func (s *Study) found() []lombard.StudyRow {
	rows := []lombard.StudyRow{}
	if s.solver != nil {
		for _, x := range s.solver.searches {
			rows = append(rows, x.rows...)
		}
		return rows
	}
	for _, c := range s.chunks {
		rows = append(rows, s.rows[c.ID]...)
	}
	return rows
}

// warnings are those of the prices and what may be wrong with them.
func (s *Study) warnings() []lombard.Warning {
	all := append([]lombard.Warning{}, s.series.Warnings...)
	for _, f := range s.quality.Findings {
		all = append(all, lombard.Warning{Code: f.Code, Message: f.Message})
	}
	return all
}

// notes say what was assumed.
func (s *Study) notes() []string {
	notes := append([]string{}, s.plan.notes...)
	r := &s.plan.Request
	if r.Study == lombard.StudyRolling || r.Study == lombard.StudySolve {
		notes = append(notes,
			fmt.Sprintf("Each window runs from its entry's close to the last session on or before the day %s later.", r.Horizon.Words()),
			"Windows that overlap are not independent: intervals are of the stationary bootstrap with a mean block of two horizons, 2,000 resamples; where none or all were called, of Clopper and Pearson for as many windows as fit the data side by side.",
		)
	}
	switch {
	case len(s.leftOut) == 0:
	case r.Study == lombard.StudyCrises:
		var names []string
		for _, w := range s.leftOut {
			names = append(names, w.name)
		}
		notes = append(notes, fmt.Sprintf("Left out, for there is too little history before them for the options' vol: %s. A flat vol needs none.", strings.Join(names, ", ")))
	default:
		notes = append(notes, fmt.Sprintf("%s before %s left out: they have too little history for the options' vol. A flat vol needs none.", count(len(s.leftOut), "start"), s.series.Bars[s.windows[0].entry].Date))
	}
	return notes
}

// Run computes a study on prices of one's own: it fills in what is left open,
// takes the sessions of the period and those that the vol model looks back at,
// and computes the cells on so many goroutines. The period of the scenario may be
// left out: it is then that of the prices. Errors are *lombard.Error of kind
// validation with every field that is wrong, or data_unavailable, or the
// context's.
func Run(ctx context.Context, asked lombard.Study, prices market.Series, workers int) (lombard.StudyResult, error) {
	return RunTold(ctx, asked, prices, workers, nil)
}

// RunTold is Run that tells observe, if it is not nil, how many cells are done.
func RunTold(ctx context.Context, asked lombard.Study, prices market.Series, workers int, observe func(done, total int)) (lombard.StudyResult, error) {
	asked.Scenario, prices = calc.Own(asked.Scenario, prices)
	if err := calc.Sound(prices.Bars); err != nil {
		return lombard.StudyResult{}, err
	}
	if len(prices.Bars) > 0 {
		asked.Scenario = Within(asked.Scenario, market.Range{First: prices.Bars[0].Date, Last: prices.Bars[len(prices.Bars)-1].Date})
	}
	plan := NewPlan(asked, prices.Instrument)
	if err := lombard.Invalid(plan.Faults()); err != nil {
		return lombard.StudyResult{}, err
	}
	n := plan.Base().Needs()
	series, err := market.Cut(prices, market.Query{Symbol: n.Symbol, Start: n.Start, End: n.End, Warmup: n.WithDividends})
	if err != nil {
		return lombard.StudyResult{}, err
	}
	s, err := plan.Open(series)
	if err != nil {
		return lombard.StudyResult{}, err
	}
	return s.Run(ctx, workers, observe)
}

// Run computes all chunks on so many goroutines and answers. observe, if not
// nil, is told how many cells are done, by one goroutine at a time.
func (s *Study) Run(ctx context.Context, workers int, observe func(done, total int)) (lombard.StudyResult, error) {
	done := 0
	var one sync.Mutex
	for {
		open := s.Next()
		if len(open) == 0 {
			return s.Result()
		}
		err := Map(ctx, len(open), workers, func(ctx context.Context, i int) error {
			rows, err := s.Compute(ctx, open[i])
			if err != nil {
				return err
			}
			one.Lock()
			defer one.Unlock()
			s.Put(open[i], rows)
			if done += open[i].Cells(); observe != nil {
				observe(done, max(done, s.Cells()))
			}
			return nil
		})
		if err != nil {
			return lombard.StudyResult{}, err
		}
	}
}

// Within fills in a period that a request leaves out: what there is.
func Within(s lombard.Scenario, have market.Range) lombard.Scenario {
	if s.StartDate.IsZero() {
		s.StartDate = have.First
	}
	if s.EndDate.IsZero() {
		s.EndDate = have.Last
	}
	return s
}
