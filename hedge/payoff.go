package hedge

import (
	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// Payoff is the position at expiry of a hedge bought at a spot of 1.
type Payoff struct {
	Spot     float64 `json:"spot"`     // Price at expiry, a fraction of spot at entry
	Options  float64 `json:"options"`  // What the options are worth there, a fraction of spot at entry
	Position float64 `json:"position"` // What a unit with its options is worth there, a fraction of spot at entry
}

// PayoffPoints returns the payoff at expiry from half to one and a half times
// the entry spot, premiums not counted, all legs as if they expired together.
// Strikes that depend on prices are those of a rate of 4 % and a vol of 16 %,
// and of a loan of 60 % that is called at 75 %.
func (t Template) PayoffPoints() []Payoff {
	const points = 41
	date := lombard.MustDate("2024-01-02")
	m := Market{
		Date: date, Anchor: date, Spot: 1, EntrySpot: 1, Cost: 1, Rate: 0.04, Units: 1 / float64(max(1, t.Tranches.Count)),
		Loan: loan.Account{Principal: 0.6}, MarginCallLTV: 0.75, Instrument: market.Instrument{Multiplier: 1, SevenDay: true},
	}
	legs := make([]int, len(t.Legs))
	for i := range legs {
		legs[i] = i
	}
	contracts, _, err := t.Open(legs, m, illustration{date})
	if err != nil {
		contracts = nil
	}
	curve := make([]Payoff, points)
	for i := range curve {
		p := Payoff{Spot: 0.5 + float64(i)/(points-1)}
		for _, c := range contracts {
			p.Options += c.Quantity / m.Units * option.Intrinsic(c.Leg.Kind(), p.Spot, c.Strike)
		}
		p.Position = p.Spot + p.Options
		curve[i] = p
	}
	return curve
}

// illustration quotes options at a vol of 16 %.
type illustration struct{ date lombard.Date }

// Quote implements Quoter.
func (q illustration) Quote(kind option.Kind, strike float64, expiry lombard.Date) Quote {
	in := option.Inputs{Spot: 1, Strike: strike, Years: float64(expiry-q.date) / 365, Rate: 0.04, Vol: 0.16}
	engine := option.BlackScholesMerton{}
	return Quote{Mid: engine.Price(kind, in), Delta: engine.Greeks(kind, in).Delta, Vol: in.Vol}
}
