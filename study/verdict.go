package study

import (
	"fmt"
	"strings"

	"lombard.example/lombard"
)

// conclude writes the verdicts: one of each group, and the answer in words.
func (s *Study) conclude(r *lombard.StudyResult) {
	for i := range r.Groups {
		switch s.plan.Request.Study {
		case lombard.StudySolve:
			r.Groups[i].Verdict = s.solvedVerdict(i, &r.Groups[i])
		case lombard.StudyRolling:
			r.Groups[i].Verdict = s.rollingVerdict(i, &r.Groups[i])
		case lombard.StudyCrises:
			r.Groups[i].Verdict = s.crisesVerdict(s.groups[i], rowsOf(r.Rows.Rows, i))
		case lombard.StudyMonteCarlo:
			r.Groups[i].Verdict = s.simulatedVerdict(s.groups[i], &r.Groups[i])
		case lombard.StudySweep, lombard.StudyFrontier:
		}
	}
	var sentences []string
	switch s.plan.Request.Study {
	case lombard.StudyRolling:
		sentences = append(sentences, s.rollingOpening(r))
	case lombard.StudySolve:
		sentences = append(sentences, s.solveOpening())
	case lombard.StudySweep:
		sentences = append(sentences, s.sweepVerdict(r))
	case lombard.StudyFrontier:
		sentences = append(sentences, s.frontierVerdict(r))
	case lombard.StudyMonteCarlo:
		sentences = append(sentences, s.simulatedOpening())
	case lombard.StudyCrises:
	}
	for i := range r.Groups {
		if r.Groups[i].Verdict == "" {
			continue
		}
		if i == mostWords {
			sentences = append(sentences, fmt.Sprintf("%s more are in the table.", whole(len(r.Groups)-mostWords)))
			break
		}
		sentences = append(sentences, r.Groups[i].Verdict)
	}
	if r.Failed > 0 {
		sentences = append(sentences, fmt.Sprintf("%s could not be computed; the rows say why.", capital(count(r.Failed, "cell"))))
	}
	r.Verdict = strings.Join(sentences, " ")
}

// mostWords is how many groups the verdict words.
const mostWords = 8

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// rollingOpening says of what the shares are.
func (s *Study) rollingOpening(r *lombard.StudyResult) string {
	q := &s.plan.Request
	first := s.series.Bars[s.windows[0].entry].Date
	complete, cut := 0, 0
	for _, w := range s.windows {
		if w.complete {
			complete++
		} else {
			cut++
		}
	}
	text := fmt.Sprintf("Of %s of %s from %s with %s of prices", startsOf(complete, q.Every), q.Scenario.Symbol, first, wholeHorizon(q.Horizon))
	if cut > 0 {
		text += fmt.Sprintf(" (%s cut short by the data)", moreAre(cut))
	}
	if n := len(s.leftOut); n > 0 {
		text += fmt.Sprintf("; %s too little history for the options' vol and %s left out", have(n), areOrIs(n))
	}
	if r.Partial {
		text += fmt.Sprintf(", as far as computed (%s of %s cells)", whole(len(r.Rows.Rows)), whole(s.Cells()))
	}
	return text + ":"
}

func moreAre(n int) string {
	if n == 1 {
		return "1 more is"
	}
	return whole(n) + " more are"
}

// have words how many earlier starts have something.
func have(n int) string {
	if n == 1 {
		return "1 earlier start has"
	}
	return whole(n) + " earlier starts have"
}

