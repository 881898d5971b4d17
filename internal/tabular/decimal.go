package tabular

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Decimal is how the numbers of a file are written.
type Decimal struct {
	Comma bool   // 1.234,50; otherwise 1,234.50
	Says  string // a sentence for a warning when no number decides; else empty
}

// DecimalOf decides whether numbers have a decimal comma. One cell that can be
// read in only one way decides. When none does, closes must not jump: where one
// reading multiplies or divides a close by twenty times more than the other, the
// other is taken. Else it is the point where commas stand between the cells, and
// otherwise the comma where there is one. closes are in the order of the rows;
// others are further cells of the file.
func DecimalOf(closes, others []string, betweenCommas bool) Decimal {
	var doubtful string
	sawComma := false
	for _, cells := range [...][]string{closes, others} {
		for _, cell := range cells {
			s := Bare(cell)
			last := strings.LastIndexAny(s, ".,")
			if last < 0 {
				continue
			}
			point, comma := strings.IndexByte(s, '.') >= 0, strings.IndexByte(s, ',') >= 0
			repeated := strings.Count(s, s[last:last+1]) > 1
			switch {
			case repeated:
				return Decimal{Comma: s[last] == '.'}
			case point && comma, !threeAfter(s, last):
				return Decimal{Comma: s[last] == ','}
			}
			sawComma = sawComma || comma
			if doubtful == "" {
				doubtful = s
			}
		}
	}
	if doubtful == "" {
		return Decimal{}
	}
	d := Decimal{Comma: sawComma && !betweenCommas}
	this, other := largestJump(closes, d.Comma), largestJump(closes, !d.Comma)
	const farther = 20
	because := ""
	if this > farther*other {
		d.Comma, because = !d.Comma, ", because so the prices stay close together"
	}
	d.Says = fmt.Sprintf("No price shows whether %s has a decimal %s or separates thousands; it is read as %s, not as %s%s.",
		Quote(doubtful), separatorOf(doubtful), reading(doubtful, d.Comma), reading(doubtful, !d.Comma), because)
	return d
}

// threeAfter reports whether the separator at i could group thousands: exactly
// three digits follow it, and one to three stand before it.
func threeAfter(s string, i int) bool {
	before := strings.TrimLeft(s[:i], "+-")
	return len(s)-i-1 == 3 && Digits(s[i+1:]) && Digits(before) && len(before) <= 3 && before[0] != '0'
}

// largestJump returns the largest ratio of neighbouring numbers, at least 1.
func largestJump(cells []string, comma bool) float64 {
	most, before := 1.0, 0.0
	for _, cell := range cells {
		if Missing(cell) {
			continue
		}
		x, err := Number(cell, comma)
		if err != nil || !(x > 0) {
			continue
		}
		if before > 0 {
			most = max(most, math.Max(x/before, before/x))
		}
		before = x
	}
	return most
}

func separatorOf(s string) string {
	if strings.IndexByte(s, ',') >= 0 {
		return "comma"
	}
	return "point"
}

func reading(s string, comma bool) string {
	x, err := Number(s, comma)
	if err != nil {
		return Quote(s)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
