package backtest_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
)

// goldResult returns the gold story as it is read back from a stored result.
func goldResult(t *testing.T, s lombard.Scenario) lombard.TemplateResult {
	t.Helper()
	tpl := template(t, "protective-put-atm-12m")
	path := run(t, backtest.Input{Scenario: s, Template: tpl, Series: series(t, s, 0)})
	var stored lombard.TemplateResult
	text := asJSON(t, lombard.TemplateResult{TemplateSlug: tpl.Slug, Contracts: path.Contracts, DailyPath: path.Days})
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	return stored
}

// line finds a line of an explanation by its label.
func line(t *testing.T, e backtest.Explanation, label string) backtest.Line {
	t.Helper()
	for _, section := range e.Sections {
		for _, l := range section.Lines {
			if l.Label == label {
				return l
			}
		}
	}
	t.Fatalf("no line %q in %+v", label, e)
	return backtest.Line{}
}

func TestOneDayOfTheGoldStory(t *testing.T) {
	s := goldScenario()
	result := goldResult(t, s)
	// The worst close, 378.95 on 1989-02-17: 301,650 / 378,950 = 0.796015.
	e, err := backtest.Explain(s, result, lombard.MustDate("1989-02-17"))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "collateral", line(t, e, "Collateral value").Value, 378_950, 1e-6)
	near(t, "LTV unhedged", line(t, e, "LTV unhedged").Value, 0.796015, 5e-7)
	near(t, "headroom", line(t, e, "Headroom unhedged").Value, 1-0.796015/0.75, 1e-6)
	put := line(t, e, "put#2")
	for _, part := range []string{"1000 units × ", "Black–Scholes–Merton", "spot 378.95", "300 days to 1989-12-14", "rate 0.04", "yield 0", "vol 0.16"} {
		if !strings.Contains(put.Expression, part) {
			t.Errorf("%q does not say %q", put.Expression, part)
		}
	}
	if !strings.Contains(e.Sentence, "is called (LTV 0.7960) without the hedge and is not called") {
		t.Errorf("sentence = %q", e.Sentence)
	}
}

func TestTermsOfTheChangeAddUp(t *testing.T) {
	s := goldScenario()
	s.Facility.LoanRate = number(0.06)
	s.Assumptions.Execution, s.Assumptions.HalfSpread = lombard.ExecutionHalfSpread, number(0.5)
	result := goldResult(t, s)
	for i, day := range result.DailyPath {
		e, err := backtest.Explain(s, result, day.Date)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, label := range []string{"Collateral", "Options held over the day", "Frictions", "Interest"} {
			sum += line(t, e, label).Value
		}
		near(t, "sum of the terms", line(t, e, "Change in hedged equity").Value, sum, 1e-9)
		before := day.UnderlyingValue - s.LoanAmount
		if i > 0 {
			before = result.DailyPath[i-1].EquityHedged
		}
		near(t, "change on "+day.Date.String(), sum, day.EquityHedged-before, 1e-6)
		total := line(t, e, "Option market value").Value
		near(t, "options of "+day.Date.String(), total, day.OptionMarketValue, 1e-9*math.Max(1, total))
		cash := line(t, e, "Hedge cash of the day").Value
		near(t, "cash of "+day.Date.String(), cash, day.HedgeCash, 0)
	}
}

func TestTheDayOfARenewalShowsBothPuts(t *testing.T) {
	s := goldScenario()
	e, err := backtest.Explain(s, goldResult(t, s), lombard.MustDate("1988-12-14"))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "payoff", line(t, e, "put#1 expired").Value, 83_150, 1e-6)
	near(t, "premium", line(t, e, "put#2 opened").Value, -18_817.52, 0.005)
	near(t, "cash", line(t, e, "Hedge cash of the day").Value, 83_150-18_817.52, 0.005)
	near(t, "pledged", line(t, e, "Hedge cash pledged").Value, 83_150-18_817.52, 0.005)
}

func TestEachRecognitionIsWordedWithItsNumbers(t *testing.T) {
	date := lombard.MustDate("1988-09-29")
	for mode, want := range map[lombard.Recognition]string{
		lombard.RecognitionMarketValue: " + 99989.95)",
		lombard.RecognitionIntrinsic:   "of intrinsic value",
		lombard.RecognitionHaircut:     "(1 − 0.25) ×",
		lombard.RecognitionNone:        "does not count",
	} {
		s := goldScenario()
		s.Facility.HedgeRecognition, s.Facility.Haircut = mode, number(0.25)
		e, err := backtest.Explain(s, goldResult(t, s), date)
		if err != nil {
			t.Fatal(err)
		}
		if l := line(t, e, "LTV recognised"); !strings.Contains(l.Expression, want) {
			t.Errorf("%s: %q does not say %q", mode, l.Expression, want)
		}
	}
}

func TestADayThatIsNoSessionIsAnsweredWithTheNearest(t *testing.T) {
	s := goldScenario()
	_, err := backtest.Explain(s, goldResult(t, s), lombard.MustDate("1988-10-01")) // a Saturday
	e, ok := errors.AsType[*lombard.Error](err)
	if !ok || e.Kind != lombard.KindNotFound || !strings.Contains(e.Hint, "1988-09-30") {
		t.Errorf("error = %v", err)
	}
}

func TestAStoredDayThatDisagreesIsNotExplained(t *testing.T) {
	s := goldScenario()
	date := lombard.MustDate("1988-09-29")
	for name, spoil := range map[string]func(d *lombard.Day){
		"option value":   func(d *lombard.Day) { d.OptionMarketValue *= 1 + 1e-8 },
		"recognised LTV": func(d *lombard.Day) { d.LTVRecognised += 1e-6 },
		"equity":         func(d *lombard.Day) { d.EquityHedged += 1 },
	} {
		result := goldResult(t, s)
		for i := range result.DailyPath {
			if result.DailyPath[i].Date == date {
				spoil(&result.DailyPath[i])
			}
		}
		if _, err := backtest.Explain(s, result, date); lombard.KindOf(err) != lombard.KindPricing {
			t.Errorf("%s: error = %v, want one of kind pricing", name, err)
		}
	}
}
