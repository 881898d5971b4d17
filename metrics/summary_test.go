package metrics_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/metrics"
)

func pointer[T any](x T) *T { return &x }

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want))) {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

// year is a run of 731 days, 2 × 365.25 rounded up, over 100 units: a put on all
// of them bought for 500 paid 300 after a year and was renewed for 400, of which
// 100 are left. The loan is 6,000 and called from 0.75 on.
func year() (lombard.Scenario, []lombard.Day, []lombard.Contract) {
	s := lombard.Scenario{UnderlyingUnits: 100, LoanAmount: 6000, MarginCallLTV: 0.75}
	entry, middle, last := lombard.MustDate("2021-01-04"), lombard.MustDate("2022-01-04"), lombard.MustDate("2023-01-05")
	iv := 0.2
	contracts := []lombard.Contract{
		{ID: "put#1", Right: "put", Quantity: 100, Strike: 80, Opened: entry, Expiry: middle, Premium: 500, Settled: middle, Payoff: pointer(300.0)},
		{ID: "put#2", Right: "put", Quantity: 100, Strike: 77, Opened: middle, Expiry: lombard.MustDate("2023-01-04") + 366, Premium: 400, OpenMark: pointer(100.0)},
	}
	days := []lombard.Day{
		{Date: entry, SpotClose: 100, UnderlyingValue: 10_000, Units: 100, UnitsHedged: 100, OptionMarketValue: 500, LTVUnhedged: 0.6, LTVHedged: 6000 / 10_500.0, LTVRecognised: 6000 / 10_500.0, LTVNotRecognised: 0.6, LoanBalance: 6000, LoanBalanceHedged: 6000, CashFromOutside: 500, Frictions: 5, IVUsed: &iv, MarkSource: "surface"},
		{Date: middle, SpotClose: 77, UnderlyingValue: 7700, Units: 100, UnitsHedged: 100, OptionMarketValue: 400, LTVUnhedged: 6100 / 7700.0, LTVHedged: 6100 / 8100.0, LTVRecognised: 6100 / 8100.0, LTVNotRecognised: 6100 / 7700.0, LoanBalance: 6100, LoanBalanceHedged: 6100, MarginCallUnhedged: true, MarginCallHedged: true, LTVUnhedgedLow: pointer(0.8), LTVHedgedLow: pointer(0.74), LTVNotRecognisedLow: pointer(0.8), CashFromOutside: 100, Frictions: 4, IVUsed: &iv, MarkSource: "surface"},
		{Date: last, SpotClose: 90, UnderlyingValue: 9000, Units: 100, UnitsHedged: 100, OptionMarketValue: 100, NetPortfolioValue: 9000 + 100 - 609, LTVUnhedged: 6200 / 9000.0, LTVHedged: 6200 / 9100.0, LTVRecognised: 6200 / 9100.0, LTVNotRecognised: 6200 / 9000.0, LoanBalance: 6200, LoanBalanceHedged: 6200, LTVUnhedgedLow: pointer(0.76), LTVHedgedLow: pointer(0.75), LTVNotRecognisedLow: pointer(0.76), IVUsed: &iv, MarkSource: "surface", EquityHedged: 2291, EquityUnhedged: 2800},
	}
	return s, days, contracts
}

func TestSummaryByHand(t *testing.T) {
	s, days, contracts := year()
	m, err := metrics.Summarize(s, days, contracts)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "start value", m.StartValue, 10_000)
	near(t, "end value unhedged", m.EndValueUnhedged, 9000)
	near(t, "end value hedged", m.EndValueHedgedNet, 8491)
	near(t, "total hedge cost", m.TotalHedgeCost, 500+400-300+9)
	near(t, "net of mark", m.HedgeCostNetOfMark, 509)
	near(t, "max LTV", m.MaxLTVUnhedged, 6100/7700.0)
	near(t, "max hedged", m.MaxLTVHedged, 6100/8100.0)
	near(t, "smallest headroom", m.MinHeadroomUnhedged, 1-6100/7700.0/0.75)
	near(t, "cure cash", m.CureCashUnhedged, 6100-0.75*7700)
	near(t, "cash from outside", m.CashFromOutside, 600)
	// Hedged units × spot: 100 × (100 + 77 + 90) / 3 = 8,900, on every day, as
	// the put is renewed on the day it expires. 731 / 365.25 years.
	years := 731 / 365.25
	near(t, "cost a year", *m.CostPAPct, 509/8900.0/years)
	near(t, "cost a year of the loan", *m.CostPAPctOfLoan, 509/6000.0/years)
	// The first put was held for all its life, the second for 366 of 731 days.
	near(t, "premium a year", *m.PremiumPAPct, (500+400*366/731.0)/8900/years)
	near(t, "share marked by the model", *m.ModelMarkedShare, 1)
	if m.MaxLTVUnhedgedDate != days[1].Date || m.CashFromOutsideDate != days[0].Date || m.FirstCallHedged != days[1].Date {
		t.Errorf("dates: %+v", m)
	}
	if m.MarginCallDaysUnhedged != 1 || m.MarginCallDaysHedged != 1 || m.MarginCallDaysIfNotRecognised != 1 || *m.MarginCallDaysLowUnhedged != 2 || *m.MarginCallDaysLowHedged != 1 || !m.BreachedHedged || m.Purchases != 2 || m.Sessions != 3 {
		t.Errorf("counts: %+v", m)
	}
}

