// Package csvfile reads a table of daily prices as people have it: any order of
// columns, the usual forms of dates and numbers, plain or gzipped. It takes
// nothing on trust: what cannot be read is refused, each line by its number.
package csvfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// The codes of the warnings that Parse gives.
const (
	WarnIgnoredColumn = "column_ignored"     // a column that looks like a price is not used
	WarnDateOrder     = "date_order_assumed" // nothing decides between month/day and day/month
	WarnEvening       = "evening_times"      // times since 1970 are of the evening before, or may be
	WarnDecimal       = "decimal_assumed"    // nothing decides between decimal comma and point
	WarnReversed      = "rows_reversed"      // the newest row stood first
	WarnNoPrice       = "rows_without_price" // rows without a close were left out
	WarnRepaired      = "bars_repaired"      // high or low was widened
	WarnPartial       = "bars_partly_close"  // some rows lack open, high or low
	WarnCloseOnly     = "close_only"         // the file has no highs and lows
	WarnVolume        = "volume_unreadable"  // a volume was taken as unknown
	WarnJump          = "price_jump"         // a close is far from the one before
	WarnNoHeader      = "header_assumed"     // two columns without names are date and close
	WarnSessions      = "sessions_far_apart" // the rows are not daily
	WarnUnknownColumn = "column_unknown"     // a column by its name of splits, dividends, adjusted prices or symbols is not understood
	WarnAdjustedOnly  = "close_adjusted"     // the only close of the file is adjusted
	WarnSplitUnseen   = "split_not_applied"  // the prices are adjusted for a split that stands beside them
	WarnActions       = "actions_not_used"   // a column of splits or dividends cannot be one
	WarnStandIn       = "close_stands_in"    // the close of some rows is taken from another column
	WarnByName        = "close_by_symbol"    // the close is the column that is called like the symbol
	WarnSymbolRows    = "symbol_rows_taken"  // the rows of other symbols were left out
	WarnOtherSymbol   = "symbol_differs"     // the file names another symbol
	WarnPassedOver    = "lines_left_out"     // lines before the header or after the prices
)

// MaxRows is the most rows that a file may have: more than five centuries of days.
const MaxRows = 200_000

// File is what the caller knows of a file.
type File struct {
	Name   string // for messages
	Symbol string // whose prices are wanted; empty: of the one that is in it
}

// Parsed is a file of prices, read.
type Parsed struct {
	Bars     []market.Bar // ascending, unique, positive; Open, High, Low 0 where the file has none
	Intraday bool         // every bar has its high and its low
	Symbol   string       // as the file names it; empty where it does not
	Warnings []lombard.Warning
}

// row is a line of the table before the forms of dates and numbers are decided.
type row struct {
	line  int
	date  tabular.RawDate
	cells [roleCount]string // by role; empty: not in the file
}

// Parse reads the prices of r, which is at most 256 MiB once unpacked. A file
// that cannot be used is answered with one *lombard.Error of kind validation that
// names up to twenty bad lines, in Fields; an error of r itself is returned as it
// is, wrapped.
func Parse(r io.Reader, f File) (Parsed, error) {
	t := &table{Report: tabular.Report{Name: f.Name, What: "prices"}, want: key(f.Symbol)}
	t.symbols.wanted = f.Symbol
	if err := t.load(r); err != nil {
		return Parsed{}, t.Refuse(err)
	}
	if len(t.rows) == 0 && t.Count == 0 {
		return Parsed{}, t.Refuse(tabular.Fault{Says: "There are no prices in it, only " + t.emptiness() + "."})
	}
	bars := t.bars()
	if err := t.Err(); err != nil {
		return Parsed{}, err
	}
	if len(bars) == 0 {
		return Parsed{}, t.Refuse(tabular.Fault{Says: "No row has a close."})
	}
	return Parsed{Bars: bars, Intraday: t.quality(bars), Symbol: t.symbols.name(), Warnings: t.Warnings}, nil
}

// load unpacks r and fills the table.
func (t *table) load(r io.Reader) error {
	text, isParquet, end, err := tabular.Unpack(r, tabular.Limits{Bytes: maxBytes, Hint: "Please keep daily prices of one symbol only."})
	if err != nil {
		return err
	}
	defer end()
	if isParquet {
		if text, err = parquetRows(text); err != nil {
			return err
		}
	}
	return t.read(text)
}

// maxBytes bounds a file once unpacked.
const maxBytes = 256 << 20

// parquetRows reads a Parquet file as CSV, so that both are held to the same
// rules.
func parquetRows(r io.Reader) (io.Reader, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	err := tabular.Parquet(r, MaxRows, w.Write, func(_ int, cells []string) error { return w.Write(cells) })
	if err != nil {
		return nil, err
	}
	w.Flush()
	return &out, w.Error()
}

