package metrics

import "lombard.example/lombard"

// ltvs: max LTV = max over closes of the LTV, with its first date.
func ltvs(m *lombard.Summary, d *lombard.Day) {
	raise(&m.MaxLTVHedged, &m.MaxLTVHedgedDate, d.LTVHedged, d.Date)
	raise(&m.MaxLTVUnhedged, &m.MaxLTVUnhedgedDate, d.LTVUnhedged, d.Date)
	m.MaxLTVRecognised = max(m.MaxLTVRecognised, d.LTVRecognised)
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
