// Package provider is the explicit list of sources of prices. Each source is a
// leaf in a folder of its own and knows no other; none registers itself, the
// command line hands them to New.
package provider

import (
	"fmt"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Registry finds sources by slug. It never changes and is safe for concurrent
// use.
type Registry struct{ sources []market.Source }

// New returns a registry of the sources, in that order.
func New(sources ...market.Source) *Registry { return &Registry{sources} }

// All returns every source.
func (r *Registry) All() []market.Source { return append([]market.Source(nil), r.sources...) }

// Lookup returns the source of that slug. An unknown slug is a validation
// error on data_source that names the nearest ones, or all where none is near.
func (r *Registry) Lookup(slug string) (market.Source, error) {
	var slugs []string
	for _, s := range r.sources {
		if s.Describe().Slug == slug {
			return s, nil
		}
		slugs = append(slugs, s.Describe().Slug)
	}
	suggestion, near := market.Like(slug, slugs)
	use := strings.Join(slugs, ", ")
	if near {
		use = strings.Join(market.Nearest(slug, slugs), " or ")
	}
	return nil, lombard.Invalid([]lombard.FieldError{{
		Field: "data_source", Value: slug, Code: lombard.CodeUnknown, Suggestion: suggestion,
		Message: fmt.Sprintf("There is no source %q. Use %s.", slug, use),
	}})
}
