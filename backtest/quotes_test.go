package backtest_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
	"lombard.example/lombard/option"
)

// quotedVol is the vol at which the made chains are quoted.
const quotedVol = 0.23

// chainsOf quotes every put and call from 70 to 130 until the third Fridays of half
// a year, at most a cent around the model's price at quotedVol.
func chainsOf(t testing.TB, bars []market.Bar, style lombard.Style) market.Chains {
	t.Helper()
	engine, ok := option.EngineFor(style)
	if !ok {
		t.Fatal(style)
	}
	out := market.Chains{Source: "made", Dataset: "chains"}
	for _, b := range bars {
		var quotes []market.OptionQuote
		year, month, _ := b.Date.Civil()
		for k := range 6 {
			first := lombard.NewDate(year, month, 1).AddMonths(k)
			y, m, _ := first.Civil()
			expiry := market.ThirdFriday(y, m)
			if expiry <= b.Date {
				continue
			}
			for strike := 70.0; strike <= 130; strike += 2.5 {
				for _, put := range []bool{true, false} {
					kind := option.Call
					if put {
						kind = option.Put
					}
					mid := engine.Price(kind, option.Inputs{Spot: b.Close, Strike: strike, Years: float64(expiry-b.Date) / 365, Rate: 0.04, Vol: quotedVol})
					if half := min(0.01, mid/4); half > 0 {
						quotes = append(quotes, market.OptionQuote{Expiry: expiry, Put: put, Strike: strike, Bid: mid - half, Ask: mid + half})
					}
				}
			}
		}
		chain, err := market.NewChain(b.Date, quotes)
		if err != nil {
			t.Fatal(err)
		}
		out.Days = append(out.Days, chain)
	}
	return out
}

// quotedWalk is ninety weekdays of prices with chains, and the scenario that
// prices options from them.
func quotedWalk(t testing.TB, style lombard.Style) (lombard.Scenario, market.Series) {
	t.Helper()
	var bars []market.Bar
	for d := lombard.MustDate("2024-01-16"); len(bars) < 90; d++ {
		if !d.IsWeekend() {
			x := float64(len(bars))
			bars = append(bars, market.Bar{Date: d, Close: 100 - x/6 + 4*math.Sin(x/5)})
		}
	}
	prices := made(bars...)
	prices.Instrument.Symbol, prices.Instrument.Class, prices.Instrument.Calendar = "SPY", market.ClassETF, "nyse"
	prices.Chains = chainsOf(t, bars, style)
	s := over(prices, 1000, 55_000, 0.75)
	s.Assumptions.OptionStyle, s.Assumptions.ContractMode = style, lombard.ModeListed
	s.Assumptions.PricingMode, s.Assumptions.Execution = lombard.PricingQuotes, lombard.ExecutionHalfSpread
	s.Assumptions.HalfSpread = new(0.3)
	return s, prices
}

func TestMarksAreTheMiddleOfTheDaysQuotes(t *testing.T) {
	for _, style := range []lombard.Style{lombard.StyleEuropean, lombard.StyleAmerican} {
		s, prices := quotedWalk(t, style)
		path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices})
		if len(path.Contracts) < 3 {
			t.Fatalf("%d contracts", len(path.Contracts))
		}
		for i := range path.Days {
			d := &path.Days[i]
			for _, m := range d.OptionMarks {
				c := contract(t, &path, m.Contract)
				q, ok := prices.Chains.Days[i].Find(c.Right == "put", c.Strike, c.Expiry)
				if !ok || m.Source != lombard.MarkQuote || m.Mark != q.Mid() || m.Bid != q.Bid || m.Ask != q.Ask || m.AgeDays != 0 {
					t.Errorf("%s %s: %+v, quoted %+v", style, d.Date, m, q)
				}
				// The vol comes back where the price says anything of it: not
				// where time value is less than what rounding leaves.
				if d.Date < c.Expiry-3 && math.Abs(m.Vol-quotedVol) > 2e-4 {
					t.Errorf("%s %s: vol %v behind %+v", style, d.Date, m.Vol, m)
				}
			}
		}
		m, err := metrics.Summarize(s, path.Days, path.Contracts)
		if err != nil || m.ModelMarkedShare == nil || *m.ModelMarkedShare != 0 {
			t.Errorf("marked by the model: %v, %v", m.ModelMarkedShare, err)
		}
		first := path.Contracts[0]
		if near(t, "the fill", first.Fill, first.Mid+0.01, 1e-12); first.Strike != 100 || first.Expiry != lombard.MustDate("2024-02-16") {
			t.Errorf("bought %+v", first)
		}
	}
}

