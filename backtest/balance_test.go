package backtest

import (
	"errors"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// tamperedRun computes four falling sessions and lets tamper change the account
// between two of them.
func tamperedRun(t *testing.T, tamper func(r *runner)) error {
	t.Helper()
	template, err := hedge.Lookup("protective-put-atm-12m")
	if err != nil {
		t.Fatal(err)
	}
	rate, loanRate := 0.04, 0.06
	bars := []market.Bar{
		{Date: lombard.MustDate("2024-01-30"), Close: 100},
		{Date: lombard.MustDate("2024-01-31"), Close: 97},
		{Date: lombard.MustDate("2024-02-01"), Close: 92},
		{Date: lombard.MustDate("2024-02-02"), Close: 95},
	}
	in := Input{
		Scenario: lombard.Scenario{
			UnderlyingUnits: 1000, LoanAmount: 60_000, MarginCallLTV: 0.75, EndDate: lombard.MustDate("2024-02-02"),
			Facility: lombard.Facility{
				Preset: lombard.PresetSimple, LoanRate: &loanRate, Monitoring: lombard.MonitoringClose, PremiumFunding: lombard.FundingCash,
				HedgeRecognition: lombard.RecognitionMarketValue, LTVBase: lombard.BaseGross, Dividends: lombard.DividendsCash,
			},
			Assumptions: lombard.Assumptions{
				Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: 0.16}, Rate: &rate, DividendYield: &rate, OptionStyle: lombard.StyleEuropean,
				ContractMode: lombard.ModeContinuous, Execution: lombard.ExecutionMid, PricingMode: lombard.PricingSynthetic,
			},
		},
		Template: template,
		Series:   market.Series{Instrument: market.Instrument{Multiplier: 100}, Bars: bars},
	}
	p, err := Prepare(in.Series, in.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	h, err := HedgeOf(in.Template)
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{}
	r.reset(p, &h)
	r.record.keep(len(bars))
	for i := range bars {
		if i == 2 {
			tamper(r)
		}
		var day lombard.Day
		if err := r.step(i, &bars[i], &day); err != nil {
			return err
		}
	}
	return nil
}

func TestMoneyFromNowhereStopsTheRun(t *testing.T) {
	if err := tamperedRun(t, func(*runner) {}); err != nil {
		t.Fatalf("without a mistake: %v", err)
	}
	for name, tamper := range map[string]func(r *runner){
		"cash appears":                    func(r *runner) { r.hedged.cash += 0.01 },
		"cash from outside is forgotten":  func(r *runner) { r.hedged.outside -= 0.01 },
		"an option is bought for nothing": func(r *runner) { r.open = append(r.open, r.open[0]) },
		"an option disappears":            func(r *runner) { r.open = nil },
		"an option's quantity drifts":     func(r *runner) { r.open[0].quantity *= 1.000001 },
		"yesterday's mark is rewritten":   func(r *runner) { r.open[0].booked += 1e-5 },
		"interest is forgiven":            func(r *runner) { r.hedged.loan.Accrued = 0; r.hedged.loan.Principal -= 0.01 },
		"collateral grows":                func(r *runner) { r.hedged.units += 0.001 },
	} {
		t.Run(name, func(t *testing.T) {
			err := tamperedRun(t, tamper)
			e, ok := errors.AsType[*lombard.Error](err)
			if !ok || e.Kind != lombard.KindPricing || e.Code != "no_balance" {
				t.Fatalf("error = %v, want the one of a day that does not balance", err)
			}
			for _, word := range []string{"2024-02-01", "wealth", "collateral", "options", "frictions", "interest"} {
				if !strings.Contains(e.Message, word) {
					t.Errorf("the message %q does not name %q", e.Message, word)
				}
			}
		})
	}
}

func TestANumberThatIsNotOneNamesItsDay(t *testing.T) {
	err := tamperedRun(t, func(r *runner) { r.open[0].marker = broken{} })
	if e, ok := errors.AsType[*lombard.Error](err); !ok || e.Kind != lombard.KindPricing || !strings.Contains(e.Message, "2024-02-01") {
		t.Errorf("error = %v, want one of kind pricing that names 2024-02-01", err)
	}
}

// broken is a marker that knows no price.
type broken struct{ option.Marker }

func (broken) Mark(float64, float64) (price, delta, vega float64) {
	zero := 0.0
	return zero / zero, 0, 0
}

func TestPricesInWords(t *testing.T) {
	for x, want := range map[float64]string{379.9: "379.90", 12.5: "12.50", 1.25: "1.250", 0.012345: "0.01235", 0: "0.00", 1e-60: "0.00", -0.5: "-0.5000"} {
		if got := price(x); got != want {
			t.Errorf("price(%v) = %s, want %s", x, got, want)
		}
	}
	if got := quantity(1e12) + " " + quantity(1000.0/3); got != "1000000000000 333.333333" {
		t.Errorf("quantities = %s", got)
	}
}
