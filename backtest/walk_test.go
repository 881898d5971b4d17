package backtest_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/tier"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
)

// studied is one goroutine's memory of a study: what it runs hedges with.
type studied struct {
	walker backtest.Walker
	tally  metrics.Tally
}

// figures runs a hedge and keeps its summary only.
func (s *studied) figures(ctx context.Context, in backtest.Input) (lombard.Summary, error) {
	p, err := backtest.Prepare(in.Series, in.Scenario)
	if err != nil {
		return lombard.Summary{}, err
	}
	h, err := backtest.HedgeOf(in.Template)
	if err != nil {
		return lombard.Summary{}, err
	}
	h.Repayments = in.Repayments
	s.tally.Reset(&in.Scenario, p.Sessions())
	contracts, err := s.walker.Walk(ctx, p, &h, &s.tally)
	if err != nil {
		return lombard.Summary{}, err
	}
	return s.tally.Summary(contracts)
}

// cell runs a hedge over the year from a session.
func (s *studied) cell(ctx context.Context, p *backtest.Prepared, h *backtest.Hedge, first int) (lombard.Summary, error) {
	year, err := yearFrom(p, first)
	if err != nil {
		return lombard.Summary{}, err
	}
	scenario := year.Scenario()
	s.tally.Reset(&scenario, year.Sessions())
	contracts, err := s.walker.Walk(ctx, year, h, &s.tally)
	if err != nil {
		return lombard.Summary{}, err
	}
	return s.tally.Summary(contracts)
}

// enforced runs a hedge and keeps what the lender's terms came to.
func (s *studied) enforced(ctx context.Context, in backtest.Input) ([]lombard.Branch, error) {
	s.walker.Enforce = true
	defer func() { s.walker.Enforce = false }()
	_, err := s.figures(ctx, in)
	return s.walker.Branches(), err
}

// sameBranches is sameFigures of the accounts under the lender's terms.
func sameBranches(t testing.TB, s *studied, in backtest.Input) string {
	t.Helper()
	got, err := s.enforced(t.Context(), in)
	path, wantErr := backtest.Run(t.Context(), in, nil)
	var want []lombard.Branch
	if wantErr == nil {
		want, wantErr = backtest.Branches(in, &path)
	}
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		return "error = " + errText(err) + ", want " + errText(wantErr)
	}
	for i := range want {
		want[i].Days, want[i].Events = []lombard.BranchDay{}, []lombard.Event{}
	}
	if err == nil && !reflect.DeepEqual(got, want) {
		return "got  " + string(asJSON(t, got)) + "\nwant " + string(asJSON(t, want))
	}
	return ""
}

// summaryOf runs a hedge, keeps its path and summarises that.
func summaryOf(ctx context.Context, in backtest.Input) (lombard.Summary, error) {
	path, err := backtest.Run(ctx, in, nil)
	if err != nil {
		return lombard.Summary{}, err
	}
	return metrics.Summarize(in.Scenario, path.Days, path.Contracts)
}