func contract(t testing.TB, p *backtest.Path, id string) *lombard.Contract {
	t.Helper()
	for i := range p.Contracts {
		if p.Contracts[i].ID == id {
			return &p.Contracts[i]
		}
	}
	t.Fatalf("no contract %s", id)
	return nil
}

// TestQuotesAtTheModelsVolAreTheModel: chains quoted at the flat vol of the
// synthetic mode give the synthetic run.
func TestQuotesAtTheModelsVolAreTheModel(t *testing.T) {
	s, prices := quotedWalk(t, lombard.StyleEuropean)
	s.Assumptions.Execution = lombard.ExecutionMid
	s.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolFlat, Value: quotedVol}
	hedge := custom(t, `{"legs":[{"id":"put","right":"put","strike":{"value":0.95},"expiry":{"tenor":"2m"}},{"id":"call","right":"call","side":"short","strike":{"value":1.05},"expiry":{"tenor":"2m"}}],"roll":[{"when":"expiry","do":"renew"}]}`)
	quoted := run(t, backtest.Input{Scenario: s, Template: hedge, Series: prices})
	s.Assumptions.PricingMode = lombard.PricingSynthetic
	model := run(t, backtest.Input{Scenario: s, Template: hedge, Series: prices})
	for i := range quoted.Contracts {
		if q, m := quoted.Contracts[i], model.Contracts[i]; math.Abs(q.Strike-m.Strike) > 2.5 || q.Expiry != m.Expiry {
			t.Fatalf("%+v and %+v", q, m) // the model's grid of strikes is another one
		}
	}
	for i := range quoted.Days {
		for _, m := range quoted.Days[i].OptionMarks {
			c := contract(t, &quoted, m.Contract)
			kind := option.Call
			if c.Right == "put" {
				kind = option.Put
			}
			want := option.BlackScholesMerton{}.Price(kind, option.Inputs{Spot: quoted.Days[i].SpotClose, Strike: c.Strike, Years: float64(c.Expiry-quoted.Days[i].Date) / 365, Rate: 0.04, Vol: quotedVol})
			near(t, "a mark", m.Mark, want, 1e-9)
		}
	}
}

// TestAGapCarriesTheVolThenTheModelSpeaks: a week of the last quote's vol, then
// the vol model, each mark with its source and age.
func TestAGapCarriesTheVolThenTheModelSpeaks(t *testing.T) {
	s, prices := quotedWalk(t, lombard.StyleEuropean)
	s.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolFlat, Value: 0.4}
	prices.Chains.Days = slices.Delete(prices.Chains.Days, 5, 14)
	path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices})
	last := path.Days[4].Date
	for i := 5; i < 14; i++ {
		d := &path.Days[i]
		m := d.OptionMarks[0]
		if age := d.Date - last; age <= 7 {
			if m.Source != lombard.MarkCarry || m.AgeDays != int(age) || math.Abs(m.Vol-quotedVol) > 2e-4 || d.MarkSource != lombard.MarkCarry {
				t.Errorf("%s: %+v", d.Date, m)
			}
		} else if m.Source != lombard.MarkSurface || m.Vol != 0.4 || m.AgeDays != 0 {
			t.Errorf("%s: %+v", d.Date, m)
		}
	}
	if m := path.Days[14].OptionMarks[0]; m.Source != lombard.MarkQuote {
		t.Errorf("after the gap: %+v", m)
	}
	m, err := metrics.Summarize(s, path.Days, path.Contracts)
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for i := range path.Days {
		held += len(path.Days[i].OptionMarks)
	}
	near(t, "the share marked by the model", *m.ModelMarkedShare, 9/float64(held), 1e-12)
}

// TestAPurchaseWaitsForQuotes: three sessions, then the model sells.
func TestAPurchaseWaitsForQuotes(t *testing.T) {
	for _, row := range []struct{ missing, bought int }{{2, 2}, {3, 3}, {6, 3}} {
		s, prices := quotedWalk(t, lombard.StyleEuropean)
		prices.Chains.Days = prices.Chains.Days[row.missing:]
		path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices})
		if got := path.Contracts[0].Opened; got != path.Days[row.bought].Date {
			t.Errorf("%d days without a chain: bought on %s, want %s", row.missing, got, path.Days[row.bought].Date)
		}
		if text := path.Days[0].Events[0].Text; !strings.Contains(text, "waits") {
			t.Errorf("said %q", text)
		}
		if wait := row.missing > row.bought; wait != strings.Contains(path.Days[row.bought].Events[0].Text, "bought at the model's price") {
			t.Errorf("%d days without a chain: %+v", row.missing, path.Days[row.bought].Events)
		}
	}
	// A renewal waits too, uncovered meanwhile.
	s, prices := quotedWalk(t, lombard.StyleEuropean)
	expiry := slices.IndexFunc(prices.Bars, func(b market.Bar) bool { return b.Date >= lombard.MustDate("2024-02-16") })
	prices.Chains.Days = slices.Delete(prices.Chains.Days, expiry, expiry+1)
	path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices})
	if c := path.Contracts[1]; c.Opened != prices.Bars[expiry+1].Date || path.Days[expiry].OptionContracts != 0 {
		t.Errorf("renewed on %s with %v contracts the day before", c.Opened, path.Days[expiry].OptionContracts)
	}
}

