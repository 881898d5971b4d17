package calc

import (
	"context"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/metrics"
)

// Figures computes the summaries of Result alone, in the order of the templates,
// and keeps no path: to the last bit what Result says, for a fraction of the time
// and the memory. Errors are those of Result, but that the lender's terms are not
// carried out.
func (c *Case) Figures(ctx context.Context) ([]lombard.Summary, error) {
	prepared, err := backtest.Prepare(c.Series, c.Scenario)
	if err != nil {
		return nil, err
	}
	var walker backtest.Walker
	var to figures
	all := make([]lombard.Summary, len(c.Templates))
	for n, i := range controlsLast(c.Templates) {
		h, err := backtest.HedgeOf(c.Templates[i])
		if err != nil {
			return nil, err
		}
		if c.Templates[i].Control == hedge.ControlDeleverage {
			h.Repayments = to.outside
		}
		to.tally.Reset(&c.Scenario, prepared.Sessions())
		to.days = 0
		to.first = n == 0 && len(c.Templates) > 1
		contracts, err := walker.Walk(ctx, prepared, &h, &to)
		if err != nil {
			return nil, err
		}
		if err := fundingFault(&c.Scenario, &to.entry); err != nil {
			return nil, err
		}
		if all[i], err = to.tally.Summary(contracts); err != nil {
			return nil, err
		}
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
