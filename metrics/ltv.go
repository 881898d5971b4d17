package metrics

import "lombard.example/lombard"

// ltvs: max LTV = max over closes of the LTV, with its first date; headroom =
// min(1 − LTV/threshold) over closes.
func (t *Tally) ltvs(d *lombard.Day) {
	m := &t.summary
	raise(&m.MaxLTVHedged, &m.MaxLTVHedgedDate, d.LTVHedged, d.Date)
	if d.LTVUnhedged > t.highest.unhedged {
		t.high(m, d.LTVUnhedged, d.Date)
	}
	if d.LTVRecognised > t.highest.recognised {
		t.highRecognised(m, d.LTVRecognised)
	}
}

// raise takes a day's LTV into the highest so far. The date stays that of the
// first when a later LTV is higher by nothing but rounding, as under a floor.
func raise(highest *float64, first *lombard.Date, ltv float64, date lombard.Date) {
	const rounding = 1e-12
	if ltv > *highest*(1+rounding) {
		*first = date
	}
	*highest = max(*highest, ltv)
}
