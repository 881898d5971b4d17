package metrics

import "lombard.example/lombard"

// costs: the share marked by the model is that of option-days without a quote of
// the day.
func (t *Tally) costs(d *lombard.Day) {
	m := &t.summary
	m.Frictions += d.Frictions
	m.CashFromOutside += d.CashFromOutside
	if d.CashFromOutside > m.CashFromOutsideLargest {
		m.CashFromOutsideLargest, m.CashFromOutsideDate = d.CashFromOutside, d.Date
	}
	for j := range d.OptionMarks {
		if source := d.OptionMarks[j].Source; source != "" {
			t.marked.all++
			if source != lombard.MarkQuote {
				t.marked.some++
			}
		}
	}
	if d.IVUsed != nil && (len(d.OptionMarks) == 0 || d.OptionMarks[0].Source == "") { // no quotes were asked for
		t.marked.all++
		t.marked.some++
	}
}

// premiums: total_hedge_cost = premiums paid − received − payoffs + frictions;
// net of mark subtracts the value of what is still open.
func premiums(m *lombard.Summary, contracts []lombard.Contract) {
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
	m.TotalHedgeCost = m.PremiumsPaid - m.PremiumsReceived - m.Payoff + m.Frictions
	m.HedgeCostNetOfMark = m.TotalHedgeCost - m.OpenMark
}
