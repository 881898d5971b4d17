package hedge_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
)

func lookup(t *testing.T, slug string) hedge.Template {
	t.Helper()
	got, err := hedge.Lookup(slug)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestCatalogue(t *testing.T) {
	want := map[string]string{
		"protective-put-atm-12m":              "Long a put at 100 % of spot for 12 months on the whole position. Held to expiry and renewed while the run lasts.",
		"protective-put-95pct-12m":            "Long a put at 95 % of spot for 12 months on the whole position. Held to expiry and renewed while the run lasts.",
		"protective-put-90pct-12m":            "Long a put at 90 % of spot for 12 months on the whole position. Held to expiry and renewed while the run lasts.",
		"ladder-50-50-atm-95pct-12m":          "Long a put at 100 % of spot for 12 months on 1/2 of the position; long a put at 95 % of spot for 12 months on 1/2 of the position. Held to expiry and renewed while the run lasts.",
		"ladder-33-33-33-atm-95pct-90pct-12m": "Long a put at 100 % of spot for 12 months on 1/3 of the position; long a put at 95 % of spot for 12 months on 1/3 of the position; long a put at 90 % of spot for 12 months on 1/3 of the position. Held to expiry and renewed while the run lasts.",
		"unhedged":                            "No options: the loan and its collateral alone.",
	}
	hashes := map[string]bool{}
	all := hedge.All()
	for _, template := range all {
		got, listed := template.Words(), want[template.Slug]
		if listed != "" && got != listed {
			t.Errorf("%s in words: %s", template.Slug, got)
		}
		if !strings.HasSuffix(got, ".") || len(got) < 30 {
			t.Errorf("%s in words: %q", template.Slug, got)
		}
		hashes[template.Hash()] = true
	}
	const published = 31
	if len(all) != published || len(hashes) != published {
		t.Errorf("%d templates with %d hashes, want %d", len(all), len(hashes), published)
	}
}

func TestTheCatalogueBelongsToNobody(t *testing.T) {
	before := lookup(t, "protective-put-atm-12m").Hash()
	all := hedge.All()
	all[0].Legs[0].Strike.Value = 0.5
	if after := lookup(t, "protective-put-atm-12m").Hash(); after != before {
		t.Error("a caller changed the built-in template")
	}
}

// A hash stands in stored results, so a released template never changes.
func TestHashesOfReleasedTemplates(t *testing.T) {
	for slug, want := range map[string]string{
		"protective-put-atm-12m":              "7155c7f7fb505b89",
		"protective-put-95pct-12m":            "46c478c62cb15b61",
		"protective-put-90pct-12m":            "87a0e15d0bdf4b71",
		"ladder-50-50-atm-95pct-12m":          "f0be5e7d9354ac22",
		"ladder-33-33-33-atm-95pct-90pct-12m": "4adac676f7b0c1d6",
		"unhedged":                            "d603a35d6a40cea5",
	} {
		if got := lookup(t, slug).Hash(); got[:16] != want {
			t.Errorf("hash of %s = %s…, want %s…", slug, got[:16], want)
		}
	}
}

func TestAnUnknownSlugIsAnsweredWithTheNearest(t *testing.T) {
	_, err := hedge.Lookup("protective-put-85pct-12m")
	if got := fieldsOfLookup(err); !slices.Equal(got, []string{"template_slug"}) {
		t.Fatalf("error on %v: %v", got, err)
	}
	if text := err.Error(); !strings.Contains(text, `"protective-put-85pct-12m"`) || strings.Count(text, "protective-put-") != 4 {
		t.Errorf("error = %s, want the slug and three names", text)
	}
}

// TestATemplateIsSuggestedOnlyWhenOneIsNear: "nope" is no slip of "unhedged".
func TestATemplateIsSuggestedOnlyWhenOneIsNear(t *testing.T) {
	for slug, want := range map[string]string{
		"nope": "", "collar": "collar-95-110-12m", "Unhedged": "unhedged", "unhedge": "unhedged", "protective-put-atm-12": "protective-put-atm-12m", "x": "", "": "", "iron-condor": "", "straddle": "",
	} {
		_, err := hedge.Lookup(slug)
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok || own.Fields[0].Suggestion != want {
			t.Errorf("%q: %v, want the suggestion %q", slug, err, want)
			continue
		}
		if want != "" {
			if _, err := hedge.Lookup(want); err != nil {
				t.Error(err)
			}
		}
	}
}

func fieldsOfLookup(err error) (paths []string) {
	if e, ok := err.(*lombard.Error); ok { //nolint:errorlint // the contract is this very type
		for _, f := range e.Fields {
			paths = append(paths, f.Field)
		}
	}
	return paths
}

func TestThreeThirdsCoverTheWhole(t *testing.T) {
	ladder := lookup(t, "ladder-33-33-33-atm-95pct-90pct-12m")
	covered := func(units float64) (sum float64) {
		for _, c := range open(ladder, units, false) {
			sum += c.Quantity
		}
		return sum
	}
	rapid.Check(t, func(t *rapid.T) {
		whole := float64(rapid.Int64Range(1, 1e12).Draw(t, "whole units"))
		if got := covered(whole); got != whole {
			t.Fatalf("three thirds of %v are %v", whole, got)
		}
		units := rapid.Float64Range(1e-6, lombard.MaxUnits).Draw(t, "units")
		if got := covered(units); got < math.Nextafter(units, 0) || got > math.Nextafter(units, math.Inf(1)) {
			t.Fatalf("three thirds of %v are %v, which is not the nearest number or its neighbour", units, got)
		}
	})
}

func TestExpiryDates(t *testing.T) {
	for name, row := range map[string]struct {
		entry    string
		tenor    hedge.Tenor
		number   int
		sevenDay bool
		want     string
	}{
		"a year on":                                {"1987-12-14", 12, 1, false, "1988-12-14"},
		"counted from entry, not from the last":    {"2024-01-31", 1, 3, false, "2024-04-30"},
		"end of a short month is clamped":          {"2024-01-31", 1, 1, false, "2024-02-29"},
		"leap day a year on is 28 February":        {"2024-02-29", 12, 1, false, "2025-02-28"},
		"Saturday becomes the Friday before":       {"2023-06-15", 12, 1, false, "2024-06-14"},
		"Sunday becomes the Friday before":         {"2023-09-29", 12, 2, false, "2025-09-29"},
		"Sunday of a later year":                   {"2024-01-14", 3, 1, false, "2024-04-12"},
		"seven-day markets keep their Saturday":    {"2023-06-15", 12, 1, true, "2024-06-15"},
		"a Friday holiday stays: prices decide it": {"2023-03-29", 12, 1, false, "2024-03-29"},
	} {
		if got := hedge.ExpiryDate(lombard.MustDate(row.entry), row.tenor, row.number, row.sevenDay); got.String() != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
}

func TestResolveDoesNotRoundStrikes(t *testing.T) {
	entry := lombard.MustDate("1987-12-14")
	contracts, _, err := lookup(t, "protective-put-95pct-12m").Open([]int{0}, hedge.Market{Date: entry.AddMonths(12), Anchor: entry, Spot: 417.35, Units: 1000}, quotes{})
	if err != nil || len(contracts) != 1 {
		t.Fatal(contracts, err)
	}
	if got := contracts[0]; math.Abs(got.Strike-396.4825) > 1e-12 || got.Quantity != 1000 || got.Expiry.String() != "1989-12-14" {
		t.Errorf("contract = %+v", got)
	}
}

func TestPayoffOfAPutIsAFloor(t *testing.T) {
	points := lookup(t, "protective-put-95pct-12m").PayoffPoints()
	for _, p := range points {
		if want := math.Max(p.Spot, 0.95); math.Abs(p.Position-want) > 1e-12 || math.Abs(p.Options-(want-p.Spot)) > 1e-12 {
			t.Errorf("at %v: %+v, want a position of %v", p.Spot, p, want)
		}
	}
	if first, last := points[0].Spot, points[len(points)-1].Spot; first != 0.5 || last != 1.5 {
		t.Errorf("payoff from %v to %v, want 0.5 to 1.5", first, last)
	}
}

func ExampleParse() {
	template, err := hedge.Parse([]byte(`{"legs": [
		{"right": "put",  "side": "long",  "strike": {"value": 0.95}, "expiry": {"tenor": "12m"}},
		{"right": "call", "side": "short", "strike": {"value": 1.10}, "expiry": {"tenor": "12m"}, "ratio": "1/2"}]}`))
	fmt.Println(template.Words(), err)
	// Output: Long a put at 95 % of spot for 12 months on the whole position; short a call at 110 % of spot for 12 months on 1/2 of the position. Held to expiry. <nil>
}
