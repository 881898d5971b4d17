package tabular

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// currencies may stand before or after a number.
var currencies = [...]string{
	"US$", "A$", "C$", "HK$", "NZ$", "R$", "S$", "$", "€", "£", "¥", "₿", "₹", "₩", "₽", "₺", "₫", "฿", "₱", "Rs.", "Rs", "Rp.", "Rp", "kr.", "kr", "zł",
	"USDT", "USDC", "USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "NZD", "HKD", "SGD", "CNY", "INR", "IDR", "KRW", "BRL", "MXN", "ZAR", "SEK", "NOK", "DKK", "PLN", "TRY", "RUB", "VND", "THB", "BTC",
}

// Bare returns a number without its sign of currency and the spaces around it.
func Bare(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || s[len(s)-1] >= '0' && s[len(s)-1] <= '9' && strings.IndexByte("0123456789.,", s[0]) >= 0 {
		return s
	}
	amount, negative := strings.CutPrefix(s, "-")
	for _, c := range currencies {
		rest, ok := strings.CutPrefix(amount, c)
		if !ok {
			rest, ok = strings.CutSuffix(amount, c)
		}
		switch {
		case ok && negative:
			return "-" + strings.TrimSpace(rest)
		case ok:
			return strings.TrimSpace(rest)
		}
	}
	return s
}

// Number reads a finite number: with comma, "1.234,50"; otherwise "1,234.50".
// Apostrophes and spaces may group thousands in both. The error continues a
// sentence that names the text.
func Number(text string, comma bool) (float64, error) {
	wrong := errors.New("is not a number")
	s := Bare(text)
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
		if !Digits(strings.TrimLeft(exponent[1:], "+-")) || len(exponent) > 5 {
			return 0, wrong
		}
	}
	sign := ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = s[:1], s[1:]
	}
	whole, fraction, _ := strings.Cut(s, decimal)
	whole, ok := ungroup(whole, thousands)
	if !ok || fraction != "" && !Digits(fraction) || whole+fraction == "" {
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
	if strings.Count(s, string(other)) == 1 && Digits(strings.Replace(s, string(other), "", 1)) {
		return inForce
	}
	return ""
}

// spaces may group thousands, beside apostrophes: the plain one, and the
// no-break, narrow, thin and figure spaces of typesetters.
const spaces = " \u00a0\u202f\u2009\u2007"

// ungroup takes out the separators of thousands. One separator is used
// throughout; groups have three digits, the first one to three. Commas may also
// group as in India, by two before the last three: 1,23,45,678.
func ungroup(s string, thousands rune) (string, bool) {
	at := strings.IndexAny(s, string(thousands)+"'’"+spaces)
	if at < 0 {
		return s, s == "" || Digits(s)
	}
	separator, _ := utf8.DecodeRuneInString(s[at:])
	groups := strings.Split(s, string(separator))
	last := len(groups) - 1
	indian := separator == ',' && last > 1 && len(groups[1]) == 2
	for i, g := range groups {
		size := 3
		if indian && i < last {
			size = 2
		}
		if !Digits(g) || i > 0 && len(g) != size || i == 0 && len(g) > size {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// Digits reports whether s is one or more ASCII digits.
func Digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