func areOrIs(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// rollingVerdict is one sentence: how often, of how many, within which interval.
func (s *Study) rollingVerdict(i int, out *lombard.StudyGroup) string {
	g := s.groups[i]
	if out.Complete == 0 {
		return fmt.Sprintf("%s: no start could be computed.", capital(s.groupWords(g)))
	}
	within := s.plan.Request.Horizon.Words()
	if g.slug == unhedged || isControl(g.slug) || !g.plan.HoldsOptions() {
		return fmt.Sprintf("%s would have been called within %s in %s.", capital(s.groupWords(g)), within, s.shareWords(out.CalledHedged))
	}
	text := fmt.Sprintf("%s would have been called within %s in %s if the lender counts the hedge %s", capital(s.groupWords(g)), within,
		s.shareWords(out.CalledHedged), lombard.WordsOf(g.plan.Scenario.Facility.HedgeRecognition))
	if q, ok := out.Quantiles["cost_pa_pct_of_loan"]; ok {
		text += fmt.Sprintf(", at a median %s", costWords(q.P50))
	}
	return text + fmt.Sprintf("; without it in %s.", percent(out.CalledUnhedged.Value))
}

// costWords words a cost that may be a gain.
func costWords(x float64) string {
	if x < 0 {
		return fmt.Sprintf("gain of %s of the loan a year", percent(-x))
	}
	return fmt.Sprintf("cost of %s of the loan a year", percent(x))
}

// shareWords never says a share without its number and its interval.
func (s *Study) shareWords(x *lombard.Share) string {
	return fmt.Sprintf("%s (%s of %s; 95 %%: %s to %s; about %s)", percent(x.Value), whole(x.Count), whole(x.Of), percent(x.Low), percent(x.High),
		count(int(s.years()/(float64(s.plan.Request.Horizon)/12)+0.5), "independent window"))
}

// groupWords names a group: its loan, its hedge and its values.
func (s *Study) groupWords(g *group) string {
	var parts []string
	loan := "a loan"
	if g.position.ltv > 0 {
		loan = fmt.Sprintf("a loan of %s", percent(g.position.ltv))
	}
	if g.slug == unhedged {
		loan += " without a hedge"
	} else {
		loan += " with " + hedgeOf(g)
	}
	for _, c := range g.at {
		if c.Path != "template_slug" && c.Path != "loan_to_value" {
			parts = append(parts, fmt.Sprintf("%s %s", c.Path, valueWords(c.Value)))
		}
	}
	if len(parts) > 0 {
		loan += " (" + strings.Join(parts, ", ") + ")"
	}
	return loan
}

func valueWords(value any) string {
	if x, ok := value.(float64); ok {
		return lombard.Digits(x)
	}
	return fmt.Sprint(value)
}

// solveOpening says over which starts the search went.
func (s *Study) solveOpening() string {
	q := &s.plan.Request
	cut := 0
	for _, w := range s.windows {
		if !w.complete {
			cut++
		}
	}
	text := fmt.Sprintf("Over %s of %s from %s to %s, each followed for %s", startsOf(len(s.windows), q.Every), q.Scenario.Symbol,
		s.series.Bars[s.windows[0].entry].Date, s.series.Bars[s.windows[len(s.windows)-1].entry].Date, q.Horizon.Words())
	if cut > 0 {
		text += fmt.Sprintf(" (%s of them cut short by the data)", whole(cut))
	}
	return text + ":"
}

// solvedVerdict is one sentence of a group: the largest loan, and which start
// binds it.
func (s *Study) solvedVerdict(i int, out *lombard.StudyGroup) string {
	g, x := s.groups[i], s.solver.searches[i]
	hedged := "without a hedge"
	if g.slug != unhedged {
		hedged = fmt.Sprintf("with %s, if the lender counts it %s,", hedgeOf(g), lombard.WordsOf(g.plan.Scenario.Facility.HedgeRecognition))
	}
	target := targetWords(s.plan.Request.Target)
	if len(x.tried) == 0 {
		return "This lender lends nothing that can be looked for: it calls at a hundredth of a per cent or less."
	}
	if x.met == 0 {
		best := x.tried[len(x.tried)-1]
		return fmt.Sprintf("No loan %s %s: at %s of the collateral, the least that was tried, it is %s.", strings.TrimSuffix(hedged, ","), target, percent(best.Value.(float64)), percent(best.Metric))
	}
	text := fmt.Sprintf("The largest loan that %s is %s of the collateral %s", target, percent(float64(x.met)/grid), strings.TrimSuffix(hedged, ","))
	if c := out.Solution.CapacityUplift; c != nil && g.slug != unhedged {
		text += fmt.Sprintf(", %s more than without it", percent(*c))
		if *c < 0 {
			text = strings.Replace(text, percent(*c)+" more", percent(-*c)+" less", 1)
		}
	}
	switch binding := bindingOf(x.rows); {
	case x.met == x.top:
		text += ": the most that this lender lends without calling at entry"
	case binding != nil && s.plan.Request.Target.Metric == lombard.TargetNeverCalled:
		text += fmt.Sprintf("; the start that binds is %s", binding.EntryDate)
	}
	if !x.monotone {
		text += "; this is not so in order: a larger loan that was tried kept to it again or a smaller one did not, and the smallest is returned"
	}
	return text + "."
}

func targetWords(t *lombard.Target) string {
	switch t.Metric {
	case lombard.TargetNeverCalled:
		return "was never called"
	case lombard.TargetCalled:
		return fmt.Sprintf("was called in at most %s of the whole windows", percent(t.AtMost))
	case lombard.TargetLiquidated:
		return fmt.Sprintf("was sold in at most %s of the whole windows", percent(t.AtMost))
	case lombard.TargetCalledUnaided:
		return fmt.Sprintf("was called in at most %s of the whole windows by a lender that counts no option", percent(t.AtMost))
	}
	return string(t.Metric)
}

// bindingOf returns the row with the largest LTV as the lender counts it.
func bindingOf(rows []lombard.StudyRow) *lombard.StudyRow {
	var most *lombard.StudyRow
	for i := range rows {
		if r := &rows[i]; r.Error == "" && (most == nil || r.MaxLTVRecognised > most.MaxLTVRecognised) {
			most = r
		}
	}
	return most
}

// rowsOf returns the rows of a group.
func rowsOf(rows []lombard.StudyRow, group int) []lombard.StudyRow {
	var own []lombard.StudyRow
	for i := range rows {
		if rows[i].Group == group {
			own = append(own, rows[i])
		}
	}
	return own
}
