package app_test

import (
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// TestAFailureSaysEverySentenceOnce, with the faults whose fields repeat what
// the error says.
func TestAFailureSaysEverySentenceOnce(t *testing.T) {
	have := market.Range{First: lombard.MustDate("2010-06-06"), Last: lombard.MustDate("2024-12-01")}
	early, late := have.First-1, have.Last+1
	for name, err := range map[string]error{
		"start too early":  market.OutOfRange(have, early, have.Last),
		"end too late":     market.OutOfRange(have, have.First, late),
		"both":             market.OutOfRange(have, early, late),
		"too few sessions": market.TooFewSessions(early, late, 1),
		"plan":             vendorhttp.NotLicensed("A vendor", have.Last, nil),
		"unknown symbol":   vendorhttp.UnknownSymbol("A vendor", "", "GLD", nil),
		"no key":           vendorhttp.KeyMissing("A vendor", "KEY"),
		"no chains":        data.NoChains(market.Description{Slug: "sample", Title: "The sample"}),
		"several":          lombard.Invalid([]lombard.FieldError{{Field: "a", Message: "a is wrong."}, {Field: "b", Message: "b is wrong."}}),
	} {
		own, ok := err.(*lombard.Error) //nolint:errorlint // the constructors return it as it is
		if !ok {
			t.Fatalf("%s: %T", name, err)
		}
		text, detail := app.FailureOf(own)
		seen := map[string]bool{}
		for sentence := range strings.SplitSeq(text, ". ") {
			sentence = strings.TrimSuffix(sentence, ".")
			if seen[sentence] {
				t.Errorf("%s: %q stands twice in %q", name, sentence, text)
			}
			seen[sentence] = true
		}
		for _, f := range detail.Fields {
			if !strings.Contains(text, strings.Split(f.Message, ". ")[0]) {
				t.Errorf("%s: %q is not said in %q", name, f.Message, text)
			}
		}
	}
}
