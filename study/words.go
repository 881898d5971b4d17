package study

import (
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
)

// percent words a fraction with one decimal of a per cent.
func percent(x float64) string { return digits(100*x, 1) + " %" }

func digits(x float64, decimals int) string {
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	if x < 0 && strings.Trim(text, "-0.") == "" {
		return text[1:]
	}
	return text
}

// whole words a count with commas between the thousands.
func whole(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return whole(n) + " " + noun + "s"
}

// startsOf words the starts of a study: 1,007 weekly starts.
func startsOf(n int, every lombard.Every) string {
	word := map[lombard.Every]string{lombard.EveryDay: "daily", lombard.EveryWeek: "weekly", lombard.EveryMonth: "monthly"}[every]
	return count(n, word+" start")
}

// wholeHorizon words a horizon as a window's length: a whole year, 18 whole months.
func wholeHorizon(m lombard.Months) string {
	if m == 12 {
		return "a whole year"
	}
	if m == 1 {
		return "a whole month"
	}
	return strings.Replace(m.Words(), " ", " whole ", 1)
}

// hedgeOf names the hedge of a group: its title, or that of an inline template.
func hedgeOf(g *group) string {
	if t, err := hedge.Lookup(g.slug); err == nil {
		return t.Title
	}
	if len(g.plan.Templates) > g.answer {
		return g.plan.Templates[g.answer].Title
	}
	return g.slug
}
