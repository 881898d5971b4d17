package study

import (
	"fmt"
	"strings"

	"lombard.example/lombard"
)

// merits are what a hedge is judged by: less is better in each. A hedge that
// earned has a negative cost.
type merits struct {
	cost     float64 // a year, of the loan
	ltv      float64 // largest, as this lender counts the hedge
	callDays int
}

func meritsOf(r *lombard.StudyRow) merits {
	m := merits{ltv: r.MaxLTVRecognised, callDays: r.CallDaysHedged}
	if r.CostPAPctOfLoan != nil {
		m.cost = *r.CostPAPctOfLoan
	}
	return m
}

// dominates reports whether a is no worse than b in anything and better in
// something (Pareto). Hedges that are alike dominate neither.
func (a merits) dominates(b merits) bool {
	return a.cost <= b.cost && a.ltv <= b.ltv && a.callDays <= b.callDays && a != b
}

// frontier says of each hedge which others dominate it. rows has one row a group.
func frontier(groups []lombard.StudyGroup, rows []lombard.StudyRow) {
	for i := range groups {
		groups[i].DominatedBy = []string{}
		r := rowOfGroup(rows, i)
		if r == nil {
			continue
		}
		groups[i].CostPAPctOfLoan = r.CostPAPctOfLoan
		mine := meritsOf(r)
		for n := range groups {
			if other := rowOfGroup(rows, n); other != nil && meritsOf(other).dominates(mine) {
				groups[i].DominatedBy = append(groups[i].DominatedBy, other.TemplateSlug)
			}
		}
	}
}

// rowOfGroup returns the single row of a group; nil where it has no answer.
func rowOfGroup(rows []lombard.StudyRow, group int) *lombard.StudyRow {
	for i := range rows {
		if rows[i].Group == group && rows[i].Error == "" {
			return &rows[i]
		}
	}
	return nil
}

// frontierVerdict names the hedges that are worth their money.
func (s *Study) frontierVerdict(r *lombard.StudyResult) string {
	var kept []string
	failed := 0
	for i := range r.Groups {
		row := rowOfGroup(r.Rows.Rows, i)
		switch {
		case row == nil:
			failed++
		case len(r.Groups[i].DominatedBy) == 0:
			m := meritsOf(row)
			kept = append(kept, fmt.Sprintf("%s (%s, LTV up to %s, %s in call)", hedgeOf(s.groups[i]), costWords(m.cost), percent(m.ltv), count(m.callDays, "day")))
		}
	}
	bars := s.series.Bars
	text := fmt.Sprintf("Of %s on %s from %s to %s, none is better in every way (cost, largest LTV, days in call) than: %s.",
		count(len(r.Groups)-failed, "hedge"), s.plan.Request.Scenario.Symbol, bars[s.series.First].Date, bars[len(bars)-1].Date, strings.Join(kept, "; "))
	if rest := len(r.Groups) - failed - len(kept); rest > 0 {
		text += fmt.Sprintf(" For each of the other %s another hedge costs no more and protects no less.", whole(rest))
	}
	return text
}

// sweepVerdict counts the runs that were called and names the cheapest of those
// that were not.
func (s *Study) sweepVerdict(r *lombard.StudyResult) string {
	rows := r.Rows.Rows
	computed, hedged, without := 0, 0, 0
	var best *lombard.StudyRow
	for i := range rows {
		row := &rows[i]
		if row.Error != "" {
			continue
		}
		computed++
		if row.CalledUnhedged {
			without++
		}
		if row.CalledHedged {
			hedged++
			continue
		}
		if best == nil || meritsOf(row).cost < meritsOf(best).cost {
			best = row
		}
	}
	if computed == 0 {
		return "No combination could be computed."
	}
	text := fmt.Sprintf("Of %s, %s would have been called as the lender counts the hedge, and %s without it.", count(computed, "combination"), whole(hedged), whole(without))
	if best == nil || hedged == 0 {
		return text
	}
	var values []string
	for _, c := range r.Groups[best.Group].At {
		values = append(values, fmt.Sprintf("%s %s", c.Path, valueWords(c.Value)))
	}
	return text + fmt.Sprintf(" The cheapest that was not: %s, at a %s.", strings.Join(values, ", "), costWords(meritsOf(best).cost))
}
