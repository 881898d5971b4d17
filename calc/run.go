package calc

import (
	"context"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Run computes a scenario on prices of one's own: it fills in the defaults, takes
// the sessions of the run and those that the vol model looks back at, and
// answers with the account of every day, the figures and the verdict.
//
// prices are all that there are, in ascending order of date; First is not looked
// at. Its Instrument says what is pledged: market.Lookup knows those that the
// program does (it is asked where there is none), and market/csv reads such a
// series from a file. symbol and
// data_source of the scenario may be left empty: they are then those of the
// prices. Errors are *lombard.Error, of kind validation with every field that is
// wrong or of kind data_unavailable with dates that would work, or the context's.
func Run(ctx context.Context, asked lombard.Scenario, prices market.Series) (lombard.Result, error) {
	asked, prices = Own(asked, prices)
	plan, err := NewPlan(asked, prices.Instrument)
	if err != nil {
		return lombard.Result{}, err
	}
	if err := lombard.Invalid(plan.Faults()); err != nil {
		return lombard.Result{}, err
	}
	if err := Sound(prices.Bars); err != nil {
		return lombard.Result{}, err
	}
	n := plan.Needs()
	series, err := market.Cut(prices, market.Query{Symbol: n.Symbol, Start: n.Start, End: n.End, Warmup: n.WithDividends})
	if err != nil {
		return lombard.Result{}, err
	}
	c, err := plan.Open(series)
	if err != nil {
		return lombard.Result{}, err
	}
	return c.Result(ctx, nil)
}

// Own fills in what a scenario on prices of one's own may leave out: the symbol and
// the source are those of the prices, and what is pledged is what market.InstrumentOf
// takes the symbol for where the prices do not say.
func Own(asked lombard.Scenario, prices market.Series) (lombard.Scenario, market.Series) {
	asked.Symbol, asked.DataSource = or(asked.Symbol, prices.Symbol), or(asked.DataSource, or(prices.Source, ownPrices))
	if prices.Instrument.Symbol == "" {
		prices.Instrument = market.InstrumentOf(asked.Symbol, prices.Bars)
	}
	return asked, prices
}

// Sound refuses prices that cannot be; the error, of kind data_unavailable, names
// the first that is wrong.
func Sound(bars []market.Bar) error {
	if _, problems := market.Check(bars, market.Refuse); len(problems) > 0 {
		return badPrices(bars, problems)
	}
	return nil
}

// badPrices is the refusal of prices that cannot be: it names the first of them.
func badPrices(bars []market.Bar, problems []market.Problem) error {
	first := problems[0]
	e := &lombard.Error{
		Kind: lombard.KindDataUnavailable, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("The prices cannot be used: of the bar %d of %d (%s), %s.", first.Index+1, len(bars), bars[first.Index].Date, first.Message),
		Hint:    "Give bars in ascending order of date with positive prices and low ≤ open, close ≤ high; market/csv makes them of a file.",
	}
	if more := len(problems) - 1; more > 0 {
		e.Message += fmt.Sprintf(" %d more are wrong.", more)
	}
	return e
}

// ownPrices is the source that a result names of prices that name none.
const ownPrices = "own"

func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
