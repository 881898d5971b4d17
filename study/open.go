package study

import (
	"context"
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// Study is a plan on its prices: its cells are known, and are computed chunk by
// chunk.
type Study struct {
	plan    *Plan
	series  market.Series
	groups  []*group
	windows []window
	leftOut []window // starts without the history that a run needs
	digest  string   // of the prices
	quality lombard.Quality

	chunks []Chunk
	rows   map[int][]lombard.StudyRow // by id of a chunk
	solver *solver                    // of solve

	simulator *simulator // of montecarlo
}

// Chunk is a stretch of the cells of a study: what is computed and stored at once.
type Chunk struct {
	ID   int `json:"id"`   // from 0, in the order of their cells
	From int `json:"from"` // index of the first cell
	To   int `json:"to"`   // one after the last
}

// Cells returns how many it has.
func (c Chunk) Cells() int { return c.To - c.From }

// chunkDays is how many days of runs a chunk has, about: a quarter of a second of
// one processor. Chunks do not depend on the machine.
const chunkDays = 250_000

// Open settles the study on its prices and counts its cells. series is what the
// Needs of Base ask for, with all of its warm-up. Errors are *lombard.Error of kind
// validation, with the field to change, or data_unavailable.
func (p *Plan) Open(series market.Series) (*Study, error) {
	if err := lombard.Invalid(p.bad); err != nil {
		return nil, err
	}
	if len(series.Bars)-series.First < 2 {
		return nil, market.TooFewSessions(p.Request.Scenario.StartDate, p.Request.Scenario.EndDate, max(0, len(series.Bars)-series.First))
	}
	p = p.clone() // what prices tell is this study's own
	s := &Study{plan: p, series: series, groups: p.groups, digest: series.Digest(), rows: map[int][]lombard.StudyRow{}}
	s.quality = market.QualityOf(&series)
	if err := p.Base().Accepts(s.quality); err != nil {
		return nil, err
	}
	if p.Request.Scenario.Dataset == "" {
		p.Request.Scenario.Dataset = series.Dataset
	}
	s.rescale()
	if err := s.cut(); err != nil {
		return nil, err
	}
	if cells := len(s.groups) * len(s.windows); cells > lombard.MaxCells {
		return nil, s.tooMany(cells)
	}
	if p.Request.Study == lombard.StudySolve && p.Request.Variable == variableLoan {
		s.solver = newSolver(s)
		return s, nil
	}
	s.divide()
	return s, nil
}

// clone returns a copy whose request, notes and groups may be changed.
func (p *Plan) clone() *Plan {
	q := *p
	q.notes = slices.Clone(p.notes)
	q.groups = make([]*group, len(p.groups))
	for i, g := range p.groups {
		own := *g
		q.groups[i] = &own
	}
	if m := p.Request.Simulation; m != nil {
		own := *m
		q.Request.Simulation = &own
	}
	return &q
}

// least is how many sessions before an entry a run of every group has to have.
func (s *Study) least() int {
	least := 0
	for _, g := range s.groups {
		if g.failed == nil {
			plan := g.plan.For(s.series.Instrument)
			least = max(least, plan.Needs().Least.Least)
		}
	}
	return least
}

// cut lists the windows that every group can run.
func (s *Study) cut() error {
	r := &s.plan.Request
	switch r.Study {
	case lombard.StudyRolling, lombard.StudySolve:
		s.windows = windowsOf(s.series.Bars, s.series.First, r.Every, r.Horizon)
	case lombard.StudySweep, lombard.StudyFrontier:
		s.windows = []window{{entry: s.series.First, end: len(s.series.Bars), endDate: r.Scenario.EndDate, complete: true}}
	case lombard.StudyCrises:
		if err := s.crises(); err != nil {
			return err
		}
	case lombard.StudyMonteCarlo:
		if err := s.paths(); err != nil {
			return err
		}
	}
	long := !slices.ContainsFunc(s.windows, func(w window) bool { return w.complete })
	if s.simulator == nil {
		least := s.least()
		s.windows = slices.DeleteFunc(s.windows, func(w window) bool {
			if w.entry < least {
				s.leftOut = append(s.leftOut, w)
			}
			return w.entry < least
		})
	}
	complete := slices.ContainsFunc(s.windows, func(w window) bool { return w.complete })
	first, last := s.series.Bars[s.series.First].Date, s.series.Bars[len(s.series.Bars)-1].Date
	switch {
	case complete, r.Study == lombard.StudyCrises && len(s.windows) > 0:
		return nil
	case !long || r.Study == lombard.StudyCrises:
		return lombard.Invalid([]lombard.FieldError{{
			Field: "scenario.assumptions.vol", Code: lombard.CodeNoHistory,
			Message: fmt.Sprintf("No start has a whole window: %d starts have too little history before them for the vol model, of prices that begin on %s. Please use a flat vol, such as 0.16, or a shorter horizon.", len(s.leftOut), s.series.Bars[0].Date),
		}})
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: "horizon", Value: r.Horizon, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("horizon is longer than the prices: none of the windows of %s from %s on ends by %s. Please use a shorter horizon, or more prices.", r.Horizon.Words(), first, last),
	}})
}

