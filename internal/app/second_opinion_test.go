package app_test

import (
	"encoding/json"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/market"
)

// Every figure of a result is recomputed from the stored document by a second
// implementation, over runs of any hedge, lender, interest and prices.
func TestEveryFigureHasASecondOpinion(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine after another, which needs no race detector")
	}
	const runs = 200
	gold := sample.New()
	hedges := hedge.All()
	done := 0
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 12))
		scenario, source := drawCase(r, hedges), market.Source(gold)
		if scenario.Symbol == "TEST" {
			source = drawPrices(r, &scenario)
		} else {
			scenario.StartDate = lombard.MustDate("1985-01-02") + lombard.Date(r.IntN(1200))
			scenario.EndDate = scenario.StartDate + lombard.Date(20+r.IntN(300))
			scenario.LoanAmount = (0.3 + 0.12*r.Float64()) * 300 * scenario.UnderlyingUnits
		}
		result, err := only(source).Run(t.Context(), load.Caller{Workspace: "w"}, scenario)
		if own := lombard.KindOf(err); own == lombard.KindValidation || own == lombard.KindDataUnavailable {
			continue // such as a loan in call at entry
		}
		if err != nil {
			if strings.Contains(err.Error(), "more than the collateral is worth") || strings.Contains(err.Error(), "cannot be bought") {
				continue
			}
			t.Fatalf("seed %d: %v", seed, err)
		}
		done++
		compareAll(t, seed, &result)
	}
	if done < runs*2/3 {
		t.Errorf("%d of %d runs were computed, want two thirds", done, runs)
	}
}

// compareAll reads a result back from its document and compares its figures.
func compareAll(t *testing.T, seed uint64, computed *lombard.Result) {
	t.Helper()
	text, err := computed.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	var r lombard.Result
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for i, document := range figures(t, &r) {
		stored := map[string]float64{}
		flatten(stored, "", document)
		o := opinionOf(r.Request, &r.Templates[i])
		for _, key := range slices.Sorted(maps.Keys(stored)) {
			want, known := o.is[key]
			if !known {
				t.Errorf("seed %d, %s: nobody has a second opinion on %s", seed, r.Templates[i].TemplateSlug, key)
				continue
			}
			if math.IsInf(want, 1) {
				continue // the second implementation leaves it to the first
			}
			scale := math.Max(math.Abs(want), o.scale(key))
			if got := stored[key]; math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-6*scale {
				t.Errorf("seed %d, %s: %s = %.10g, want %.10g", seed, r.Templates[i].TemplateSlug, key, got, want)
			}
		}
	}
}

// scale is what a figure's rounding is measured by: money by the collateral.
func (o *opinion) scale(key string) float64 {
	if strings.HasPrefix(key, "metrics.loan") && !strings.HasSuffix(key, "e_star_max") && !strings.HasSuffix(key, "avoided") || strings.Contains(key, "risk") || strings.Contains(key, "ltv") {
		return 1e-3
	}
	if strings.Contains(key, "hedge_quality") && !strings.Contains(key, "vs_deleverage") || strings.Contains(key, "pct") || strings.Contains(key, "breakeven") || strings.Contains(key, "upside") {
		return 1e-2
	}
	return 1e-3 * o.is["start_value"]
}

