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
		MarginCallDaysUnhedged: 55, MarginCallDaysPrevented: 55, FirstCallUnhedged: lombard.MustDate("1988-09-21"), MaxLTVUnhedged: 0.796015, MaxLTVUnhedgedDate: lombard.MustDate("1989-02-17"),
		CureCashUnhedged: 17_437.5, MaxLTVRecognised: 0.62579, MarginCallDaysIfNotRecognised: 11, Purchases: 2,
		PremiumsPaid: 41_382.72, Payoff: 83_150, OpenMark: 36_396.9, HedgeCostNetOfMark: -78_164.2,
		CashFromOutsideLargest: 22_565.2, CashFromOutsideDate: lombard.MustDate("1987-12-14"),
	}
}

func TestVerdicts(t *testing.T) {
	const bad = "Without a hedge the loan is called on 55 days, first on 1988-09-21; LTV at the close peaked at 79.6 % on 1989-02-17, and the lender calls at 75.0 %; repaying 17,438 would have brought it back to 75.0 % on its worst day."
	const safe = "Without a hedge the loan is never called: LTV at the close peaked at 66.7 % on 1989-02-17, and the lender calls at 75.0 %."
	const gain, parts = "The hedge would have earned 78,164 net.", "The options cost 41,383, paid 83,150 and are still worth 36,397."
	const cash, none = "The most cash needed on one day was 22,565, on 1987-12-14.", "The hedge took no cash from outside that could have repaid the loan instead."
	fine := lombard.Summary{MaxLTVUnhedged: 2.0 / 3, MaxLTVUnhedgedDate: lombard.MustDate("1989-02-17"), MaxLTVRecognised: 0.65, Purchases: 1}
	for name, row := range map[string]struct {
		facility lombard.Facility
		change   func(m *lombard.Summary)
		repaying lombard.Metrics
		branches []lombard.Branch
		want     []string
	}{
		"every call prevented": {
			facility: lombard.Facility{HedgeRecognition: lombard.RecognitionMarketValue},
			want: []string{
				"As this lender counts it, the hedge would have prevented all 55 days in call.", gain, none, bad,
				"With the hedge (ATM put), counted at market value, LTV at the close peaks at 62.6 % and the loan is never called; if the lender did not count the options, it would be called on 11 days.", parts, cash,
			},
		},
		"the one call in all": {
			facility: lombard.Facility{HedgeRecognition: lombard.RecognitionIntrinsic},
			change: func(m *lombard.Summary) {
				m.MarginCallDaysUnhedged, m.MarginCallDaysPrevented, m.MarginCallDaysIfNotRecognised = 1, 1, 1
			},
			want: []string{
				"As this lender counts it, the hedge would have prevented the one day in call.", gain, none, strings.Replace(bad, "55 days, first on", "1 day,", 1),
				"With the hedge (ATM put), counted at intrinsic value, LTV at the close peaks at 62.6 % and the loan is never called; if the lender did not count the options, it would be called on 1 day.", parts, cash,
			},
		},
		"days are counted by date, not by difference": {
			facility: lombard.Facility{HedgeRecognition: lombard.RecognitionHaircut, Haircut: pointer(0.25)},
			change: func(m *lombard.Summary) {
				m.MarginCallDaysUnhedged, m.MarginCallDaysHedged, m.MarginCallDaysPrevented, m.MarginCallDaysAdded = 28, 26, 5, 3
				m.FirstCallHedged = lombard.MustDate("1989-02-17")
			},
			want: []string{
				"As this lender counts it, the hedge would have prevented 5 of 28 days in call and added 3.", gain, none, strings.Replace(bad, "55 days", "28 days", 1),
				"With the hedge (ATM put), counted with a haircut of 25.0 %, LTV at the close peaks at 62.6 % and the loan is called on 26 days, first on 1989-02-17; if the lender did not count the options, it would be called on 11 days.", parts, cash,
			},
		},
		"a lender that does not count it": {
			facility: lombard.Facility{HedgeRecognition: lombard.RecognitionNone},
			change: func(m *lombard.Summary) {
				m.MarginCallDaysHedged, m.MarginCallDaysPrevented, m.FirstCallHedged, m.MaxLTVRecognised = 55, 0, m.FirstCallUnhedged, 0.8
			},
			want: []string{
				"This lender does not count the hedge, which would have prevented none of 55 days in call.", gain, none, bad,
				"With the hedge (ATM put), which this lender does not count, LTV at the close peaks at 80.0 % and the loan is called on 55 days, first on 1988-09-21.", parts, cash,
			},
		},
		"never called, at a cost, and repaying left more": {
			facility: lombard.Facility{HedgeRecognition: lombard.RecognitionMarketValue},
			change: func(m *lombard.Summary) {
				*m = fine
				m.PremiumsPaid, m.Frictions, m.OpenMark, m.HedgeCostNetOfMark, m.CostPAPctOfLoan = 900, 5.5, 100, 805.5, pointer(0.00123)
				m.CashFromOutsideLargest, m.CashFromOutsideDate = 905.5, lombard.MustDate("1987-12-14")
			},
			repaying: lombard.Metrics{Hedge: lombard.HedgeMetrics{VsDeleverage: lombard.Versus{EndWealth: -850, Repaid: 905.5}}},
			want: []string{
				"The loan would not have been called, with the hedge or without.", "The hedge would have cost 805.50 net, or 0.12 % of the loan a year.",
				"Repaying the loan with that cash would have done better: no days in call and 850.00 more at the end.", safe,
				"With the hedge (ATM put), counted at market value, LTV at the close peaks at 65.0 % and the loan is never called.",
				"The options cost 905.50, paid nothing and are still worth 100.00.", "The most cash needed on one day was 905.50, on 1987-12-14.",
			},
		},
		"nothing is said of nothing": {
			facility: lombard.Facility{HedgeRecognition: lombard.RecognitionMarketValue},
			change: func(m *lombard.Summary) {
				*m = fine
				m.PremiumsPaid, m.PremiumsReceived, m.OpenMark, m.HedgeCostNetOfMark, m.CashFromOutsideLargest = 900, 900.001, 0.001, -0.002, 1e-9
			},
			want: []string{
				"The loan would not have been called, with the hedge or without.", "The hedge would have cost nothing net.", none, safe,
				"With the hedge (ATM put), counted at market value, LTV at the close peaks at 65.0 % and the loan is never called.", "The options cost nothing to open and paid nothing.",
			},
		},
		"options that were sold": {
			facility: lombard.Facility{HedgeRecognition: lombard.RecognitionMarketValue},
			change: func(m *lombard.Summary) {
				*m = fine
				m.PremiumsReceived, m.Payoff, m.OpenMark, m.HedgeCostNetOfMark = 900, -1200, -50, 350
			},
			want: []string{
				"The loan would not have been called, with the hedge or without.", "The hedge would have cost 350.00 net.", none, safe,
				"With the hedge (ATM put), counted at market value, LTV at the close peaks at 65.0 % and the loan is never called.",
				"The options brought in 900.00, took 1,200 to settle and would still take 50.00 to close.",
			},
		},
		"the lender sells all the same": {
			facility: lombard.Facility{HedgeRecognition: lombard.RecognitionMarketValue},
			change: func(m *lombard.Summary) {
				m.MarginCallDaysHedged, m.MarginCallDaysPrevented, m.FirstCallHedged = 8, 47, m.FirstCallUnhedged
			},
			branches: []lombard.Branch{
				{Branch: lombard.BranchUnhedged, CallsCount: 1, Liquidations: 1, UnitsSold: 900, UnitsLiquidated: 800},
				{Branch: lombard.BranchHedged, CallsCount: 1, Liquidations: 2, UnitsSold: 446, UnitsLiquidated: 446},
			},
			want: []string{
				"Even with the hedge, this lender would have sold 446 units; 47 of 55 days in call prevented.", gain, none, bad,
				"With the hedge (ATM put), counted at market value, LTV at the close peaks at 62.6 % and the loan is called on 8 days, first on 1988-09-21; if the lender did not count the options, it would be called on 11 days.", parts, cash,
				"Under the lender's terms: without the hedge 800 units sold by the lender; with it 446 units sold by the lender.",
			},
		},
		"no hedge": {
			change: func(m *lombard.Summary) { m.Purchases = 0 },
			want:   []string{"The loan would have been called on 55 days, first on 1988-09-21.", "No hedge was bought, so nothing was paid for one.", bad},
		},
		"collateral worth nothing": {
			change: func(m *lombard.Summary) { m.Purchases, m.CureCashUnhedged, m.MaxLTVUnhedged = 0, 0, 1e6 },
			want: []string{
				"The loan would have been called on 55 days, first on 1988-09-21.", "No hedge was bought, so nothing was paid for one.",
				"Without a hedge the loan is called on 55 days, first on 1988-09-21; LTV at the close peaked at infinity on 1989-02-17, and the lender calls at 75.0 %.",
			},
		},
		"watched by the low": {
			facility: lombard.Facility{Monitoring: lombard.MonitoringLow},
			change: func(m *lombard.Summary) {
				m.Purchases, m.MarginCallDaysLowUnhedged, m.CureCashUnhedged, m.MaxLTVUnhedged = 0, pointer(55), 0, 0.74996
			},
			want: []string{
				"The loan would have been called on 55 days, first on 1988-09-21.", "No hedge was bought, so nothing was paid for one.",
				"Without a hedge the loan is called on 55 days, first on 1988-09-21, counting the lows of the day; LTV at the close peaked at 74.996 % on 1989-02-17, and the lender calls at 75.0 %.",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := called()
			if row.change != nil {
				row.change(&m)
			}
			got := metrics.Verdict(lombard.Scenario{MarginCallLTV: 0.75, Facility: row.facility}, "ATM put", m, row.repaying, row.branches)
			if want := strings.Join(row.want, " "); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}
