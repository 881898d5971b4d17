package backtest_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
)

func custom(t testing.TB, document string) hedge.Template {
	t.Helper()
	tpl, err := hedge.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// types returns the events of a day.
func types(d *lombard.Day) (kinds []string) {
	for _, e := range d.Events {
		kinds = append(kinds, e.Type)
	}
	return kinds
}

const monthly = `{"legs":[{"id":"put","right":"put","strike":{"value":1},"expiry":{"tenor":"1m"}}],"roll":[{"when":"expiry","do":"renew"}]}`

func TestSettlementAndRenewal(t *testing.T) {
	// Entry Tuesday 2024-01-16; expiry 1 is Friday 2024-02-16, expiry 2 Saturday
	// 2024-03-16, so the Friday before. There is no bar on either Friday.
	prices := made(closes(t, "2024-01-16", 100.0, "2024-02-15", 90.0, "2024-02-19", 80.0, "2024-03-14", 85.0, "2024-03-18", 70.0)...)
	s := over(prices, 1000, 50_000, 0.75)
	path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices})

	settled := &path.Days[2]
	first, second := path.Contracts[0], path.Contracts[1]
	if first.Expiry.String() != "2024-02-16" || first.Settled != settled.Date || *first.Payoff != 20_000 {
		t.Errorf("first put: %+v", first)
	}
	if second.ID != "put#2" || second.Opened != settled.Date || second.Strike != 80 || second.Expiry.String() != "2024-03-15" || second.Settled.String() != "2024-03-18" || *second.Payoff != 10_000 {
		t.Errorf("second put: %+v", second)
	}
	if got := types(settled); !slices.Equal(got, []string{"expiry", "renewal"}) {
		t.Errorf("events = %v", got)
	}
	// The payoff pays for the renewal; the rest stays in the pledge.
	near(t, "cash pledged", settled.OptionCashPledged, 20_000-second.Premium, 1e-9)
	if settled.CashFromOutside != 0 || path.Days[0].CashFromOutside != first.Premium {
		t.Errorf("from outside: %v at entry, %v at the renewal", path.Days[0].CashFromOutside, settled.CashFromOutside)
	}
	// A renewal on the last day would have no day to protect.
	if last := &path.Days[4]; len(path.Contracts) != 2 || last.OptionMarketValue != 0 || last.MarkSource != "intrinsic_expiry" || last.IVUsed != nil {
		t.Errorf("%d contracts; last day %+v", len(path.Contracts), last)
	}
}

func TestRenewalLooksAtTheEndDateNotAtThePrices(t *testing.T) {
	// The put expires on Friday 2024-02-16, the last session there is.
	prices := made(closes(t, "2024-01-16", 100.0, "2024-02-16", 90.0)...)
	for end, renewals := range map[string]int{"2024-02-16": 1, "2024-02-18": 1, "2024-02-19": 2} { // a Friday, a Sunday, a Monday
		s := over(prices, 1000, 50_000, 0.75)
		s.EndDate = lombard.MustDate(end)
		if path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices}); len(path.Contracts) != renewals {
			t.Errorf("run until %s: %d contracts, want %d", end, len(path.Contracts), renewals)
		}
		weekends := prices
		weekends.Instrument.SevenDay = true
		want := min(2, int(s.EndDate-lombard.MustDate("2024-02-15")))
		if path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: weekends}); len(path.Contracts) != want {
			t.Errorf("seven-day run until %s: %d contracts, want %d", end, len(path.Contracts), want)
		}
	}
}

func TestAPauseOfPricesOverSeveralTenorsKeepsTheSchedule(t *testing.T) {
	prices := made(closes(t, "2024-01-16", 100.0, "2024-05-02", 90.0, "2024-05-20", 95.0)...)
	s := over(prices, 1000, 50_000, 0.75)
	path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices})
	if c := path.Contracts[1]; c.ID != "put#2" || c.Opened.String() != "2024-05-02" || c.Expiry.String() != "2024-05-16" {
		t.Errorf("second put: %+v", c)
	}
}

