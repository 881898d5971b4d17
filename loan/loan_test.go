package loan_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

func TestACallComesAtTheThreshold(t *testing.T) {
	// 1,000 units against 60,000: at 80 the LTV is exactly 0.75.
	for _, row := range []struct {
		spot, ltv float64
		call      bool
	}{{100, 0.6, false}, {95, 0.631579, false}, {88, 0.681818, false}, {80, 0.75, true}, {78, 0.769231, true}, {82, 0.731707, false}} {
		ltv := loan.LTV(60_000, 1000*row.spot)
		if math.Abs(ltv-row.ltv) > 5e-7 || loan.MarginCall(ltv, 0.75) != row.call {
			t.Errorf("at %v: LTV %.6f, call %v; want %.6f, %v", row.spot, ltv, loan.MarginCall(ltv, 0.75), row.ltv, row.call)
		}
	}
	for _, collateral := range []float64{0, -1, 1e-9} {
		if got := loan.LTV(1, collateral); got != loan.MaxLTV || !loan.MarginCall(got, 0.99) {
			t.Errorf("LTV against %v = %v, want the largest there is", collateral, got)
		}
	}
	if !math.IsNaN(loan.LTV(math.NaN(), 1)) || !math.IsNaN(loan.LTV(1, math.NaN())) {
		t.Error("a number that is none was taken for an LTV")
	}
}

func TestARepaymentBringsTheLTVDownToTheTarget(t *testing.T) {
	if got := loan.Repay(60_000, 76_000, 0.65); got != 10_600 {
		t.Errorf("repayment = %v, want 10600", got)
	}
	if got := loan.Repay(60_000, 100_000, 0.65); got != 0 {
		t.Errorf("repayment of a loan not in call = %v", got)
	}
}

func TestLargestLoanIsTheLastCentThatIsNotInCall(t *testing.T) {
	if got := loan.LargestLoan(1000, 502.75, 0.75); got != 377062.49 {
		t.Errorf("largest loan = %.2f, want 377062.49", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Float64Range(0.01, 1e6).Draw(t, "units")
		spot := rapid.Float64Range(0.01, 1e5).Draw(t, "spot")
		threshold := rapid.Float64Range(0.01, 0.99).Draw(t, "threshold")
		got := loan.LargestLoan(units, spot, threshold)
		if got > 0 && loan.MarginCall(loan.LTV(got, units*spot), threshold) {
			t.Fatalf("%v is in call", got)
		}
		cents := math.Round(got * 100)
		if !loan.MarginCall(loan.LTV((cents+1)/100, units*spot), threshold) {
			t.Fatalf("a cent more than %v is not in call", got)
		}
	})
}

// TestLargestLoanEndsWhereCentsAreTooFine: beyond 2^53 cents the next whole
// cent is the same float64, and the answer is the greatest that can be written.
func TestLargestLoanEndsWhereCentsAreTooFine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		collateral := rapid.Float64Range(1e13, 1e24).Draw(t, "collateral")
		threshold := rapid.Float64Range(0.01, 0.99).Draw(t, "threshold")
		got := loan.LargestLoan(1, collateral, threshold)
		if loan.MarginCall(loan.LTV(got, collateral), threshold) || math.Abs(got/(threshold*collateral)-1) > 1e-12 {
			t.Fatalf("%v of %v is an LTV of %v", got, collateral, loan.LTV(got, collateral))
		}
		if most := loan.LargestAt(collateral, threshold); loan.LTV(most, collateral) > threshold || math.Abs(most/(threshold*collateral)-1) > 1e-12 {
			t.Fatalf("%v of %v is an LTV of %v", most, collateral, loan.LTV(most, collateral))
		}
	})
}

func TestInterestOfThePublishedExample(t *testing.T) {
	// 600,000 at 6 % from 2024-01-31 to 2024-04-30, 90 days: 9,000.00 simple,
	// 9,045.06 with monthly capitalisation.
	account := loan.Account{Principal: 600_000, Rate: 0.06}
	got, charged := account.AccrueTo(lombard.MustDate("2024-01-31"), lombard.MustDate("2024-04-30"))
	if math.Abs(charged-9045.06) > 0.005 || math.Abs(got.Balance()-600_000-charged) > 1e-9 {
		t.Errorf("interest = %.4f on a balance of %.4f, want 9045.06", charged, got.Balance())
	}
	if got.Accrued != 0 {
		t.Errorf("accrued on a month's end = %v, want all capitalised", got.Accrued)
	}
	within, _ := account.AccrueTo(lombard.MustDate("2024-03-01"), lombard.MustDate("2024-03-31")-1)
	if math.Abs(within.Accrued-600_000*0.06*29/360) > 1e-9 || within.Principal != 600_000 {
		t.Errorf("within a month: %+v", within)
	}
}

