package metrics

import (
	"math"
	"strconv"
	"strings"

	"lombard.example/lombard/loan"
)

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// unitsOf words a number of units, which may be fractional; below one it has
// three significant digits.
func unitsOf(x float64) string {
	if x > 0 && x < 1 {
		decimals := 2 - int(math.Floor(math.Log10(x)))
		return strings.TrimRight(strconv.FormatFloat(x, 'f', decimals, 64), "0") + " units"
	}
	return strings.TrimSuffix(money(x), ".00") + " units"
}

// percent words a fraction with one decimal, and with as many more as a
// threshold such as 0.7525 has.
func percent(x float64) string {
	for decimals := 1; decimals < 6; decimals++ {
		text := percentTo(x, decimals)
		if exact := percentTo(x, 6); strings.TrimRight(strings.TrimSuffix(exact, " %"), "0") == strings.TrimRight(strings.TrimSuffix(text, " %"), "0") {
			return text
		}
	}
	return percentTo(x, 1)
}

// apart words an LTV with one decimal, and with more where it would read like
// the threshold without being it.
func apart(ltv, threshold float64) string {
	if ltv >= loan.MaxLTV {
		return "infinity"
	}
	decimals := 1
	for decimals < 6 && ltv != threshold && percentTo(ltv, decimals) == percentTo(threshold, decimals) {
		decimals++
	}
	return percentTo(ltv, decimals)
}

// small words a positive fraction with two decimals of a per cent.
func small(x float64) string {
	const least = 0.00005
	if x < least {
		return "less than 0.01 %"
	}
	return percentTo(x, 2)
}

func percentTo(x float64, decimals int) string {
	return strconv.FormatFloat(x*100, 'f', decimals, 64) + " %"
}

// rounds is an amount as money words it: what is less than half a cent is 0.
func rounds(x float64) float64 {
	const halfCent = 0.005
	if math.Abs(x) < halfCent {
		return 0
	}
	return x
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// money rounds to whole units from 1,000 on and to cents below, with thousands
// separators.
func money(x float64) string {
	x = rounds(x)
	decimals := 2
	if math.Abs(x) >= 1000 {
		decimals = 0
	}
	text := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	var b strings.Builder
	if x < 0 {
		b.WriteByte('-')
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString("." + fraction)
	}
	return b.String()
}