func TestVolIsTakenAtAPurchaseAndCarried(t *testing.T) {
	prices := made(closes(t, "2024-01-15", 100.0, "2024-01-16", 101.0, "2024-01-17", 140.0, "2024-02-16", 100.0, "2024-02-19", 100.5)...)
	prices.First = 1
	s := over(prices, 1000, 50_000, 0.75)
	s.Assumptions.Vol = realised(1, 1)
	path := run(t, backtest.Input{Scenario: s, Template: custom(t, monthly), Series: prices})
	atEntry, atRenewal := math.Log(1.01)*math.Sqrt(252), math.Log(1.4)*math.Sqrt(252)
	for i, want := range []float64{atEntry, atEntry, atRenewal, atRenewal} {
		near(t, "vol of "+path.Days[i].Date.String(), *path.Days[i].IVUsed, want, 1e-12)
	}
	near(t, "vol of the second put", path.Contracts[1].IV, atRenewal, 1e-12)
}

func TestTheLowIsTestedOnTheBookBeforeTheClose(t *testing.T) {
	// The put expires at the close of 2024-02-16, in the money; at that day's
	// low it was still held, afterwards its payoff is cash.
	bars := closes(t, "2024-01-16", 100.0, "2024-02-15", 82.0, "2024-02-16", 82.0, "2024-02-19", 82.0)
	for i, low := range []float64{70, 78, 79, 0} {
		bars[i].Low = low
	}
	prices := made(bars...)
	s := over(prices, 1000, 60_000, 0.75)
	s.Facility.Monitoring = lombard.MonitoringLow
	s.Facility.HedgeRecognition = lombard.RecognitionNone
	once := custom(t, `{"legs":[{"id":"put","right":"put","strike":{"value":1},"expiry":{"tenor":"1m"}}]}`)
	days := run(t, backtest.Input{Scenario: s, Template: once, Series: prices}).Days

	if days[0].LTVUnhedgedLow != nil || days[3].LTVUnhedgedLow != nil {
		t.Error("an LTV at the low on the first session, or without a low")
	}
	near(t, "unhedged at 78", *days[1].LTVUnhedgedLow, 60_000/78_000.0, 1e-12)
	near(t, "recognised at 79, before the payoff", *days[2].LTVHedgedLow, 60_000/79_000.0, 1e-12)
	near(t, "recognised at the close, payoff pledged", days[2].LTVRecognised, 60_000/100_000.0, 1e-12)
	for i, want := range []struct{ unhedged, hedged bool }{{false, false}, {true, true}, {true, true}, {false, false}} {
		if days[i].MarginCallUnhedged != want.unhedged || days[i].MarginCallHedged != want.hedged {
			t.Errorf("%s: called %v unhedged, %v hedged; want %v, %v", days[i].Date, days[i].MarginCallUnhedged, days[i].MarginCallHedged, want.unhedged, want.hedged)
		}
	}
	s.Facility.Monitoring = lombard.MonitoringClose
	for _, d := range run(t, backtest.Input{Scenario: s, Template: once, Series: prices}).Days {
		if d.MarginCallUnhedged {
			t.Errorf("%s: called by the close at %v", d.Date, d.SpotClose)
		}
	}
}

func TestHalfSpread(t *testing.T) {
	// S = K = 100, a year of 366 days, r = 0, vol 20 %: mid 7.976435, d1 = 0.100137,
	// vega = 100·φ(d1)·√(366/365) = 39.749050, z = 0. Two vol points cost
	// 2 × 0.01 × 39.749050 = 0.794981; one hundred would cost more than half of
	// mid; a thousandth less than half a tick.
	prices := made(closes(t, "2024-01-02", 100.0, "2024-01-03", 100.0)...)
	s := over(prices, 1000, 60_000, 0.75)
	s.Assumptions.Vol.Value, s.Assumptions.Rate, s.Assumptions.Execution = 0.2, number(0), lombard.ExecutionHalfSpread
	for points, want := range map[float64]float64{2: 0.794981, 100: 7.976435 / 2, 0.001: 0.005} {
		s.Assumptions.HalfSpread = number(points)
		path := run(t, backtest.Input{Scenario: s, Template: template(t, "protective-put-atm-12m"), Series: prices})
		c := path.Contracts[0]
		near(t, "half-spread", c.Fill-c.Mid, want, 1e-6)
		near(t, "frictions", path.Days[0].Frictions, 1000*want, 1e-3)
		near(t, "cash from outside", path.Days[0].CashFromOutside, 1000*c.Fill, 1e-9)
	}
}