func TestALenderWhoWatchesTheLowIsNotToldTheCountByClose(t *testing.T) {
	s, days, contracts := year()
	s.Facility.Monitoring = lombard.MonitoringLow
	m, err := metrics.Summarize(s, days, contracts)
	if err != nil || m.MarginCallDaysIfNotRecognised != 2 {
		t.Errorf("call days if not recognised = %d, %v; want 2", m.MarginCallDaysIfNotRecognised, err)
	}
}

func TestWhatIsUndefinedIsNull(t *testing.T) {
	s, days, contracts := year()
	alone, err := metrics.Summarize(s, []lombard.Day{
		{Date: days[0].Date, SpotClose: 100, UnderlyingValue: 10_000, Units: 100, UnitsHedged: 100, NetPortfolioValue: 10_000, LTVUnhedged: 0.6, LTVHedged: 0.6, LoanBalance: 6000, LoanBalanceHedged: 6000},
		{Date: days[2].Date, SpotClose: 90, UnderlyingValue: 9000, Units: 100, UnitsHedged: 100, NetPortfolioValue: 9000, LTVUnhedged: 6 / 9.0, LTVHedged: 6 / 9.0, LoanBalance: 6000, LoanBalanceHedged: 6000},
	}, nil)
	if err != nil || alone.CostPAPct != nil || alone.CostPAPctOfLoan != nil || alone.PremiumPAPct != nil || alone.ModelMarkedShare != nil || alone.MarginCallDaysLowUnhedged != nil || alone.MarginCallDaysLowHedged != nil {
		t.Errorf("without a hedge: %+v, %v", alone, err)
	}
	short := days[:1]
	short[0].NetPortfolioValue = 10_000 + 500 - 505
	contracts = contracts[:1]
	contracts[0].Settled, contracts[0].Payoff = 0, nil
	brief, err := metrics.Summarize(s, short, contracts)
	if err != nil || brief.CostPAPct != nil || brief.CostPAPctOfLoan != nil || brief.PremiumPAPct != nil {
		t.Errorf("in less than a month: %+v, %v", brief, err)
	}
	if _, err := json.Marshal(brief); err != nil {
		t.Error(err)
	}
	if _, err := metrics.Summarize(s, nil, nil); lombard.KindOf(err) != lombard.KindDataUnavailable {
		t.Errorf("without days: %v", err)
	}
}

func TestAHedgeThatChangedMoreThanItCostIsAnError(t *testing.T) {
	s, days, contracts := year()
	days[2].NetPortfolioValue += 0.01
	_, err := metrics.Summarize(s, days, contracts)
	if lombard.KindOf(err) != lombard.KindPricing || !strings.Contains(err.Error(), "does not balance") {
		t.Errorf("error = %v, want one of kind pricing", err)
	}
	days[2].NetPortfolioValue = math.NaN()
	if _, err := metrics.Summarize(s, days, contracts); err == nil {
		t.Error("a value that is no number was summarized")
	}
}

// What was charged counts whatever became of it: 10 % of 6,000 on ACT/360 for the
// 59 days after the end of January, 98.33, and less once a dividend of 200 has
// repaid the interest of 31 days and a part of the loan.
func TestInterestIsWhatWasCharged(t *testing.T) {
	for _, row := range []struct {
		mode      lombard.InterestMode
		dividends lombard.Dividends
		want      float64
	}{
		{lombard.InterestMonthly, lombard.DividendsCash, 6000*0.1*28/360 + 6000*(1+0.1*28/360)*0.1*31/360}, // capitalised at the end of February
		{lombard.InterestCash, lombard.DividendsCash, 6000 * 0.1 * 59 / 360},
		{lombard.InterestBullet, lombard.DividendsCash, 6000 * 0.1 * 59 / 360},
		{lombard.InterestBullet, lombard.DividendsRepay, 6000*0.1*31/360 + (6000-(200-6000*0.1*31/360))*0.1*28/360},
	} {
		rate := 0.1
		s := lombard.Scenario{UnderlyingUnits: 100, LoanAmount: 6000, MarginCallLTV: 0.75}
		s.Facility.LoanRate, s.Facility.Dividends = &rate, row.dividends
		s.Facility.Interest = &lombard.Interest{Mode: row.mode, DayCount: lombard.DayCountAct360}
		days := []lombard.Day{
			{Date: lombard.MustDate("2021-01-31"), SpotClose: 100, Units: 100, UnitsHedged: 100, NetPortfolioValue: 10_000},
			{Date: lombard.MustDate("2021-03-03"), SpotClose: 100, Units: 100, UnitsHedged: 100, NetPortfolioValue: 10_000, Dividend: 2},
			{Date: lombard.MustDate("2021-03-31"), SpotClose: 100, Units: 100, UnitsHedged: 100, NetPortfolioValue: 10_000},
		}
		m, err := metrics.Summarize(s, days, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(row.mode)+", dividends "+string(row.dividends), m.InterestCharged, row.want)
	}
}
