package csvfile

import (
	"regexp"
	"slices"
	"strings"

	"lombard.example/lombard/internal/occ"
	"lombard.example/lombard/internal/tabular"
)

// isStrike, isExpiry and isRight tell the columns of a table of options by any
// vendor's names.
func isStrike(column string) bool {
	l := letters(column)
	return strings.Contains(l, "strike") || strings.HasPrefix(l, "strk") || l == "exerciseprice" || l == "exprice"
}

func isExpiry(column string) bool {
	l := letters(column)
	return strings.Contains(l, "expir") || slices.Contains([]string{"exdate", "expdate", "exp", "expdt", "xprydt", "maturity", "maturitydate", "maturitydt", "dte"}, l)
}

func isRight(column string) bool {
	l := letters(column)
	return strings.HasPrefix(l, "option") && strings.Contains(l, "typ") ||
		slices.Contains([]string{
			"right", "type", "cp", "pc", "cpflag", "callput", "putcall", "callputflag", "putcallflag", "callorput", "putorcall", "cpind", "callputindicator", "putcallindicator",
			"putcallind", "optnt", "optntp", "optionright", "side", "kind", "iscall", "isput",
		}, l)
}

// isOptions reports whether columns are those of a table of options: a strike
// beside an expiry, or beside call or put.
func isOptions(columns []string) bool {
	return slices.ContainsFunc(columns, isStrike) && (slices.ContainsFunc(columns, isExpiry) || slices.ContainsFunc(columns, isRight))
}

// chainHint says how a table of options is imported.
const chainHint = "For option chains name the columns quote_date, expiration, strike, right (call or put), bid and ask, in the first line."

// optionsFault refuses a table of options.
func optionsFault(columns []string) error {
	var found []string
	for _, column := range columns {
		if isStrike(column) || isExpiry(column) || isRight(column) {
			found = append(found, column)
		}
	}
	hint := chainHint
	if slices.ContainsFunc(columns, func(c string) bool { return letters(c) == "cpflag" }) {
		hint += " Strikes are in the currency of the quotes; OptionMetrics writes them times 1,000, so divide them."
	}
	return tabular.Fault{Says: "It is a table of options, by its columns " + tabular.Found(found) + "; what is pledged is the underlying.", Hint: hint}
}

// isOption reports whether a text is the symbol of an option, as in
// GLD240119P00180000, O:GLD240119P00180000, BTC-29MAR24-60000-C and
// NIFTY24JAN21500CE.
func isOption(text string) bool {
	return occ.Root(text) != strings.TrimSpace(text) || optionSymbol.MatchString(text)
}

var optionSymbol = regexp.MustCompile(`^[A-Z0-9_&]+(-\d{1,2}[A-Z]{3}\d{2}-[0-9.d]+-[CP]|\d{2}[A-Z0-9]{3,5}\d{2,}(CE|PE))$`)
