package metrics_test

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// reader checks the verdict of one hedge against its path, and what it says of
// repaying the loan against the path of the control, which the engine computes
// on its own.
type reader struct {
	s                 lombard.Scenario
	template, control *lombard.TemplateResult
	seen              map[string]int
}

// claim is a form of sentence and what must hold of its parts.
type claim struct {
	pattern string
	holds   func(r *reader, part []string) error
}

// forms are the compiled patterns of the claims.
func (r *reader) check(forms []*regexp.Regexp) error {
	sentences := sentencesOf(r.template.Verdict)
	for i, text := range sentences {
		if words := len(strings.Fields(text)); i < 3 && words > 20 && r.bought() && (i == 0 || !strings.HasPrefix(text, "Without a hedge") && !strings.HasPrefix(text, "With the ")) {
			return fmt.Errorf("%q has %d words", text, words)
		}
		known := false
		for n, c := range claims {
			part := forms[n].FindStringSubmatch(text)
			if part == nil {
				continue
			}
			known = true
			r.seen[c.pattern]++
			if err := c.holds(r, part[1:]); err != nil {
				return fmt.Errorf("%q: %w", text, err)
			}
			break
		}
		if !known {
			return fmt.Errorf("%q is no sentence that is checked", text)
		}
	}
	return nil
}

// sentencesOf splits before capitals.
func sentencesOf(verdict string) []string {
	return strings.Split(regexp.MustCompile(`\. ([A-Z])`).ReplaceAllString(verdict, ".\n$1"), "\n")
}

// days are the sessions of call without the hedge and with it, by date.
func (r *reader) days() (without, with, prevented, added []lombard.Date) {
	byLow, at := r.s.Facility.Monitoring == lombard.MonitoringLow, r.s.MarginCallLTV
	called := func(ltv float64, low *float64) bool { return ltv >= at || byLow && low != nil && *low >= at }
	for i := range r.template.DailyPath {
		d := &r.template.DailyPath[i]
		u, h := called(d.LTVUnhedged, d.LTVUnhedgedLow), called(d.LTVRecognised, d.LTVHedgedLow)
		if u {
			without = append(without, d.Date)
		}
		if h {
			with = append(with, d.Date)
		}
		if u && !h {
			prevented = append(prevented, d.Date)
		}
		if h && !u {
			added = append(added, d.Date)
		}
	}
	return without, with, prevented, added
}

// controlDays are the sessions on which the control is called.
func (r *reader) controlDays() int {
	c := reader{s: r.s, template: r.control}
	_, with, _, _ := c.days()
	return len(with)
}

// same compares a number in words with one computed here: within half of its
// last digit.
func same(words string, want float64) error {
	text := strings.ReplaceAll(words, ",", "")
	got, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("%q is no number", words)
	}
	unit := 0.5
	if _, decimals, ok := strings.Cut(text, "."); ok {
		unit = 0.5 * math.Pow(10, -float64(len(decimals)))
	}
	if math.Abs(got-want) > unit*(1+1e-6)+1e-9*math.Abs(want) {
		return fmt.Errorf("says %s, and %v is right", words, want)
	}
	return nil
}

func percentIs(words string, want float64) error {
	if words == "infinity" {
		return expect(want >= 1e6, "an LTV of %v is not infinite", want)
	}
	return same(words, 100*want)
}

