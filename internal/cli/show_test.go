package cli

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// exampleResult is a made-up result over n sessions: the unhedged LTV is a
// wave that crosses the threshold, the hedged one stays flat.
func exampleResult(n, templates int) *lombard.Result {
	r := &lombard.Result{
		ScenarioName: "Gold, winter 1987", Symbol: "XAU", EntryDate: lombard.MustDate("1987-12-14"), LastDate: lombard.MustDate("1989-03-31"),
		UnderlyingUnits: 1000, LoanAmount: 301650, MarginCallLTV: 0.75, PrimaryTemplate: "protective-put-atm-12m",
		Verdict: "Without the hedge the loan would have been called on 55 days; with it, never.",
		Notes:   []string{"Taxes are not considered."},
		Summary: lombard.Summary{
			StartValue: 502750, MaxLTVHedged: 0.62579, MaxLTVRecognised: 0.62579, MaxLTVUnhedged: 0.796015, MarginCallDaysUnhedged: 55, MarginCallDaysIfNotRecognised: 11,
			TotalHedgeCost: -41767.29, PremiumsPaid: 41382.72, Payoff: 83150, Purchases: 2, Sessions: n,
			FirstCallUnhedged: lombard.MustDate("1988-08-01"),
		},
		Request: lombard.Scenario{
			Assumptions: lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolRealised}, OptionStyle: "european", ContractMode: "continuous_units", Execution: "half_spread"},
			Facility:    lombard.Facility{Preset: "simple", Monitoring: "close", HedgeRecognition: "market_value"},
		},
		Warnings: []lombard.Warning{{Code: "close_only", Message: "The prices are closes only."}},
	}
	for i := range templates {
		t := lombard.TemplateResult{TemplateSlug: "protective-put-atm-12m", Summary: r.Summary}
		if i > 0 {
			t.TemplateSlug = "zero-cost-collar-95-12m"
		}
		for k := range n {
			t.DailyPath = append(t.DailyPath, lombard.Day{
				Date: r.EntryDate + lombard.Date(k), LTVHedged: 0.6, LTVRecognised: 0.6, LTVUnhedged: 0.7 + 0.09*math.Sin(float64(k)/20),
			})
		}
		r.Templates = append(r.Templates, t)
	}
	return r
}

func TestShowResultFitsTheScreen(t *testing.T) {
	for name, row := range map[string]struct {
		columns, sessions, templates int
		unicode                      bool
	}{
		"80 columns":                   {80, 328, 1, true},
		"80 columns, ASCII":            {80, 328, 1, false},
		"120 columns":                  {120, 328, 1, true},
		"120 columns, three templates": {120, 328, 3, true},
		"80 columns, three templates":  {80, 328, 3, false},
		"fewer sessions than columns":  {80, 5, 1, true},
		"a narrow screen":              {60, 328, 1, true},
		"no path":                      {80, 0, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := showResult(exampleResult(row.sessions, row.templates), screen{columns: row.columns, unicode: row.unicode})
			for line := range strings.Lines(got) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > row.columns {
					t.Errorf("%d columns in a line of a screen of %d: %s", n, row.columns, line)
				}
				if strings.TrimRight(line, " \n") != strings.TrimRight(line, "\n") {
					t.Errorf("trailing blanks in %q", line)
				}
			}
			if strings.Contains(got, "\x1b") {
				t.Errorf("a screen without colours got escape sequences: %q", got)
			}
			if !row.unicode {
				for _, r := range got {
					if r >= utf8.RuneSelf || r == '?' {
						t.Fatalf("an ASCII screen got %q in\n%s", r, got)
					}
				}
			}
		})
	}
}

func TestShowResultSaysWhatMatters(t *testing.T) {
	got := showResult(exampleResult(328, 1), screen{columns: 80, unicode: true})
	if !strings.HasPrefix(got, "Without the hedge the loan would have been called on 55 days") {
		t.Errorf("the verdict does not come first:\n%s", got)
	}
	for _, want := range []string{
		"Gold, winter 1987: 1,000 units of XAU worth 502,750.00 USD on 1987-12-14", "loan 301,650.00", "called at 75.00 %",
		"62.58 %", "79.60 %", "−41,767.29", "−83,150.00", "1988-08-01", "Warning: The prices are closes only.", "Taxes are not considered.",
		"━━ unhedged", "── hedged", "1987-12-14", "Settings: vol realised, european options",
	} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
			t.Errorf("the page does not say %q:\n%s", want, got)
		}
	}
}

func TestShowResultUsesColourOnlyOnRequest(t *testing.T) {
	got := showResult(exampleResult(328, 1), screen{columns: 80, unicode: true, color: true})
	if !strings.HasPrefix(got, bold) {
		t.Errorf("a screen with colours got none: %q", got[:40])
	}
	if strings.Count(got, ownEscape+"[") == 0 || !strings.Contains(got, plain) {
		t.Error("colours are not switched off again")
	}
}

func TestHighestLosesNoPeak(t *testing.T) {
	points := make([]float64, 1000)
	points[777] = 5
	top := 0.0
	for _, p := range highest(points, 70) {
		top = max(top, p)
	}
	if top != 5 {
		t.Errorf("highest of 1,000 points in 70 columns = %v, want 5", top)
	}
	if got := highest([]float64{1, 2}, 4); got[0] != 1 || got[1] != 1 || got[2] != 2 || got[3] != 2 {
		t.Errorf("two points in four columns = %v, want each twice", got)
	}
}

func TestNumbersInWords(t *testing.T) {
	for name, row := range map[string]struct{ got, want string }{
		"thousands":            {money(1234567.891), "1,234,567.89"},
		"a true minus":         {money(-41767.29), "−41,767.29"},
		"no negative zero":     {money(-0.001), "0.00"},
		"a fraction":           {percent(0.796015), "79.60 %"},
		"a whole quantity":     {quantity(1000), "1,000"},
		"a broken quantity":    {quantity(12.345), "12.345"},
		"one":                  {plural(1, "day"), "1 day"},
		"many":                 {plural(1204, "day"), "1,204 days"},
		"no date":              {orNone(0), "none"},
		"text wraps at blanks": {wrap("one two three", 8, "  "), "one two\n  three"},
		"percent signs stay":   {wrap("at 79.6 % now", 7, ""), "at\n79.6 %\nnow"},
		"a long word stands":   {wrap("a "+strings.Repeat("x", 12)+" b", 5, ""), "a\n" + strings.Repeat("x", 12) + "\nb"},
		"ASCII":                {screen{}.fit("−1 – “a” × é"), "-1 - \"a\" x ?"},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %q, want %q", name, row.got, row.want)
		}
	}
}

func TestScenarioGoldIsTheDocumentedOne(t *testing.T) {
	s, err := document.Scenario([]byte(goldStory))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s.Assumptions)
	if err != nil || string(text) != "{}" {
		t.Errorf("the gold story sets assumptions %s, want none (%v)", text, err)
	}
	if s.LoanAmount != 301650 || s.UnderlyingUnits != 1000 || s.StartDate.String() != "1987-12-14" || s.EndDate.String() != "1989-03-31" {
		t.Errorf("the gold story is %+v", s)
	}
}
