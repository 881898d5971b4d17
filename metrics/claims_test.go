package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/internal/provider/synthetic"
	"lombard.example/lombard/market"
)

// TestEveryClaimOfAVerdict computes every number and every claim of verdicts
// again, from the daily path alone, over random questions. A sentence that no
// reader below understands fails too, so nothing goes unchecked.
func TestEveryClaimOfAVerdict(t *testing.T) {
	t.Parallel()
	const wanted = 2000
	random, bundled := rand.New(rand.NewPCG(4, 12)), sample.New()
	seen := map[string]int{}
	forms := make([]*regexp.Regexp, len(claims))
	for i := range claims {
		forms[i] = regexp.MustCompile("^" + claims[i].pattern + "$")
	}
	complete := 0
	for n := 0; complete < wanted; n++ {
		if n > 3*wanted {
			t.Fatalf("%d of %d questions had an answer", complete, n)
		}
		s, source := ask(random, bundled)
		result, err := app.Compute(t.Context(), app.Asker{Workspace: "w"}, s, func(string) (market.Source, error) { return source, nil }, silent{})
		if own, ok := errors.AsType[*lombard.Error](err); ok && own.Kind != lombard.KindInternal && own.Code != "no_balance" {
			continue // a question that is refused has no verdict
		}
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		complete++
		r := reader{s: result.Request, template: &result.Templates[0], control: &result.Templates[1], seen: seen}
		if err := r.check(forms); err != nil {
			t.Fatalf("question %d: %v\nverdict: %s\nrequest: %+v", n, err, r.template.Verdict, result.Request)
		}
		r = reader{s: result.Request, template: r.control, control: r.control, seen: seen}
		if err := r.check(forms); err != nil {
			t.Fatalf("question %d, control: %v\nverdict: %s\nrequest: %+v", n, err, r.template.Verdict, result.Request)
		}
	}
	for _, claim := range claims {
		if seen[claim.pattern] == 0 {
			t.Errorf("no verdict of %d said %s", complete, claim.pattern)
		}
		t.Logf("%5d × %s", seen[claim.pattern], claim.pattern)
	}
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// ask is a random question with the control that repays the loan beside it.
func ask(random *rand.Rand, bundled market.Source) (lombard.Scenario, market.Source) {
	s := lombard.Scenario{TemplateSlugs: []string{pick(random, hedges()...), "deleverage-equivalent"}, UnderlyingUnits: pick(random, 1, 100, 1234.5, 0.05)}
	var source market.Source
	days := lombard.Date(20 + random.IntN(pick(random, 60, 60, 400)))
	switch random.IntN(8) {
	case 0:
		source, s.Symbol, s.StartDate = bundled, "XAU", lombard.MustDate("1986-01-02")+lombard.Date(random.IntN(900))
	case 1:
		source, s.Symbol, s.StartDate = bundled, "SPX", lombard.MustDate("2001-02-01")+lombard.Date(random.IntN(6500))
	case 2:
		source, s.Symbol, s.StartDate = synthetic.New(), "SYN-"+strconv.Itoa(random.IntN(9)), lombard.MustDate("2012-01-03")+lombard.Date(random.IntN(2000))
	default:
		source, s.Symbol, s.StartDate = walk(random, int(days)), "GLD", lombard.MustDate("2020-01-02")
	}
	s.EndDate = s.StartDate + days
	s.DataSource = source.Describe().Slug
	bars, err := source.Bars(context.Background(), market.Query{Symbol: s.Symbol, Start: s.StartDate, End: s.EndDate}, nothing)
	if err == nil && len(bars.Bars) > 0 {
		s.MarginCallLTV = pick(random, 0.6, 0.7, 0.75, 0.8, 0.85)
		s.LoanAmount = math.Floor(100*s.MarginCallLTV*(0.6+0.39*random.Float64())*s.UnderlyingUnits*bars.Run()[0].Close) / 100
	}
	f := &s.Facility
	f.Preset = pick(random, append(lombard.PresetNames(), "", "", "", "", "", "")...)
	f.Monitoring = pick(random, "", lombard.MonitoringLow)
	f.PremiumFunding = pick(random, "", "", lombard.FundingLoan, lombard.FundingSellCollateral)
	f.HedgeRecognition = pick(random, "", "", lombard.RecognitionMarketValue, lombard.RecognitionHaircut, lombard.RecognitionIntrinsic, lombard.RecognitionNone, lombard.RecognitionFloor, lombard.RecognitionFINRA, lombard.RecognitionLongDated)
	if f.HedgeRecognition == lombard.RecognitionFINRA || f.Preset == "reg_t_margin" {
		s.MarginCallLTV = 0.75 // its requirements do not follow another, and a warning says so
	}
	f.Dividends = pick(random, "", lombard.DividendsRepay, lombard.DividendsReinvest)
	if random.IntN(2) == 0 {
		f.LoanRate = new(0.1 * random.Float64())
		f.Interest = &lombard.Interest{Mode: pick(random, lombard.InterestMonthly, lombard.InterestDaily, lombard.InterestCash, lombard.InterestBullet)}
	}
	if random.IntN(4) == 0 {
		f.Thresholds, f.Cure = &lombard.Thresholds{Liquidate: s.MarginCallLTV + 0.05}, &lombard.Cure{Period: 2, ExternalCash: new(float64)}
	}
	a := &s.Assumptions
	a.Vol, a.Rate = &lombard.VolModel{Model: lombard.VolFlat, Value: 0.05 + 0.6*random.Float64()}, new(0.06*random.Float64())
	a.OptionStyle = pick(random, append(slices.Repeat([]string{lombard.StyleEuropean}, 9), lombard.StyleAmerican)...)
	a.Execution = pick(random, lombard.ExecutionMid, lombard.ExecutionHalfSpread)
	a.ContractMode = pick(random, "", "", "", lombard.ModeListed)
	return s, source
}

func hedges() []string {
	var slugs []string
	for _, t := range hedge.All() {
		if t.Slug != "deleverage-equivalent" {
			slugs = append(slugs, t.Slug)
		}
	}
	return slugs
}

// walk is a source of prices that wander and crash, with splits and dividends.
func walk(random *rand.Rand, days int) market.Source {
	instrument, _ := market.Lookup("GLD")
	spot, vol, lows := 100.0, pick(random, 0.005, 0.015, 0.03), random.IntN(2) == 0
	var bars []market.Bar
	for d := lombard.MustDate("2020-01-02"); d <= lombard.MustDate("2020-01-02")+lombard.Date(days); d++ {
		if d.IsWeekend() {
			continue
		}
		bar := market.Bar{Date: d, Close: spot}
		if lows {
			bar.Open, bar.High, bar.Low = spot, spot*1.01, spot*(1-0.05*random.Float64())
		}
		switch random.IntN(120) {
		case 0:
			bar.Split = 2
			bar.Open, bar.High, bar.Low, bar.Close = bar.Open/2, bar.High/2, bar.Low/2, bar.Close/2
			spot /= 2
		case 1:
			bar.Dividend = spot * 0.01
		}
		bars = append(bars, bar)
		spot *= math.Exp(vol * random.NormFloat64())
		if random.IntN(150) == 0 {
			spot *= 0.7
		}
	}
	return prices{market.Series{Symbol: "GLD", Source: "file", Instrument: instrument, Bars: bars}}
}

// prices are a source of one series.
type prices struct{ series market.Series }

func (prices) Describe() market.Description { return market.Description{Slug: "file", Local: true} }

func (prices) Symbols(context.Context, string) ([]market.Listing, error) { return nil, nil }

func (p prices) Bars(_ context.Context, q market.Query, _ func(done, total int64)) (market.Series, error) {
	return market.Cut(p.series, q)
}

// silent watches nothing.
type silent struct{}

func (silent) Fetched(int64, int64)                       {}
func (silent) Simulated(int, int, int, int, *lombard.Day) {}

func nothing(int64, int64) {}

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
	key := map[string]string{
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
		case lombard.CureExternalCash:
			cash -= e.Cash
		case lombard.CureMonetiseHedge:
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