// flatten lists the figures of a template's result by their paths: not its days,
// contracts, events and words.
func flatten(to map[string]float64, path string, at any) {
	switch x := at.(type) {
	case map[string]any:
		for name, value := range x {
			if path == "" && (name == "daily_path" || name == "contracts" || strings.HasPrefix(name, "template") || strings.HasPrefix(name, "verdict")) {
				continue
			}
			flatten(to, strings.TrimPrefix(path+"."+name, "."), value)
		}
	case []any:
		if strings.HasSuffix(path, "days") || strings.HasSuffix(path, "events") || strings.HasSuffix(path, "episodes") {
			return
		}
		for i := range x {
			flatten(to, path+"."+strconv.Itoa(i), x[i])
		}
	case float64:
		to[strings.TrimPrefix(path, "summary_metrics.")] = x
	case bool:
		to[strings.TrimPrefix(path, "summary_metrics.")] = truth(x)
	case nil:
		to[strings.TrimPrefix(path, "summary_metrics.")] = math.NaN()
	case string:
		if date, err := lombard.ParseDate(x); err == nil {
			to[strings.TrimPrefix(path, "summary_metrics.")] = float64(date)
		}
	}
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// drawCase returns a request for any hedge and any terms; a quarter are over the
// sample's gold.
func drawCase(r *rand.Rand, hedges []hedge.Template) lombard.Scenario {
	s := lombard.Scenario{Symbol: "TEST", DataSource: "file", UnderlyingUnits: pick(r, 1, 100, 1234.5), MarginCallLTV: pick(r, 0.7, 0.75, 0.8)}
	slug := pick(r, hedges...).Slug
	s.TemplateSlugs = []string{slug}
	if t, _ := hedge.Lookup(slug); t.Control == hedge.ControlDeleverage {
		s.TemplateSlugs = []string{pick(r, "protective-put-95pct-12m", "collar-95-110-3m-1m"), slug}
	}
	if r.IntN(4) == 0 {
		s.Symbol, s.DataSource = "XAU", "sample"
	}
	f := &s.Facility
	f.HedgeRecognition = pick(r, lombard.RecognitionMarketValue, lombard.RecognitionMarketValue, lombard.RecognitionHaircut, lombard.RecognitionIntrinsic, lombard.RecognitionNone, lombard.RecognitionFloor, lombard.RecognitionFINRA, lombard.RecognitionLongDated)
	f.PremiumFunding = pick(r, lombard.FundingCash, lombard.FundingLoan, lombard.FundingSellCollateral)
	f.Monitoring = pick(r, lombard.MonitoringClose, lombard.MonitoringLow)
	f.Dividends = pick(r, lombard.DividendsCash, lombard.DividendsRepay, lombard.DividendsReinvest)
	if r.IntN(3) > 0 {
		f.LoanRate = new(0.02 + 0.1*r.Float64())
		f.Interest = &lombard.Interest{
			Mode:     pick(r, lombard.InterestMonthly, lombard.InterestDaily, lombard.InterestCash, lombard.InterestBullet),
			DayCount: pick(r, lombard.DayCountAct360, lombard.DayCountAct365, lombard.DayCount30360),
		}
	}
	if r.IntN(2) == 0 {
		f.Thresholds = &lombard.Thresholds{CureTo: s.MarginCallLTV - 0.1, Liquidate: s.MarginCallLTV + 0.08}
		f.Cure = &lombard.Cure{Period: r.IntN(8), Waterfall: []lombard.WaterfallStep{pick(r, lombard.CureExternalCash, lombard.CureMonetiseHedge, lombard.CureSellCollateral)}}
		f.Liquidation = &lombard.Liquidation{Monitoring: pick(r, lombard.LiquidationClose, lombard.LiquidationIntraday), Penalty: 0.02}
	}
	a := &s.Assumptions
	a.Vol = &lombard.VolModel{Model: lombard.VolFlat, Value: 0.1 + 0.4*r.Float64()}
	a.Rate, a.DividendYield = new(pick(r, 0, 0.02, 0.05)), new(pick(r, 0, 0.03))
	a.OptionStyle = pick(r, lombard.StyleEuropean, lombard.StyleEuropean, lombard.StyleEuropean, lombard.StyleAmerican)
	a.Execution = pick(r, lombard.ExecutionMid, lombard.ExecutionHalfSpread)
	return s
}

// drawPrices returns a source of prices that wander, split and pay dividends, and
// makes the request fit them.
func drawPrices(r *rand.Rand, s *lombard.Scenario) market.Source {
	date, spot := lombard.MustDate("2019-01-02")+lombard.Date(r.IntN(300)), 50+100*r.Float64()
	s.StartDate = date
	s.LoanAmount = s.MarginCallLTV * (0.6 + 0.35*r.Float64()) * spot * s.UnderlyingUnits
	intraday := r.IntN(2) == 0
	var bars []market.Bar
	for range 30 + r.IntN(250) {
		b := market.Bar{Date: date, Close: spot}
		if len(bars) > 0 && r.IntN(60) == 0 {
			b.Split = pick(r, 2, 7, 1.5, 0.1)
			spot /= b.Split
			b.Close = spot
		}
		if len(bars) > 0 && r.IntN(40) == 0 {
			b.Dividend, b.Special = spot*0.03*r.Float64(), r.IntN(4) == 0
		}
		if intraday {
			b.Open, b.High, b.Low = spot*(0.99+0.02*r.Float64()), spot*1.03, spot*(0.95+0.03*r.Float64())
		}
		bars = append(bars, b)
		s.EndDate = date
		spot *= math.Exp(0.03*r.NormFloat64() - 0.001)
		for date++; date.IsWeekend() || r.IntN(8) == 0; date++ {
		}
	}
	return pages{full: market.Series{Symbol: s.Symbol, Source: "file", Instrument: market.Instrument{Symbol: s.Symbol, Currency: "USD", Multiplier: 100, Calendar: "nyse"}, Bars: bars}}
}
