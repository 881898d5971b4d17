package app_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
)

// The mistakes that backtests of hedges are known for, one test each, by the
// numbers of the engine's specification. Those of splits (P3) and of early
// assignment (P18) stand beside the code that carries them out.

// story is a request over prices, with what the pitfalls leave alone filled in.
func story(t *testing.T, fields, prices string) lombard.Result {
	t.Helper()
	result, err := told(t, fields, prices)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func told(t *testing.T, fields, prices string) (lombard.Result, error) {
	t.Helper()
	if !strings.Contains(fields, "assumptions") {
		fields += `, "assumptions": {"vol": {"model": "flat", "value": 0.16}, "rate": 0.04, "dividend_yield": 0, "option_style": "european", "execution": "mid"}`
	}
	scenario, err := document.Scenario([]byte(`{"symbol": "GLD", "underlying_units": 100, "loan_amount": 6000, "margin_call_ltv": 0.75, "data_source": "file", ` + fields + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return only(parsePrices(t, "GLD", prices)).Run(t.Context(), load.Caller{Workspace: "w"}, scenario)
}

const year = `"start_date": "2024-01-02", "end_date": "2024-12-31"`

// A year of puts bought for half a per cent that all expire worthless costs
// half a per cent: a budget is a year's, and nothing is spent twice.
func TestP1BudgetIsAYears(t *testing.T) {
	r := story(t, year+`, "template_slug": "tail-put-budget-50bp"`, "walk 2024-01-02 2024-12-31 100")
	if lost := (r.EndValueUnhedged - r.EndValueHedgedNet) / r.StartValue; !(lost > 0 && lost <= 0.005) {
		t.Errorf("the hedge took %.5f of the collateral, want at most 0.005", lost)
	}
}

// Options that expire are worth their intrinsic value, long and short: a put
// spread 100/85 at 70 pays 15.
func TestP2ExpiryIsIntrinsic(t *testing.T) {
	r := story(t, `"start_date": "2024-01-02", "end_date": "2025-01-02", "template_slug": "put-spread-100-85-12m"`, "2024-01-02,100\n2025-01-02,70\n2025-01-03,70\n")
	if got := r.Templates[0].DailyPath[1].OptionCashPledged; math.Abs(got-1500) > 1e-9 {
		t.Errorf("the spread paid %v, want 100 × (100 − 85)", got)
	}
}

// What a trigger sees at a close is traded at the next open.
func TestP4TriggersTradeAtTheNextOpen(t *testing.T) {
	r := story(t, year+`, "template_slug": "protective-put-95pct-12m-monetise-3x"`,
		"2024-01-02,100,100,100,100\n2024-02-01,100,100,70,70\n2024-02-02,75,76,74,75\n2024-02-05,75,75,75,75\n2024-12-31,75,75,75,75\n")
	for _, d := range r.Templates[0].DailyPath {
		for _, e := range d.Events {
			if e.Type == "monetise" {
				if d.Date != lombard.MustDate("2024-02-02") {
					t.Errorf("sold on %s, want the session after the trigger", d.Date)
				}
				return
			}
		}
	}
	t.Error("nothing was sold")
}

// A vol model without its history is refused, never filled in from behind.
func TestP4WarmUpIsNotFilledIn(t *testing.T) {
	_, err := told(t, year+`, "template_slug": "protective-put-atm-12m", "assumptions": {"vol": {"model": "realised"}}`, "walk 2024-01-02 2024-12-31 100 101")
	if err == nil || !strings.Contains(sentences(err), "252 sessions before entry") {
		t.Errorf("got %v", err)
	}
}

// A figure is looked up backwards in time only, and not from long ago.
func TestP5FiguresComeFromThePast(t *testing.T) {
	o := market.Observations{{Date: 100, Value: 1}, {Date: 103, Value: 2}}
	for date, want := range map[lombard.Date]float64{99: 0, 100: 1, 102: 1, 103: 2, 108: 2, 109: 0} {
		if got, _ := o.AsOf(date); got != want {
			t.Errorf("on day %d got %v, want %v", date, got, want)
		}
	}
	if got, _ := o.Published(103); got != 1 {
		t.Errorf("a rate of the day itself is not published yet: got %v", got)
	}
}

// Strikes that were not listed yet cannot be bought: GLD above 200 stood five
// dollars apart until July 2024.
func TestP6StrikesAreListedByDate(t *testing.T) {
	gld, _ := market.Lookup("GLD")
	before := market.StrikeGrid(gld, lombard.MustDate("2024-03-01"), lombard.MustDate("2025-01-17"), 210)
	after := market.StrikeGrid(gld, lombard.MustDate("2024-09-03"), lombard.MustDate("2025-01-17"), 230)
	if before.Down(209) != 205 || after.Down(229) != 229 {
		t.Errorf("got %v and %v, want 205 and 229", before.Down(209), after.Down(229))
	}
}

// A fill at the open does not know the close of its day.
func TestP7FillsDoNotKnowTheClose(t *testing.T) {
	fill := func(last string) float64 {
		r := story(t, year+`, "template_slug": "protective-put-95pct-12m-monetise-3x"`,
			"2024-01-02,100,100,100,100\n2024-02-01,100,100,70,70\n2024-02-02,75,90,60,"+last+"\n2024-12-31,75,75,75,75\n")
		for _, e := range r.Templates[0].DailyPath[2].Events {
			if e.Type == "monetise" {
				return e.Price
			}
		}
		t.Fatal("nothing was sold")
		return 0
	}
	if a, b := fill("89"), fill("61"); a != b {
		t.Errorf("the fill is %v with a close of 89 and %v with one of 61", a, b)
	}
}

// A purchase does not depend on whether prices go on.
func TestP8EntryDoesNotDependOnTheFuture(t *testing.T) {
	short := story(t, year+`, "template_slug": "protective-put-atm-12m", "assumptions": {"vol": {"model": "flat", "value": 0.2}}`, "walk 2024-01-02 2024-12-31 100")
	long := story(t, year+`, "template_slug": "protective-put-atm-12m", "assumptions": {"vol": {"model": "flat", "value": 0.2}}`, "2024-01-02,100\n2024-01-03,55\n2024-12-31,300\n")
	if a, b := short.Templates[0].Contracts[0], long.Templates[0].Contracts[0]; a.Strike != b.Strike || a.Fill != b.Fill || a.Quantity != b.Quantity {
		t.Errorf("got %+v and %+v", a, b)
	}
}

// Wealth is marked every day: a fall between two trades is seen.
func TestP9EveryDayIsMarked(t *testing.T) {
	r := story(t, year+`, "template_slug": "protective-put-90pct-12m"`, "2024-01-02,100\n2024-06-03,85\n2024-12-31,100\n")
	if d := r.Templates[0].Metrics.Risk.Unhedged.MaxDrawdown; d == nil || math.Abs(*d+1500.0/4000) > 1e-12 {
		t.Errorf("the drawdown is %v, want the fall of 15 %% over equity of 40 %%", d)
	}
}

const lender = `"facility": {"thresholds": {"liquidate": 0.85}, "liquidation": {"monitoring": "intraday", "target_ltv": 0.5, "slippage": 0}}, "template_slug": "unhedged"`

// A sale by the lender within the day is found although the close is harmless.
func TestP10LiquidationLooksAtTheLow(t *testing.T) {
	r := story(t, `"start_date": "2024-01-02", "end_date": "2024-01-04", `+lender, "2024-01-02,100,100,100,100\n2024-01-03,90,91,65,90\n2024-01-04,90,90,90,90\n")
	if b := r.Templates[0].Branches[0]; b.UnitsSold == 0 {
		t.Errorf("nothing was sold: %+v", b)
	}
}

// It is not filled at a trigger through which the day opened.
func TestP11GapsAreNotFilledAtTheTrigger(t *testing.T) {
	r := story(t, `"start_date": "2024-01-02", "end_date": "2024-01-04", `+lender, "2024-01-02,100,100,100,100\n2024-01-03,69,72,65,70\n2024-01-04,70,70,70,70\n")
	if b := r.Templates[0].Branches[0]; math.Abs(b.SaleProceeds/b.UnitsSold-69) > 1e-9 {
		t.Errorf("sold at %v, want the open of 69 below the trigger of 70.59", b.SaleProceeds/b.UnitsSold)
	}
}

// Less liquid options are never filled better.
func TestP12IlliquidityCosts(t *testing.T) {
	last := 0.0
	for _, points := range []float64{0, 0.3, 1, 3} {
		r := story(t, year+fmt.Sprintf(`, "template_slug": "protective-put-90pct-12m", "assumptions": {"vol": {"model": "flat", "value": 0.16}, "half_spread_vol_points": %g}`, points), "walk 2024-01-02 2024-12-31 100")
		if r.Frictions < last {
			t.Errorf("%v vol points cost %v, fewer cost %v", points, r.Frictions, last)
		}
		last = r.Frictions
	}
}

// Without a word about execution, a fill crosses the spread.
func TestP13FillsCrossTheSpread(t *testing.T) {
	r := story(t, year+`, "template_slug": "protective-put-90pct-12m", "assumptions": {"vol": {"model": "flat", "value": 0.16}}`, "walk 2024-01-02 2024-12-31 100")
	if c := r.Templates[0].Contracts[0]; !(c.Fill > c.Mid) {
		t.Errorf("filled at %v with a mid of %v", c.Fill, c.Mid)
	}
}

// A fall on the first day is part of the drawdown, and ratios count all days:
// the Sortino ratio is the one over all four returns (its published value stands
// beside the code).
func TestP14RatiosCountAllDays(t *testing.T) {
	r := story(t, year+`, "template_slug": "unhedged"`, "2024-01-02,100\n2024-01-03,98\n2024-01-04,99\n2024-01-05,98.5\n2024-12-31,98.6\n")
	m := r.Templates[0].Metrics.Risk.Unhedged
	wealth := []float64{4000, 3800, 3900, 3850, 3860}
	sum, squares := 0.0, 0.0
	for i := 1; i < len(wealth); i++ {
		x := wealth[i]/wealth[i-1] - 1
		sum += x
		squares += min(x, 0) * min(x, 0)
	}
	if want := math.Sqrt(4/(364/365.25)) * (sum / 4) / math.Sqrt(squares/4); m.Sortino == nil || math.Abs(*m.Sortino-want) > 1e-9 {
		t.Errorf("Sortino is %v, want %v", *m.Sortino, want)
	}
	if m.MaxDrawdown == nil || math.Abs(*m.MaxDrawdown+0.05) > 1e-12 {
		t.Errorf("the drawdown is %v", *m.MaxDrawdown)
	}
}

// Equity below zero has no return: the figures end there and say so.
func TestP15EquityBelowZeroEndsTheReturns(t *testing.T) {
	r := story(t, year+`, "template_slug": "unhedged"`, "2024-01-02,100\n2024-02-01,50\n2024-03-01,120\n2024-12-31,40\n")
	if m := r.Templates[0].Metrics.Risk.Unhedged; !m.WipedOut || m.CAGR == nil || *m.CAGR != -1 {
		t.Errorf("got %+v", m)
	}
}

// Volatility is that of daily wealth, whatever was traded how often.
func TestP16YearlyFiguresComeFromDays(t *testing.T) {
	prices := "walk 2024-01-02 2024-12-31 100 101 99"
	alone := story(t, year+`, "template_slug": "unhedged"`, prices).Templates[0].Metrics.Risk.Unhedged.Vol
	busy := story(t, year+`, "template_slug": "protective-put-95pct-1m-roll"`, prices).Templates[0].Metrics.Risk.Unhedged.Vol
	if alone == nil || busy == nil || *alone != *busy {
		t.Errorf("got %v and %v", alone, busy)
	}
}

// The third Friday of April 2014 was Good Friday; options ended on Thursday.
func TestP17ExpiriesKnowHolidays(t *testing.T) {
	gld, _ := market.Lookup("GLD")
	got, ok := market.ExpiryAfter(gld, "monthly", "nearest", lombard.MustDate("2014-03-03"), lombard.MustDate("2014-04-18"), 0)
	if !ok || got != lombard.MustDate("2014-04-17") {
		t.Errorf("got %s", got)
	}
}

// A lender by FINRA's rules sees a protective put and its stock as one: equity
// of 15 % is enough where stock alone needs 25 %.
func TestP19StructuresAreSeen(t *testing.T) {
	f := lombard.Facility{HedgeRecognition: lombard.RecognitionFINRA}
	r := loan.RecognitionOf(&f, 0.75, 0.04)
	put := loan.Option{Put: true, Quantity: 1000, Strike: 95, Value: 2, Years: 1}
	with := loan.LTV(85_500, r.Recognised(loan.Book{Spot: 100, Units: 1000, Options: []loan.Option{put}}))
	without := loan.LTV(85_500, r.Recognised(loan.Book{Spot: 100, Units: 1000}))
	if with > 0.7501 || without < 0.85 {
		t.Errorf("with the put %v, without %v", with, without)
	}
}

// A future is priced at what it traded at: no series is adjusted backwards.
func TestP20PricesAreRaw(t *testing.T) {
	r := story(t, year+`, "template_slug": "unhedged"`, "2024-01-02,100\n2024-01-31,100.75\n2024-12-31,101\n")
	if got, want := r.Templates[0].DailyPath[1].LTVUnhedged, 6000/10075.0; got != want {
		t.Errorf("the LTV is %v, want %v", got, want)
	}
}

// A pause of prices is no session: nothing is marked anew, nothing at entry.
func TestP21APauseIsNoFall(t *testing.T) {
	r := story(t, year+`, "template_slug": "unhedged"`, "2024-01-02,100\n2024-06-03,90\n2024-09-02,90\n2024-12-31,90\n")
	path := r.Templates[0].DailyPath
	if len(path) != 4 || path[1].EquityUnhedged != path[2].EquityUnhedged {
		t.Errorf("%d days; equity %v, %v", len(path), path[1].EquityUnhedged, path[2].EquityUnhedged)
	}
}

// Marks follow spot every day, whether or not the option traded.
func TestP22MarksAreNotLastTrades(t *testing.T) {
	r := story(t, year+`, "template_slug": "protective-put-atm-12m"`, "2024-01-02,100\n2024-01-03,95\n2024-01-04,99\n2024-12-31,99\n")
	path := r.Templates[0].DailyPath
	if !(path[1].OptionMarketValue > path[0].OptionMarketValue && path[2].OptionMarketValue < path[1].OptionMarketValue) {
		t.Errorf("marks %v, %v, %v", path[0].OptionMarketValue, path[1].OptionMarketValue, path[2].OptionMarketValue)
	}
}

// Tranches average the luck of the date: four puts, a quarter each, a quarter
// of a year apart.
func TestP23TranchesAreSpread(t *testing.T) {
	r := story(t, year+`, "template_slug": "ladder-95pct-12m-quarterly"`, "walk 2024-01-02 2024-12-31 100")
	contracts := r.Templates[0].Contracts
	if len(contracts) != 4 || contracts[0].Quantity != 25 || contracts[1].Opened != lombard.MustDate("2024-04-02") {
		t.Errorf("got %+v", contracts)
	}
}

// The verdict speaks of the lender before it speaks of money.
func TestP24TheLenderComesFirst(t *testing.T) {
	r := story(t, year+`, "template_slug": "protective-put-atm-12m"`, "2024-01-02,100\n2024-06-03,75\n2024-12-31,130\n")
	if !strings.HasPrefix(r.Verdict, "As this lender counts it, the hedge would have prevented the one day in call.") {
		t.Errorf("the verdict begins %.60q", r.Verdict)
	}
}
