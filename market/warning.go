package market

import (
	"slices"

	"lombard.example/lombard"
)

// CodeClamped names the warning of a run that ends before the date asked for,
// because the vendor has no more.
const CodeClamped = "range_clamped"

// LastingWarnings returns the warnings of reading a file that a run on its
// prices repeats. It leaves out those about lines of words, which are no matter
// of a run, and about missing and widened prices, which every run counts over its
// own sessions.
func LastingWarnings(warnings []lombard.Warning) []lombard.Warning {
	counted := []string{"close_only", "bars_partly_close", "bars_repaired", "lines_left_out"}
	return slices.DeleteFunc(slices.Clone(warnings), func(w lombard.Warning) bool { return slices.Contains(counted, w.Code) })
}