func TestShortLegsReceiveAndOwe(t *testing.T) {
	prices := made(closes(t, "2024-01-16", 100.0, "2024-02-16", 120.0)...)
	s := over(prices, 1000, 60_000, 0.75)
	collar := custom(t, `{"legs":[{"id":"put","right":"put","strike":{"value":0.95},"expiry":{"tenor":"1m"}},{"id":"call","right":"call","side":"short","strike":{"value":1.1},"expiry":{"tenor":"1m"}}]}`)
	path := run(t, backtest.Input{Scenario: s, Template: collar, Series: prices})
	put, call := path.Contracts[0], path.Contracts[1]
	if call.Quantity != -1000 || math.Abs(*call.Payoff+10_000) > 1e-9 || *put.Payoff != 0 {
		t.Errorf("put %+v\ncall %+v", put, call)
	}
	near(t, "cash at entry", path.Days[0].HedgeCash, call.Premium-put.Premium, 1e-9)
	// 60,000 / 120,000: the call's 10,000 come from the pledge as far as it
	// goes and from outside for the rest.
	last := path.Days[1]
	near(t, "paid for the call", last.CashFromOutside, 10_000-path.Days[0].OptionCashPledged, 1e-9)
	near(t, "LTV", last.LTVHedged, 0.5, 1e-12)
	// Before settlement the short call is a liability in every recognition.
	if d := path.Days[0]; d.LTVNotRecognised <= s.LoanAmount/(d.UnderlyingValue+d.OptionCashPledged) {
		t.Errorf("LTV without recognition %v leaves the short call out", d.LTVNotRecognised)
	}
}

// A lender that does not count the long put of a spread still counts what the
// short one owes: at 40 that is 45 a unit, more than the collateral.
func TestAShortPutMayOweMoreThanTheCollateral(t *testing.T) {
	prices := made(closes(t, "2024-01-16", 100.0, "2024-02-15", 40.0, "2024-02-16", 40.0)...)
	s := over(prices, 1000, 60_000, 0.75)
	s.Assumptions.Rate = number(0)
	spread := custom(t, `{"legs":[{"id":"high","right":"put","strike":{"value":1},"expiry":{"tenor":"2m"}},{"id":"low","right":"put","side":"short","strike":{"value":0.85},"expiry":{"tenor":"2m"}}]}`)
	day := run(t, backtest.Input{Scenario: s, Template: spread, Series: prices}).Days[1]
	if day.LTVNotRecognised != loan.MaxLTV {
		t.Errorf("LTV if not recognised = %v, want the largest there is", day.LTVNotRecognised)
	}
	near(t, "hedged LTV", day.LTVHedged, 60_000/(40_000+15_000.0), 1e-4)
}

func TestMarginCallEpisodesAreEvents(t *testing.T) {
	prices := made(closes(t, "2024-01-02", 100.0, "2024-01-03", 79.0, "2024-01-04", 78.0, "2024-01-05", 81.0)...)
	s := over(prices, 1000, 60_000, 0.75)
	path := run(t, backtest.Input{Scenario: s, Template: template(t, "unhedged"), Series: prices})
	for i, want := range [][]string{nil, {"margin_call_start_unhedged", "margin_call_start_hedged"}, nil, {"margin_call_end_unhedged", "margin_call_end_hedged"}} {
		if got := types(&path.Days[i]); !slices.Equal(got, want) {
			t.Errorf("day %d: events %v, want %v", i, got, want)
		}
	}
}

