package hedge_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// quotes prices European options at spot 100, rate 4 %, vol 16 %, with lives
// in whole twelfths of a year, as the published strikes assume.
type quotes struct {
	date lombard.Date
	half float64
}

func (q quotes) Quote(kind option.Kind, strike float64, expiry lombard.Date) hedge.Quote {
	months := math.Round(float64(expiry-q.date) / 365 * 12)
	in := option.Inputs{Spot: 100, Strike: strike, Years: months / 12, Rate: 0.04, Vol: 0.16}
	engine := option.BlackScholesMerton{}
	return hedge.Quote{Mid: engine.Price(kind, in), Half: q.half, Delta: engine.Greeks(kind, in).Delta, Vol: in.Vol}
}

var day = lombard.MustDate("2024-01-02")

func at100(units float64) hedge.Market {
	return hedge.Market{Date: day, Anchor: day, Spot: 100, EntrySpot: 100, Cost: 100, Rate: 0.04, Units: units, European: true, Instrument: market.Instrument{Multiplier: 100}}
}

func open(t hedge.Template, units float64, listed bool) []hedge.Contract {
	legs := make([]int, len(t.Legs))
	for i := range legs {
		legs[i] = i
	}
	m := at100(units)
	m.Listed = listed
	contracts, _, err := t.Open(legs, m, quotes{date: day})
	if err != nil {
		panic(err)
	}
	return contracts
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.6f, want %.6f", what, got, want)
	}
}

