package loan_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// A loan over many sessions is the loan accrued session by session, to the last
// bit, from whichever session on.
func TestSessionsAreAccruedAsOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := loan.Account{
			Principal: 1000, Accrued: rapid.Float64Range(0, 5).Draw(t, "accrued"), Rate: rapid.SampledFrom([]float64{0, 0.05, 0.3}).Draw(t, "rate"),
			Mode:     rapid.SampledFrom(append(lombard.ValuesOf[lombard.InterestMode](), "", "none of them")).Draw(t, "mode"),
			DayCount: rapid.SampledFrom(append(lombard.ValuesOf[lombard.DayCount](), "")).Draw(t, "day count"),
		}
		dates := []lombard.Date{lombard.MustDate("2023-11-15")}
		for _, gap := range rapid.SliceOfN(rapid.SampledFrom([]int{1, 1, 3, 40}), 1, 60).Draw(t, "gaps") {
			dates = append(dates, dates[len(dates)-1]+lombard.Date(gap))
		}
		first := rapid.IntRange(1, len(dates)-1).Draw(t, "first")
		n := len(dates) - first
		got := loan.Debt{Balance: make([]float64, n), Accrued: make([]float64, n), Paid: make([]float64, n), Charged: make([]float64, n)}
		all := one
		loan.AccrueSessions(&all, loan.NewSchedule(one, dates), first, got)
		for k := range n {
			charged := loan.Accrue(&one, dates[first+k-1], dates[first+k])
			for what, pair := range map[string][2]float64{
				"balance": {got.Balance[k], one.Balance()}, "accrued": {got.Accrued[k], one.Accrued}, "paid": {got.Paid[k], one.Paid}, "charged": {got.Charged[k], charged},
			} {
				if math.Float64bits(pair[0]) != math.Float64bits(pair[1]) && !(math.IsNaN(pair[0]) && math.IsNaN(pair[1])) {
					t.Fatalf("session %d: %s = %v, want %v", k, what, pair[0], pair[1])
				}
			}
		}
		if all != one && !math.IsNaN(one.Principal) {
			t.Fatalf("the loan afterwards is %+v, want %+v", all, one)
		}
	})
}

// Many books are counted as each alone, to the last bit, in every mode.
func TestBooksAreCountedAsEachAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := loan.Recognition{
			Mode:    rapid.SampledFrom(lombard.ValuesOf[lombard.Recognition]()).Draw(t, "mode"),
			Haircut: 0.3, Call: 0.75, Rate: 0.04, MinDays: rapid.SampledFrom([]float64{0, 30}).Draw(t, "days"), Lending: rapid.SampledFrom([]float64{0, 0.6}).Draw(t, "lending"),
		}
		const n = 20
		b := loan.Books{Units: 100, Cash: rapid.Float64Range(0, 50).Draw(t, "cash"), Dates: make([]lombard.Date, n), Spot: make([]float64, n)}
		for k := range n {
			b.Dates[k], b.Spot[k] = lombard.MustDate("2024-01-02")+lombard.Date(20*k), rapid.Float64Range(50, 150).Draw(t, "spot")
		}
		for range rapid.IntRange(0, 3).Draw(t, "options") {
			o := loan.Column{
				Option: loan.Option{Put: rapid.Bool().Draw(t, "put"), Quantity: rapid.Float64Range(-60, 100).Draw(t, "quantity"), Strike: rapid.Float64Range(70, 130).Draw(t, "strike")},
				Until:  b.Dates[0] + lombard.Date(rapid.IntRange(0, 500).Draw(t, "days left")), Value: make([]float64, n),
			}
			for k := range n {
				o.Value[k] = rapid.Float64Range(0, 40).Draw(t, "value")
			}
			b.Options = append(b.Options, o)
		}
		got := make([]float64, n)
		r.RecognisedEach(&b, got)
		for k := range n {
			one := loan.Book{Spot: b.Spot[k], Units: b.Units, Cash: b.Cash}
			for _, o := range b.Options {
				alone := o.Option
				alone.Value, alone.Years = o.Value[k], float64(max(0, o.Until-b.Dates[k]))/365
				one.Options = append(one.Options, alone)
			}
			if want := r.Recognised(one); math.Float64bits(got[k]) != math.Float64bits(want) {
				t.Fatalf("close %d: %v, want %v", k, got[k], want)
			}
		}
	})
}
