package metrics_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/internal/provider/synthetic"
	"lombard.example/lombard/internal/tier"
	"lombard.example/lombard/market"
)

// TestEveryClaimOfAVerdict computes every number and every claim of verdicts
// again, from the daily path alone, over random questions. A sentence that no
// reader below understands fails too, so nothing goes unchecked.
func TestEveryClaimOfAVerdict(t *testing.T) {
	t.Parallel()
	wanted := tier.Of(400, 2000)
	random, bundled := rand.New(rand.NewPCG(4, 12)), sample.New()
	seen := map[string]int{}
	forms := make([]*regexp.Regexp, len(claims))
	for i := range claims {
		forms[i] = regexp.MustCompile("^" + claims[i].pattern + "$")
	}
	complete := 0
	for n := 0; complete < wanted; n++ {
		if n > 3*wanted {
			t.Fatalf("%d of %d questions had an answer", complete, n)
		}
		s, source := ask(random, bundled)
		result, err := load.Sources(func(string) (market.Source, error) { return source, nil }).Run(t.Context(), load.Caller{Workspace: "w"}, s)
		if own, ok := errors.AsType[*lombard.Error](err); ok && own.Kind != lombard.KindInternal && own.Code != "no_balance" {
			continue // a question that is refused has no verdict
		}
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		complete++
		r := reader{s: result.Request, template: &result.Templates[0], control: &result.Templates[1], seen: seen}
		if err := r.check(forms); err != nil {
			t.Fatalf("question %d: %v\nverdict: %s\nrequest: %+v", n, err, r.template.Verdict, result.Request)
		}
		r = reader{s: result.Request, template: r.control, control: r.control, seen: seen}
		if err := r.check(forms); err != nil {
			t.Fatalf("question %d, control: %v\nverdict: %s\nrequest: %+v", n, err, r.template.Verdict, result.Request)
		}
	}
	for _, claim := range claims {
		if seen[claim.pattern] == 0 {
			t.Errorf("no verdict of %d said %s", complete, claim.pattern)
		}
		t.Logf("%5d × %s", seen[claim.pattern], claim.pattern)
	}
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// ask is a random question with the control that repays the loan beside it.
func ask(random *rand.Rand, bundled market.Source) (lombard.Scenario, market.Source) {
	s := lombard.Scenario{TemplateSlugs: []string{pick(random, hedges()...), "deleverage-equivalent"}, UnderlyingUnits: pick(random, 1, 100, 1234.5, 0.05)}
	var source market.Source
	days := lombard.Date(20 + random.IntN(pick(random, 60, 60, 400)))
	switch random.IntN(8) {
	case 0:
		source, s.Symbol, s.StartDate = bundled, "XAU", lombard.MustDate("1986-01-02")+lombard.Date(random.IntN(900))
	case 1:
		source, s.Symbol, s.StartDate = bundled, "SPX", lombard.MustDate("2001-02-01")+lombard.Date(random.IntN(6500))
	case 2:
		source, s.Symbol, s.StartDate = synthetic.New(), "SYN-"+strconv.Itoa(random.IntN(9)), lombard.MustDate("2012-01-03")+lombard.Date(random.IntN(2000))
	default:
		source, s.Symbol, s.StartDate = walk(random, int(days)), "GLD", lombard.MustDate("2020-01-02")
	}
	s.EndDate = s.StartDate + days
	s.DataSource = source.Describe().Slug
	bars, err := source.Bars(context.Background(), market.Query{Symbol: s.Symbol, Start: s.StartDate, End: s.EndDate}, nothing)
	if err == nil && len(bars.Bars) > 0 {
		s.MarginCallLTV = pick(random, 0.6, 0.7, 0.75, 0.8, 0.85)
		s.LoanAmount = math.Floor(100*s.MarginCallLTV*(0.6+0.39*random.Float64())*s.UnderlyingUnits*bars.Run()[0].Close) / 100
	}
	f := &s.Facility
	f.Preset = pick(random, append(lombard.ValuesOf[lombard.PresetName](), "", "", "", "", "", "")...)
	f.Monitoring = pick(random, "", lombard.MonitoringLow)
	f.PremiumFunding = pick(random, "", "", lombard.FundingLoan, lombard.FundingSellCollateral)
	f.HedgeRecognition = pick(random, "", "", lombard.RecognitionMarketValue, lombard.RecognitionHaircut, lombard.RecognitionIntrinsic, lombard.RecognitionNone, lombard.RecognitionFloor, lombard.RecognitionFINRA, lombard.RecognitionLongDated)
	if f.HedgeRecognition == lombard.RecognitionFINRA || f.Preset == "reg_t_margin" {
		s.MarginCallLTV = 0.75 // its requirements do not follow another, and a warning says so
	}
	f.Dividends = pick(random, "", lombard.DividendsRepay, lombard.DividendsReinvest)
	if random.IntN(2) == 0 {
		f.LoanRate = new(0.1 * random.Float64())
		f.Interest = &lombard.Interest{Mode: pick(random, lombard.InterestMonthly, lombard.InterestDaily, lombard.InterestCash, lombard.InterestBullet)}
	}
	if random.IntN(4) == 0 {
		f.Thresholds, f.Cure = &lombard.Thresholds{Liquidate: s.MarginCallLTV + 0.05}, &lombard.Cure{Period: 2, ExternalCash: new(float64)}
	}
	a := &s.Assumptions
	a.Vol, a.Rate = &lombard.VolModel{Model: lombard.VolFlat, Value: 0.05 + 0.6*random.Float64()}, new(0.06*random.Float64())
	a.OptionStyle = pick(random, append(slices.Repeat([]lombard.Style{lombard.StyleEuropean}, 9), lombard.StyleAmerican)...)
	a.Execution = pick(random, lombard.ExecutionMid, lombard.ExecutionHalfSpread)
	a.ContractMode = pick(random, "", "", "", lombard.ModeListed)
	return s, source
}

func hedges() []string {
	var slugs []string
	for _, t := range hedge.All() {
		if t.Slug != "deleverage-equivalent" {
			slugs = append(slugs, t.Slug)
		}
	}
	return slugs
}

// walk is a source of prices that wander and crash, with splits and dividends.
func walk(random *rand.Rand, days int) market.Source {
	instrument, _ := market.Lookup("GLD")
	spot, vol, lows := 100.0, pick(random, 0.005, 0.015, 0.03), random.IntN(2) == 0
	var bars []market.Bar
	for d := lombard.MustDate("2020-01-02"); d <= lombard.MustDate("2020-01-02")+lombard.Date(days); d++ {
		if d.IsWeekend() {
			continue
		}
		bar := market.Bar{Date: d, Close: spot}
		if lows {
			bar.Open, bar.High, bar.Low = spot, spot*1.01, spot*(1-0.05*random.Float64())
		}
		switch random.IntN(120) {
		case 0:
			bar.Split = 2
			bar.Open, bar.High, bar.Low, bar.Close = bar.Open/2, bar.High/2, bar.Low/2, bar.Close/2
			spot /= 2
		case 1:
			bar.Dividend = spot * 0.01
		}
		bars = append(bars, bar)
		spot *= math.Exp(vol * random.NormFloat64())
		if random.IntN(150) == 0 {
			spot *= 0.7
		}
	}
	return prices{market.Series{Symbol: "GLD", Source: "file", Instrument: instrument, Bars: bars}}
}

// prices are a source of one series.
type prices struct{ series market.Series }

func (prices) Describe() market.Description { return market.Description{Slug: "file", Local: true} }

func (prices) Symbols(context.Context, market.Caller) ([]market.Listing, error) { return nil, nil }

func (p prices) Bars(_ context.Context, q market.Query, _ func(done, total int64)) (market.Series, error) {
	return market.Cut(p.series, q)
}

// silent watches nothing.
func nothing(int64, int64) {}
