package market

import (
	"fmt"
	"math"

	"lombard.example/lombard"
)

// What may be wrong with prices, as results name it.
const (
	FindingGap         = "gap"
	FindingStale       = "stale"
	FindingSplit       = "unadjusted_split"
	FindingOffCalendar = "off_calendar"
	FindingRepaired    = "repaired"
	FindingNoChain     = "no_chain"
	FindingCrossed     = "crossed_quotes"
	FindingZero        = "zero_quotes"
)

const (
	staleSessions  = 5    // equal closes in a row that no market makes by chance
	gapSessions    = 3    // sessions without a price in a row that deserve a line
	splitTolerance = 0.03 // a jump this near to a ratio, in logs, looks like that split
	mostFindings   = 100
)

// splitRatios are the splits that happen, upwards; each also the other way
// round. A fall by a third is not among them: markets do that.
var splitRatios = [...]float64{2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50}

// findings lists what deserves a look, in order of date: stretches without a
// price, closes that stand still, jumps that look like a split nobody recorded,
// days outside the calendar and bars whose range was widened. At most 100.
func findings(run []Bar, meets []attendance, calendar Calendar) []lombard.Finding {
	var out []lombard.Finding
	add := func(code string, first, last lombard.Date, format string, args ...any) {
		if len(out) < mostFindings {
			out = append(out, lombard.Finding{Code: code, First: first, Last: last, Message: fmt.Sprintf(format, args...)})
		}
	}
	since := 0 // first bar with the close of now
	for i := range run {
		b := &run[i]
		if b.Repaired {
			add(FindingRepaired, b.Date, b.Date, "On %s the day's range did not hold its open or close and was widened.", b.Date)
		}
		if meets[i].off {
			add(FindingOffCalendar, b.Date, b.Date, "%s is no session of the %s calendar, and has a price.", b.Date, calendar.name)
		}
		if i == 0 {
			continue
		}
		before := &run[i-1]
		if missed := meets[i].missed; missed >= gapSessions {
			add(FindingGap, before.Date+1, b.Date-1, "Between %s and %s %d sessions have no price.", before.Date, b.Date, missed)
		}
		if ratio := looksSplit(before, b); ratio != 0 {
			add(FindingSplit, b.Date, b.Date, "The close went from %g to %g on %s, as after a split of %s that the prices do not record.", before.Close, b.Close, b.Date, ratioText(ratio))
		}
		same := b.Close == before.Close && (b.High == 0 || b.High == b.Low)
		if !same {
			since = i
		}
		if ends := i == len(run)-1 || run[i+1].Close != b.Close; same && ends && i-since+1 >= staleSessions {
			add(FindingStale, run[since].Date, b.Date, "The close is %g on %d sessions in a row, from %s to %s.", b.Close, i-since+1, run[since].Date, b.Date)
		}
	}
	return out
}

// findings lists what deserves a look in option chains, in order of date:
// sessions without one, quotes whose bid is above the ask, and options that
// nobody bids for or nobody asks.
func (c *Chains) findings(run []Bar) []lombard.Finding {
	if c.Source == "" {
		return nil
	}
	var out []lombard.Finding
	add := func(code string, date lombard.Date, format string, args ...any) {
		if len(out) < mostFindings {
			out = append(out, lombard.Finding{Code: code, First: date, Last: date, Message: fmt.Sprintf(format, args...)})
		}
	}
	for i := range run {
		date := run[i].Date
		day := c.On(date)
		if day == nil {
			if n := len(out) - 1; i > 0 && n >= 0 && out[n].Code == FindingNoChain && out[n].Last == run[i-1].Date {
				out[n].Last = date
				out[n].Message = fmt.Sprintf("From %s to %s there are no option quotes.", out[n].First, date)
				continue
			}
			add(FindingNoChain, date, "There are no option quotes of %s.", date)
			continue
		}
		crossed, empty := 0, 0
		for _, q := range day.Quotes {
			switch {
			case q.Crossed():
				crossed++
			case q.Bid == 0 || q.Ask == 0:
				empty++
			}
		}
		if crossed > 0 {
			add(FindingCrossed, date, "On %s %d of %d quotes have a bid above the ask; they are not used.", date, crossed, len(day.Quotes))
		}
		if empty*2 > len(day.Quotes) { // far from the money nobody bids: that is no fault
			add(FindingZero, date, "On %s %d of %d options have no bid or no ask.", date, empty, len(day.Quotes))
		}
	}
	return out
}

// looksSplit returns the ratio of the split that a jump looks like, 0 for none.
func looksSplit(before, b *Bar) float64 {
	const smallest = 1.9 // below the least ratio by more than the tolerance
	if b.Split != 0 || b.Contract != before.Contract || before.Close < smallest*b.Close && b.Close < smallest*before.Close {
		return 0
	}
	moved := math.Log(before.Close / b.Close)
	for _, ratio := range splitRatios {
		if math.Abs(math.Abs(moved)-math.Log(ratio)) <= splitTolerance {
			return math.Exp(math.Copysign(math.Log(ratio), moved))
		}
	}
	return 0
}

func ratioText(ratio float64) string {
	if ratio < 1 {
		return fmt.Sprintf("1 for %.0f", 1/ratio)
	}
	return fmt.Sprintf("%.0f for 1", ratio)
}

// Rolls lists where a series goes from one contract to the next.
func Rolls(run []Bar) []lombard.SeriesRoll {
	var out []lombard.SeriesRoll
	for i := 1; i < len(run); i++ {
		a, b := &run[i-1], &run[i]
		if a.Contract != b.Contract && a.Contract != "" && b.Contract != "" {
			out = append(out, lombard.SeriesRoll{Date: b.Date, From: a.Contract, To: b.Contract, Before: a.Close, After: b.Close, Change: b.Close/a.Close - 1})
		}
	}
	return out
}
