package provider_test

import (
	"errors"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/internal/provider/synthetic"
	"lombard.example/lombard/market"
)

func TestLookupFindsEverySource(t *testing.T) {
	registry := provider.New(sample.New(), synthetic.New())
	for _, slug := range []string{"sample", "synthetic"} {
		s, err := registry.Lookup(slug)
		if err != nil || s.Describe().Slug != slug {
			t.Errorf("Lookup(%q) = %v, %v", slug, s, err)
		}
	}
	if all := registry.All(); len(all) != 2 || all[0].Describe().Slug != "sample" || all[1].Describe().Slug != "synthetic" {
		t.Errorf("All() = %v, want both in the order given", all)
	}
}

func TestAnUnknownSourceIsAnsweredWithTheNearest(t *testing.T) {
	registry := provider.New(sample.New(), synthetic.New())
	for _, c := range []struct{ slug, suggestion string }{
		{"sampel", "sample"}, {"SAMPLE", "sample"}, {"synth", "synthetic"}, {"", ""}, {"bloomberg", ""}, {"reuters", ""}, {strings.Repeat("x", 5000), ""},
	} {
		_, err := registry.Lookup(c.slug)
		e, ok := errors.AsType[*lombard.Error](err)
		if !ok || e.Kind != lombard.KindValidation || len(e.Fields) != 1 {
			t.Errorf("Lookup(%.20q) = %v, want a validation error of one field", c.slug, err)
			continue
		}
		f := e.Fields[0]
		if f.Field != "data_source" || f.Value != c.slug || f.Code != lombard.CodeUnknown {
			t.Errorf("Lookup(%.20q) answers %+v, want data_source with the value sent", c.slug, f)
		}
		if f.Suggestion != c.suggestion {
			t.Errorf("Lookup(%.20q) suggests %q, want %q", c.slug, f.Suggestion, c.suggestion)
		}
		if !strings.Contains(f.Message, "sample") || !strings.Contains(f.Message, "synthetic") {
			t.Errorf("Lookup(%.20q) says %.200q, want the names of the sources", c.slug, f.Message)
		}
	}
}

func TestAllLendsNothing(t *testing.T) {
	registry := provider.New(sample.New(), synthetic.New())
	all := registry.All()
	all[0] = market.Source(nil)
	if registry.All()[0] == nil {
		t.Error("writing to the answer of All changes the registry")
	}
}
