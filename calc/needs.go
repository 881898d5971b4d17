package calc

import (
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
	"lombard.example/lombard/vol"
)

// Needs is the data that a plan must have.
type Needs struct {
	Symbol, Dataset string
	Start, End      lombard.Date // of the run, both included

	// Warmup is how many sessions before Start are of use, as many as there are;
	// WithDividends the same where the source records dividends. Least are those
	// that the run cannot do without.
	Warmup, WithDividends int
	Least                 vol.Lookback

	MaxCostUSD float64 // the most that all of it may cost
	References []Reference
	Quotes     *QuoteNeeds // nil: options are not priced from quotes
}

// Reference is a published series that a plan needs beside prices.
type Reference struct {
	Field       string // of the scenario, that asks for it
	SourceField string // of the scenario, that names its source
	ID          string // as its publisher names it; empty where none is known of the symbol
	Source      string // slug; empty: the source of the prices if that is local, else a publisher
	of          referenceOf
}

// referenceOf is the place of a reference in a series.
type referenceOf int

const (
	volIndex referenceOf = iota
	riskFree
	loanRate
)

// In returns where the reference stands in a series.
func (r *Reference) In(s *market.Series) *market.Reference {
	switch r.of {
	case volIndex:
		return &s.VolIndex
	case riskFree:
		return &s.Rates
	case loanRate:
		return &s.LoanRate
	}
	panic("calc: a reference of no kind")
}

// QuoteNeeds are the option chains that a plan must have, on every session of
// its run.
type QuoteNeeds struct {
	Source, Dataset string // Source empty: that of the prices
	templates       []hedge.Template
}

// Needs returns what data the plan must have.
func (p *Plan) Needs() Needs {
	s := &p.Scenario
	n := Needs{
		Symbol: s.Symbol, Dataset: s.Dataset, Start: s.StartDate, End: s.EndDate, MaxCostUSD: *s.MaxCostUSD,
		Warmup: p.warmup(false), WithDividends: p.warmup(true), Least: p.least(p.instrument), References: p.references(),
	}
	if s.Assumptions.PricingMode == lombard.PricingQuotes {
		n.Quotes = &QuoteNeeds{Source: s.Assumptions.QuoteSource, Dataset: s.Assumptions.QuoteDataset, templates: p.Templates}
	}
	return n
}

// warmup is how many sessions before entry are asked of a source. Whether an
// instrument without a calendar trades on weekends is seen only in its prices; a
// year of such sessions is the longer one.
func (p *Plan) warmup(dividends bool) int {
	i := p.instrument
	need := Sessions(p.history(i, dividends))
	if !market.CalendarOf(i.Calendar).HasRules() {
		i.SevenDay = true
		need = max(need, Sessions(p.history(i, dividends)))
	}
	return need
}

// history is what the plan looks at before entry, of the instrument that its
// prices turned out to be.
func (p *Plan) history(i market.Instrument, dividends bool) []vol.Lookback {
	s, _ := Resolve(p.asked, i)
	if !dividends {
		s.Assumptions.YieldFrom = ""
	}
	return History(s, p.Templates, i)
}

// least is what looks back furthest of all that the plan cannot do without.
func (p *Plan) least(i market.Instrument) vol.Lookback {
	var need vol.Lookback
	for _, x := range p.history(i, false) {
		if x.Least > need.Least {
			need = x
		}
	}
	return need
}

func (p *Plan) references() []Reference {
	var all []Reference
	a := &p.Scenario.Assumptions
	if v := a.Vol; v.Model == lombard.VolIndex {
		all = append(all, Reference{"assumptions.vol.index", "assumptions.vol.source", v.Index, v.Source, volIndex})
	}
	if a.RateSeries != "" {
		all = append(all, Reference{"assumptions.rate_series", "assumptions.rate_source", a.RateSeries, a.RateSource, riskFree})
	}
	if i := p.Scenario.Facility.Interest; i != nil && i.Index != "" {
		all = append(all, Reference{"facility.interest.index", "facility.interest.source", i.Index, i.Source, loanRate})
	}
	return all
}

// Bounds of what a run may look at in a chain.
const (
	daysAMonth     = 31
	slackDays      = 200 // that a listed expiry may lie beyond the tenor asked for
	lowestStrike   = 0.2 // of the lowest close so far
	highestStrike  = 3.0 // of the highest
	calendarMonths = 72  // the longest listed life

	sharesAContract = 100 // of a listed option on a symbol that is not in the table
)

// Keep returns which quotes of a day the hedges may look at on that day of a
// run: of kinds that they hold, lives up to their longest, strikes not absurdly
// far from the prices of the run up to the day, for what comes later must not
// decide what can be seen. nil: no hedge holds an option.
func (n *QuoteNeeds) Keep(run []market.Bar) func(lombard.Date, market.OptionQuote) bool {
	puts, calls, months := false, false, 0
	for _, t := range n.templates {
		for _, l := range t.Legs {
			puts, calls = puts || l.Kind() == option.Put, calls || l.Kind() == option.Call
			months = max(months, int(l.Expiry.Tenor))
		}
	}
	if !puts && !calls {
		return nil
	}
	lows, highs := make([]float64, len(run)), make([]float64, len(run))
	for i := range run {
		lows[i], highs[i] = run[i].Close, run[i].Close
		if i > 0 {
			lows[i], highs[i] = min(lows[i-1], lows[i]), max(highs[i-1], highs[i])
		}
	}
	longest := lombard.Date(min(months, calendarMonths)*daysAMonth + slackDays)
	return func(date lombard.Date, q market.OptionQuote) bool {
		if !(q.Put && puts || !q.Put && calls) || q.Expiry-date > longest {
			return false
		}
		i, _ := slices.BinarySearchFunc(run, date, func(b market.Bar, d lombard.Date) int { return int(b.Date - d) })
		i = min(i, len(run)-1)
		return q.Strike >= lowestStrike*lows[i] && q.Strike <= highestStrike*highs[i]
	}
}
