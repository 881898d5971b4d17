package backtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/tier"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
)

// hedges are the built-in templates and some with short legs and short lives.
func hedges(t testing.TB) []hedge.Template {
	t.Helper()
	all := hedge.All()
	for _, document := range []string{
		`{"slug":"collar","legs":[{"id":"put","right":"put","strike":{"value":0.95},"expiry":{"tenor":"3m"}},{"id":"call","right":"call","side":"short","strike":{"value":1.05},"expiry":{"tenor":"1m"}}],"roll":[{"when":"expiry","do":"renew"}]}`,
		`{"slug":"spread","legs":[{"id":"high","right":"put","strike":{"value":1},"expiry":{"tenor":"2m"}},{"id":"low","right":"put","side":"short","strike":{"value":0.85},"expiry":{"tenor":"2m"}}],"roll":[{"when":"expiry","do":"renew"}]}`,
		`{"slug":"monthly","legs":[{"id":"put","right":"put","strike":{"value":0.97},"expiry":{"tenor":"1m"}}],"roll":[{"when":"expiry","do":"renew"}]}`,
		`{"slug":"once","legs":[{"id":"put","right":"put","ratio":"1/3","strike":{"value":1.1},"expiry":{"tenor":"1m"}}]}`,
	} {
		custom, err := hedge.Parse([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, custom)
	}
	return all
}

// drawSeries returns prices that wander, jump and pause.
func drawSeries(t *rapid.T) market.Series {
	n := rapid.IntRange(2, 40).Draw(t, "sessions")
	date := lombard.MustDate("2019-12-02") + lombard.Date(rapid.IntRange(0, 60).Draw(t, "start"))
	spot := rapid.Float64Range(0.05, 5000).Draw(t, "spot")
	intraday := rapid.Bool().Draw(t, "intraday")
	bars := make([]market.Bar, 0, n)
	for range n {
		b := market.Bar{Date: date, Close: spot}
		if intraday && rapid.IntRange(0, 9).Draw(t, "known") > 0 {
			b.Low = spot * rapid.Float64Range(0.8, 1).Draw(t, "low")
			b.Open, b.High = spot, spot*1.01
		}
		bars = append(bars, b)
		if len(bars) > 1 {
			draw := &bars[len(bars)-1]
			switch rapid.IntRange(0, 15).Draw(t, "action") {
			case 0:
				draw.Split = rapid.SampledFrom([]float64{2, 4, 1.5, 0.1}).Draw(t, "split")
			case 1:
				draw.Dividend, draw.Special = spot*rapid.Float64Range(0, 0.1).Draw(t, "dividend"), rapid.Bool().Draw(t, "special")
			}
		}
		spot *= math.Exp(rapid.Float64Range(-0.25, 0.25).Draw(t, "move"))
		date += lombard.Date(rapid.SampledFrom([]int{1, 1, 1, 3, 7, 20, 45}).Draw(t, "days"))
	}
	s := made(bars...)
	s.Instrument.SevenDay = rapid.Bool().Draw(t, "seven days")
	s.First = rapid.IntRange(0, n-2).Draw(t, "warm-up")
	return s
}

// drawInput returns a run of any hedge that a lender may count in any way.
func drawInput(t *rapid.T, templates []hedge.Template) backtest.Input {
	prices := drawSeries(t)
	run := prices.Run()
	units := rapid.SampledFrom([]float64{0.001, 1, 100, 1234.5, 1e9}).Draw(t, "units")
	s := over(prices, units, 0.6*units*run[0].Close, 0.75)
	s.EndDate = run[len(run)-1].Date + lombard.Date(rapid.IntRange(0, 3).Draw(t, "days left"))
	s.Facility.Monitoring = rapid.SampledFrom([]lombard.Monitoring{lombard.MonitoringClose, lombard.MonitoringLow}).Draw(t, "monitoring")
	s.Facility.HedgeRecognition = rapid.SampledFrom([]lombard.Recognition{lombard.RecognitionMarketValue, lombard.RecognitionHaircut, lombard.RecognitionIntrinsic, lombard.RecognitionNone}).Draw(t, "recognition")
	s.Facility.Haircut = number(rapid.Float64Range(0, 1).Draw(t, "haircut"))
	if rapid.Bool().Draw(t, "interest") {
		s.Facility.LoanRate = number(rapid.Float64Range(0, 0.3).Draw(t, "loan rate"))
	}
	s.Assumptions.Rate = number(rapid.Float64Range(-0.02, 0.1).Draw(t, "rate"))
	s.Assumptions.DividendYield = number(rapid.Float64Range(0, 0.05).Draw(t, "yield"))
	if rapid.Bool().Draw(t, "yield of the dividends") {
		s.Assumptions.YieldFrom = lombard.YieldFromDividends
	}
	s.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolFlat, Value: rapid.Float64Range(0.01, 1.5).Draw(t, "vol")}
	if rapid.Bool().Draw(t, "half spread") {
		s.Assumptions.Execution, s.Assumptions.HalfSpread = lombard.ExecutionHalfSpread, number(rapid.Float64Range(0, 3).Draw(t, "vol points"))
	}
	if rapid.IntRange(0, 9).Draw(t, "style") == 0 {
		s.Assumptions.OptionStyle = lombard.StyleAmerican
		// The corners of American prices, which take a thousand times as long, are
		// tested with the prices.
		s.Assumptions.Rate = number(math.Max(0.01, *s.Assumptions.Rate))
		s.Assumptions.Vol.Value = math.Max(0.1, s.Assumptions.Vol.Value)
	}
	return backtest.Input{Scenario: s, Template: rapid.SampledFrom(templates).Draw(t, "template"), Series: prices}
}

