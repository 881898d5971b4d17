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
	s := prepared.Scenario()
	walker := backtest.Walker{Enforce: true}
	var to figures
	all := make([]Figures, len(c.Templates))
	for n, i := range controlsLast(c.Templates) {
		h, err := backtest.HedgeOf(c.Templates[i])
		if err != nil {
			return nil, err
		}
		if c.Templates[i].Control == hedge.ControlDeleverage {
			h.Repayments = to.outside
		}
		to.tally.Reset(&s, prepared.Sessions())
		to.days = 0
		to.first = n == 0 && len(c.Templates) > 1
		contracts, err := walker.Walk(ctx, prepared, &h, &to)
		if err != nil {
			return nil, c.asAsked(err)
		}
		if err := fundingFault(&s, &to.entry); err != nil {
			return nil, err
		}
		if all[i].Summary, err = to.tally.Summary(contracts); err != nil {
			return nil, err
		}
		all[i].Branches = walker.Branches()
	}
	return all, nil
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