// 600,000 at 6 % over the 90 days from 2024-01-31 to 2024-04-30.
func TestInterestByConvention(t *testing.T) {
	for _, row := range []struct {
		mode     lombard.InterestMode
		dayCount lombard.DayCount
		want     float64
	}{
		{lombard.InterestBullet, lombard.DayCountAct360, 9_000.00},
		{lombard.InterestBullet, lombard.DayCountAct365, 8_876.71},
		{lombard.InterestMonthly, lombard.DayCountAct360, 9_045.06},
		{lombard.InterestDaily, lombard.DayCountAct360, 9_067.08},
		{lombard.InterestCash, lombard.DayCountAct360, 9_000.00},
		{lombard.InterestNone, lombard.DayCountAct360, 0},
		{lombard.InterestBullet, lombard.DayCount30360, 9_000.00}, // three months of thirty days
	} {
		account := loan.Account{Principal: 600_000, Rate: 0.06, Mode: row.mode, DayCount: row.dayCount}
		got, charged := account.AccrueTo(lombard.MustDate("2024-01-31"), lombard.MustDate("2024-04-30"))
		if math.Abs(charged-row.want) > 0.005 || math.Abs(got.Balance()+got.Paid-600_000-charged) > 1e-9 {
			t.Errorf("%s, %s: charged %.4f on %+v, want %.2f", row.mode, row.dayCount, charged, got, row.want)
		}
		if row.mode == lombard.InterestCash && (got.Paid != charged || got.Balance() != 600_000) {
			t.Errorf("interest paid in cash stays on the loan: %+v", got)
		}
	}
	// ACT/360 at 6 % is 6.0833 % over a year of 365 days.
	_, charged := loan.Account{Principal: 100, Rate: 0.06, Mode: lombard.InterestBullet}.AccrueTo(lombard.MustDate("2023-01-01"), lombard.MustDate("2024-01-01"))
	if math.Abs(charged-6.0833) > 5e-5 {
		t.Errorf("a year of ACT/360 at 6 %% = %.4f", charged)
	}
}

func TestARepaymentPaysInterestFirst(t *testing.T) {
	got, left := loan.Account{Principal: 100, Accrued: 5}.Repay(30)
	if got.Accrued != 0 || got.Principal != 75 || left != 0 {
		t.Errorf("%+v, %v left", got, left)
	}
	if got, left = got.Repay(80); got.Balance() != 0 || left != 5 {
		t.Errorf("%+v, %v left", got, left)
	}
}

func TestInterestDoesNotDependOnWhenItIsLookedAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := lombard.MustDate("2023-11-15")
		to := from + lombard.Date(rapid.IntRange(0, 500).Draw(t, "days"))
		between := from + lombard.Date(rapid.IntRange(0, int(to-from)).Draw(t, "look"))
		account := loan.Account{
			Principal: 1000, Rate: rapid.Float64Range(0, 0.5).Draw(t, "rate"),
			Mode:     rapid.SampledFrom([]lombard.InterestMode{"", lombard.InterestDaily, lombard.InterestBullet, lombard.InterestCash}).Draw(t, "mode"),
			DayCount: rapid.SampledFrom([]lombard.DayCount{"", lombard.DayCountAct365, lombard.DayCount30360}).Draw(t, "day count"),
		}
		once, charged := account.AccrueTo(from, to)
		halfway, first := account.AccrueTo(from, between)
		twice, second := halfway.AccrueTo(between, to)
		if math.Abs(once.Balance()-twice.Balance()) > 1e-9*once.Balance() {
			t.Fatalf("balance %v in one look, %v in two", once.Balance(), twice.Balance())
		}
		if math.Abs(charged-first-second) > 1e-9*once.Balance() || math.Abs(once.Balance()+once.Paid-1000-charged) > 1e-9*once.Balance() {
			t.Fatalf("charged %v in one look, %v and %v in two, on a balance of %v", charged, first, second, once.Balance())
		}
	})
}

func ExampleLTV() {
	ltv := loan.LTV(301_650, 1000*378.95)
	fmt.Printf("%.6f %v\n", ltv, loan.MarginCall(ltv, 0.75))
	// Output: 0.796015 true
}
