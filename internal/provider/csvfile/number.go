package csvfile

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// Prices outside of these are not prices.
const (
	leastPrice = 1e-8
	mostPrice  = market.MaxPrice
)

// plausible tells prices from other numbers; the error continues a sentence.
func plausible(x float64) error {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return errors.New("is not a finite number")
	case x < 0:
		return errors.New("is negative")
	case x == 0:
		return errors.New("is zero; leave the cell empty where there is no price")
	case x < leastPrice || x > mostPrice:
		return errors.New("is not a plausible price")
	}
	return nil
}

// currencies may stand before or after a number.
var currencies = [...]string{"US$", "USD", "EUR", "GBP", "CHF", "JPY", "$", "€", "£", "¥", "₿"}

// bare returns a number without its sign of currency and the spaces around it.
func bare(s string) string {
	s = strings.TrimSpace(s)
	for _, c := range currencies {
		if rest, ok := strings.CutPrefix(s, c); ok {
			return strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutSuffix(s, c); ok {
			return strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutPrefix(s, "-"+c); ok {
			return "-" + strings.TrimSpace(rest)
		}
	}
	return s
}

// number reads a finite number: with comma, "1.234,50"; otherwise "1,234.50".
// Apostrophes and spaces may group thousands in both. The error continues a
// sentence that names the text.
func number(text string, comma bool) (float64, error) {
	wrong := errors.New("is not a number")
	s := bare(text)
	switch strings.ToLower(strings.TrimLeft(s, "+-")) {
	case "nan", "inf", "infinity", "∞":
		return 0, errors.New("is not a finite number")
	}
	if len(s) > 40 {
		return 0, wrong
	}
	if inner, ok := strings.CutPrefix(s, "("); ok && strings.HasSuffix(inner, ")") {
		s = "-" + strings.TrimSuffix(inner, ")")
	}
	decimal, thousands := ".", ','
	if comma {
		decimal, thousands = ",", '.'
	}
	exponent := ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		s, exponent = s[:i], s[i:]
		if !digits(strings.TrimLeft(exponent[1:], "+-")) || len(exponent) > 5 {
			return 0, wrong
		}
	}
	sign := ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = s[:1], s[1:]
	}
	whole, fraction, _ := strings.Cut(s, decimal)
	whole, ok := ungroup(whole, thousands)
	if !ok || fraction != "" && !digits(fraction) || whole+fraction == "" {
		if hint := wrongSeparator(s, comma); hint != "" {
			return 0, errors.New("is not a number here: the rest of the file has a decimal " + hint)
		}
		return 0, wrong
	}
	x, err := strconv.ParseFloat(sign+whole+"."+fraction+"0"+exponent, 64)
	if err != nil || math.IsInf(x, 0) {
		return 0, errors.New("is not a finite number")
	}
	return x, nil
}

// wrongSeparator names the decimal separator that is in force when s is a
// number only with the other one.
func wrongSeparator(s string, comma bool) string {
	other, inForce := byte(','), "point"
	if comma {
		other, inForce = '.', "comma"
	}
	if strings.Count(s, string(other)) == 1 && digits(strings.Replace(s, string(other), "", 1)) {
		return inForce
	}
	return ""
}

// ungroup takes out the separators of thousands. Groups must have three
// digits, the first one to three, and one separator is used throughout.
func ungroup(s string, thousands rune) (string, bool) {
	separators := []rune{thousands, '\'', '’', ' ', '\u00a0', '\u202f'}
	at := strings.IndexFunc(s, func(r rune) bool { return slices.Contains(separators, r) })
	if at < 0 {
		return s, s == "" || digits(s)
	}
	var separator rune
	for _, r := range s[at:] {
		separator = r
		break
	}
	groups := strings.Split(s, string(separator))
	for i, g := range groups {
		if !digits(g) || i > 0 && len(g) != 3 || i == 0 && len(g) > 3 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// digits reports whether s is one or more ASCII digits.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// decideDecimal reports whether the prices of the file have a decimal comma.
// One cell that can be read in only one way decides; when none does, a file
// with semicolons has a comma if it has commas at all, with a warning.
func (t *table) decideDecimal() bool {
	var doubtful string
	sawComma := false
	for i := range t.rows {
		for want := roleOpen; want <= roleClose; want++ {
			s := bare(t.rows[i].prices[want])
			point, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
			if point < 0 && comma < 0 {
				continue
			}
			last := max(point, comma)
			repeated := strings.Count(s, s[last:last+1]) > 1
			switch {
			case point >= 0 && comma >= 0 && !repeated, point < 0 != (comma < 0) && !repeated && !threeAfter(s, last):
				return comma == last
			case repeated:
				return point == last
			}
			sawComma = sawComma || comma >= 0
			doubtful = s
		}
	}
	if doubtful == "" || t.delimiter == ',' {
		return false
	}
	read := "point"
	if sawComma {
		read = "comma"
	}
	t.Warn(WarnDecimal, "No price shows whether %s has a decimal point or separates thousands; it is read with a decimal %s.", tabular.Quote(doubtful), read)
	return sawComma
}

// threeAfter reports whether the separator at i could group thousands: exactly
// three digits follow it, and one to three stand before it.
func threeAfter(s string, i int) bool {
	before := strings.TrimLeft(s[:i], "+-")
	return len(s)-i-1 == 3 && digits(s[i+1:]) && digits(before) && len(before) <= 3 && before[0] != '0'
}
