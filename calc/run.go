package calc

import (
	"context"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Run computes a scenario on a series of prices: it fills in the defaults,
// settles the scenario on the prices and answers with the account of every day,
// the figures and the verdict. The series is what a source would have answered:
// sessions before the scenario's start, as many as the vol model looks back,
// stand before First. series.Instrument says what is pledged; market.Lookup
// knows those that the program does. data_source may be left empty: it is then
// that of the series. Errors are *lombard.Error, with every field that is wrong,
// or the context's.
func Run(ctx context.Context, asked lombard.Scenario, series market.Series) (lombard.Result, error) {
	if asked.DataSource == "" {
		asked.DataSource = series.Source
	}
	plan, err := NewPlan(asked, series.Instrument)
	if err != nil {
		return lombard.Result{}, err
	}
	c, err := plan.Open(series)
	if err != nil {
		return lombard.Result{}, err
	}
	return c.Result(ctx, nil)
}