// sameFigures reports how a summary of a path that was kept differs from one of a
// path that was not; empty where they are equal to the last bit.
func sameFigures(t testing.TB, s *studied, in backtest.Input) string {
	t.Helper()
	want, wantErr := summaryOf(t.Context(), in)
	got, err := s.figures(t.Context(), in)
	switch {
	case (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error():
		return "error = " + errText(err) + ", want " + errText(wantErr)
	case err == nil && !reflect.DeepEqual(bits(got), bits(want)):
		return "got  " + string(asJSON(t, got)) + "\nwant " + string(asJSON(t, want))
	}
	return ""
}

func errText(err error) string {
	if err == nil {
		return "none"
	}
	return err.Error()
}

// bits is every figure of a summary, numbers by their bits.
func bits(m lombard.Summary) []any {
	var all []any
	for _, x := range reflect.ValueOf(m).Fields() {
		if x.Kind() == reflect.Pointer {
			if all = append(all, x.IsNil()); x.IsNil() {
				continue
			}
			x = x.Elem()
		}
		if x.Kind() == reflect.Float64 {
			all = append(all, math.Float64bits(x.Float()))
			continue
		}
		all = append(all, x.Interface())
	}
	return all
}

// terms are what the two recorders are compared under: every choice that a day
// depends on.
type terms struct {
	preset      lombard.PresetName
	recognition lombard.Recognition
	mode        lombard.ContractMode
}

// under returns a run of a hedge on a lender's terms.
func under(prices market.Series, tpl hedge.Template, x terms) backtest.Input {
	run := prices.Run()
	s := over(prices, 1000, 0.55*1000*run[0].Close, 0.75)
	s.Facility = lombard.Facility{Preset: x.preset, HedgeRecognition: x.recognition, Haircut: number(0.3), LoanRate: number(0.07)}
	s.Assumptions = lombard.Assumptions{
		Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: 0.3}, Rate: number(0.03), DividendYield: number(0.01),
		OptionStyle: lombard.StyleEuropean, ContractMode: x.mode, Execution: lombard.ExecutionHalfSpread,
	}
	s, _ = calc.Resolve(s, prices.Instrument)
	in := backtest.Input{Scenario: s, Template: tpl, Series: prices}
	if tpl.Control == hedge.ControlDeleverage {
		in.Repayments = make([]float64, len(run))
		in.Repayments[len(run)/2] = 0.01 * s.LoanAmount
	}
	return in
}

// Whoever keeps no path has the summary of who does, to the last bit: every
// template, lender, way to count a hedge and kind of contract. The prices are
// another walk for each; one walker serves them all, so that nothing of a run is
// left to the next.
func TestFiguresOfAPathThatIsNotKept(t *testing.T) {
	t.Parallel()
	s, n, called, sold := &studied{}, uint64(0), 0, 0
	for _, tpl := range hedges(t) {
		for _, preset := range lombard.ValuesOf[lombard.PresetName]() {
			for _, recognition := range lombard.ValuesOf[lombard.Recognition]() {
				for _, mode := range lombard.ValuesOf[lombard.ContractMode]() {
					if n++; n%uint64(tier.Of(5, 1)) != 0 {
						continue
					}
					prices := wander(rand.New(rand.NewPCG(3, n)))
					if diff := sameFigures(t, s, under(prices, tpl, terms{preset, recognition, mode})); diff != "" {
						t.Fatalf("%s, %s, %s, %s:\n%s", tpl.Slug, preset, recognition, mode, diff)
					}
					if diff := sameBranches(t, s, under(prices, tpl, terms{preset, recognition, mode})); diff != "" {
						t.Fatalf("%s, %s, %s, %s: branches:\n%s", tpl.Slug, preset, recognition, mode, diff)
					}
					for _, b := range s.walker.Branches() {
						called += b.CallsCount
						sold += b.Liquidations
					}
				}
			}
		}
	}
	if called == 0 || sold == 0 {
		t.Errorf("%d calls and %d liquidations: the prices try nothing", called, sold)
	}
}

// wander returns prices with lows, splits and dividends over some months.
func wander(r *rand.Rand) market.Series {
	var bars []market.Bar
	date, spot := lombard.MustDate("2019-12-02"), 100.0
	for i := range 20 + r.IntN(60) {
		b := market.Bar{Date: date, Close: spot}
		if r.IntN(3) > 0 {
			b.Open, b.High, b.Low = spot, spot*1.01, spot*(0.9+0.1*r.Float64())
		}
		switch action := r.IntN(30); {
		case i > 0 && action == 0:
			b.Split = []float64{2, 1.5, 0.1}[r.IntN(3)]
		case i > 0 && action == 1:
			b.Dividend, b.Special = 0.03*spot, r.IntN(2) == 0
		}
		bars = append(bars, b)
		spot *= math.Exp(0.05 * r.NormFloat64())
		date += lombard.Date([]int{1, 1, 3, 7, 14}[r.IntN(5)])
	}
	return made(bars...)
}

