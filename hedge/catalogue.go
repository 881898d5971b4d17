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
	"deleverage-equivalent",
	"protective-put-95pct-6m-roll",
	"protective-put-95pct-3m-roll",
	"protective-put-95pct-1m-roll",
	"protective-put-90pct-3m-roll",
	"protective-put-95pct-12m-roll-90d",
	"protective-put-ltv-floor-12m",
	"protective-put-95pct-12m-ratchet",
	"protective-put-95pct-12m-monetise-3x",
	"put-spread-100-85-12m",
	"put-spread-95-80-12m",
	"ladder-95pct-3-6-9-12m",
	"ladder-95pct-12m-quarterly",
	"collar-95-110-12m",
	"collar-95-110-3m-1m",
	"collar-98-102-6m-1m",
	"collar-zero-cost-95-12m",
	"collar-zero-cost-90-12m",
	"collar-half-95-105-12m",
	"put-spread-collar-975-950-1m",
	"put-spread-collar-95-80-3m",
	"overwrite-atm-1m",
	"overwrite-30d-1m",
	"tail-put-10d-3m-roll",
	"tail-put-budget-50bp",
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
	t.Legs, t.Roll, t.Solve = slices.Clone(t.Legs), slices.Clone(t.Roll), slices.Clone(t.Solve)
	return t
}

// Lookup returns the built-in template of that slug. An unknown slug is a
// validation error on template_slug that names the three nearest, where one is
// near at all.
func Lookup(slug string) (Template, error) {
	for _, t := range builtIn() {
		if t.Slug == slug {
			return t.clone(), nil
		}
	}
	meant, near := market.Like(slug, order)
	others := "See the list of templates, such as " + order[0] + "."
	if near {
		others = fmt.Sprintf("The nearest are %s.", strings.Join(market.Nearest(slug, order), ", "))
	}
	return Template{}, lombard.Invalid([]lombard.FieldError{{
		Field: "template_slug", Value: slug, Code: lombard.CodeUnknown, Suggestion: meant,
		Message: fmt.Sprintf("There is no template %q. %s", slug, others),
	}})
}
