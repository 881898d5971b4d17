package backtest

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
)

// account is what a borrower owes and has pledged, options apart. There is one of
// the loan without a hedge and one with it, whose lender watches, and one for each
// branch, whose lender carries out the facility's terms.
type account struct {
	loan      loan.Account
	units     float64 // of collateral, pledged
	cash      float64 // pledged
	outside   float64 // that came from outside so far, net
	dividends float64 // paid out so far
}

// accountOf is the account at entry.
func accountOf(s *lombard.Scenario) account {
	return account{loan: loan.AccountOf(s.LoanAmount, &s.Facility), units: s.UnderlyingUnits}
}

// accrue takes the loan's rate from what is published, if it follows that, and
// charges interest for the calendar days (from, to].
func (a *account) accrue(published market.Observations, f *lombard.Facility, from, to lombard.Date) (charged float64) {
	a.loan.Rate = lendingRate(published, f, from, a.loan.Rate)
	return loan.Accrue(&a.loan, from, to)
}

// repay pays the loan down; what is left of the amount is pledged.
func (a *account) repay(amount float64) (left float64) {
	a.loan, left = a.loan.Repay(amount)
	a.cash += left
	return left
}

// distribute hands out a dividend as the facility says; what is reinvested buys
// units at a price.
func (a *account) distribute(cash, at float64, how lombard.Dividends) {
	switch how {
	case lombard.DividendsRepay:
		var left float64
		a.loan, left = a.loan.Repay(cash)
		a.dividends += left
	case lombard.DividendsReinvest:
		a.units += cash / at
	case lombard.DividendsCash:
		a.dividends += cash
	}
}

// book is what is pledged at a price but for the options, whose list is to be
// filled in behind these.
func (a *account) book(spot float64, options []loan.Option) loan.Book {
	return loan.Book{Spot: spot, Units: a.units, Cash: a.cash, Options: options}
}

// lendingRate is the loan's rate after the close of a day: the published rate
// known then, at least its floor, and the spread. A loan that follows none
// keeps its rate.
func lendingRate(published market.Observations, f *lombard.Facility, date lombard.Date, rate float64) float64 {
	const percent = 100
	if f.Interest == nil || f.Interest.Index == "" {
		return rate
	}
	figure, ok := published.Published(date)
	if !ok {
		return rate
	}
	return math.Max(figure/percent, f.Interest.Floor) + or0(f.LoanRate)
}
