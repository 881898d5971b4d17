package market

// DividendYield returns the ordinary dividends of the twelve months up to and
// including the i-th bar, as a fraction of a spot that day: a continuously
// compounded yield a year, between 0 and 1. Dividends are brought into the units
// of the day: those from before a split are divided by it. Special dividends do
// not come again and are left out; option strikes follow them. Nothing after the
// bar is looked at. known is false where no dividend was paid in these months.
func DividendYield(bars []Bar, i int, spot float64) (yield float64, known bool) {
	since := bars[i].Date.AddMonths(-12)
	paid, split := 0.0, 1.0
	for ; i >= 0 && bars[i].Date > since; i-- {
		b := &bars[i]
		if !b.Special {
			paid += b.Dividend / split
		}
		if b.Split > 0 {
			split *= b.Split
		}
	}
	if !(paid > 0 && spot > 0) {
		return 0, false
	}
	return min(1, paid/spot), true
}

// PaysDividends reports whether ordinary dividends stand in a list of bars.
func PaysDividends(bars []Bar) bool {
	for i := range bars {
		if bars[i].Dividend > 0 && !bars[i].Special {
			return true
		}
	}
	return false
}

// RecordedYield returns what the ordinary dividends of a list of bars come to a
// year, each as a fraction of the close before it, over the whole years that
// the list reaches back from its end. Where it does not reach back one, years is
// 0 and the yield is what is there: at least so much.
func RecordedYield(bars []Bar) (yield float64, years int) {
	if len(bars) == 0 {
		return 0, 0
	}
	const months, week = 12, 7
	first, last := bars[0].Date, bars[len(bars)-1].Date
	for first <= last.AddMonths(-months*(years+1))+week {
		years++
	}
	since := last.AddMonths(-months * max(1, years))
	for i := len(bars) - 1; i > 0 && bars[i].Date > since; i-- {
		b, before := &bars[i], bars[i-1].Close
		if b.Special || b.Dividend <= 0 {
			continue
		}
		if b.Split > 0 {
			before /= b.Split
		}
		yield += b.Dividend / before
	}
	return yield / float64(max(1, years)), years
}
