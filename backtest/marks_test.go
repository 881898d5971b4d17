package backtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

// seen keeps what a stretch says of its options and its loan.
type seen struct {
	days   int
	ltv    []float64
	option float64
}

func (s *seen) Day(day *lombard.Day, _ []lombard.Contract) {
	s.days++
	s.ltv, s.option = append(s.ltv, day.LTVHedged), day.OptionMarketValue
}

func (s *seen) Stretch(c *Stretch, _ []lombard.Contract) {
	s.ltv, s.option = append(s.ltv, c.LTVHedged...), c.OptionValue
}

// sharing is half a year of daily closes, prepared for a loan, and a hedge.
func sharing(t *testing.T, style lombard.Style) (*Prepared, *Hedge) {
	t.Helper()
	template, err := hedge.Lookup("protective-put-95pct-3m-roll")
	if err != nil {
		t.Fatal(err)
	}
	rate := 0.04
	series := market.Series{Instrument: market.Instrument{Multiplier: 1, SevenDay: true}}
	for i := range 180 {
		series.Bars = append(series.Bars, market.Bar{Date: lombard.MustDate("2024-01-02") + lombard.Date(i), Close: 100 + 10*math.Sin(float64(i)/9)})
	}
	p, err := Prepare(series, lombard.Scenario{
		UnderlyingUnits: 1000, LoanAmount: 50_000, MarginCallLTV: 0.75, EndDate: series.Bars[179].Date,
		Facility: lombard.Facility{
			Preset: lombard.PresetSimple, LoanRate: &rate, Monitoring: lombard.MonitoringClose, PremiumFunding: lombard.FundingCash,
			HedgeRecognition: lombard.RecognitionMarketValue, LTVBase: lombard.BaseGross, Dividends: lombard.DividendsCash,
		},
		Assumptions: lombard.Assumptions{
			Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: 0.2}, Rate: &rate, DividendYield: new(0.0), OptionStyle: style,
			ContractMode: lombard.ModeContinuous, Execution: lombard.ExecutionMid, PricingMode: lombard.PricingSynthetic,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := HedgeOf(template)
	if err != nil {
		t.Fatal(err)
	}
	return p, &h
}

// The same start with another loan buys the same options: their marks are those of
// the walk before, and the account is that of a walker which knows none.
func TestMarksAreSharedBetweenLoans(t *testing.T) {
	for _, style := range []lombard.Style{lombard.StyleEuropean, lombard.StyleAmerican} {
		p, h := sharing(t, style)
		var w Walker
		used := func() (turns int) {
			for i := range w.account.paths.all {
				turns += w.account.paths.all[i].turn
			}
			return turns
		}
		for i, loan := range []float64{50_000, 60_000, 40_000} {
			cell, err := p.Window(Window{First: 3, End: 150, EndDate: p.run[149].Date, Units: 1000, Loan: loan})
			if err != nil {
				t.Fatal(err)
			}
			var got, want seen
			before := used()
			if _, err := w.Walk(t.Context(), cell, h, &got); err != nil {
				t.Fatal(err)
			}
			if fresh := used() - before; i > 0 && fresh != 0 {
				t.Errorf("%s: the walk for a loan of %v priced %d options again", style, loan, fresh)
			}
			var alone Walker
			if _, err := alone.Walk(t.Context(), cell, h, &want); err != nil {
				t.Fatal(err)
			}
			if len(got.ltv) != 147 || got.days > 20 {
				t.Fatalf("%s: %d sessions, %d of them alone", style, len(got.ltv), got.days)
			}
			for k := range got.ltv {
				if got.ltv[k] != want.ltv[k] {
					t.Fatalf("%s, session %d: an LTV of %v, want %v", style, k, got.ltv[k], want.ltv[k])
				}
			}
		}
		if used() == 0 {
			t.Errorf("%s: no option was priced", style)
		}
	}
}

// Prices that are walked over no more are not kept: a study of simulated paths has
// others for each.
func TestMarksOfOtherPricesAreForgotten(t *testing.T) {
	p, h := sharing(t, lombard.StyleEuropean)
	var w Walker
	for range 3 {
		series := p.series
		series.Bars = slices.Clone(series.Bars)
		var got, want seen
		if _, err := w.Walk(t.Context(), p.On(series), h, &got); err != nil {
			t.Fatal(err)
		}
		kept := 0
		for i := range w.account.paths.all {
			bar := w.account.paths.all[i].key.bar
			if bar == nil {
				continue
			}
			if kept++; bar != &series.Bars[bar.Date-series.Bars[0].Date] {
				t.Fatalf("marks over a bar of %s of other prices are kept", bar.Date)
			}
		}
		if kept == 0 {
			t.Fatal("no marks are kept")
		}
		var alone Walker
		if _, err := alone.Walk(t.Context(), p, h, &want); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.ltv, want.ltv) {
			t.Fatal("the same prices elsewhere have other LTVs")
		}
	}
}

// The check of a stretch names the day on which money came from nowhere.
func TestMoneyFromNowhereStopsAStretch(t *testing.T) {
	for name, tamper := range map[string]func(r *runner){
		"cash appears":                  func(r *runner) { r.hedged.cash += 0.01 },
		"an option's quantity drifts":   func(r *runner) { r.open[0].quantity *= 1.000001 },
		"yesterday's mark is rewritten": func(r *runner) { r.open[0].booked += 1e-4 },
		"collateral grows":              func(r *runner) { r.hedged.units += 0.001 },
	} {
		for _, exact := range []bool{false, true} {
			p, h := sharing(t, lombard.StyleEuropean)
			r := &runner{}
			r.reset(p, h)
			r.record.forget(false, exact)
			var day lombard.Day
			if _, err := r.next(0, &day); err != nil {
				t.Fatal(err)
			}
			tamper(r)
			quiet, err := r.next(1, &day)
			e, ok := errors.AsType[*lombard.Error](err)
			if quiet < 2 || !ok || e.Code != "no_balance" {
				t.Errorf("%s: %d sessions, error = %v, want the one of a day that does not balance", name, quiet, err)
			}
		}
	}
}

// More options than there are places for their marks: each is counted at its own.
// A lender that counts them at market value sees the LTV of the account.
func TestManyOptionsAreCountedAtTheirOwnMarks(t *testing.T) {
	var legs []string
	for i := range 12 {
		legs = append(legs, fmt.Sprintf(`{"id":"leg%d","right":"put","ratio":"1/12","strike":{"value":%g},"expiry":{"tenor":"6m"}}`, i, 0.7+0.05*float64(i)))
	}
	template, err := hedge.Parse([]byte(`{"slug":"many","legs":[` + strings.Join(legs, ",") + `],"tranches":{"count":6,"spacing":"1m"},"roll":[{"when":"expiry","do":"renew"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := sharing(t, lombard.StyleEuropean)
	h, err := HedgeOf(template)
	if err != nil {
		t.Fatal(err)
	}
	path, err := p.Run(t.Context(), h, nil)
	if err != nil {
		t.Fatal(err)
	}
	var w Walker
	most := 0
	count := func(ltv, recognised float64, what string) {
		if math.Abs(recognised/ltv-1) > 1e-12 {
			t.Errorf("%s: recognised LTV = %v, want %v", what, recognised, ltv)
		}
	}
	for i := range path.Days {
		d := &path.Days[i]
		most = max(most, len(path.Held[i]))
		count(d.LTVHedged, d.LTVRecognised, "kept, "+d.Date.String())
		value := 0.0
		for _, held := range path.Held[i] {
			value += held.Quantity * held.Mark
		}
		if math.Abs(value-d.OptionMarketValue) > 1e-9*d.UnderlyingValue {
			t.Errorf("%s: what is held is worth %v, want %v", d.Date, value, d.OptionMarketValue)
		}
	}
	if places := len(w.account.paths.all); most <= places {
		t.Fatalf("%d options were open at once: the test is to have more than %d", most, places)
	}
	var s recognised
	if _, err := w.Walk(t.Context(), p, &h, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.ltv) != len(path.Days) || s.together == 0 {
		t.Fatalf("%d sessions, %d of them together; want %d", len(s.ltv), s.together, len(path.Days))
	}
	for i, ltv := range s.ltv {
		if want := path.Days[i].LTVRecognised; ltv != want {
			t.Errorf("walked, %s: recognised LTV = %v, want %v", path.Days[i].Date, ltv, want)
		}
	}
}

// recognised keeps the LTV as the lender computes it.
type recognised struct {
	ltv      []float64
	together int // sessions that came in stretches
}

func (r *recognised) Day(day *lombard.Day, _ []lombard.Contract) {
	r.ltv = append(r.ltv, day.LTVRecognised)
}

func (r *recognised) Stretch(s *Stretch, _ []lombard.Contract) {
	r.ltv = append(r.ltv, s.LTVRecognised...)
	r.together += len(s.Spot)
}
