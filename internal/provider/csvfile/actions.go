package csvfile

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// actions reads the corporate actions of a row: 0 and no entry are none, and so
// is a split of 1. Beside adjusted prices they count nothing.
func (t *table) actions(b *market.Bar, r *row, comma bool) {
	if slices.Contains(t.roleOf, roleAdjusted) {
		return
	}
	amount := func(role role) float64 {
		text := r.cells[role]
		if tabular.Missing(text) {
			return 0
		}
		x, err := tabular.Number(text, comma)
		if err == nil && !(x >= 0 && x <= mostPrice) {
			err = fmt.Errorf("is not between 0 and %g", mostPrice)
		}
		if err != nil {
			t.Problem(r.line, text, "The "+role.String()+" "+tabular.Quote(text)+" "+err.Error()+".")
			return 0
		}
		return x
	}
	b.Dividend = amount(roleDividend) + amount(roleGains)
	if special := amount(roleSpecial); special > 0 {
		b.Dividend, b.Special = special, true // an ordinary one of the same day is part of it
	}
	text := r.cells[roleSplit]
	if tabular.Missing(text) {
		return
	}
	split, err := splitOf(text, comma)
	if err != nil {
		t.Problem(r.line, text, "The split "+tabular.Quote(text)+" "+err.Error()+".")
		return
	}
	if split != 1 {
		b.Split = split
	}
}

// ratio is a split in two numbers, the new units before the old ones: 7:1, 7/1,
// 7-for-1, 7 for 1, 7 to 1.
var ratio = regexp.MustCompile(`(?i)^([0-9.,]+)\s*(?:[:/]|[-\s]*(?:for|to)[-\s]*)\s*([0-9.,]+)(?:\s+(?:stock |share )?split)?$`)

// splitOf reads new units for each old one; 0 is none. The error continues a
// sentence that names the text.
func splitOf(text string, comma bool) (float64, error) {
	parts := []string{text, "1"}
	if m := ratio.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
		parts = m[1:]
	}
	first, err1 := tabular.Number(parts[0], comma)
	second, err2 := tabular.Number(parts[1], comma)
	if err := errors.Join(err1, err2); err != nil {
		return 0, errors.New("is neither a number such as 7 nor a ratio such as 7:1")
	}
	switch split := first / second; {
	case first == 0:
		return 0, nil
	case !(split >= 1.0/market.MaxSplit && split <= market.MaxSplit):
		return 0, fmt.Errorf("is not between 1/%d and %d", market.MaxSplit, market.MaxSplit)
	default:
		return split, nil
	}
}

// checkActions takes back what cannot be a corporate action, and the splits that
// the prices are adjusted for already. What contradicts the prices goes to the
// report.
func (t *table) checkActions(bars []market.Bar, lines []int) {
	t.carry(bars)
	t.checkColumns(bars, lines)
	adjusted := splitsUnseen(bars)
	var unseen tabular.Tally
	example := ""
	for i := 1; i < len(bars); i++ {
		b := &bars[i]
		if b.Split == 0 || !(adjusted && isSmall(b.Split)) && market.SplitShows(bars[i-1].Close, b) {
			continue
		}
		if wrong := misplaced(bars, i); wrong != "" {
			t.Problem(lines[i], ratioText(b.Split), wrong)
			continue
		}
		if unseen.Count == 0 {
			example = fmt.Sprintf("the split of %s on %s (line %d), where the price went from %v to %v", ratioText(b.Split), b.Date, lines[i], bars[i-1].Close, b.Close)
		}
		unseen.Add(lines[i])
		b.Split = 0
	}
	if unseen.Count == 0 {
		return
	}
	more := ""
	if unseen.Count > 1 {
		more = fmt.Sprintf(" and %d more", unseen.Count-1)
	}
	dividends := ""
	if slices.ContainsFunc(bars, func(b market.Bar) bool { return b.Dividend > 0 }) {
		dividends = " If they are adjusted for dividends too, as those of yfinance are unless auto_adjust is off, remove the column of dividends."
	}
	t.Warn(WarnSplitUnseen, "The prices are adjusted already for %s%s, so it is not applied again. Count the units as they are after the split; prices and strikes before it are not those that were traded.%s", example, more, dividends)
}

// carry puts the actions of rows without a close on the session after.
func (t *table) carry(bars []market.Bar) {
	for _, a := range t.loose {
		i, _ := slices.BinarySearchFunc(bars, a.Date, func(b market.Bar, d lombard.Date) int { return int(b.Date - d) })
		if i == len(bars) {
			continue // after the last price nothing depends on it
		}
		b := &bars[i]
		b.Dividend, b.Special = b.Dividend+a.Dividend, b.Special || a.Special
		if a.Split != 0 {
			b.Split = a.Split * cmp.Or(b.Split, 1)
		}
	}
}

