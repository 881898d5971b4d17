package csvfile

import (
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// jump is the change from one close to the next that is worth a look.
const jump = 4.0

// ordered returns the bars in ascending order of date. A file that runs
// backwards throughout is turned round; other disorder and dates that occur
// twice go to the report.
func (t *table) ordered(bars []market.Bar, lines []int) []market.Bar {
	lineOf := make(map[lombard.Date]int, len(bars))
	up, down := 0, 0
	for i := range bars {
		switch {
		case i == 0:
		case bars[i].Date > bars[i-1].Date:
			up++
		case bars[i].Date < bars[i-1].Date:
			down++
		}
		date := bars[i].Date
		if first, twice := lineOf[date]; twice {
			t.Problem(lines[i], date.String(), fmt.Sprintf("The date %s stands on lines %d and %d; one row a day is needed.", date, first, lines[i]))
			continue
		}
		lineOf[date] = lines[i]
	}
	backwards := down > up
	if up > 0 && down > 0 {
		t.disorder(bars, lines, backwards)
		return bars
	}
	if backwards {
		slices.Reverse(bars)
		slices.Reverse(lines)
		t.Warn(WarnReversed, "The newest row stood first; the rows were turned round.")
	}
	if t.Count > 0 {
		return bars
	}
	return t.mend(bars, lines)
}

// disorder reports the rows that break the direction of the others.
func (t *table) disorder(bars []market.Bar, lines []int, backwards bool) {
	for i := 1; i < len(bars); i++ {
		this, before := bars[i].Date, bars[i-1].Date
		if this == before || this < before == backwards {
			continue
		}
		t.Problem(lines[i], this.String(), fmt.Sprintf("The date %s follows %s on line %d; the rows have to be in order of date.", this, before, lines[i-1]))
	}
}

// mend returns the bars with highs and lows that hold open and close, and
// warns of those that had to be widened and of closes far from the one before.
func (t *table) mend(bars []market.Bar, lines []int) []market.Bar {
	bars, problems := market.Check(bars, market.Repair)
	for _, p := range problems {
		t.Problem(lines[p.Index], bars[p.Index].Date.String(), "On this line "+p.Message+".")
	}
	t.checkActions(bars, lines)
	var repaired, jumps tabular.Tally
	for i, b := range bars {
		if b.Repaired {
			repaired.Add(lines[i])
		}
		if i > 0 && b.Split == 0 && (b.Close > jump*bars[i-1].Close || jump*b.Close < bars[i-1].Close) {
			jumps.Add(lines[i])
		}
	}
	if repaired.Count > 0 {
		t.Warn(WarnRepaired, "In %s the high or the low did not hold the open and the close, and %s widened; the first is line %d.",
			repaired.Rows(), repaired.Were(), repaired.First)
	}
	if jumps.Count > 0 {
		t.Warn(WarnJump, "In %s the close is more than four times, or less than a quarter of, the one before; the first is line %d.",
			jumps.Rows(), jumps.First)
	}
	if t.badVolume.Count > 0 {
		t.Warn(WarnVolume, "In %s the volume is not a number and is taken as unknown; the first is line %d.",
			t.badVolume.Rows(), t.badVolume.First)
	}
	return bars
}

// quality reports whether every bar has its high and its low, and warns of
// what is missing.
func (t *table) quality(bars []market.Bar) bool {
	var partial, lows int
	for i := range bars {
		b := &bars[i]
		if b.High > 0 && b.Low > 0 {
			lows++
		}
		if b.Open == 0 || b.High == 0 || b.Low == 0 {
			partial++
		}
	}
	switch {
	case lows == 0:
		t.Warn(WarnCloseOnly, "The file has no highs and lows, so margin calls can be counted by the close only.")
	case partial > 0:
		t.Warn(WarnPartial, "%d of %d rows lack the open, the high or the low; the close stands in for it.", partial, len(bars))
	}
	if days := int(bars[len(bars)-1].Date - bars[0].Date); len(bars) > 2 && days > 5*len(bars) {
		t.Warn(WarnSessions, "The rows are %d days apart on average; margin calls between them are not seen.", days/(len(bars)-1))
	}
	return lows == len(bars)
}