func mustRun(t *rapid.T, in backtest.Input) backtest.Path {
	path, err := backtest.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func asJSON(t interface{ Fatal(...any) }, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Run checks every day that no money is made or lost; Summarize that the hedge
// cost what it changed; Explain computes every day again.
func TestMoneyIsConservedAndEveryDayExplained(t *testing.T) {
	t.Parallel()
	templates := hedges(t)
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		path := mustRun(t, in)
		summary, err := metrics.Summarize(in.Scenario, path.Days, path.Contracts)
		if err != nil {
			t.Fatal(err)
		}
		figures, err := metrics.Of(t.Context(), metrics.Run{Scenario: in.Scenario, Summary: summary, Days: path.Days, Contracts: path.Contracts, CallSpot: path.CallSpot})
		if err != nil {
			t.Fatal(err)
		}
		if words := metrics.Verdict(in.Scenario, in.Template.Title, summary, figures, nil); words == "" {
			t.Fatal("no verdict")
		}
		result := lombard.TemplateResult{TemplateSlug: in.Template.Slug, Contracts: path.Contracts, DailyPath: path.Days}
		for i := range path.Days {
			if _, err := backtest.Explain(in.Scenario, result, path.Days[i].Date); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// drawCuts returns the lengths to which a path of n days is cut: the shortest
// and a few more, or all of them where LOMBARD_TESTS=long asks for everything.
func drawCuts(t *rapid.T, n int) []int {
	var cuts []int
	if tier.Long() {
		for i := range n {
			cuts = append(cuts, i+1)
		}
		return cuts
	}
	cuts = append(cuts, 1)
	for range 4 {
		cuts = append(cuts, rapid.IntRange(1, n).Draw(t, "days seen"))
	}
	return cuts
}

// No look-ahead: a run that has seen fewer prices shows the same days.
func TestDaysDoNotDependOnLaterPrices(t *testing.T) {
	t.Parallel()
	templates := hedges(t)
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		if in.Series.First > 4 {
			in.Scenario.Assumptions.Vol = realised(4, 1.1)
		}
		whole, err := backtest.Run(t.Context(), in, nil)
		if e, ok := errors.AsType[*lombard.Error](err); ok && e.Code == "no_hedge" {
			t.Skip(err) // no strike meets the template at such a vol
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range drawCuts(t, len(whole.Days)) {
			cut := in
			cut.Series.Bars = in.Series.Bars[:in.Series.First+n]
			if got, want := asJSON(t, mustRun(t, cut).Days), asJSON(t, whole.Days[:n]); !bytes.Equal(got, want) {
				t.Fatalf("with prices up to day %d\n got %s\nwant %s", n, got, want)
			}
		}
	})
}

func TestTheGoldStoryDoesNotLookAhead(t *testing.T) {
	t.Parallel()
	s := goldScenario()
	s.Assumptions.Vol = realised(252, 1.1)
	prices := series(t, s, 252)
	every := tier.Of(53, 7)
	for _, tpl := range hedges(t) {
		whole := run(t, backtest.Input{Scenario: s, Template: tpl, Series: prices})
		for n := 1; n <= len(whole.Days); n += every {
			cut := prices
			cut.Bars = prices.Bars[:prices.First+n]
			if got := run(t, backtest.Input{Scenario: s, Template: tpl, Series: cut}); !bytes.Equal(asJSON(t, got.Days), asJSON(t, whole.Days[:n])) {
				t.Fatalf("%s: the first %d days depend on later prices", tpl.Slug, n)
			}
		}
	}
}

func TestTheSameRunTwiceIsTheSameBytes(t *testing.T) {
	t.Parallel()
	templates := hedges(t)
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		if first, second := asJSON(t, mustRun(t, in)), asJSON(t, mustRun(t, in)); !bytes.Equal(first, second) {
			t.Fatalf("first %s\nthen %s", first, second)
		}
	})
}

func TestTheUnhedgedSideIsTheSameForEveryHedge(t *testing.T) {
	t.Parallel()
	templates := hedges(t)
	unhedged := template(t, "unhedged")
	side := func(days []lombard.Day) string {
		var text bytes.Buffer
		for i := range days {
			d := &days[i]
			fmt.Fprintln(&text, d.UnderlyingValue, d.LTVUnhedged, asJSON(t, d.LTVUnhedgedLow), d.MarginCallUnhedged, d.LoanBalance, d.EquityUnhedged)
		}
		return text.String()
	}
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		alone := in
		alone.Template = unhedged
		with, without := mustRun(t, in).Days, mustRun(t, alone).Days
		if side(with) != side(without) {
			t.Fatalf("with %s:\n%s\nalone:\n%s", in.Template.Slug, side(with), side(without))
		}
		for i := range without {
			d := &without[i]
			if d.LTVHedged != d.LTVUnhedged || d.LTVRecognised != d.LTVUnhedged || d.MarginCallHedged != d.MarginCallUnhedged || d.EquityHedged != d.EquityUnhedged || d.HedgeCash != 0 || d.IVUsed != nil {
				t.Fatalf("a hedge without legs is not unhedged: %+v", d)
			}
		}
	})
}

