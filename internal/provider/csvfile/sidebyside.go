package csvfile

import (
	"slices"

	"lombard.example/lombard/internal/tabular"
)

// isSideBySide reports whether two lines are the header of several symbols side
// by side, as yfinance writes it: one has the names of the columns, below Price,
// and the other the symbols, below Ticker, in either order. With one symbol the
// names alone are a header.
func isSideBySide(above, below []string) bool {
	if len(above) < 3 || len(above) != len(below) {
		return false
	}
	columns, tickers := inOrder(above, below)
	if columns == nil {
		return false
	}
	distinct := map[string]bool{}
	for _, ticker := range tickers[1:] {
		if k := key(ticker); k != "" {
			distinct[k] = true
		}
	}
	return len(distinct) > 1 && slices.ContainsFunc(columns, func(name string) bool { return slices.Contains(names[roleClose], letters(name)) })
}

// inOrder returns the line of names and the line of symbols; nil when they are
// none.
func inOrder(above, below []string) (columns, tickers []string) {
	isTicker := func(cell string) bool {
		l := letters(cell)
		return l == "ticker" || l == "tickers" || l == "symbol" || l == "symbols"
	}
	switch {
	case isTicker(below[0]):
		return above, below
	case isTicker(above[0]):
		return below, above
	}
	return nil, nil
}

// ownColumns returns the names of the columns of the symbol that is wanted, the
// others empty. An error is the fault that it has none.
func (t *table) ownColumns(above, below []string) ([]string, error) {
	columns, tickers := inOrder(above, below)
	own := make([]string, len(columns))
	own[0] = "Price" // the caption of the index
	for i, ticker := range tickers[1:] {
		t.symbols.take(ticker, t.want)
		if t.want != "" && key(ticker) == t.want {
			own[i+1] = columns[i+1]
		}
	}
	t.symbols.where = "line " + tabular.Quote(tickers[0])
	if t.symbols.own == "" {
		return nil, t.symbols.fault()
	}
	return own, nil
}
