package cli

import (
	"fmt"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// showResult returns what `run` and `jobs show` print of a result: the verdict
// in words, the figures hedged and unhedged, what was assumed, and the chart.
func showResult(r *lombard.Result, s screen) string {
	var blocks []string
	block := func(lines ...string) {
		if text := strings.Join(lines, "\n"); text != "" {
			blocks = append(blocks, text)
		}
	}
	answer, details := answered(r)
	block(s.style(bold, wrap(answer, s.columns, "")))
	block(wrap(details, s.columns, ""))
	block(wrap(questionText(r), s.columns, ""))
	if len(r.Templates) == 1 {
		block(summaryTable(r, &r.Templates[0]).lines(s)...)
		block(costTable(&r.Templates[0]).lines(s)...)
	} else {
		block(comparisonTable(r, s).lines(s)...)
	}
	block(remarks(r, s)...)
	block(ltvChart(r, s))
	return s.fit(strings.Join(blocks, "\n\n")) + "\n"
}

// answered cuts a verdict into the sentences that answer the question and the
// details behind them.
func answered(r *lombard.Result) (answer, details string) {
	if i := strings.Index(r.Verdict, ". Without a hedge the loan is "); i > 0 {
		return r.Verdict[:i+1], r.Verdict[i+2:]
	}
	return r.Verdict, ""
}

// questionText says in one sentence what was asked.
func questionText(r *lombard.Result) string {
	instrument, _ := market.Lookup(r.Symbol)
	return fmt.Sprintf("%s: %s units of %s worth %s %s on %s, loan %s (%s), called at %s, until %s.",
		r.ScenarioName, quantity(r.UnderlyingUnits), r.Symbol, money(r.StartValue), instrument.Currency, r.EntryDate,
		money(r.LoanAmount), percent(r.LoanAmount/r.StartValue), percent(r.MarginCallLTV), r.LastDate)
}

// summaryTable sets the hedge beside no hedge and, where it took cash from
// outside, beside borrowing less by as much.
func summaryTable(r *lombard.Result, one *lombard.TemplateResult) *table {
	m, control := &one.Summary, &one.Metrics.Loan.Deleveraged
	t := &table{header: []string{"", "hedged", "unhedged"}}
	less := one.Metrics.Hedge.VsDeleverage.Repaid > 0
	if less {
		t.header = append(t.header, "borrowing less")
	}
	row := func(name, hedged, unhedged, deleveraged string) {
		cells := []string{name, hedged, unhedged}
		if less {
			cells = append(cells, deleveraged)
		}
		t.add(cells...)
	}
	row("Highest LTV", percent(m.MaxLTVHedged), percent(m.MaxLTVUnhedged), percent(control.MaxLTV))
	row("  on", m.MaxLTVHedgedDate.String(), m.MaxLTVUnhedgedDate.String(), control.MaxLTVDate.String())
	if m.MaxLTVRecognised != m.MaxLTVHedged {
		row("Highest LTV as the lender counts", percent(m.MaxLTVRecognised), percent(m.MaxLTVUnhedged), percent(control.MaxLTV))
	}
	row("Margin-call days of "+count(m.Sessions), count(m.MarginCallDaysHedged), count(m.MarginCallDaysUnhedged), count(control.MarginCallDays))
	if m.MarginCallDaysLowHedged != nil && m.MarginCallDaysLowUnhedged != nil {
		row("  by the day's low", count(*m.MarginCallDaysLowHedged), count(*m.MarginCallDaysLowUnhedged), "")
	}
	if r.Request.Facility.HedgeRecognition != lombard.RecognitionNone {
		row("  if the option is not counted", count(m.MarginCallDaysIfNotRecognised), "", "")
	}
	row("First margin call", orNone(m.FirstCallHedged), orNone(m.FirstCallUnhedged), "")
	row("Least room to a call", percent(m.MinHeadroomHedged), percent(m.MinHeadroomUnhedged), percent(control.MinHeadroom))
	row("Value at the start", money(m.StartValue), money(m.StartValue), "")
	row("Value at the end", money(m.EndValueHedgedNet), money(m.EndValueUnhedged), "")
	row("  less loan and interest", money(m.EquityHedgedEnd), money(m.EquityUnhedgedEnd), money(m.EquityHedgedEnd-one.Metrics.Hedge.VsDeleverage.EndWealth))
	if m.CureCashUnhedged > 0 {
		row("Cash to cure the worst call", "", money(m.CureCashUnhedged), "")
	}
	return t
}

func costTable(one *lombard.TemplateResult) *table {
	m, cost := &one.Summary, &one.Metrics.Cost
	t := &table{header: []string{"What the hedge cost", ""}}
	if m.Purchases == 0 {
		t.add("Nothing: there is no hedge", money(0))
		return t
	}
	t.add(fmt.Sprintf("Premiums paid, %s", plural(m.Purchases, "purchase")), money(m.PremiumsPaid))
	if m.PremiumsReceived != 0 {
		t.add("less premiums received", money(-m.PremiumsReceived))
	}
	t.add("less payoffs", money(-m.Payoff))
	t.add("plus spreads and fees", money(m.Frictions))
	t.add("Total hedge cost", money(m.TotalHedgeCost))
	t.add("less options still open", money(-m.OpenMark))
	t.add("Cost net of open options", money(m.HedgeCostNetOfMark))
	if m.CostPAPct != nil {
		t.add("  a year, of the collateral", percent(*m.CostPAPct))
	}
	if m.CostPAPctOfLoan != nil {
		t.add("  a year, of the loan", percent(*m.CostPAPctOfLoan))
	}
	if m.CashFromOutside != 0 {
		t.add("Cash from outside, in all", money(m.CashFromOutside))
	}
	if cost.BreakevenSpot != nil {
		t.add("Pays for itself below, at expiry", money(*cost.BreakevenSpot))
	}
	if cost.UpsideCap != nil {
		t.add("Most the collateral can gain", percent(*cost.UpsideCap))
	}
	if cost.VolPaid != nil {
		t.add("Vol paid", percent(*cost.VolPaid))
	}
	if cost.BreakevenVol != nil {
		t.add("  at which it would have cost nothing", percent(*cost.BreakevenVol))
	}
	return t
}

// comparisonTable has one row a template and the unhedged position first.
func comparisonTable(r *lombard.Result, s screen) *table {
	const roomy = 100 // columns from which the last figures fit too
	wide := s.columns >= roomy
	t := &table{header: []string{"", "highest LTV", "call days", "if not counted", "net cost"}}
	first := []string{"without a hedge", percent(r.MaxLTVUnhedged), count(r.MarginCallDaysUnhedged), "", ""}
	if wide {
		t.header = append(t.header, "a year", "value at the end")
		first = append(first, "", money(r.EndValueUnhedged))
	}
	t.add(first...)
	for i := range r.Templates {
		m := &r.Templates[i].Summary
		row := []string{
			r.Templates[i].TemplateSlug, percent(m.MaxLTVHedged), count(m.MarginCallDaysHedged),
			count(m.MarginCallDaysIfNotRecognised), money(m.HedgeCostNetOfMark),
		}
		if wide {
			year := ""
			if m.CostPAPct != nil {
				year = percent(*m.CostPAPct)
			}
			row = append(row, year, money(m.EndValueHedgedNet))
		}
		t.add(row...)
	}
	return t
}

// remarks are the assumptions, notes and warnings, wrapped.
func remarks(r *lombard.Result, s screen) []string {
	var out []string
	say := func(text string) {
		if text != "" {
			out = append(out, wrap(text, s.columns, "  "))
		}
	}
	say("Settings: " + settings(&r.Request) + ".")
	say(strings.Join(r.Notes, " "))
	for _, w := range r.Warnings {
		say("Warning: " + w.Message)
	}
	if r.Provenance.Origin != "" {
		say("Prices: " + strings.TrimSuffix(r.Provenance.Origin, ".") + ".")
	}
	return out
}

// settings names the choices the result was computed with that the notes do
// not tell, whether they were asked for or are defaults.
func settings(q *lombard.Scenario) string {
	words := func(text string) string { return strings.ReplaceAll(text, "_", " ") }
	a, f := &q.Assumptions, &q.Facility
	said := []string{
		"vol " + volText(a.Vol), string(a.OptionStyle) + " options", words(string(a.ContractMode)), words(string(a.Execution)) + " execution",
		string(f.Preset) + " facility", "calls tested at the " + words(string(f.Monitoring)), "hedge counted at " + words(string(f.HedgeRecognition)),
	}
	if f.LoanRate == nil {
		said = append(said, "no loan interest")
	} else {
		said = append(said, "loan interest "+percent(*f.LoanRate))
	}
	return strings.Join(said, ", ")
}

func volText(v *lombard.VolModel) string {
	switch {
	case v == nil:
		return ""
	case v.Model == lombard.VolFlat:
		return "flat " + strconv.FormatFloat(v.Value, 'g', -1, 64)
	default:
		return string(v.Model)
	}
}