func TestPutsPaidInCashNeverRaiseTheLTV(t *testing.T) {
	t.Parallel()
	templates := slices.DeleteFunc(hedge.All(), func(h hedge.Template) bool {
		return slices.ContainsFunc(h.Legs, func(l hedge.Leg) bool { return l.Side != "long" || l.Right != "put" })
	})
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		for _, d := range mustRun(t, in).Days {
			if d.LTVHedged > d.LTVUnhedged*(1+1e-15) || d.LTVRecognised > d.LTVUnhedged*(1+1e-15) || d.MarginCallHedged && !d.MarginCallUnhedged {
				t.Fatalf("on %s hedged %v, recognised %v, unhedged %v", d.Date, d.LTVHedged, d.LTVRecognised, d.LTVUnhedged)
			}
		}
	})
}

// With all units covered by a put struck at K the LTV is at most L/(N·K) for
// an American option and L/(N·K·e^{−rτ}) for a European one, until it expires.
func TestAPutIsAFloorUnderTheCollateral(t *testing.T) {
	templates := []hedge.Template{template(t, "protective-put-atm-12m"), template(t, "protective-put-90pct-12m")}
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		in.Scenario.Assumptions.DividendYield = number(0) // the bound of a European put rests on e^{−qτ} = 1
		path := mustRun(t, in)
		for _, d := range path.Days {
			for _, c := range path.Contracts {
				if d.Date < c.Opened || !c.Settled.IsZero() && d.Date >= c.Settled {
					continue
				}
				floor := c.StrikeOn(d.Date) * c.HeldOn(d.Date)
				if years := float64(c.Expiry-d.Date) / 365; in.Scenario.Assumptions.OptionStyle == lombard.StyleEuropean {
					floor *= math.Exp(-*in.Scenario.Assumptions.Rate * math.Max(0, years))
				}
				if limit := d.LoanBalance / floor; d.LTVHedged > limit*(1+1e-12) {
					t.Fatalf("on %s the LTV is %v over a floor of %v", d.Date, d.LTVHedged, limit)
				}
			}
		}
	})
}

