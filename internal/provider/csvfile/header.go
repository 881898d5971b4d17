package csvfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"lombard.example/lombard/internal/tabular"
)

// role is what a column means.
type role int

const (
	roleNone role = iota
	roleDate
	roleOpen
	roleHigh
	roleLow
	roleClose
	roleVolume
	roleDividend
	roleSpecial
	roleSplit
	roleContract
	roleCount
)

// String returns the word for messages.
func (r role) String() string {
	return [...]string{"column", "date", "open", "high", "low", "close", "volume", "dividend", "special dividend", "split", "contract"}[r]
}

// names are the columns that are understood, by their letters; where several
// columns want one role, the one that stands first here gets it.
var names = [roleCount][]string{
	roleDate:   {"date", "datetime", "tradedate", "tradingdate", "tradingday", "observationdate", "day", "timestamp", "time"},
	roleOpen:   {"open", "openprice", "openingprice", "spotopen"},
	roleHigh:   {"high", "highprice", "dayhigh", "spothigh"},
	roleLow:    {"low", "lowprice", "daylow", "spotlow"},
	roleClose:  {"close", "closeprice", "closingprice", "closelast", "spotclose", "last", "lastprice", "price", "settle", "settlement", "settlementprice", "settleprice"},
	roleVolume: {"volume", "vol"},

	roleDividend: {"dividend", "divcash"},
	roleSpecial:  {"specialdividend"},
	roleSplit:    {"split", "splitfactor"},

	roleContract: {"contract", "contractsymbol", "rawsymbol"},
}

// adjusted are names of prices after dividends and splits, which no lender sees.
var adjusted = []string{"adjclose", "adjustedclose", "adjclosing", "closeadj", "closeadjusted", "adjcloseprice"}

// header reads the first line that holds anything. It reports false when the
// line is a row already.
func (t *table) header(line string) (bool, error) {
	t.delimiter = tabular.DelimiterOf(line)
	cells, ok := tabular.Split(nil, line, t.delimiter)
	if !ok {
		return false, tabular.Fault{Says: "In its first line a quotation mark is opened and never closed."}
	}
	for _, cell := range cells {
		if _, err := tabular.ReadDate(cell); err == nil {
			return false, t.headless(cells)
		}
	}
	for len(cells) > 1 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	t.columns = cells
	t.roleOf = make([]role, len(cells))
	if t.indexed() {
		t.roleOf[0] = roleDate
	}
	return true, t.assign()
}

// indexed reports whether the first column is a data frame's index of dates:
// nameless, or below the caption "Price" that yfinance writes there. Two lines
// with the ticker and the name of the index then follow the caption.
func (t *table) indexed() bool {
	has := func(want role) bool {
		return slices.ContainsFunc(t.columns[1:], func(column string) bool { return slices.Contains(names[want], letters(column)) })
	}
	return (t.columns[0] == "" || letters(t.columns[0]) == "price") && has(roleClose) && !has(roleDate)
}

// caption reports whether a row is one of the two that yfinance writes between
// the header and the prices.
func (t *table) caption(cells []string) bool {
	if len(t.rows) > 0 || letters(t.columns[0]) != "price" || t.roleOf[0] != roleDate {
		return false
	}
	first := letters(cells[0])
	return first == "ticker" || first == "date" || first == "datetime"
}

// headless takes two columns without names as date and close.
func (t *table) headless(cells []string) error {
	for len(cells) > 2 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) != 2 {
		return tabular.Fault{
			Says: fmt.Sprintf("Its first line is a row of %d columns, so nothing says what they are.", len(cells)),
			Hint: "Please put the names in the first line, such as date,open,high,low,close,volume.",
		}
	}
	if _, err := tabular.ReadDate(cells[0]); err != nil {
		return tabular.Fault{Says: "It has two columns without names, and the first is not a date.", Hint: "Please put date,close in the first line, in the order of the columns."}
	}
	t.columns = []string{"date", "close"}
	t.roleOf = []role{roleDate, roleClose}
	t.Warn(WarnNoHeader, "The file has no header; its two columns are taken as the date and the close.")
	return nil
}

// assign gives the columns their roles.
func (t *table) assign() error {
	for want := roleDate; want < roleCount; want++ {
		chosen := slices.Index(t.roleOf, want)
		for _, name := range names[want] {
			for i, column := range t.columns {
				if letters(column) != name || t.roleOf[i] != roleNone {
					continue
				}
				if chosen >= 0 && letters(t.columns[chosen]) == name {
					return tabular.Fault{Says: fmt.Sprintf("Two of its columns are called %s.", tabular.Quote(column)), Hint: "Please keep the one that counts."}
				}
				if chosen < 0 {
					chosen = i
					t.roleOf[i] = want
				} else if want == roleClose {
					t.Warn(WarnIgnoredColumn, "The column %s is ignored: the close is taken from %s.", tabular.Quote(column), tabular.Quote(t.columns[chosen]))
				}
			}
		}
		if chosen < 0 && (want == roleDate || want == roleClose) {
			return tabular.Fault{
				Says: fmt.Sprintf("No column is recognised as the %s. The columns found are: %s.", want, tabular.Found(t.columns)),
				Hint: fmt.Sprintf("Please name one of them %q.", want),
			}
		}
	}
	for _, column := range t.columns {
		for _, name := range adjusted {
			if letters(column) == name {
				t.Warn(WarnIgnoredColumn, "The column %s is ignored: a lender sees the price as it was traded.", tabular.Quote(column))
			}
		}
	}
	return nil
}

// letters reduces a name to its letters, in lower case and without what stands
// in parentheses: "Close/Last", "Adj Close*" and "close (USD)" are known names.
func letters(name string) string {
	if i := strings.IndexAny(name, "(["); i > 0 {
		name = name[:i]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