// TestQuotesThatComeLaterChangeNothing: the path up to a day is the same when
// prices and chains end there.
func TestQuotesThatComeLaterChangeNothing(t *testing.T) {
	t.Parallel()
	s, prices := quotedWalk(t, lombard.StyleAmerican)
	tpl := custom(t, `{"legs":[{"id":"put","right":"put","strike":{"method":"delta","value":-0.35},"expiry":{"tenor":"3m"}}],"roll":[{"when":"dte_lt","value":40,"do":"renew"},{"when":"spot_vs_strike","op":">","value":1.06,"do":"restrike"}]}`)
	full := run(t, backtest.Input{Scenario: s, Template: tpl, Series: prices})
	for _, n := range []int{2, 17, 41, 60, 89} {
		cut := prices
		cut.Bars, cut.Chains.Days = prices.Bars[:n], prices.Chains.Days[:n]
		path := run(t, backtest.Input{Scenario: s, Template: tpl, Series: cut})
		for i := range path.Days {
			if a, b := path.Days[i], full.Days[i]; a.NetPortfolioValue != b.NetPortfolioValue || a.LTVRecognised != b.LTVRecognised || len(a.Events) != len(b.Events) {
				t.Fatalf("cut after %d: %s differs", n, a.Date)
			}
		}
	}
}

// TestEveryQuotedDayExplainsItself: the stored day is computed again from what
// is stored.
func TestEveryQuotedDayExplainsItself(t *testing.T) {
	s, prices := quotedWalk(t, lombard.StyleAmerican)
	prices.Chains.Days = slices.Delete(prices.Chains.Days, 5, 8)
	tpl := custom(t, monthly)
	path := run(t, backtest.Input{Scenario: s, Template: tpl, Series: prices})
	result := lombard.TemplateResult{DailyPath: path.Days, Contracts: path.Contracts}
	for i := range path.Days {
		e, err := backtest.Explain(s, result, path.Days[i].Date)
		if err != nil {
			t.Fatal(err)
		}
		words := e.Sections[1].Lines[0].Expression
		switch source := path.Days[i].MarkSource; {
		case source == lombard.MarkQuote && !strings.Contains(words, "the middle of a bid of"),
			source == lombard.MarkCarry && !strings.Contains(words, "which is that of its quote"):
			t.Errorf("%s by %s: %s", path.Days[i].Date, source, words)
		}
	}
}

func TestCrossedAndZeroQuotesAreNoMarket(t *testing.T) {
	s, prices := quotedWalk(t, lombard.StyleEuropean)
	c := prices.Chains.Days[3]
	c.Quotes = slices.Clone(c.Quotes)
	for i := range c.Quotes {
		c.Quotes[i].Bid, c.Quotes[i].Ask = c.Quotes[i].Ask+1, c.Quotes[i].Bid
	}
	prices.Chains.Days[3] = c
	path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices})
	if m := path.Days[3].OptionMarks[0]; m.Source != lombard.MarkCarry || m.AgeDays != 1 {
		t.Errorf("a crossed quote: %+v", m)
	}
	q := market.QualityOf(&prices)
	found := slices.ContainsFunc(q.Findings, func(f lombard.Finding) bool {
		return f.Code == market.FindingCrossed && f.First == path.Days[3].Date
	})
	if !found {
		t.Errorf("findings: %+v", q.Findings)
	}
}

func TestTheDigestCoversTheQuotes(t *testing.T) {
	_, prices := quotedWalk(t, lombard.StyleEuropean)
	before := prices.Digest()
	prices.Chains.Days[10].Quotes[0].Bid += 0.01
	if prices.Digest() == before {
		t.Error("a changed quote leaves the digest as it was")
	}
}

func BenchmarkAYearOfQuotes(b *testing.B) {
	s, prices := quotedWalk(b, lombard.StyleAmerican)
	tpl := custom(b, monthly)
	for b.Loop() {
		if _, err := backtest.Run(b.Context(), backtest.Input{Scenario: s, Template: tpl, Series: prices}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
