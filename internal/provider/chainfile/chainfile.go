// Package chainfile reads files of option chains as they are sold and kept: the
// layouts of several vendors and one of our own, told apart by their headers.
// What cannot be read is refused, each line by its number.
package chainfile

import (
	"errors"
	"fmt"
	"io"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// The codes of the warnings that Parse gives.
const (
	WarnAdjusted  = "adjusted_contracts_left_out" // rows of options whose root is another than the underlying's
	WarnEndOfDay  = "end_of_day_quotes"           // of the two quotes a row has, the one at the end of the day is taken
	WarnEarlier   = "quotes_of_1545"              // rows without a quote at the end of the day have that of 15:45
	WarnTwoRoots  = "settled_at_the_open"         // of two options alike, the one that settles at the close is taken
	WarnTwoCloses = "underlying_close_differs"    // rows of a day disagree on the underlying's close

	WarnDateOrder     = "date_order_assumed" // nothing decides between month/day and day/month
	WarnDecimal       = "decimal_assumed"    // nothing decides between decimal comma and point
	WarnSize          = "contract_size"      // a contract is not of 100 units
	WarnSymbolRows    = "symbol_rows_taken"  // options on other underlyings were left out
	WarnOtherSymbol   = "symbol_differs"     // the file names another underlying
	WarnUnknownColumn = "column_unknown"     // a column that may tell adjusted contracts is not understood
)

// MaxRows is the most options that a file may have. Each takes 32 bytes while
// the file is read and once more as part of its chain.
const MaxRows = 20_000_000

// The other bounds of a file.
const (
	maxBytes   = 4 << 30   // of text, once unpacked
	maxParquet = 512 << 20 // of a Parquet file
	mostBad    = 10_000    // lines that may be wrong before the rest is not looked at
)

// File is a file of chains, read.
type File struct {
	Layout   string         // slug of the form it has, such as LayoutOwn
	Symbol   string         // the underlying, in capitals; empty where the file does not name it
	Chains   []market.Chain // ascending by date
	Closes   []market.Bar   // the underlying's close on these dates, close only; empty where the file has none
	Warnings []lombard.Warning
}

// Name is what a file is called, and the underlying whose options are wanted.
type Name struct {
	Name   string // serves messages only
	Symbol string // of a file of several underlyings its rows are taken; may be empty
}

// Parse reads the chains of r: CSV, plain or packed with gzip or zstd, or
// Parquet with the columns of a CSV layout. A file that cannot be used is answered with one *lombard.Error of kind
// validation that names up to twenty bad lines, in Fields; an error of r itself
// is returned as it is, wrapped.
func Parse(r io.Reader, name Name) (File, error) {
	t := newReader(name)
	if err := t.load(r); err != nil {
		return File{}, t.Refuse(err)
	}
	if err := t.oneUnderlying(); err != nil {
		return File{}, t.Refuse(err)
	}
	if t.rows == 0 && t.Count == 0 {
		return File{}, t.Refuse(t.emptiness())
	}
	err := t.thousands()
	if err == nil {
		err = t.settle()
	}
	if err != nil {
		return File{}, t.Refuse(err)
	}
	file, err := t.file()
	if err != nil {
		return File{}, t.Refuse(err)
	}
	if err := t.Err(); err != nil {
		return File{}, err
	}
	file.Warnings = t.Warnings
	return file, nil
}

// load unpacks r and reads its rows.
func (t *reader) load(r io.Reader) error {
	text, isParquet, end, err := tabular.Unpack(r, tabular.Limits{Bytes: maxBytes, Parquet: maxParquet, Hint: "Please split it by year."})
	if err != nil {
		return err
	}
	defer end()
	if isParquet {
		if err := tabular.Parquet(text, MaxRows, t.header, t.take); err != nil && !errors.Is(err, tabular.ErrEnough) {
			return err
		}
		return t.finish()
	}
	var delimiter byte
	var cells []string
	err = tabular.Lines(text, func() bool { return t.layout != nil }, func(at int, line string) error {
		if t.layout == nil {
			delimiter = tabular.DelimiterOf(line)
			t.between = delimiter
		}
		var ok bool
		if cells, ok = tabular.Split(cells[:0], line, delimiter); !ok {
			if t.layout == nil {
				return tabular.Fault{Says: "In its first line a quotation mark is opened and never closed."}
			}
			t.Problem(at, line, "A quotation mark is opened and never closed.")
			return tabular.ErrEnough // the lines that follow may be part of the cell
		}
		if t.layout == nil {
			return t.header(cells)
		}
		return t.take(at, cells)
	})
	if err != nil {
		return err
	}
	return t.finish()
}

// emptiness says why nothing is left of a file.
func (t *reader) emptiness() error {
	switch {
	case t.layout == nil:
		return tabular.Fault{Says: "There are no options in it, only blank lines."}
	case t.adjusted.Count > 0:
		return tabular.Fault{Says: fmt.Sprintf("None of its options is a standard one%s: they are %s.", on(t.underlying()), list(t.roots))}
	default:
		return tabular.Fault{Says: "There are no options in it, only the header."}
	}
}

// errSeen ends the reading of a file whose header has been seen.
var errSeen = errors.New("the header has been seen")

// Recognises reports whether the first line of r, packed or not, is the header
// of a table of options: a table of prices has no strikes and no expiries. A
// Parquet file is read whole, of others the beginning.
func Recognises(r io.Reader) bool {
	text, isParquet, end, err := tabular.Unpack(r, tabular.Limits{Bytes: maxBytes, Parquet: maxParquet})
	if err != nil {
		return false
	}
	defer end()
	var columns []string
	if isParquet {
		_ = tabular.Parquet(text, MaxRows, func(names []string) error {
			columns = names
			return errSeen
		}, nil)
	} else {
		_ = tabular.Lines(text, func() bool { return false }, func(_ int, line string) error {
			columns, _ = tabular.Split(nil, line, tabular.DelimiterOf(line))
			return errSeen
		})
	}
	names := keys(columns)
	return find(names, own[roleStrike]) >= 0 && find(names, own[roleExpiry]) >= 0
}
