package chaos

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"strings"
	"testing"
	"time"
)

// slip is a mistake in the arithmetic of the engine: a sign, a day count, a
// comparison or a constant. It fits one place of one file.
type slip struct{ what, file, old, new string }

// slips is the table. A row whose old text is gone fails the test: the code has
// moved on and the row must follow.
func slips() []slip {
	return []slip{
		// The loan and the lender.
		{"an LTV of collateral over loan", "loan/loan.go", "return min(balance/collateral, MaxLTV)", "return min(collateral/balance, MaxLTV)"},
		{"no call at the threshold itself", "loan/loan.go", "return ltv >= threshold }", "return ltv > threshold }"},
		{"a call below the threshold", "loan/loan.go", "return ltv >= threshold }", "return ltv <= threshold }"},
		{"headroom with its sign turned", "loan/loan.go", "return 1 - ltv/threshold }", "return ltv/threshold - 1 }"},
		{"the largest loan is one that is called", "loan/loan.go", "!MarginCall(LTV(next/100, collateral), threshold)", "LTV(next/100, collateral) <= threshold"},
		{"act/360 with 365 days", "loan/interest.go", "float64(to-from) / 360", "float64(to-from) / 365"},
		{"act/365 with 360 days", "loan/interest.go", "float64(to-from) / 365", "float64(to-from) / 360"},
		{"30/360 with 31 days a month", "loan/interest.go", "min(day, 30)", "min(day, 31)"},
		{"30/360 that counts days", "loan/interest.go", "float64(thirty(to)-thirty(from)) / 360", "float64(to-from) / 360"},
		{"a payment goes to the principal first", "loan/interest.go", "interest := min(amount, a.Accrued)", "interest := max(0, min(amount-a.Principal, a.Accrued))"},
		{"cash interest is added to the loan", "loan/interest.go", "a.Paid += a.Accrued", "a.Principal += a.Accrued"},
		{"a repayment that takes the collateral for the loan", "loan/cure.go", "balance-target*recognised)", "recognised-target*balance)"},
		{"a pledge of as much as a repayment", "loan/cure.go", "return max(0, balance/target-recognised)", "return max(0, balance-target*recognised)"},
		{"a sale without its cost", "loan/cure.go", "rest := 1 - cost - target", "rest := 1 - target"},
		{"the trigger is the other side of the level", "loan/cure.go", "if ltv(middle) >= level {", "if ltv(middle) < level {"},
		{"Basel's haircut without the day of revaluation", "loan/cure.go", "float64(revaluedEvery+holdingDays-1)/tenDays", "float64(revaluedEvery+holdingDays)/tenDays"},
		{"Aave's close factor the other way round", "loan/cure.go", "if threshold > healthy*ltv {", "if threshold < healthy*ltv {"},
		{"short options add to the collateral", "loan/book.go", "short -= o.Quantity * o.Value", "short += o.Quantity * o.Value"},
		{"a haircut that is what counts", "loan/book.go", "worth := (1 - r.Haircut) * o.Strike", "worth := r.Haircut * o.Strike"},
		{"the floor is not discounted", "loan/book.go", "math.Exp(-r.Rate*o.Years); best", "math.Exp(0*o.Years); best"},
		{"options count up to the last day", "loan/book.go", "if o.Years*daysPerCivilYear < r.MinDays {\n\t\treturn 0", "if o.Years*daysPerCivilYear < 0 {\n\t\treturn 0"},
		{"nine months count as long-dated from half a year", "loan/book.go", "nineMonths = 0.25, 0.75", "nineMonths = 0.25, 0.5"},
		{"FINRA's requirement of a tenth of the strike left out", "loan/book.go", "ofStrike*put.Strike + math.Max", "0*ofStrike*put.Strike + math.Max"},
		{"a put pays above its strike", "loan/book.go", "return math.Max(0, o.Strike-spot)", "return math.Max(0, spot-o.Strike)"},
		// Options.
		{"the greeks discount the strike the wrong way", "option/bsm.go", "strike:    in.Strike * exp(-in.Rate*in.Years)", "strike:    in.Strike * exp(in.Rate*in.Years)"},
		{"d1 without half the variance", "option/bsm.go", "/l.deviation + l.deviation/2", "/l.deviation - l.deviation/2"},
		{"theta without the yield", "option/bsm.go", "sign*(in.Yield*l.spot*inSpot-in.Rate*l.strike*inStrike)", "sign*(-in.Rate*l.strike*inStrike)"},
		{"rho of the other sign", "option/bsm.go", "Rho:   sign * in.Years", "Rho:   -sign * in.Years"},
		// Volatility.
		{"a year of vol that is not annual", "vol/estimate.go", "math.Sqrt(daily * float64(sessionsPerYear))", "math.Sqrt(daily)"},
		{"Parkinson without 4 ln 2", "vol/estimate.go", "/ (4 * math.Ln2)", "/ (2 * math.Ln2)"},
		{"Garman and Klass with a plus", "vol/estimate.go", "- (2*math.Ln2-1)*end*end", "+ (2*math.Ln2-1)*end*end"},
		{"Rogers and Satchell with the low's sign turned", "vol/estimate.go", "high*(high-end) + low*(low-end)", "high*(high-end) - low*(low-end)"},
		{"Yang and Zhang's weights changed over", "vol/estimate.go", "k*variance(len(bars), day) + (1-k)*rogersSatchell", "(1-k)*variance(len(bars), day) + k*rogersSatchell"},
		{"a sample variance over n", "vol/estimate.go", "return sum / float64(n-2)", "return sum / float64(n-1)"},
		{"the floor of vol is its ceiling", "vol/vol.go", "return math.Max(realised*l.premium, l.floor), nil", "return math.Min(realised*l.premium, l.floor), nil"},
		{"vol falls as spot falls", "vol/surface.go", "atm-s.Beta*math.Log(spot/s.Spot))", "atm+s.Beta*math.Log(spot/s.Spot))"},
		{"the smile is turned over", "vol/surface.go", "1+s.A*z+s.B*z*z)", "1-s.A*z+s.B*z*z)"},
		// Prices and calendars.
		{"special dividends count in the yield", "market/dividend.go", "if b.Special || b.Dividend <= 0 {", "if b.Dividend <= 0 {"},
		{"a split multiplies the close before", "market/dividend.go", "before /= b.Split", "before *= b.Split"},
		{"an expiry on the day of the purchase", "market/expiry.go", "if d <= from || int(d-from) < minDTE {", "if d < from || int(d-from) < minDTE {"},
		{"a high below the close is sound", "market/check.go", "b.High >= high)", "b.High <= high || b.High >= high)"},
		// Hedges.
		{"short legs are long", "hedge/template.go", "case Short:\n\t\treturn -1", "case Short:\n\t\treturn 1"},
		{"the forward grows with the yield", "hedge/open.go", "math.Exp((m.Rate-m.Yield)*years), nil", "math.Exp((m.Rate+m.Yield)*years), nil"},
		{"a premium in per cent is a price", "hedge/open.go", "target *= m.Spot", "target *= 1"},
		{"longs are bought at the bid", "hedge/open.go", "price += c.Leg.Sign() * q.Half", "price -= c.Leg.Sign() * q.Half"},
		{"puts are rounded up", "hedge/open.go", "round = RoundDown\n", "round = RoundUp\n"},
		{"a budget that is exceeded buys all of it", "hedge/budget.go", "if net <= allowed {", "if net >= allowed {"},
		{"the annual budget is spent at each purchase", "hedge/budget.go", "math.Min(1, float64(shortest)/12))", "1)"},
		// Figures.
		{"a drawdown from the low", "metrics/drawdown.go", "if w > wealth[high] {", "if w < wealth[high] {"},
		{"Sharpe's ratio adds the rate", "metrics/sharpe.go", "(mean(r) - riskFree)", "(mean(r) + riskFree)"},
		{"Sortino looks at gains", "metrics/sortino.go", "math.Min(x-least, 0)", "math.Max(x-least, 0)"},
		{"a variance over n", "metrics/returns.go", "return sum / float64(len(x)-1)", "return sum / float64(len(x))"},
		{"premiums received are paid", "metrics/cost.go", "m.PremiumsPaid - m.PremiumsReceived - m.Payoff", "m.PremiumsPaid + m.PremiumsReceived - m.Payoff"},
		{"what is open at the end costs again", "metrics/cost.go", "m.TotalHedgeCost - m.OpenMark", "m.TotalHedgeCost + m.OpenMark"},
		{"the first day of the highest LTV is the last", "metrics/ltv.go", "if ltv > *highest*(1+rounding) {", "if ltv >= *highest {"},
		{"days prevented are days added", "metrics/calls.go", "case unhedged && !hedged:", "case hedged && !unhedged:"},
		{"the deleveraged account keeps its interest", "metrics/deleverage.go", "debt, _ = debt.AccrueTo(date, d.Date)", "_, _ = debt.AccrueTo(date, d.Date)"},
	}
}

