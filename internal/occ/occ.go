// Package occ knows how options listed in the United States are named: the
// symbols of the Options Clearing Corporation, which roots stand for the
// standard options on an underlying, and the day on which they last trade.
package occ

import (
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// tail is the length of what follows the root in an option's symbol: six digits
// of its expiry, C or P, eight digits of its strike.
const tail = 15

// Root returns the root of an option's symbol, such as SPXW of
// "SPXW  240119P04700000"; a text that is no option's symbol is a root already.
func Root(symbol string) string {
	s := strings.TrimSpace(symbol)
	if n := len(s) - tail; n > 0 && isTail(s[n:]) {
		s = s[:n]
	}
	return strings.TrimSpace(s)
}

// Terms returns what an option's symbol says of its expiry and its strike; ok is
// false for a text that is no option's symbol.
func Terms(symbol string) (expiry lombard.Date, strike float64, ok bool) {
	s := strings.TrimSpace(symbol)
	n := len(s) - tail
	if n <= 0 || !isTail(s[n:]) {
		return 0, 0, false
	}
	number := func(digits string) (x int) {
		for i := range len(digits) {
			x = 10*x + int(digits[i]-'0')
		}
		return x
	}
	const century, turn, thousandth = 2000, 70, 1000 // strikes are in thousandths
	s = s[n:]
	year, month, day := century+number(s[:2]), number(s[2:4]), number(s[4:6])
	if year >= century+turn {
		year -= 100
	}
	expiry = lombard.NewDate(year, time.Month(month), day)
	return expiry, float64(number(s[7:])) / thousandth, true
}

func isTail(s string) bool {
	for i := range tail {
		switch c := s[i]; i {
		case 6:
			if c != 'C' && c != 'P' && c != 'c' && c != 'p' {
				return false
			}
		default:
			if c < '0' || c > '9' {
				return false
			}
		}
	}
	return true
}

// afternoon are the indices whose options are listed under two roots: the
// index's own settles at the open of its last day, this one at the close.
var afternoon = map[string]string{"SPX": "SPXW", "NDX": "NDXP", "RUT": "RUTW", "VIX": "VIXW"}

// OfRoot returns the underlying that a root stands for: of SPXW the index, of an
// adjusted contract's root, which ends in a digit, the share.
func OfRoot(root string) string {
	plain := strings.TrimRight(Underlying(root), "0123456789")
	for index, other := range afternoon {
		if plain == other {
			return index
		}
	}
	return plain
}

// Roots returns the roots of the standard options on an underlying. Where there
// are two, the one that settles at the close stands first.
func Roots(underlying string) []string {
	own := Underlying(underlying)
	if other := afternoon[own]; other != "" {
		return []string{other, own}
	}
	return []string{own}
}

// Underlying returns the name of an underlying without the marks that some
// vendors put before an index, in capitals.
func Underlying(name string) string {
	return strings.ToUpper(strings.TrimLeft(strings.TrimSpace(name), "^$."))
}

// Plain returns a root or an underlying without the marks of a class of shares:
// BRKB of BRK.B, which is how roots are written.
func Plain(name string) string {
	return strings.NewReplacer(".", "", "/", "", "-", "", " ", "").Replace(Underlying(name))
}

// LastDay returns the last trading day of an expiry as it is listed: until 2015
// standard options expired on the Saturday after it.
func LastDay(expiry lombard.Date) lombard.Date {
	if expiry.Weekday() != time.Saturday {
		return expiry
	}
	exchange := market.CalendarOf("nyse")
	for !exchange.IsSession(expiry) {
		expiry--
	}
	return expiry
}
