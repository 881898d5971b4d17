package reference

import (
	"fmt"
	"strings"
	"testing"

	"lombard.example/lombard"
)

// TestPickersOfThePageAreFresh: the page lists what the tables have, in their
// short words.
func TestPickersOfThePageAreFresh(t *testing.T) {
	var b strings.Builder
	b.WriteString("// Generated from the tables of choices by make reference; do not edit.\nimport type { Choice } from './scenario'\n")
	for _, list := range []struct {
		name, about string
		table       []lombard.Choice
	}{
		{"lenders", "are the terms by name that the server knows", lombard.ChoicesOf[lombard.PresetName]()},
		{"recognitions", "are the ways a lender may count options that are held", lombard.ChoicesOf[lombard.Recognition]()},
		{"pricings", "are the ways options may be priced", lombard.ChoicesOf[lombard.PricingMode]()},
	} {
		fmt.Fprintf(&b, "\n// %s %s.\nexport const %s: Choice[] = [\n", list.name, list.about, list.name)
		for _, c := range list.table {
			fmt.Fprintf(&b, "  { value: '%s', words: '%s' },\n", c.Value, strings.ReplaceAll(c.Short, "'", `\'`))
		}
		b.WriteString("]\n")
	}
	fresh(t, "web/src/lib/choices.ts", []byte(b.String()))
}
