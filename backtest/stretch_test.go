package backtest_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
)

// Sessions that are computed together are those computed one by one, to the last
// bit: whatever the lender counts, charges and funds, and however the hedge rolls.
func TestSessionsTogetherAreSessionsAlone(t *testing.T) {
	t.Parallel()
	templates := append(hedges(t),
		custom(t, `{"legs":[{"id":"put","right":"put","strike":{"value":0.95},"expiry":{"tenor":"3m"}}],"tranches":{"count":4,"spacing":"1m"},"roll":[{"when":"dte_lt","value":20,"do":"renew"}]}`),
		manyOptions(t))
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, templates)
		f := &in.Scenario.Facility
		f.HedgeRecognition = rapid.SampledFrom(lombard.ValuesOf[lombard.Recognition]()).Draw(t, "counted")
		f.MinDaysToExpiry = rapid.SampledFrom([]int{0, 30}).Draw(t, "days to expiry")
		f.PremiumFunding = rapid.SampledFrom(lombard.ValuesOf[lombard.Funding]()).Draw(t, "funding")
		f.Dividends = rapid.SampledFrom(lombard.ValuesOf[lombard.Dividends]()).Draw(t, "dividends")
		f.Interest = &lombard.Interest{
			Mode:     rapid.SampledFrom(lombard.ValuesOf[lombard.InterestMode]()).Draw(t, "interest mode"),
			DayCount: rapid.SampledFrom(lombard.ValuesOf[lombard.DayCount]()).Draw(t, "day count"),
		}
		if rapid.Bool().Draw(t, "lending value") {
			f.LTVBase, f.LendingValue = lombard.BaseLendingValue, number(0.65)
		}
		p, err := backtest.Prepare(in.Series, in.Scenario)
		if err != nil {
			t.Fatal(err)
		}
		h, err := backtest.HedgeOf(in.Template)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "repayments") {
			h.Repayments = make([]float64, p.Sessions())
			h.Repayments[rapid.IntRange(0, p.Sessions()-1).Draw(t, "repaid on")] = 0.1 * in.Scenario.LoanAmount
		}
		want, wantErr := p.RunDayByDay(t.Context(), h)
		got, err := p.Run(t.Context(), h, nil)
		if errText(err) != errText(wantErr) {
			t.Fatalf("error = %v, want %v", err, wantErr)
		}
		if err != nil {
			return
		}
		for i := range want.Days {
			if got, want := asJSON(t, got.Days[i]), asJSON(t, want.Days[i]); string(got) != string(want) {
				t.Fatalf("day %d\n got %s\nwant %s", i, got, want)
			}
		}
		if !reflect.DeepEqual(got.Held, want.Held) || got.CallSpot != want.CallSpot || string(asJSON(t, got.Contracts)) != string(asJSON(t, want.Contracts)) {
			t.Fatalf("what is held:\n got %+v\nwant %+v", got, want)
		}
	})
}

// manyOptions is a hedge of more options at once than a walker remembers.
func manyOptions(t *testing.T) hedge.Template {
	t.Helper()
	legs := ""
	for i, strike := range []string{"0.7", "0.75", "0.8", "0.85", "0.9", "0.95", "1", "1.05", "1.1", "1.15", "1.2", "1.25"} {
		if i > 0 {
			legs += ","
		}
		legs += `{"right":"put","ratio":"1/12","strike":{"value":` + strike + `},"expiry":{"tenor":"9m"}}`
	}
	return custom(t, `{"legs":[`+legs+`],"tranches":{"count":9,"spacing":"1m"},"roll":[{"when":"expiry","do":"renew"}]}`)
}
