package metrics

import (
	"math"

	"lombard.example/lombard"
)

// ltvs: max LTV = max over closes of the LTV, with its first date.
func ltvs(m *lombard.Summary, days []lombard.Day) {
	for i := range days {
		d := &days[i]
		if d.LTVHedged > m.MaxLTVHedged {
			m.MaxLTVHedged, m.MaxLTVHedgedDate = d.LTVHedged, d.Date
		}
		if d.LTVUnhedged > m.MaxLTVUnhedged {
			m.MaxLTVUnhedged, m.MaxLTVUnhedgedDate = d.LTVUnhedged, d.Date
		}
		m.MaxLTVRecognised = math.Max(m.MaxLTVRecognised, d.LTVRecognised)
	}
}
