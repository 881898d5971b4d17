package calc

import (
	"context"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/market"
)

// Windows is a plan on a whole series of prices, to be run from many of its
// sessions: what a study asks. Each window is computed as the run that it is, from
// its own entry, with its own position, and to the last bit as Plan.Open and
// Case.Figures compute it on the prices of that run alone.
type Windows struct {
	plan   Plan // for the instrument that the prices are of
	series market.Series
	hedges []backtest.Hedge
	order  []int

	// whole is the plan prepared once for all windows; nil where an entry settles
	// something of its own, such as a rate that is published.
	whole   *backtest.Prepared
	warmup  int // sessions before an entry that are looked at, where there are so many
	least   int // without which there is no run
	reaches int // sessions before an entry that Open gets to see
}

// Window is one run of a plan: a stretch of its series, and the position that
// starts on it.
type Window struct {
	Entry, End int          // sessions of the series: the entry, and one after the last
	EndDate    lombard.Date // end_date of the run: hedges are renewed while a session may come before it
	Units      float64      // of collateral
	Loan       float64      // principal
}

// Windows prepares the plan for runs on stretches of a series: all of its bars,
// the warm-up of the first window included. The dates, the units and the loan of
// the plan's scenario are not looked at. Errors are those of
// backtest.Prepare, *lombard.Error of kind pricing.
func (p *Plan) Windows(series market.Series) (*Windows, error) {
	w := &Windows{plan: p.For(series.Instrument), series: series, order: controlsLast(p.Templates)}
	for _, t := range p.Templates {
		h, err := backtest.HedgeOf(t)
		if err != nil {
			return nil, err
		}
		w.hedges = append(w.hedges, h)
	}
	pin(&w.plan.Scenario, &w.series)
	w.warmup = Sessions(w.plan.history(series.Instrument, false))
	w.reaches = max(w.warmup, p.warmup(true))
	w.least = w.plan.least(series.Instrument).Least
	s := w.plan.Scenario
	s.CollateralValue, s.LoanToValue = nil, nil
	all := series
	all.First = 0
	setYield(&s, &all)
	if len(w.plan.references()) > 0 || s.Assumptions.YieldFrom != "" || looksAtRanges(s.Assumptions.Vol) {
		return w, nil
	}
	var err error
	w.whole, err = backtest.Prepare(all, s)
	return w, err
}

// On returns the same plan on another series of the same instrument, with as many
// splits and dividends: a path that is simulated. Its bars are to be others than
// those of any series before.
func (w *Windows) On(series market.Series) *Windows {
	other := *w
	other.series = series
	if w.whole != nil {
		series.First = 0
		other.whole = w.whole.On(series)
	}
	return &other
}

// Runner computes windows one after the other, with memory that it uses again.
// It is not safe for concurrent use; several may share their Windows.
type Runner struct {
	windows *Windows
	figures figuresOf
}

// Runner returns a new one.
func (w *Windows) Runner() *Runner {
	return &Runner{windows: w, figures: figuresOf{walker: backtest.Walker{Enforce: true}}}
}

// On makes the runner go on with other windows.
func (r *Runner) On(w *Windows) { r.windows = w }

// Figures computes a window: the figures of each hedge of the plan, in its order.
// They are valid until the next call. Errors are those of Plan.Open and
// Case.Figures.
func (r *Runner) Figures(ctx context.Context, at Window) ([]Figures, error) {
	prepared, err := r.windows.prepare(at)
	if err != nil {
		return nil, err
	}
	return r.figures.of(ctx, prepared, r.windows.hedges, r.windows.order)
}

// prepare makes a window ready to be run.
func (w *Windows) prepare(at Window) (*backtest.Prepared, error) {
	s := w.plan.Scenario
	spot := w.series.Bars[at.Entry].Close
	var bad []lombard.FieldError
	if s.CollateralValue != nil {
		sized := w.plan
		sized.Scenario.Position = &lombard.Position{UnderlyingUnits: at.Units, LoanAmount: at.Loan}
		bad = sized.sizeFault(spot)
	}
	s.CollateralValue, s.LoanToValue, s.Position = nil, nil, nil
	s.UnderlyingUnits, s.LoanAmount = at.Units, at.Loan
	bad = AddFaults(bad, loanFault(&s, w.series.Bars[at.Entry]))
	if w.whole != nil {
		from := at.Entry - min(at.Entry, w.warmup)
		if len(bad) > 0 {
			return nil, lombard.Invalid(bad)
		}
		return w.whole.Window(backtest.Window{From: from, First: at.Entry, End: at.End, EndDate: at.EndDate, Units: at.Units, Loan: at.Loan})
	}
	cut := w.series
	from := at.Entry - min(at.Entry, w.reaches)
	cut.Bars, cut.First = w.series.Bars[from:at.End:at.End], at.Entry-from
	plan := w.plan
	plan.Scenario = s
	plan.Scenario.StartDate, plan.Scenario.EndDate = cut.Run()[0].Date, at.EndDate
	plan.settle(&cut)
	for _, ref := range plan.references() {
		bad = AddFaults(bad, coverFault(&ref, &cut))
	}
	if len(bad) == 0 {
		setRate(&plan.Scenario, &cut)
		setYield(&plan.Scenario, &cut)
	}
	if w.least <= cut.First {
		bad = AddFaults(bad, estimatorFault(&plan.Scenario, &cut, plan.Templates))
	}
	if len(bad) > 0 {
		return nil, lombard.Invalid(bad)
	}
	return backtest.Prepare(cut, plan.Scenario)
}
