package databento

import (
	"fmt"
	"regexp"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/occ"
	"lombard.example/lombard/market"
)

// Datasets of futures and of options.
const (
	futuresDataset = "GLBX.MDP3"
	optionsDataset = "OPRA.PILLAR"
)

// Kinds of symbols, as the vendor names them.
const (
	kindRaw        = "raw_symbol"
	kindParent     = "parent"
	kindContinuous = "continuous"
)

// datasets of daily bars are tried in this order.
func datasets(symbol string) []string {
	if isFuture(symbol) {
		return []string{futuresDataset}
	}
	return []string{"EQUS.SUMMARY", "EQUS.MINI", "ARCX.PILLAR", "XNAS.ITCH"}
}

// Instrument implements market.InstrumentSource: what is no future is a stock or
// a fund.
func (*Vendor) Instrument(symbol string) market.Instrument {
	if isFuture(symbol) {
		i, _ := market.Lookup(symbol)
		return i
	}
	return market.Stock(symbol)
}

func isFuture(symbol string) bool {
	i, known := market.Lookup(symbol)
	return known && i.Class == market.ClassFuture || continuous.MatchString(symbol) || strings.HasSuffix(symbol, ".FUT")
}

// continuous is a symbol such as GC.c.0: by calendar, open interest or volume.
var continuous = regexp.MustCompile(`(?i)^[A-Z0-9]+\.[cnv]\.[0-9]+$`)

// symbology returns the symbol as Databento writes it, and its kind. The root
// of a future is its front contract by calendar.
func symbology(symbol string) (symbols, kind string) {
	switch {
	case continuous.MatchString(symbol):
		root, rest, _ := strings.Cut(symbol, ".")
		return strings.ToUpper(root) + "." + strings.ToLower(rest), kindContinuous
	case strings.HasSuffix(symbol, ".FUT") || strings.HasSuffix(symbol, ".OPT"):
		return symbol, kindParent
	case isFuture(symbol):
		return strings.ToUpper(symbol) + ".c.0", kindContinuous
	default:
		return symbol, kindRaw
	}
}

// listing is how the options of an underlying are listed.
type listing struct {
	dataset, schema string
	roots           []string // of its options; where two list the same contract, the first counts: it settles at the close
	calendar        market.Calendar
	contract        func(symbol string, on lombard.Date) (contract, bool)
}

// parents are the roots as the vendor selects them.
func (l listing) parents() string { return strings.Join(l.roots, ".OPT,") + ".OPT" }

// rank returns the place of a root, false for one that is not the underlying's.
func (l listing) rank(root string) (int, bool) {
	for i, own := range l.roots {
		if own == root {
			return i, true
		}
	}
	return 0, false
}

// listingOf returns how the options on a symbol are listed. Quotes of stocks,
// ETFs and indices are the best of all exchanges; those of gold futures are the
// exchange's own. Other futures' options are not read.
func listingOf(symbol string) (listing, error) {
	if !isFuture(symbol) {
		l := listing{dataset: optionsDataset, schema: "cbbo-1m", calendar: market.CalendarOf("nyse"), contract: listedOption}
		for _, root := range occ.Roots(symbol) {
			l.roots = append(l.roots, occ.Plain(root))
		}
		return l, nil
	}
	root, _, _ := strings.Cut(strings.ToUpper(symbol), ".")
	if root != "GC" && root != "OG" {
		return listing{}, lombard.Invalid([]lombard.FieldError{{
			Field: "symbol", Value: symbol, Code: lombard.CodeInvalid,
			Message: fmt.Sprintf("Option chains of Databento are read of stocks, ETFs, indices and gold futures; %s is none of them.", symbol),
		}})
	}
	return listing{
		dataset: futuresDataset, schema: "bbo-1m", roots: []string{"OG"},
		calendar: market.CalendarOf("comex"), contract: goldOption,
	}, nil
}
