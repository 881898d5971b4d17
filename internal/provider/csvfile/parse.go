// Package csvfile reads a table of daily prices as people have it: any order of
// columns, the usual forms of dates and numbers, plain or gzipped. It takes
// nothing on trust: what cannot be read is refused, each line by its number.
package csvfile

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// The codes of the warnings that Parse gives.
const (
	WarnIgnoredColumn = "column_ignored"     // a column that looks like a price is not used
	WarnDateOrder     = "date_order_assumed" // nothing decides between month/day and day/month
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
)

// maxRows bounds a file: more than five centuries of days.
const maxRows = 200_000

// Parsed is a file of prices, read.
type Parsed struct {
	Bars     []market.Bar // ascending, unique, positive; Open, High, Low 0 where the file has none
	Intraday bool         // every bar has its high and its low
	Warnings []lombard.Warning
}

// row is a line of the table before the forms of dates and numbers are decided.
type row struct {
	line   int
	date   tabular.RawDate
	prices [roleCount]string // by role; empty: not in the file
}

// Parse reads the prices of r, which is at most 256 MiB once unpacked. The name
// of the file serves messages only. A file that cannot be used is answered with
// one *lombard.Error of kind validation that names up to twenty bad lines, in
// Fields; an error of r itself is returned as it is, wrapped.
func Parse(r io.Reader, name string) (Parsed, error) {
	t := &table{Report: tabular.Report{Name: name, What: "prices"}}
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
	return Parsed{Bars: bars, Intraday: t.quality(bars), Warnings: t.Warnings}, nil
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
	err := tabular.Parquet(r, maxRows, w.Write, func(_ int, cells []string) error { return w.Write(cells) })
	if err != nil {
		return nil, err
	}
	w.Flush()
	return &out, w.Error()
}

// bars turns the rows into bars in ascending order. Problems go to the report.
func (t *table) bars() []market.Bar {
	dayFirst := t.dayFirst()
	comma := t.decideDecimal()
	var (
		bars  []market.Bar
		lines []int
		empty tabular.Tally
	)
	for i := range t.rows {
		r := &t.rows[i]
		date, ok := r.date.Resolve(dayFirst)
		if !ok {
			t.Problem(r.line, r.date.Text, "The date "+tabular.Quote(r.date.Text)+" does not exist in the order that the rest of the file has.")
			continue
		}
		if tabular.Missing(r.prices[roleClose]) {
			empty.Add(r.line)
			continue
		}
		// A bar with bad prices stays, so that its date takes part in the
		// check of the order; the report refuses the file in the end.
		bars = append(bars, t.bar(r, date, comma))
		lines = append(lines, r.line)
	}
	if empty.Count > 0 {
		t.Warn(WarnNoPrice, "%s without a close %s left out, the first on line %d.", empty.Rows(), empty.Were(), empty.First)
	}
	return t.ordered(bars, lines)
}

// dayFirst decides the order of day and month over the whole file.
func (t *table) dayFirst() bool {
	dates := make([]tabular.RawDate, len(t.rows))
	for i := range t.rows {
		dates[i] = t.rows[i].date
	}
	order := tabular.OrderOf(dates)
	if order.Says != "" {
		t.Warn(WarnDateOrder, "%s", order.Says)
	}
	return order.DayFirst
}

// bar reads the prices of a row.
func (t *table) bar(r *row, date lombard.Date, comma bool) market.Bar {
	b := market.Bar{Date: date}
	for _, c := range [...]struct {
		role role
		to   *float64
	}{{roleOpen, &b.Open}, {roleHigh, &b.High}, {roleLow, &b.Low}, {roleClose, &b.Close}} {
		text := r.prices[c.role]
		if tabular.Missing(text) {
			continue
		}
		x, err := tabular.Number(text, comma)
		if err == nil {
			err = plausible(x)
		}
		if err != nil {
			t.Problem(r.line, text, "The "+c.role.String()+" "+tabular.Quote(text)+" "+err.Error()+".")
			continue
		}
		*c.to = x
	}
	b.Volume = t.volume(r, comma)
	t.actions(&b, r, comma)
	if text := r.prices[roleContract]; !tabular.Missing(text) {
		b.Contract = text[:min(len(text), longestContract)]
	}
	return b
}

// longestContract is the most of a contract's name that is kept.
const longestContract = 40

// actions reads the corporate actions of a row: 0 and no entry are none, and so
// is a split of 1.
func (t *table) actions(b *market.Bar, r *row, comma bool) {
	read := func(role role, most float64) float64 {
		text := r.prices[role]
		if tabular.Missing(text) {
			return 0
		}
		x, err := tabular.Number(text, comma)
		if err == nil && !(x >= 0 && x <= most) {
			err = fmt.Errorf("is not between 0 and %g", most)
		}
		if err != nil {
			t.Problem(r.line, text, "The "+role.String()+" "+tabular.Quote(text)+" "+err.Error()+".")
			return 0
		}
		return x
	}
	b.Dividend = read(roleDividend, mostPrice)
	if special := read(roleSpecial, mostPrice); special > 0 {
		b.Dividend, b.Special = special, true // an ordinary one of the same day is part of it
	}
	if split := read(roleSplit, market.MaxSplit); split != 1 {
		b.Split = split
	}
}

// volume reads what can be read of a volume; it decides nothing, so a strange
// one is unknown and no error.
func (t *table) volume(r *row, comma bool) float64 {
	text := r.prices[roleVolume]
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
