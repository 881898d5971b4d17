package loan

import (
	"math"

	"lombard.example/lombard"
)

// Account is a loan with its interest. The zero mode and day count are
// capitalise_monthly and act_360. With a mode or a day count that there is not
// every balance is NaN; package backtest refuses such terms with an error that
// names the field.
type Account struct {
	Principal float64
	Accrued   float64              // neither capitalised nor paid yet
	Paid      float64              // interest paid in cash so far
	Rate      float64              // per year; 0: no interest
	Mode      lombard.InterestMode // what becomes of interest
	DayCount  lombard.DayCount
}

// AccountOf returns the loan of a resolved facility.
func AccountOf(principal float64, f *lombard.Facility) Account {
	a := Account{Principal: principal}
	if f.LoanRate != nil {
		a.Rate = *f.LoanRate
	}
	if f.Interest != nil {
		a.Mode, a.DayCount = f.Interest.Mode, f.Interest.DayCount
	}
	return a
}

// Balance returns what is owed: principal and accrued interest.
func (a Account) Balance() float64 { return a.Principal + a.Accrued }

// AccrueTo returns the account after the calendar days (from, to] and the
// interest charged for them, summed apart from the balances. Interest is
// simple between capitalisations: on the last calendar day of each month, each
// day, or never; paid monthly, it leaves the balance on that day.
func (a Account) AccrueTo(from, to lombard.Date) (after Account, charged float64) {
	charged = Accrue(&a, from, to)
	return a, charged
}

// Accrue is AccrueTo on the account itself.
func Accrue(a *Account, from, to lombard.Date) (charged float64) {
	if free(a) {
		return 0
	}
	for from < to {
		var s Span
		s, from = next(a, from, to)
		charged += charge(a, s)
	}
	return charged
}

// free reports whether the loan bears no interest.
func free(a *Account) bool { return a.Rate == 0 || a.Mode == lombard.InterestNone }

// Span is a stretch of calendar days within a month, over which interest is simple.
type Span struct {
	Years float64 // by the loan's day count
	Due   bool    // interest is capitalised or paid at its end
}

// next returns the first span of the calendar days (from, to] and its last day.
func next(a *Account, from, to lombard.Date) (Span, lombard.Date) {
	end := (from + 1).MonthEnd()
	until := min(end, to)
	if a.Mode == lombard.InterestDaily {
		until = from + 1
	}
	s := Span{Years: yearFraction(a.DayCount, from, until)}
	switch a.Mode {
	case lombard.InterestBullet, lombard.InterestNone:
	case "", lombard.InterestMonthly, lombard.InterestCash:
		s.Due = until == end
	case lombard.InterestDaily:
		s.Due = true
	default: // there is no such mode, and the balance is to be NaN
		s.Due = true
	}
	return s, until
}

// charge adds the interest of a span and returns it.
func charge(a *Account, s Span) float64 {
	interest := a.Principal * a.Rate * s.Years
	a.Accrued += interest
	if s.Due {
		collect(a)
	}
	return interest
}

// collect capitalises what has accrued, or has it paid.
func collect(a *Account) {
	switch a.Mode {
	case lombard.InterestNone, lombard.InterestBullet: // nothing is due before the end
		return
	case lombard.InterestCash:
		a.Paid += a.Accrued
	case "", lombard.InterestMonthly, lombard.InterestDaily:
		a.Principal += a.Accrued
	default:
		a.Principal = math.NaN() // no such mode: a guess would be a balance like any other
	}
	a.Accrued = 0
}

// OwedAt returns what is owed on a later day if nothing is drawn or repaid and the
// rate stays: principal and the interest that the terms add to it or collect at
// the end. Interest that is paid in cash is paid as it falls due, so a loan on
// those terms owes its principal.
func (a Account) OwedAt(from, to lombard.Date) float64 {
	if a.Mode == lombard.InterestCash {
		return a.Principal
	}
	later, _ := a.AccrueTo(from, to)
	return later.Balance()
}

// Repay returns the account after a payment, accrued interest first, and what
// is left of the payment when nothing is owed any more.
func (a Account) Repay(amount float64) (after Account, left float64) {
	interest := min(amount, a.Accrued)
	a.Accrued -= interest
	principal := min(amount-interest, a.Principal)
	a.Principal -= principal
	return a, amount - interest - principal
}

// yearFraction is the part of a year in (from, to], which lies within a month,
// by a day-count convention (ISDA Definitions 2006, §4.16).
func yearFraction(dayCount lombard.DayCount, from, to lombard.Date) float64 {
	switch dayCount {
	case "", lombard.DayCountAct360:
		return float64(to-from) / 360
	case lombard.DayCountAct365:
		return float64(to-from) / 365
	case lombard.DayCount30360:
		return float64(thirty(to)-thirty(from)) / 360
	default:
		return math.NaN() // no such convention
	}
}

// thirty counts the days of a civil calendar whose months have thirty, so that
// parts of a period add up to the whole (30E/360, Eurobond basis).
func thirty(d lombard.Date) int {
	year, month, day := d.Civil()
	return 360*year + 30*int(month) + min(day, 30)
}