// Prices, strikes and the loan times a constant change no ratio. Powers of two
// change no digit either.
func TestRatiosDoNotDependOnTheScale(t *testing.T) {
	t.Parallel()
	templates := slices.DeleteFunc(hedges(t), func(h hedge.Template) bool { return h.Budget.MaxAnnual > 0 }) // which counts a price at one tick at least
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		in.Scenario.Assumptions.Execution = lombard.ExecutionMid // half a tick does not scale
		in.Scenario.Assumptions.OptionStyle = lombard.StyleEuropean
		scaled := in
		scaled.Scenario.LoanAmount *= 8
		scaled.Series.Bars = append([]market.Bar(nil), in.Series.Bars...)
		for i := range scaled.Series.Bars {
			b := &scaled.Series.Bars[i]
			b.Open, b.High, b.Low, b.Close, b.Dividend = 8*b.Open, 8*b.High, 8*b.Low, 8*b.Close, 8*b.Dividend
			b.Special = false // the least special dividend does not scale
		}
		in.Series.Bars = slices.Clone(in.Series.Bars)
		for i := range in.Series.Bars {
			in.Series.Bars[i].Special = false
		}
		one, eight := mustRun(t, in), mustRun(t, scaled)
		for i := range one.Days {
			a, b := &one.Days[i], &eight.Days[i]
			if math.Abs(a.LTVHedged/b.LTVHedged-1) > 1e-9 || math.Abs(a.LTVRecognised/b.LTVRecognised-1) > 1e-9 || a.LTVUnhedged != b.LTVUnhedged || math.Abs(8*a.NetPortfolioValue-b.NetPortfolioValue) > 1e-9*b.UnderlyingValue {
				t.Fatalf("at one %+v\nat eight %+v", a, b)
			}
		}
	})
}

// For the same trades a wider spread leaves less.
func TestAWiderSpreadNeverHelps(t *testing.T) {
	t.Parallel()
	templates := slices.DeleteFunc(hedges(t), func(h hedge.Template) bool { return len(h.Solve) > 0 }) // whose trades depend on the spread
	rapid.Check(t, func(t *rapid.T) {
		narrow := drawInput(t, templates)
		narrow.Scenario.Assumptions.Execution, narrow.Scenario.Assumptions.HalfSpread = lombard.ExecutionHalfSpread, number(0.1)
		wide := narrow
		wide.Scenario.Assumptions.HalfSpread = number(1.5)
		a, b := mustRun(t, narrow).Days, mustRun(t, wide).Days
		last := len(a) - 1
		if b[last].NetPortfolioValue > a[last].NetPortfolioValue+1e-9*math.Abs(a[last].UnderlyingValue) {
			t.Fatalf("net value %v with a wide spread, %v with a narrow one", b[last].NetPortfolioValue, a[last].NetPortfolioValue)
		}
	})
}
