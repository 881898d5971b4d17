package tabular

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
)

// currencies may stand before or after a number.
var currencies = [...]string{"US$", "USD", "EUR", "GBP", "CHF", "JPY", "$", "€", "£", "¥", "₿"}

// Bare returns a number without its sign of currency and the spaces around it.
func Bare(s string) string {
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

// ungroup takes out the separators of thousands. Groups must have three
// digits, the first one to three, and one separator is used throughout.
func ungroup(s string, thousands rune) (string, bool) {
	separators := []rune{thousands, '\'', '’', ' ', '\u00a0', '\u202f'}
	at := strings.IndexFunc(s, func(r rune) bool { return slices.Contains(separators, r) })
	if at < 0 {
		return s, s == "" || Digits(s)
	}
	var separator rune
	for _, r := range s[at:] {
		separator = r
		break
	}
	groups := strings.Split(s, string(separator))
	for i, g := range groups {
		if !Digits(g) || i > 0 && len(g) != 3 || i == 0 && len(g) > 3 {
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