func (s *Study) tooMany(cells int) error {
	field, value, way := "every", any(s.plan.Request.Every), "Use fewer starts (every week or month) or fewer values."
	if s.simulator != nil {
		field, value, way = "paths", any(s.plan.Request.Paths), "Use fewer paths or fewer values."
	} else if len(s.plan.Request.Vary) > 0 {
		longest := slices.MaxFunc(s.plan.Request.Vary, func(a, b lombard.Axis) int { return len(a.Values) - len(b.Values) })
		field, value = "vary."+longest.Path, any(len(longest.Values))
		way = fmt.Sprintf("Thin %s, the longest axis, or use fewer starts.", longest.Path)
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: field, Value: value, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("The study has %s cells, of %d starts and %d groups; at most %s are computed. %s", lombard.Number(float64(cells)), len(s.windows), len(s.groups), lombard.Number(lombard.MaxCells), way),
	}})
}

// rescale turns a loan that was given as an amount into a fraction of the
// collateral at the first entry, for studies whose windows start on other days.
func (s *Study) rescale() {
	switch s.plan.Request.Study {
	case lombard.StudySweep, lombard.StudyFrontier:
		return
	case lombard.StudyRolling, lombard.StudySolve, lombard.StudyCrises, lombard.StudyMonteCarlo:
	}
	at := s.series.First
	if s.plan.Request.Study == lombard.StudyMonteCarlo {
		at = len(s.series.Bars) - 1
	}
	spot := s.series.Bars[at].Close
	for i, g := range s.groups {
		x := &g.position
		if x.loan == 0 {
			continue
		}
		units, loan := x.at(spot)
		x.ltv, x.loan = loan/(units*spot), 0
		if i == 0 {
			s.plan.notes = append(s.plan.notes, fmt.Sprintf("The loan of %s is %s of the collateral at %s; each window borrows that fraction at its own start.",
				lombard.Number(loan), percent(x.ltv), s.series.Bars[at].Date))
		}
	}
}

// divide cuts the cells into chunks.
func (s *Study) divide() {
	cells := len(s.groups) * len(s.windows)
	days := 0
	for _, w := range s.windows {
		days += w.end - w.entry
	}
	size := cells
	if days > 0 {
		size = max(1, chunkDays*len(s.windows)/days)
	}
	for from := 0; from < cells; from += size {
		s.chunks = append(s.chunks, Chunk{ID: len(s.chunks), From: from, To: min(cells, from+size)})
	}
}

// Cells returns how many runs the answer is made of; a search (solve) computes as
// many at each of its steps.
func (s *Study) Cells() int { return len(s.groups) * len(s.windows) }

// Next returns the chunks that can be computed now and have not been Put. There
// are none when the study is at its end.
func (s *Study) Next() []Chunk {
	if s.solver != nil {
		return s.solver.next()
	}
	var open []Chunk
	for _, c := range s.chunks {
		if _, done := s.rows[c.ID]; !done {
			open = append(open, c)
		}
	}
	return open
}

// Put takes the rows of a chunk, as Compute returned them. It is not safe for
// concurrent use.
func (s *Study) Put(c Chunk, rows []lombard.StudyRow) {
	if s.solver != nil {
		s.solver.put(c, rows, s)
		return
	}
	s.rows[c.ID] = rows
}