// The strikes are those of the Black–Scholes–Merton model at S = 100, r = 4 %,
// q = 0, σ = 16 %, computed with a second program.
func TestSolvedStrikesAreThePublishedOnes(t *testing.T) {
	for moneyness, want := range map[string]float64{"1.0": 108.8505, "0.95": 115.1121, "0.90": 121.9407, "0.85": 129.4680} {
		template, err := hedge.Parse([]byte(`{"legs":[
			{"id":"put","right":"put","strike":{"value":` + moneyness + `},"expiry":{"tenor":"12m"}},
			{"id":"call","right":"call","side":"short","strike":{"method":"solve"},"expiry":{"same_as":"put"}}],
			"solve":[{"vary":"call.strike","target":"net_premium","value":0,"price_side":"mid"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "zero-cost call against a put at "+moneyness, open(template, 1000, false)[1].Strike, want, 1e-4)
	}
	near(t, "call that pays for a monthly put spread", open(lookup(t, "put-spread-collar-975-950-1m"), 1000, false)[2].Strike, 104.5472, 1e-4)
	near(t, "put with a delta of −0.10", open(lookup(t, "tail-put-10d-3m-roll"), 1000, false)[0].Strike, 91.4549, 1e-4)
	template, err := hedge.Parse([]byte(`{"legs":[{"right":"put","strike":{"method":"delta","value":-0.25},"expiry":{"tenor":"3m"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "put with a delta of −0.25", open(template, 1000, false)[0].Strike, 96.0060, 1e-4)
	template, err = hedge.Parse([]byte(`{"legs":[{"right":"put","strike":{"method":"premium","unit":"abs","value":0.3917},"expiry":{"tenor":"3m"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "put that costs 0.3917", open(template, 1000, false)[0].Strike, 91.4549, 2e-3)
	template, err = hedge.Parse([]byte(`{"legs":[{"right":"put","strike":{"method":"premium","unit":"pct","value":0.003917},"expiry":{"tenor":"3m"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "put that costs 0.3917 % of the spot", open(template, 1000, false)[0].Strike, 91.4549, 2e-3)
}

func TestTheSpreadIsPaidByTheSolvedCall(t *testing.T) {
	template := lookup(t, "collar-zero-cost-95-12m")
	m := at100(1000)
	q := quotes{date: day, half: 0.05}
	contracts, notes, err := template.Open([]int{0, 1}, m, q)
	if err != nil || len(notes) != 0 {
		t.Fatal(notes, err)
	}
	put, call := contracts[0], contracts[1]
	cost := q.Quote(option.Put, put.Strike, put.Expiry).Mid + 0.05 - (q.Quote(option.Call, call.Strike, call.Expiry).Mid - 0.05)
	near(t, "net premium at the fill", cost, 0, 1e-9)
}

func TestAStrikeBeyondItsBoundsIsClampedAndSaid(t *testing.T) {
	template, err := hedge.Parse([]byte(`{"legs":[
		{"id":"put","right":"put","strike":{"value":1},"expiry":{"tenor":"12m"}},
		{"id":"call","right":"call","side":"short","strike":{"method":"solve","bounds":{"min_moneyness":1.2,"max_moneyness":1.6}},"expiry":{"tenor":"12m"}}],
		"solve":[{"vary":"call.strike"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	contracts, notes, err := template.Open([]int{0, 1}, at100(1000), quotes{date: day})
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "120 %") || contracts[1].Strike != 120 {
		t.Errorf("contracts %+v, notes %q, %v; want a call at 120 and a note", contracts, notes, err)
	}
}

// K = L/(N·(θ − 5 points)) = 60,000/(1,000 × 0.70) = 85.714286, times e^{rT} for
// a European put: 85.714286 × e^{0.04 × 366/365}.
func TestTheFloorIsSolvedFromTheLoan(t *testing.T) {
	m := at100(1000)
	m.Loan.Principal, m.MarginCallLTV = 60_000, 0.75
	contracts, _, err := lookup(t, "protective-put-ltv-floor-12m").Open([]int{0}, m, quotes{date: day})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "strike", contracts[0].Strike, 85.714286*math.Exp(0.04*366/365.0), 1e-5)
	m.European = false
	contracts, _, err = lookup(t, "protective-put-ltv-floor-12m").Open([]int{0}, m, quotes{date: day})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "American strike", contracts[0].Strike, 85.714286, 1e-6)
}

// A put at 67.5 % for three months costs 0.0001 at these prices, so the budget
// of 0.125 a quarter buys all of it; at a hundred times the price it does not.
func TestABudgetBuysTheShareItPaysFor(t *testing.T) {
	tail := lookup(t, "tail-put-budget-50bp")
	if got := open(tail, 1000, false)[0].Quantity; got != 1000 {
		t.Errorf("quantity = %v, want the whole position", got)
	}
	template, err := hedge.Parse([]byte(`{"legs":[{"right":"put","strike":{"value":1},"expiry":{"tenor":"3m"}}],"budget":{"max_annual_pct_of_notional":0.005}}`))
	if err != nil {
		t.Fatal(err)
	}
	contracts, notes, err := template.Open([]int{0}, at100(1000), quotes{date: day})
	price := quotes{date: day}.Quote(option.Put, 100, contracts[0].Expiry).Mid
	if err != nil || len(notes) != 1 {
		t.Fatal(notes, err)
	}
	near(t, "quantity", contracts[0].Quantity, 1000*0.125/price, 1e-9)
}

func TestListedContractsAreWhole(t *testing.T) {
	m := at100(1050)
	m.Instrument, _ = market.Lookup("GLD")
	m.Listed, m.Spot = true, 100.4
	contracts, _, err := lookup(t, "collar-95-110-12m").Open([]int{0, 1}, m, quotes{date: day})
	if err != nil {
		t.Fatal(err)
	}
	put, call := contracts[0], contracts[1]
	if put.Quantity != 1000 || call.Quantity != -1000 || put.Strike != 95 || call.Strike != 111 || put.Expiry.String() != "2024-12-20" {
		t.Errorf("contracts = %+v, want 10 puts at 95 and 10 calls at 111 until 2024-12-20", contracts)
	}
	m.Units = 99
	if _, _, err := lookup(t, "collar-95-110-12m").Open([]int{0, 1}, m, quotes{date: day}); err == nil || !strings.Contains(err.Error(), "1 contract covers 100 units") {
		t.Errorf("99 units: %v, want an error that says what a contract covers", err)
	}
}

// Long puts at a strike K on every unit keep LTV ≤ L/(N·K): the floor lemma at
// expiry, where the option is worth its intrinsic value.
func TestTheFloorHoldsTheLTV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := at100(rapid.Float64Range(1, 1e6).Draw(t, "units"))
		m.European = false
		m.MarginCallLTV = rapid.Float64Range(0.3, 0.95).Draw(t, "threshold")
		m.Loan.Principal = m.Units * 100 * m.MarginCallLTV * rapid.Float64Range(0.2, 0.99).Draw(t, "share")
		template, _ := hedge.Lookup("protective-put-ltv-floor-12m")
		contracts, _, err := template.Open([]int{0}, m, quotes{date: day})
		if err != nil {
			t.Fatal(err)
		}
		spot := rapid.Float64Range(0.01, 300).Draw(t, "spot at expiry")
		worth := m.Units*spot + contracts[0].Quantity*option.Intrinsic(option.Put, spot, contracts[0].Strike)
		if ltv := m.Loan.Principal / worth; ltv > m.MarginCallLTV-0.05+1e-9 {
			t.Fatalf("LTV %v at spot %v, above the floor's %v", ltv, spot, m.MarginCallLTV-0.05)
		}
	})
}

func TestEveryBuiltInTemplateOpens(t *testing.T) {
	for _, template := range hedge.All() {
		m := at100(1000)
		m.Loan.Principal, m.MarginCallLTV = 60_000, 0.75
		legs := make([]int, len(template.Legs))
		for i := range legs {
			legs[i] = i
		}
		contracts, _, err := template.Open(legs, m, quotes{date: day, half: 0.01})
		if err != nil || len(contracts) != len(legs) {
			t.Errorf("%s: %d contracts of %d legs, %v", template.Slug, len(contracts), len(legs), err)
		}
		for _, p := range template.PayoffPoints() {
			if !(p.Position >= 0) {
				t.Errorf("%s: the position is worth %v at %v", template.Slug, p.Position, p.Spot)
			}
		}
	}
}

// The forward of what pays more than money costs is below spot: 100·exp(0.04 − 0.06).
func TestAForwardFallsWithTheYield(t *testing.T) {
	template, err := hedge.Parse([]byte(`{"legs":[{"right":"put","strike":{"value":1,"of":"forward"},"expiry":{"tenor":"12m"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	m := at100(1000)
	m.Yield = 0.06
	contracts, _, err := template.Open([]int{0}, m, quotes{date: day})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "put at the forward", contracts[0].Strike, 98.0199, 0.01)
}