// bars turns the rows into bars in ascending order. Problems go to the report.
func (t *table) bars() []market.Bar {
	dayFirst := t.decideDates()
	comma := t.decimalComma()
	var (
		bars         []market.Bar
		lines        []int
		empty, other tabular.Tally
	)
	best := slices.IndexFunc(closeRoles[:], func(r role) bool { return slices.Contains(t.roleOf, r) })
	for i := range t.rows {
		r := &t.rows[i]
		date, ok := r.date.Resolve(dayFirst)
		if !ok {
			t.Problem(r.line, r.date.Text, "The date "+tabular.Quote(r.date.Text)+" does not exist in the order that the rest of the file has.")
			continue
		}
		from, text := r.close()
		if from == roleNone {
			empty.Add(r.line)
			action := market.Bar{Date: date}
			if t.actions(&action, r, comma); action.Split != 0 || action.Dividend != 0 {
				t.loose = append(t.loose, action)
			}
			continue
		}
		if from != closeRoles[best] {
			other.Add(r.line)
		}
		// A bar with bad prices stays, so that its date takes part in the
		// check of the order; the report refuses the file in the end.
		bars = append(bars, t.bar(r, date, text, comma))
		lines = append(lines, r.line)
	}
	if empty.Count > 0 {
		t.Warn(WarnNoPrice, "%s without a close %s left out, the first on line %d.", empty.Rows(), empty.Were(), empty.First)
	}
	if other.Count > 0 {
		t.Warn(WarnStandIn, "In %s %s is blank and the close is taken from another column; the first is line %d.", other.Rows(), tabular.Quote(t.column(closeRoles[best])), other.First)
	}
	return t.ordered(bars, lines)
}

// close returns what stands in the first of the columns that can be the close
// and is not blank; roleNone: in none.
func (r *row) close() (role, string) {
	for _, from := range closeRoles {
		if text := r.cells[from]; !tabular.Missing(text) {
			return from, text
		}
	}
	return roleNone, ""
}

// decimalComma decides the form of numbers over the whole file.
func (t *table) decimalComma() bool {
	closes := make([]string, len(t.rows))
	var others []string
	for i := range t.rows {
		r := &t.rows[i]
		_, closes[i] = r.close()
		for _, role := range [...]role{roleOpen, roleHigh, roleLow, roleSettle, roleClose, roleLast, roleDividend} {
			if text := r.cells[role]; strings.ContainsAny(text, ".,") && text != closes[i] {
				others = append(others, text)
			}
		}
	}
	d := tabular.DecimalOf(closes, others, t.delimiter == ',')
	if d.Says != "" {
		t.Warn(WarnDecimal, "%s", d.Says)
	}
	return d.Comma
}

// bar reads the prices of a row whose close is given as text.
func (t *table) bar(r *row, date lombard.Date, closing string, comma bool) market.Bar {
	b := market.Bar{Date: date}
	for _, c := range [...]struct {
		name, text string
		to         *float64
	}{{"open", r.cells[roleOpen], &b.Open}, {"high", r.cells[roleHigh], &b.High}, {"low", r.cells[roleLow], &b.Low}, {"close", closing, &b.Close}} {
		if tabular.Missing(c.text) {
			continue
		}
		x, err := tabular.Number(c.text, comma)
		if err == nil {
			err = plausible(x)
		}
		if err == nil && t.billionths && tabular.Digits(c.text) && x > leastBillionths {
			err = errors.New("is in billionths; ask Databento for pretty prices, or divide it by 1,000,000,000")
		}
		if err != nil {
			t.Problem(r.line, c.text, "The "+c.name+" "+tabular.Quote(c.text)+" "+err.Error()+".")
			continue
		}
		*c.to = x
	}
	b.Volume = t.volume(r, comma)
	t.actions(&b, r, comma)
	if text := r.cells[roleContract]; !tabular.Missing(text) {
		b.Contract = strings.ToValidUTF8(text[:min(len(text), longestContract)], "")
	}
	return b
}

// leastBillionths is the least whole number that is taken for a price of
// Databento in billionths: a cent.
const leastBillionths = 1e7

// longestContract is the most of a contract's name that is kept.
const longestContract = 40

// volume reads what can be read of a volume; it decides nothing, so a strange
// one is unknown and no error.
func (t *table) volume(r *row, comma bool) float64 {
	text := r.cells[roleVolume]
	if tabular.Missing(text) {
		return 0
	}
	scale := 1.0
	switch text[len(text)-1] {
	case 'K', 'k':
		scale, text = 1e3, text[:len(text)-1]
	case 'M', 'm':
		scale, text = 1e6, text[:len(text)-1]
	case 'B', 'b':
		scale, text = 1e9, text[:len(text)-1]
	}
	x, err := tabular.Number(text, comma)
	if err != nil || !(x >= 0 && x < math.MaxFloat64/scale) {
		t.badVolume.Add(r.line)
		return 0
	}
	return x * scale
}