// isSmall reports whether a split is one that a day's own move can hide.
func isSmall(split float64) bool { return math.Abs(math.Log(split)) < math.Log(1.1) }

// splitsUnseen reports whether a split large enough to be seen is not.
func splitsUnseen(bars []market.Bar) bool {
	for i := 1; i < len(bars); i++ {
		if b := &bars[i]; b.Split != 0 && !isSmall(b.Split) && !market.SplitShows(bars[i-1].Close, b) && misplaced(bars, i) == "" {
			return true
		}
	}
	return false
}

// checkColumns takes back columns of factors and of running figures: splits on
// neighbouring rows, and dividends on most days, are none.
func (t *table) checkColumns(bars []market.Bar, lines []int) {
	var factors, figures tabular.Tally
	paid, daily := 0, 0
	for i := range bars {
		if bars[i].Dividend > 0 {
			paid++
		}
		if i == 0 || bars[i].Date-bars[i-1].Date > 4 {
			continue
		}
		daily++
		if bars[i].Split != 0 && bars[i-1].Split != 0 {
			factors.Add(lines[i])
		}
		if bars[i].Dividend > 0 && bars[i-1].Dividend > 0 {
			figures.Add(lines[i])
		}
	}
	if factors.Count > 0 {
		t.Warn(WarnActions, "The column %s is not used: it has a value on one row after the other, first on line %d, as an adjustment factor has and splits do not.", tabular.Quote(t.column(roleSplit)), factors.First)
		for i := range bars {
			bars[i].Split = 0
		}
	}
	name := t.column(roleDividend, roleSpecial, roleGains)
	const few, most = 3, 0.1 // of neighbouring days, and of all days
	switch turnover := letters(name) == "amount" && float64(paid) > most*float64(len(bars)); {
	case paid == 0:
		return
	case turnover: // what was traded, not what was paid
	case figures.Count >= few && float64(figures.Count) > most*float64(daily):
		t.Warn(WarnActions, "The column %s is not used: it has an amount on one day after the other, first on line %d, as a yearly figure has and dividends that are paid do not.", tabular.Quote(name), figures.First)
	case letters(name) == "amount":
		t.Warn(WarnActions, "The column %s is read as cash dividends per unit, %d of them. Remove it if it is something else.", tabular.Quote(name), paid)
		return
	default:
		return
	}
	for i := range bars {
		bars[i].Dividend, bars[i].Special = 0, false
	}
}

// misplaced says how a split that its own day's prices do not show stands in
// them all the same: turned round, or on the row before or after. It is empty
// when no price shows it.
func misplaced(bars []market.Bar, i int) string {
	b := &bars[i]
	whole := math.Log(b.Split)
	if math.Abs(whole) < math.Log(1.4) { // a day's own move hides it
		return ""
	}
	near := func(j int, want float64) bool {
		tolerance := min(0.2, math.Abs(whole)/4)
		return j > 0 && j < len(bars) && math.Abs(math.Log(bars[j-1].Close/bars[j].Close)-want) < tolerance
	}
	switch {
	case near(i, -whole):
		return fmt.Sprintf("The split of %s contradicts the price, which went from %v to %v as in a split of %s. Please write the new units for each old one.",
			ratioText(b.Split), bars[i-1].Close, b.Close, ratioText(1/b.Split))
	case near(i+1, whole):
		return fmt.Sprintf("The split of %s shows in the price of %s, the session after. Please put it there.", ratioText(b.Split), bars[i+1].Date)
	case near(i-1, whole):
		return fmt.Sprintf("The split of %s shows in the price of %s, the session before. Please put it there.", ratioText(b.Split), bars[i-1].Date)
	}
	return ""
}

// ratioText writes a split as people say it: 7 for 1, 1 for 8, 3 for 2.
func ratioText(split float64) string {
	for old := 1.0; old <= 20; old++ {
		if now := math.Round(split * old); now >= 1 && math.Abs(split*old-now) < 1e-4*now {
			return fmt.Sprintf("%.0f for %.0f", now, old)
		}
	}
	if split < 1 {
		return "1 for " + strconv.FormatFloat(1/split, 'g', 6, 64)
	}
	return strconv.FormatFloat(split, 'g', 6, 64) + " for 1"
}
