package metrics_test

import (
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/metrics"
)

// called is a summary of a loan called on 55 days that a hedge saved.
func called() lombard.Summary {
	return lombard.Summary{
		MarginCallDaysUnhedged: 55, FirstCallUnhedged: lombard.MustDate("1988-09-21"), MaxLTVUnhedged: 0.796015, MaxLTVUnhedgedDate: lombard.MustDate("1989-02-17"),
		CureCashUnhedged: 17_437.5, MaxLTVRecognised: 0.62579, MarginCallDaysIfNotRecognised: 11, Purchases: 2,
		PremiumsPaid: 41_382.72, Payoff: 83_150, OpenMark: 36_396.9, HedgeCostNetOfMark: -78_164.2,
		CashFromOutsideLargest: 22_565.2, CashFromOutsideDate: lombard.MustDate("1987-12-14"),
	}
}

func TestVerdicts(t *testing.T) {
	const safe = "Without a hedge the loan would not have been called: its LTV peaked at 66.7 % on 1989-02-17, and the lender calls at 75.0 %."
	const bad = "Without a hedge the loan would have been called on 55 days, first on 1988-09-21; its LTV at the close peaked at 79.6 %, and repaying 17,438 would have brought it back to the threshold of 75.0 %."
	const gain = "The options paid more than they cost: they cost 41,383, paid 83,150 and are still worth 36,397, a gain of 78,164."
	const cash = "The most cash it needed on one day was 22,565, on 1987-12-14."
	for name, row := range map[string]struct {
		facility lombard.Facility
		change   func(m *lombard.Summary)
		want     []string
	}{
		"every call prevented": {
			lombard.Facility{HedgeRecognition: lombard.RecognitionMarketValue},
			func(*lombard.Summary) {},
			[]string{bad, "With the hedge (ATM put), if the lender counts it at market value, every one of them is prevented (LTV at most 62.6 % at the close); were the options not recognised by the lender, there would be 11 call days.", gain, cash},
		},
		"one call in all": {
			lombard.Facility{HedgeRecognition: lombard.RecognitionIntrinsic},
			func(m *lombard.Summary) { m.MarginCallDaysUnhedged, m.MarginCallDaysIfNotRecognised = 1, 1 },
			[]string{strings.Replace(bad, "55 days, first on", "1 day,", 1), "With the hedge (ATM put), if the lender counts it at intrinsic value, that call is prevented (LTV at most 62.6 % at the close); were the options not recognised by the lender, there would be 1 call day.", gain, cash},
		},
		"fewer calls": {
			lombard.Facility{HedgeRecognition: lombard.RecognitionHaircut, Haircut: pointer(0.25)},
			func(m *lombard.Summary) {
				m.MarginCallDaysHedged, m.FirstCallHedged = 1, lombard.MustDate("1989-02-17")
			},
			[]string{bad, "With the hedge (ATM put), if the lender counts it with a haircut of 25.0 %, 54 of the 55 are prevented and 1 call day remains, first on 1989-02-17; were the options not recognised by the lender, there would be 11 call days.", gain, cash},
		},
		"no difference to a lender that does not count it": {
			lombard.Facility{HedgeRecognition: lombard.RecognitionNone},
			func(m *lombard.Summary) { m.MarginCallDaysHedged = 55 },
			[]string{bad, "With the hedge (ATM put), which this lender does not count, it makes no difference: 55 call days remain.", gain, cash},
		},
		"never called, at a cost": {
			lombard.Facility{HedgeRecognition: lombard.RecognitionMarketValue},
			func(m *lombard.Summary) {
				*m = lombard.Summary{MaxLTVUnhedged: 2.0 / 3, MaxLTVUnhedgedDate: lombard.MustDate("1989-02-17"), MaxLTVRecognised: 0.65, Purchases: 1, PremiumsPaid: 900, Frictions: 5.5, OpenMark: 100, HedgeCostNetOfMark: 805.5, CostPAPctOfLoan: pointer(0.00123), CashFromOutsideLargest: 905.5, CashFromOutsideDate: lombard.MustDate("1987-12-14")}
			},
			[]string{
				safe, "With the hedge (ATM put), if the lender counts it at market value, the loan would not have been called either (LTV at most 65.0 % at the close).",
				"The options cost 905.50, paid nothing and are still worth 100.00: a net cost of 805.50, or 0.12 % of the loan a year.", "The most cash it needed on one day was 905.50, on 1987-12-14.",
			},
		},
		"options that were sold": {
			lombard.Facility{HedgeRecognition: lombard.RecognitionMarketValue},
			func(m *lombard.Summary) {
				*m = lombard.Summary{MaxLTVUnhedged: 2.0 / 3, MaxLTVUnhedgedDate: lombard.MustDate("1989-02-17"), MaxLTVRecognised: 0.65, Purchases: 1, PremiumsReceived: 900, Payoff: -1200, OpenMark: -50, HedgeCostNetOfMark: 350}
			},
			[]string{
				safe, "With the hedge (ATM put), if the lender counts it at market value, the loan would not have been called either (LTV at most 65.0 % at the close).",
				"The options brought in 900.00, took 1,200 at expiry and would still take 50.00 to close: a net cost of 350.00.",
			},
		},
		"no hedge": {
			lombard.Facility{},
			func(m *lombard.Summary) { m.Purchases = 0 },
			[]string{bad, "No hedge was bought, so nothing was paid for one."},
		},
		"collateral worth nothing": {
			lombard.Facility{},
			func(m *lombard.Summary) { m.Purchases, m.CureCashUnhedged, m.MaxLTVUnhedged = 0, 0, 1e6 },
			[]string{"Without a hedge the loan would have been called on 55 days, first on 1988-09-21; its LTV at the close peaked at infinity.", "No hedge was bought, so nothing was paid for one."},
		},
		"watched by the low": {
			lombard.Facility{Monitoring: lombard.MonitoringLow},
			func(m *lombard.Summary) {
				m.Purchases, m.MarginCallDaysLowUnhedged, m.CureCashUnhedged, m.MaxLTVUnhedged = 0, pointer(55), 0, 0.74996
			},
			[]string{"Without a hedge the loan would have been called on 55 days, first on 1988-09-21, counting the lows of the day; its LTV at the close peaked at 74.996 %.", "No hedge was bought, so nothing was paid for one."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := called()
			row.change(&m)
			got := metrics.Verdict(lombard.Scenario{MarginCallLTV: 0.75, Facility: row.facility}, "ATM put", m, lombard.Metrics{}, nil)
			if want := strings.Join(row.want, " "); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}