// byTheEngine are the tests that are asked one after the other: those of the file's
// own package, then the stories and the second opinion on whole runs.
func (s *slip) byTheEngine() [][]string {
	own := "./" + path.Dir(s.file)
	return [][]string{
		{own},
		{"-run", "Scenarios|SecondOpinion|Opinion", "./internal/app"},
		{"./backtest", "./metrics", "./calc"},
	}
}

// TestTheEngineSeesEverySlip is the mutation test of the engine: each mistake of
// the table must fail one of its tests. The share of every change looks whether
// the rows still fit, and tries none. -run EngineSees/act chooses rows by name.
func TestTheEngineSeesEverySlip(t *testing.T) {
	all := slips()
	const least = 40
	if len(all) < least {
		t.Errorf("%d slips, want at least %d", len(all), least)
	}
	caught, tried := 0, 0
	for _, s := range all {
		t.Run(s.what, func(t *testing.T) {
			overlay := (&mutant{name: s.what, edits: []edit{{s.file, s.old, s.new}}}).overlay(t, t.TempDir())
			if !full() {
				return
			}
			tried++
			if by := s.caughtBy(t, overlay); by != "" {
				caught++
				t.Logf("caught by %s", by)
			} else {
				t.Errorf("no test of the engine fails (%s: %q for %q)", s.file, s.new, s.old)
			}
		})
	}
	if full() {
		fmt.Printf("slips of the engine: %d of %d caught\n", caught, tried)
	}
}

// caughtBy returns the first test that fails with a slip; empty when none does. A
// program that does not compile is a mistake of the table.
func (s *slip) caughtBy(t *testing.T, overlay string) string {
	t.Helper()
	const limit = 5 * time.Minute
	for _, suite := range s.byTheEngine() {
		ctx, stop := context.WithTimeout(t.Context(), limit)
		cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-vet=off", "-failfast", "-count=1", "-overlay", overlay}, suite...)...)
		cmd.Dir = module
		out, err := cmd.CombinedOutput()
		stop()
		text := string(out)
		if strings.Contains(text, "[build failed]") || strings.Contains(text, "[setup failed]") {
			t.Fatalf("%s does not compile: %s", s.what, text)
		}
		if err == nil {
			continue
		}
		for line := range strings.Lines(text) {
			if _, name, found := strings.Cut(line, "--- FAIL: "); found {
				return suite[len(suite)-1] + " " + strings.Fields(name)[0]
			}
		}
		return suite[len(suite)-1]
	}
	return ""
}