func expect(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func countIs(words string, want int) error {
	return expect(words == strconv.Itoa(want), "says %s, and %d is right", words, want)
}

func dateIs(words string, want []lombard.Date) error {
	if len(want) == 0 {
		return fmt.Errorf("says %s, and there is no such day", words)
	}
	return expect(words == want[0].String(), "says %s, and %s is right", words, want[0])
}

// net is what the hedge cost by the cash of the days: −Σ cash − the last mark.
func (r *reader) net() float64 {
	path := r.template.DailyPath
	sum := -path[len(path)-1].OptionMarketValue
	for i := range path {
		sum -= path[i].HedgeCash
	}
	return sum
}

func (r *reader) bought() bool { return len(r.template.Contracts) > 0 }

// premium, payoff and open are the parts of the cost.
func (r *reader) premium() float64 {
	sum := 0.0
	for _, c := range r.template.Contracts {
		sum += math.Abs(c.Quantity) * c.Mid * map[bool]float64{true: 1, false: -1}[c.Quantity > 0]
	}
	for i := range r.template.DailyPath {
		sum += r.template.DailyPath[i].Frictions
	}
	return sum
}

func (r *reader) open() float64 {
	return r.template.DailyPath[len(r.template.DailyPath)-1].OptionMarketValue
}

// payoff follows from conservation: cash = −premium + payoff.
func (r *reader) payoff() float64 { return r.premium() - r.net() - r.open() }

// outside is the cash that came from outside: in all, the most on a day, and
// that day.
func (r *reader) outside() (total, most float64, on lombard.Date) {
	for i := range r.template.DailyPath {
		d := &r.template.DailyPath[i]
		total += d.CashFromOutside
		if d.CashFromOutside > most {
			most, on = d.CashFromOutside, d.Date
		}
	}
	return total, most, on
}

// sold are the units that the lender sold in an account, by its events, in
// units of the last day.
func (r *reader) sold(branch int) float64 {
	if branch >= len(r.template.Branches) {
		return 0
	}
	b := &r.template.Branches[branch]
	sum := 0.0
	for _, e := range b.Events {
		part := regexp.MustCompile(`^The lender sold ([0-9.,e+-]+) units`).FindStringSubmatch(e.Text)
		if part == nil {
			continue
		}
		units, err := strconv.ParseFloat(strings.ReplaceAll(part[1], ",", ""), 64)
		if err != nil {
			return math.NaN()
		}
		for i := range r.template.DailyPath {
			if d := &r.template.DailyPath[i]; d.Date > e.Date && d.Split != 0 {
				units *= d.Split
			}
		}
		sum += units
	}
	return sum
}

// soldIs compares units in words with the events, which round them.
func (r *reader) soldIs(words string, branch int) error {
	got, err := strconv.ParseFloat(strings.ReplaceAll(words, ",", ""), 64)
	if want := r.sold(branch); err != nil || math.Abs(got-want) > 0.5+1e-3*want {
		return fmt.Errorf("says %s, and %v is right", words, want)
	}
	return nil
}

func (r *reader) badDebt(branch int) float64 {
	if branch >= len(r.template.Branches) {
		return 0
	}
	days := r.template.Branches[branch].Days
	if last := days[len(days)-1]; last.State == lombard.StateShortfall {
		return last.LoanBalance - last.CashPledged
	}
	return 0
}

func all(errs ...error) error { return errors.Join(errs...) }

const (
	num  = `([0-9][0-9,.]*)`
	date = `(\d{4}-\d{2}-\d{2})`
	pct  = `([0-9.]+|infinity)(?: %)?`
	who  = `(?:As this lender counts it, the hedge would have|This lender does not count the hedge, which would have|The repayment of ` + num + ` would have)`
)

// recognised checks that the words of a sentence's start are those of how this
// lender counts the hedge, or of what was repaid.
func (r *reader) recognised(repaid string) error {
	if repaid == "" {
		return expect(r.bought(), "no hedge was bought")
	}
	total, _, _ := r.outside()
	return all(expect(!r.bought(), "a hedge was bought"), same(repaid, total))
}

const preventedPattern = `(?:(the one) day in call|(none|\d+) of (\d+) days? in call|(both) days in call|all (\d+) days in call)`

// prevented checks the parts of preventedPattern.
func (r *reader) prevented(p []string, plus string) error {
	without, _, gone, added := r.days()
	if plus == "" {
		plus = "0"
	}
	errs := []error{countIs(plus, len(added))}
	switch {
	case p[0] != "":
		errs = append(errs, expect(len(gone) == 1 && len(without) == 1, "%d of %d", len(gone), len(without)))
	case p[2] != "":
		said := map[bool]string{true: "none", false: strconv.Itoa(len(gone))}[len(gone) == 0]
		errs = append(errs, expect(p[1] == said, "%s is right", said), countIs(p[2], len(without)))
	case p[3] != "":
		errs = append(errs, expect(len(gone) == 2 && len(without) == 2, "%d of %d", len(gone), len(without)))
	default:
		errs = append(errs, countIs(p[4], len(without)), countIs(p[4], len(gone)))
	}
	return all(errs...)
}

// peak is the highest unhedged LTV at a close, computed from the balance, the
// units and the price.
func (r *reader) peak(words, on string) error {
	peak, when := 0.0, lombard.Date(0)
	for i := range r.template.DailyPath {
		d := &r.template.DailyPath[i]
		if d.LTVUnhedged > peak {
			peak, when = d.LTVUnhedged, d.Date
		}
	}
	return all(percentIs(words, peak), dateIs(on, []lombard.Date{when}))
}

// cure is max(L − θ·V) over closes.
func (r *reader) cure(words string) error {
	most := 0.0
	for i := range r.template.DailyPath {
		d := &r.template.DailyPath[i]
		most = math.Max(most, d.LoanBalance-r.s.MarginCallLTV*d.Units*d.SpotClose)
	}
	if words == "" {
		return expect(most < 0.0051, "repaying %v is not told", most)
	}
	return same(words, most)
}

// unrecognised counts the days of call of a lender that counts no option.
func (r *reader) unrecognised(words string) error {
	byLow, at, days := r.s.Facility.Monitoring == lombard.MonitoringLow, r.s.MarginCallLTV, 0
	for i := range r.template.DailyPath {
		d := &r.template.DailyPath[i]
		if d.LTVNotRecognised >= at || byLow && d.LTVNotRecognisedLow != nil && *d.LTVNotRecognisedLow >= at {
			days++
		}
	}
	if words == "" {
		return expect(days == 0 || !r.bought() || r.s.Facility.HedgeRecognition == lombard.RecognitionNone, "%d days are not told", days)
	}
	return countIs(words, days)
}

// mode checks how the hedge is said to be counted.
func (r *reader) mode(subject, words string) error {
	if subject == "repayment" {
		return expect(!r.bought() && words == "", "a hedge was bought")
	}
	key := map[lombard.Recognition]string{
		lombard.RecognitionMarketValue: "market value", lombard.RecognitionIntrinsic: "intrinsic value", lombard.RecognitionNone: "does not count",
		lombard.RecognitionFloor: "protected floor", lombard.RecognitionFINRA: "FINRA 4210", lombard.RecognitionLongDated: "a quarter counted",
	}[r.s.Facility.HedgeRecognition]
	if r.s.Facility.HedgeRecognition == lombard.RecognitionHaircut {
		key = fmt.Sprintf("haircut of %.1f %%", 100**r.s.Facility.Haircut)
	}
	return expect(key != "" && strings.Contains(words, key), "the mode is %s", r.s.Facility.HedgeRecognition)
}

// outcome checks what one account is said to have come to.
func (r *reader) outcome(words string, branch int) error {
	b := &r.template.Branches[branch]
	calls := 0
	for _, e := range b.Events {
		if e.Type == "margin_call" {
			calls++
		}
	}
	if p := regexp.MustCompile(`^all collateral sold and ` + num + ` still owed$`).FindStringSubmatch(words); p != nil {
		return same(p[1], r.badDebt(branch))
	}
	if p := regexp.MustCompile(`^` + num + ` units sold by the lender$`).FindStringSubmatch(words); p != nil {
		return r.soldIs(p[1], branch)
	}
	switch {
	case words == "options or pledged cash taken by the lender, and no collateral sold":
		return expect(r.sold(branch) == 0 && slices.ContainsFunc(b.Events, func(e lombard.Event) bool { return strings.HasPrefix(e.Type, "liquidation") }), "units were sold")
	case words == "no call":
		return countIs("0", calls)
	}
	p := regexp.MustCompile(`^(\d+) calls?(?:, not paid for|, met with (.+))$`).FindStringSubmatch(words)
	if p == nil {
		return fmt.Errorf("%q is not understood", words)
	}
	cash, hedges := 0.0, 0.0
	for _, e := range b.Events {
		switch e.Type {
		case string(lombard.CureExternalCash):
			cash -= e.Cash
		case string(lombard.CureMonetiseHedge):
			hedges += e.Cash
		}
	}
	errs := []error{countIs(p[1], calls), expect(r.sold(branch) == 0, "the lender sold")}
	for pattern, want := range map[string]float64{num + ` in cash`: cash, num + ` from selling the hedge`: hedges} {
		if q := regexp.MustCompile(pattern).FindStringSubmatch(p[2]); q != nil {
			errs = append(errs, same(q[1], want))
		} else {
			errs = append(errs, expect(math.Abs(want) < 0.0051, "%v is not told", want))
		}
	}
	return all(errs...)
}