func TestRunTellsEachDayAndStopsWhenAsked(t *testing.T) {
	s := goldScenario()
	in := backtest.Input{Scenario: s, Template: template(t, "protective-put-atm-12m"), Series: series(t, s, 0)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	_, err := backtest.Run(ctx, in, func(done int, day *lombard.Day) {
		seen++
		if done != seen || day.Date != in.Series.Run()[done-1].Date {
			t.Errorf("told of day %d, %s, as number %d", done, day.Date, seen)
		}
		if done == 100 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || seen > 120 {
		t.Errorf("stopped after %d days with %v", seen, err)
	}
}

func TestACancelOfAnAmericanRunIsSeenInTime(t *testing.T) {
	s := goldScenario()
	s.Assumptions.OptionStyle = lombard.StyleAmerican
	in := backtest.Input{Scenario: s, Template: custom(t, monthly), Series: series(t, s, 0)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	_, err := backtest.Run(ctx, in, func(done int, _ *lombard.Day) {
		seen = done
		cancel()
	})
	const few = 16 // days of the slowest pricing engine take less than 50 ms
	if !errors.Is(err, context.Canceled) || seen > few {
		t.Errorf("stopped after %d days with %v", seen, err)
	}
}

func TestAnUnresolvedScenarioIsRefused(t *testing.T) {
	s := goldScenario()
	in := backtest.Input{Scenario: s, Template: template(t, "unhedged"), Series: series(t, s, 0)}
	for name, spoil := range map[string]func(in *backtest.Input){
		"vol":     func(in *backtest.Input) { in.Scenario.Assumptions.Vol = nil },
		"rate":    func(in *backtest.Input) { in.Scenario.Assumptions.Rate = nil },
		"style":   func(in *backtest.Input) { in.Scenario.Assumptions.OptionStyle = "" },
		"haircut": func(in *backtest.Input) { in.Scenario.Facility.HedgeRecognition = lombard.RecognitionHaircut },
		"prices":  func(in *backtest.Input) { in.Series.Bars = nil },
	} {
		spoilt := in
		spoil(&spoilt)
		if _, err := backtest.Run(t.Context(), spoilt, nil); lombard.KindOf(err) != lombard.KindPricing {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestARealisedVolWithoutHistoryNamesTheDay(t *testing.T) {
	s := goldScenario()
	s.Assumptions.Vol = realised(252, 1)
	_, err := backtest.Run(t.Context(), backtest.Input{Scenario: s, Template: template(t, "protective-put-atm-12m"), Series: series(t, s, 0)}, nil)
	if lombard.KindOf(err) != lombard.KindPricing || !strings.Contains(err.Error(), "1987-12-14") {
		t.Errorf("error = %v", err)
	}
}

// FuzzRun asks for a path or an error, and never for a number that is not one.
func FuzzRun(f *testing.F) {
	f.Add(100.0, 0.8, 1.1, 1000.0, 60_000.0, 0.2, 0.04, 0.0, 0.06, int16(30), true)
	f.Add(1e9, 1e-9, 1e9, 1e12, 1e15, 5.0, 1.0, -1.0, 1.0, int16(1), false)
	f.Add(1e-300, 1e300, 1e-300, 1e-12, 1e-12, 1e-12, -1.0, 1.0, 0.0, int16(700), true)
	templates := hedges(f)
	f.Fuzz(func(t *testing.T, spot, down, up, units, principal, sigma, rate, yield, loanRate float64, gap int16, american bool) {
		var bars []market.Bar
		date := lombard.MustDate("2020-01-31")
		for i, x := range []float64{1, down, up, down * up, 1} {
			price := spot * x
			if !(price > 0) || math.IsInf(price, 0) {
				return // refused when prices are read
			}
			bars = append(bars, market.Bar{Date: date, Close: price, Low: price / 2})
			date += 1 + lombard.Date(i)*lombard.Date(gap&0x3ff)/2
		}
		s := over(made(bars...), units, principal, 0.75)
		s.Assumptions.Vol.Value, s.Assumptions.Rate, s.Assumptions.DividendYield, s.Facility.LoanRate = sigma, number(rate), number(yield), number(loanRate)
		s.Assumptions.Execution, s.Assumptions.HalfSpread = lombard.ExecutionHalfSpread, number(0.5)
		s.DataSource, s.TemplateSlug = "file", "unhedged"
		if american {
			s.Assumptions.OptionStyle = lombard.StyleAmerican
		}
		if len(s.Validate()) > 0 {
			return // refused before
		}
		for _, tpl := range templates {
			path, err := backtest.Run(t.Context(), backtest.Input{Scenario: s, Template: tpl, Series: made(bars...)}, nil)
			if err != nil {
				e, ok := errors.AsType[*lombard.Error](err)
				if !ok || e.Kind != lombard.KindPricing || e.Code == "no_balance" {
					t.Errorf("%s: %v", tpl.Slug, err)
				}
				continue
			}
			asJSON(t, path) // refuses NaN and infinities
		}
	})
}
