package metrics

import "lombard.example/lombard"

// costs: the share marked by the model is that of option-days without a quote of
// the day. total_hedge_cost = premiums paid − received − payoffs + frictions;
// net of mark subtracts the value of what is still open.
func costs(m *lombard.Summary, days []lombard.Day, contracts []lombard.Contract) {
	for i := range contracts {
		c := &contracts[i]
		m.Purchases++
		if c.Quantity >= 0 {
			m.PremiumsPaid += c.Premium
		} else {
			m.PremiumsReceived += c.Premium
		}
		if c.Payoff != nil {
			m.Payoff += *c.Payoff
		}
	}
	marked, held := 0, 0
	for i := range days {
		d := &days[i]
		m.Frictions += d.Frictions
		m.CashFromOutside += d.CashFromOutside
		if d.CashFromOutside > m.CashFromOutsideLargest {
			m.CashFromOutsideLargest, m.CashFromOutsideDate = d.CashFromOutside, d.Date
		}
		for j := range d.OptionMarks {
			if m := &d.OptionMarks[j]; m.Source != "" {
				held++
				if m.Source != lombard.MarkQuote {
					marked++
				}
			}
		}
		if d.IVUsed != nil && (len(d.OptionMarks) == 0 || d.OptionMarks[0].Source == "") { // no quotes were asked for
			held++
			marked++
		}
	}
	if held > 0 {
		share := float64(marked) / float64(held)
		m.ModelMarkedShare = &share
	}
	m.TotalHedgeCost = m.PremiumsPaid - m.PremiumsReceived - m.Payoff + m.Frictions
	m.HedgeCostNetOfMark = m.TotalHedgeCost - m.OpenMark
}
