package calc

import (
	"context"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/metrics"
)

// Figures is what is kept of a hedge where its path is not.
type Figures struct {
	Summary  lombard.Summary
	Branches []lombard.Branch // under the facility's terms, if it has any, without days and events
}

// Figures computes the summaries of Result, in the order of the templates, and
// what the lender's terms came to, and keeps no path: to the last bit what Result
// says, for a fraction of the time and the memory. Errors are those of Result.
func (c *Case) Figures(ctx context.Context) ([]Figures, error) {
	prepared, err := backtest.Prepare(c.Series, c.Scenario)
	if err != nil {
		return nil, err
	}
	var hedges []backtest.Hedge
	for _, t := range c.Templates {
		h, err := backtest.HedgeOf(t)
		if err != nil {
			return nil, err
		}
		hedges = append(hedges, h)
	}
	f := figuresOf{walker: backtest.Walker{Enforce: true}}
	all, err := f.of(ctx, prepared, hedges, controlsLast(c.Templates))
	return all, c.asAsked(err)
}

// figuresOf computes figures of one run after the other, in memory that it uses
// again.
type figuresOf struct {
	walker backtest.Walker
	to     figures
	all    []Figures
}

// of computes the hedges in an order that has controls last; what it returns is
// valid until the next call.
func (f *figuresOf) of(ctx context.Context, prepared *backtest.Prepared, hedges []backtest.Hedge, order []int) ([]Figures, error) {
	s := prepared.Scenario()
	to := &f.to
	to.outside = to.outside[:0]
	if len(f.all) != len(hedges) {
		f.all = make([]Figures, len(hedges))
	}
	for n, i := range order {
		h := hedges[i]
		if h.Template().Control == hedge.ControlDeleverage {
			h.Repayments = to.outside
		}
		to.tally.Reset(&s, prepared.Sessions())
		to.days = 0
		to.first = n == 0 && len(hedges) > 1
		contracts, err := f.walker.Walk(ctx, prepared, &h, to)
		if err != nil {
			return nil, err
		}
		if err := fundingFault(&s, &to.entry); err != nil {
			return nil, err
		}
		if f.all[i].Summary, err = to.tally.Summary(contracts); err != nil {
			return nil, err
		}
		f.all[i].Branches = f.walker.Branches()
	}
	return f.all, nil
}

// figures takes the days of a hedge into its summary; of the first, the control
// that repays the loan needs to know what came from outside on each.
type figures struct {
	tally   metrics.Tally
	days    int
	entry   lombard.Day
	first   bool
	outside []float64
}

// Day implements backtest.Recorder.
func (f *figures) Day(day *lombard.Day, contracts []lombard.Contract) {
	f.tally.Day(day, contracts)
	if f.days == 0 {
		f.entry = *day
	}
	f.days++
	if f.first {
		f.outside = append(f.outside, day.CashFromOutside)
	}
}

// Stretch implements backtest.StretchRecorder.
func (f *figures) Stretch(s *backtest.Stretch, contracts []lombard.Contract) {
	f.tally.Stretch(s, contracts)
	f.days += len(s.Spot)
	if f.first {
		f.outside = append(f.outside, make([]float64, len(s.Spot))...) // nothing is paid without a trade
	}
}
