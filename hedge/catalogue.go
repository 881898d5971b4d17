package hedge

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

//go:embed catalogue/*.json
var files embed.FS

// order is the catalogue's: as a newcomer should read it.
var order = []string{
	"protective-put-atm-12m",
	"protective-put-95pct-12m",
	"protective-put-90pct-12m",
	"ladder-50-50-atm-95pct-12m",
	"ladder-33-33-33-atm-95pct-90pct-12m",
	"unhedged",
}

// builtIn reads the embedded templates once. A file that does not parse is a
// mistake of ours that no run can mend.
var builtIn = sync.OnceValue(func() []Template {
	templates := make([]Template, len(order))
	for i, slug := range order {
		data, err := files.ReadFile("catalogue/" + slug + ".json")
		if err == nil {
			templates[i], err = Parse(data)
		}
		if err != nil || templates[i].Slug != slug {
			panic(fmt.Sprintf("built-in template %s: %v", slug, err))
		}
	}
	return templates
})

// All returns the built-in templates in the catalogue's order; the caller owns
// them.
func All() []Template {
	all := slices.Clone(builtIn())
	for i := range all {
		all[i] = all[i].clone()
	}
	return all
}

func (t Template) clone() Template {
	t.Legs, t.Roll = slices.Clone(t.Legs), slices.Clone(t.Roll)
	return t
}

// Lookup returns the built-in template of that slug. An unknown slug is a
// validation error on template_slug that names the three nearest.
func Lookup(slug string) (Template, error) {
	for _, t := range builtIn() {
		if t.Slug == slug {
			return t.clone(), nil
		}
	}
	near := market.Nearest(slug, order)
	return Template{}, lombard.Invalid([]lombard.FieldError{{
		Field: "template_slug", Value: slug, Code: lombard.CodeUnknown, Suggestion: near[0],
		Message: fmt.Sprintf("There is no template %q. The nearest are %s.", slug, strings.Join(near, ", ")),
	}})
}