// Compute computes the cells of a chunk. It is safe for concurrent use. A cell
// that cannot be computed has a row that says why. The error is that of ctx.
func (s *Study) Compute(ctx context.Context, c Chunk) ([]lombard.StudyRow, error) {
	if s.simulator != nil {
		return s.simulated(ctx, c)
	}
	rows := make([]lombard.StudyRow, 0, c.Cells())
	var runner *calc.Runner
	at := -1
	for i := c.From; i < c.To; i++ {
		n, w := i/len(s.windows), s.windows[i%len(s.windows)]
		g := s.groups[n]
		failed := g.failed
		if n != at && failed == nil {
			windows, err := g.plan.Windows(s.series)
			if err == nil {
				runner, at = windows.Runner(), n
			}
			failed = err
		}
		x := g.position
		if s.solver != nil {
			x.ltv, x.loan = s.solver.loanAt(c), 0
		}
		row := lombard.StudyRow{Index: i, Group: n, TemplateSlug: g.slug, Crisis: w.name}
		if err := s.compute(ctx, failed, runner, g, x, w, &row); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Cell returns the scenario of a cell, as a request has it: run as a backtest, its
// summary is to the last bit what the cell's row says. Of a hedge that is a control
// the scenario has the hedge that it is compared with too, before it. Not ok where
// there is no such cell, and of montecarlo, whose prices no source has; of solve
// the cells are those at the loan that was found.
func (s *Study) Cell(i int) (cell lombard.Scenario, ok bool) {
	if i < 0 || i >= s.Cells() || s.simulator != nil {
		return cell, false
	}
	n := i / len(s.windows)
	g, w := s.groups[n], s.windows[i%len(s.windows)]
	x := g.position
	if s.solver != nil {
		if s.solver.searches[n].met == 0 {
			return cell, false
		}
		x.ltv, x.loan = float64(s.solver.searches[n].met)/grid, 0
	}
	cell = g.scenario
	cell.StartDate, cell.EndDate = s.series.Bars[w.entry].Date, w.endDate
	if cell.Dataset == "" {
		cell.Dataset = s.series.Dataset
	}
	cell.UnderlyingUnits, cell.LoanAmount, cell.CollateralValue, cell.LoanToValue, cell.Position = x.units, x.loan, nil, nil, nil
	if x.value != 0 {
		cell.CollateralValue = &x.value
	}
	if x.ltv != 0 {
		cell.LoanToValue = &x.ltv
	}
	return cell, true
}

// compute fills in a row, of a cell that may have failed already; the error is
// that of ctx.
func (s *Study) compute(ctx context.Context, failed error, r *calc.Runner, g *group, x position, w window, row *lombard.StudyRow) error {
	bars := s.series.Bars
	row.EntryDate, row.LastDate, row.Sessions, row.Complete = bars[w.entry].Date, bars[w.end-1].Date, w.end-w.entry, w.complete
	err := failed
	if err == nil {
		units, loan := x.at(bars[w.entry].Close)
		row.LoanAmount = loan
		var figures []calc.Figures
		if figures, err = r.Figures(ctx, calc.Window{Entry: w.entry, End: w.end, EndDate: w.endDate, Units: units, Loan: loan}); err == nil {
			tell(row, &figures[g.answer])
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	row.Error = lombard.AsError(err).Error()
	return nil
}

// tell writes what a run came to into its row.
func tell(row *lombard.StudyRow, f *calc.Figures) {
	m := &f.Summary
	row.CalledHedged, row.CalledUnhedged = m.BreachedHedged, m.BreachedUnhedged
	row.CalledIfNotRecognised = m.MarginCallDaysIfNotRecognised > 0
	row.CallDaysHedged, row.CallDaysUnhedged, row.CallDaysNotRecognised = m.MarginCallDaysHedged, m.MarginCallDaysUnhedged, m.MarginCallDaysIfNotRecognised
	row.FirstCallHedged, row.FirstCallUnhedged = daysTo(row.EntryDate, m.FirstCallHedged), daysTo(row.EntryDate, m.FirstCallUnhedged)
	row.MaxLTVHedged, row.MaxLTVUnhedged, row.MaxLTVRecognised = m.MaxLTVHedged, m.MaxLTVUnhedged, m.MaxLTVRecognised
	row.StartValue = m.StartValue
	row.CureCashUnhedgedShare = m.CureCashUnhedged / m.StartValue
	row.CostPAPctOfLoan = m.CostPAPctOfLoan
	row.HedgeCostShare = m.HedgeCostNetOfMark / m.StartValue
	row.EndValueHedgedShare, row.EndValueUnhedgedShare = m.EndValueHedgedNet/m.StartValue, m.EndValueUnhedged/m.StartValue
	row.EquityHedgedEndShare, row.EquityUnhedgedEndShare = m.EquityHedgedEnd/m.StartValue, m.EquityUnhedgedEnd/m.StartValue
	row.CashFromOutsideShare = m.CashFromOutside / m.StartValue
	for i := range f.Branches {
		b := &f.Branches[i]
		switch b.Branch {
		case lombard.BranchUnhedged:
			row.LiquidatedUnhedged, row.LiquidationsUnhedged, row.BadDebtUnhedged = b.Liquidations > 0, b.Liquidations, b.BadDebt
		case lombard.BranchHedged:
			row.LiquidatedHedged, row.LiquidationsHedged, row.BadDebtHedged = b.Liquidations > 0, b.Liquidations, b.BadDebt
		}
	}
}

// daysTo returns the calendar days to a date; nil where it is none.
func daysTo(entry, date lombard.Date) *int {
	if date.IsZero() {
		return nil
	}
	return new(int(date - entry))
}

// provenance is what a result says computed it, from which data.
func (s *Study) provenance() lombard.Provenance {
	g := s.groups[0]
	head := calc.Provenance(&g.plan.Scenario, &s.series, s.digest)
	head.InputDigest = s.plan.ID()
	return head
}