// The same over drawn prices, vols, rates, spreads and styles.
func TestFiguresOfDrawnPaths(t *testing.T) {
	t.Parallel()
	templates, s := hedges(t), &studied{}
	rapid.Check(t, func(r *rapid.T) {
		in := drawInput(r, templates)
		in.Scenario.Assumptions.CrashSpreads = rapid.Bool().Draw(r, "crash spreads")
		if in.Series.First > 5 && rapid.Bool().Draw(r, "realised vol") {
			in.Scenario.Assumptions.Vol = realised(4, 1.1)
			in.Scenario.Assumptions.Vol.Refresh = rapid.SampledFrom([]lombard.Refresh{lombard.RefreshPurchase, lombard.RefreshDaily}).Draw(r, "refresh")
			in.Scenario.Assumptions.Vol.Dynamics = rapid.SampledFrom([]lombard.Dynamics{lombard.DynamicsDelta, lombard.DynamicsStrike, lombard.DynamicsBeta}).Draw(r, "dynamics")
			in.Scenario.Assumptions.Vol.Smile = &lombard.SmileModel{Preset: lombard.SmileEquityIndex}
		}
		if diff := sameFigures(t, s, in); diff != "" {
			r.Fatal(diff)
		}
	})
}

// A recorder sees the days that Run keeps.
type kept struct {
	days      []lombard.Day
	contracts []int
}

func (k *kept) Day(day *lombard.Day, contracts []lombard.Contract) {
	d := *day
	for _, p := range []**float64{&d.LTVHedgedLow, &d.LTVUnhedgedLow, &d.LTVNotRecognisedLow, &d.IVUsed, &d.RateUsed, &d.YieldUsed, &d.LoanRate} {
		if *p != nil {
			*p = new(**p)
		}
	}
	k.days, k.contracts = append(k.days, d), append(k.contracts, len(contracts))
}

func TestARecorderSeesTheDaysOfTheRun(t *testing.T) {
	in := under(wander(rand.New(rand.NewPCG(1, 1))), template(t, "protective-put-95pct-3m-roll"), terms{lombard.PresetSimple, lombard.RecognitionMarketValue, lombard.ModeContinuous})
	p, err := backtest.Prepare(in.Series, in.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	h, err := backtest.HedgeOf(in.Template)
	if err != nil {
		t.Fatal(err)
	}
	var seen kept
	var w backtest.Walker
	contracts, err := w.Walk(t.Context(), p, &h, &seen)
	if err != nil {
		t.Fatal(err)
	}
	path := run(t, in)
	if len(contracts) != len(path.Contracts) || seen.contracts[0] != 1 {
		t.Fatalf("%d contracts, want %d; %d at entry", len(contracts), len(path.Contracts), seen.contracts[0])
	}
	for i := range path.Days {
		want := path.Days[i]
		want.Events, want.OptionDelta, want.OptionVega, want.Exposure = nil, 0, 0, 0 // what a Walker leaves out
		if got, want := asJSON(t, seen.days[i]), asJSON(t, want); !bytes.Equal(got, want) {
			t.Fatalf("day %d\n got %s\nwant %s", i, got, want)
		}
	}
}

func TestAWalkStopsWithItsContext(t *testing.T) {
	in := under(wander(rand.New(rand.NewPCG(1, 2))), template(t, "unhedged"), terms{lombard.PresetSimple, lombard.RecognitionNone, lombard.ModeContinuous})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&studied{}).figures(ctx, in); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the context's", err)
	}
}

func TestASummaryBeforeTheEndIsRefused(t *testing.T) {
	s := goldScenario()
	var tally metrics.Tally
	tally.Reset(&s, 2)
	tally.Day(&lombard.Day{Date: s.StartDate, SpotClose: 100, Units: 1}, nil)
	if _, err := tally.Summary(nil); err == nil {
		t.Error("a summary of half a path")
	}
}
