package metrics_test

import (
	"errors"
	"math"
	"regexp"
	"strconv"

	"lombard.example/lombard"
)

// claims are the sentences of a verdict.
var claims = []claim{
	{`The loan would not have been called, with (?:the hedge|the repayment of ` + num + `) or without\.`, func(r *reader, p []string) error {
		without, with, _, _ := r.days()
		return all(r.recognised(p[0]), expect(len(without)+len(with) == 0, "%d days without, %d with", len(without), len(with)))
	}},
	{who + ` caused (\d+) days? in call; without it, none\.`, func(r *reader, p []string) error {
		without, _, _, added := r.days()
		return all(r.recognised(p[0]), countIs(p[1], len(added)), expect(len(without) == 0, "there are %d without", len(without)))
	}},
	{who + ` prevented ` + preventedPattern + `(?: and added (\d+))?\.`, func(r *reader, p []string) error {
		return all(r.recognised(p[0]), r.prevented(p[1:], p[len(p)-1]))
	}},
	{`Even with (?:the hedge|the repayment of ` + num + `), this lender would have sold everything and still be owed ` + num + `\.`, func(r *reader, p []string) error {
		return all(r.recognised(p[0]), same(p[1], r.badDebt(1)))
	}},
	{`With (?:the hedge|the repayment of ` + num + `), this lender would have sold ` + num + ` units; without it, none\.`, func(r *reader, p []string) error {
		return all(r.recognised(p[0]), r.soldIs(p[1], 1), expect(r.sold(0) == 0, "it would have sold %v", r.sold(0)))
	}},
	{`Even with (?:the hedge|the repayment of ` + num + `), this lender would have sold ` + num + ` units; (\d+) of (\d+) days? in call prevented(?:, (\d+) added)?\.`, func(r *reader, p []string) error {
		without, _, prevented, added := r.days()
		if p[4] == "" {
			p[4] = "0"
		}
		return all(r.recognised(p[0]), r.soldIs(p[1], 1), countIs(p[2], len(prevented)), countIs(p[3], len(without)), countIs(p[4], len(added)), expect(r.sold(0) > 0, "none without"))
	}},
	{`The (?:hedge|repayment of ` + num + `) would have prevented the lender's sale of ` + num + ` units and ` + preventedPattern + `(?:, adding (\d+))?\.`, func(r *reader, p []string) error {
		return all(r.recognised(p[0]), r.soldIs(p[1], 0), expect(r.sold(1) == 0, "it sells %v", r.sold(1)), r.prevented(p[2:], p[len(p)-1]))
	}},
	{`(?:This lender would have sold ` + num + ` units of the collateral|This lender would have sold everything and still be owed ` + num + `)\.`, func(r *reader, p []string) error {
		if p[0] != "" {
			return r.soldIs(p[0], 0)
		}
		return same(p[1], r.badDebt(0))
	}},
	{`The loan would not have been called\.`, func(r *reader, _ []string) error {
		without, _, _, _ := r.days()
		return expect(len(without) == 0 && !r.bought(), "%d days", len(without))
	}},
	{`The loan would have been called on (\d+) days?,(?: first on)? ` + date + `\.`, func(r *reader, p []string) error {
		without, _, _, _ := r.days()
		return all(countIs(p[0], len(without)), dateIs(p[1], without))
	}},
	{`No hedge was bought, so nothing was paid for one\.`, func(r *reader, _ []string) error {
		total, _, _ := r.outside()
		return expect(!r.bought() && total == 0, "%d were bought", len(r.template.Contracts))
	}},
	{`The hedge would have earned ` + num + ` net\.`, func(r *reader, p []string) error { return same(p[0], -r.net()) }},
	{`The hedge would have cost nothing net\.`, func(r *reader, _ []string) error { return expect(math.Abs(r.net()) < 0.0050001, "it cost %v", r.net()) }},
	{`The hedge would have cost ` + num + ` net(?:, or (less than )?([0-9.]+) % of the loan a year)?\.`, func(r *reader, p []string) error {
		path := r.template.DailyPath
		years := float64(path[len(path)-1].Date-path[0].Date) / 365.25
		share := 100 * r.net() / r.s.LoanAmount / years
		switch {
		case p[2] == "":
			return all(same(p[0], r.net()), expect(years < 1.0/12, "a yearly figure is missing"))
		case p[1] != "":
			return all(same(p[0], r.net()), expect(share < 0.00501, "%v %% is right", share))
		}
		return all(same(p[0], r.net()), same(p[2], share))
	}},
	{`The hedge took no cash from outside that could have repaid the loan instead\.`, func(r *reader, _ []string) error {
		total, _, _ := r.outside()
		return expect(r.bought() && total < 0.0050001, "it took %v", total)
	}},
	{`Repaying the loan with that cash would have (done as well:|done better:|done worse:|meant) (no|\d+) days? in call(?:, as much left| (?:and|but) (?:as much|` + num + ` (more|less)) at the end)\.`, func(r *reader, p []string) error {
		last := len(r.template.DailyPath) - 1
		more := r.control.DailyPath[last].EquityHedged - r.template.DailyPath[last].EquityHedged
		_, with, _, _ := r.days()
		fewer := len(with) - r.controlDays()
		errs := []error{expect(p[1] == "no" && r.controlDays() == 0 || p[1] == strconv.Itoa(r.controlDays()), "%d days is right", r.controlDays())}
		sign := 1.0
		switch p[3] {
		case "less":
			sign = -1
			fallthrough
		case "more":
			errs = append(errs, same(p[2], sign*more))
		default:
			sign = 0
			errs = append(errs, expect(math.Abs(more) < 0.0051, "%v more is right", more))
		}
		want := "meant"
		switch {
		case fewer == 0 && sign == 0:
			want = "done as well:"
		case fewer >= 0 && sign >= 0:
			want = "done better:"
		case fewer <= 0 && sign <= 0:
			want = "done worse:"
		}
		return all(append(errs, expect(p[0] == want, "%s is right", want))...)
	}},
	{`Without a hedge the loan is never called: LTV at the close peaked at ` + pct + ` on ` + date + `, and the lender calls at ` + pct + `\.`, func(r *reader, p []string) error {
		without, _, _, _ := r.days()
		return all(expect(len(without) == 0, "%d days", len(without)), r.peak(p[0], p[1]), percentIs(p[2], r.s.MarginCallLTV))
	}},
	{`Without a hedge the loan is called on (\d+) days?,(?: first on)? ` + date + `(, counting the lows of the day)?; LTV at the close peaked at ` + pct + ` on ` + date + `, and the lender calls at ` + pct +
		`(?:; repaying ` + num + ` would have brought it back to ` + pct + ` on its worst day)?\.`, func(r *reader, p []string) error {
		without, _, _, _ := r.days()
		return all(countIs(p[0], len(without)), dateIs(p[1], without), expect(p[2] == "" || r.s.Facility.Monitoring == lombard.MonitoringLow, "the close decides"),
			r.peak(p[3], p[4]), percentIs(p[5], r.s.MarginCallLTV), r.cure(p[6]))
	}},
	{`With the (hedge|repayment) \((.+?)\)(?:, ([^;]+?),)? LTV at the close peaks at ` + pct + ` and the loan is (?:(never called)|called on (\d+) days?,(?: first on)? ` + date + `)(?:; if the lender did not count the options, it would be called on (\d+) days?)?\.`, func(r *reader, p []string) error {
		_, with, _, _ := r.days()
		peak := 0.0
		for i := range r.template.DailyPath {
			peak = math.Max(peak, r.template.DailyPath[i].LTVRecognised)
		}
		errs := []error{percentIs(p[3], peak), expect(p[1] == r.template.TemplateName, "it is called %s", r.template.TemplateName), r.unrecognised(p[7])}
		if p[4] != "" {
			errs = append(errs, expect(len(with) == 0, "%d days", len(with)))
		} else {
			errs = append(errs, countIs(p[5], len(with)), dateIs(p[6], with))
		}
		return all(append(errs, r.mode(p[0], p[2]))...)
	}},
	{`The options (cost nothing to open|cost ` + num + `|brought in ` + num + `)(?:,| and) (?:paid (nothing|` + num + `)|took ` + num + ` to settle)(?: and (?:are still worth ` + num + `|would still take ` + num + ` to close))?\.`, func(r *reader, p []string) error {
		amount := func(positive, negative string, want float64) error {
			switch {
			case positive != "":
				return same(positive, want)
			case negative != "":
				return same(negative, -want)
			}
			return expect(math.Abs(want) < 0.0051, "nothing is said of %v", want)
		}
		return all(amount(p[1], p[2], r.premium()), amount(p[4], p[5], r.payoff()), amount(p[6], p[7], r.open()))
	}},
	{`The most cash needed on one day was ` + num + `, on ` + date + `\.`, func(r *reader, p []string) error {
		_, most, on := r.outside()
		return all(same(p[0], most), dateIs(p[1], []lombard.Date{on}))
	}},
	{`Under the lender's terms: (.+)\.`, func(r *reader, p []string) error {
		if len(r.template.Branches) == 1 {
			return r.outcome(p[0], 0)
		}
		parts := regexp.MustCompile(`^without the hedge (.+); (with it|repaying instead) (.+)$`).FindStringSubmatch(p[0])
		if parts == nil {
			return errors.New("two accounts are not told")
		}
		return all(r.outcome(parts[1], 0), r.outcome(parts[3], 1), expect(r.bought() == (parts[2] == "with it"), "%s", parts[2]))
	}},
}
