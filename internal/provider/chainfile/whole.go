package chainfile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/occ"
	"lombard.example/lombard/internal/tabular"
)

// early is one of the first rows, kept until it is known how numbers are written.
type early struct {
	at    int
	cells []string
}

// What is looked at before a row is read.
const (
	headRows  = 1000
	headBytes = 1 << 20
)

// take is row, once the first rows have shown how numbers are written.
func (t *reader) take(at int, cells []string) error {
	switch {
	case t.Count > mostBad:
		return tabular.ErrEnough
	case t.begun:
		return t.row(at, cells)
	}
	kept := slices.Clone(cells)
	for i := range kept {
		kept[i] = strings.Clone(kept[i])
		t.headLen += len(kept[i])
	}
	t.head = append(t.head, early{at, kept})
	if len(t.head) < headRows && t.headLen < headBytes {
		return nil
	}
	return t.begin()
}

// begin decides how numbers are written and what a standard contract is of, and
// reads the rows that were kept for it.
func (t *reader) begin() error {
	if t.begun || t.layout == nil {
		return nil
	}
	t.begun = true
	var closes, others []string
	sizes := map[string]int{}
	for _, row := range t.head {
		closes = append(closes, t.cell(row.cells, roleClose))
		for _, r := range [...]role{roleStrike, roleBid, roleAsk, roleBid1545, roleAsk1545, roleCallBid, roleCallAsk, rolePutBid, rolePutAsk} {
			if text := t.cell(row.cells, r); text != "" {
				others = append(others, text)
			}
		}
		if text := t.cell(row.cells, roleSize); !tabular.Missing(text) {
			sizes[text]++
		}
	}
	if t.between != 0 {
		d := tabular.DecimalOf(closes, others, t.between == ',')
		if t.comma = d.Comma; d.Says != "" {
			t.Warn(WarnDecimal, "%s", d.Says)
		}
	}
	t.standardSize(sizes)
	head := t.head
	t.head = nil
	for _, row := range head {
		if err := t.row(row.at, row.cells); err != nil {
			return err
		}
	}
	return nil
}

// finish reads the rows that are kept still.
func (t *reader) finish() error {
	if err := t.begin(); !errors.Is(err, tabular.ErrEnough) {
		return err
	}
	return nil
}

// standardSize takes the most common number of units as that of a standard
// contract.
func (t *reader) standardSize(sizes map[string]int) {
	best := 0
	for text, n := range sizes {
		x, err := strconv.ParseFloat(text, 64)
		if err == nil && x > 0 && (n > best || n == best && x == shares) {
			best, t.size = n, x
		}
	}
	if t.size != shares {
		t.Warn(WarnSize, "The contracts of the file are of %g units. Quotes are read per unit, and a run counts the units of a contract as its symbol has them, 100 for most.", t.size)
	}
}

// oddity says why a row is of no standard contract; empty where it is of one.
func (t *reader) oddity(cells []string) string {
	if text := t.cell(cells, roleSize); !tabular.Missing(text) {
		if x, err := strconv.ParseFloat(text, 64); err != nil || x != t.size {
			return "of " + tabular.Clip(text) + " units"
		}
	}
	switch text := t.cell(cells, roleAdjusted); strings.ToLower(text) {
	case "", "0", "false", "f", "no", "n", "none", "standard", "std", "100":
		return ""
	default:
		if tabular.Missing(text) {
			return ""
		}
		return "marked " + tabular.Quote(text)
	}
}

// leaveOut counts a row that is of no standard contract.
func (t *reader) leaveOut(at int, why string) {
	t.adjusted.Add(at)
	if len(t.roots) <= mostNamed && !slices.Contains(t.roots, why) {
		t.roots = append(t.roots, strings.Clone(why))
	}
}

// meet decides whether the rows of an underlying are taken: those of the one
// that is wanted; until it is met, those of the first, in case it is the only
// one.
func (t *reader) meet() {
	switch {
	case t.named == "":
		t.mine = t.own == "" && len(t.symbols) < 2
	case t.wanted != "" && occ.Plain(t.named) == t.wanted:
		if t.mine = true; t.own == "" {
			t.own = t.named
			t.forget(len(t.symbols) > 0)
		}
	default:
		if !slices.Contains(t.symbols, t.named) && len(t.symbols) <= mostNamed {
			t.symbols = append(t.symbols, t.named)
			t.forget(t.own == "" && len(t.symbols) == 2)
		}
		t.mine = t.own == "" && len(t.symbols) < 2
	}
}

// forget drops what was read of another underlying.
func (t *reader) forget(is bool) {
	if !is {
		return
	}
	t.days, t.rows, t.Count, t.Problems = map[lombard.Date]*day{}, 0, 0, nil
	t.adjusted, t.earlier, t.closes, t.roots = tabular.Tally{}, tabular.Tally{}, tabular.Tally{}, nil
	t.dates.order, t.thousand, t.sane = evidence{}, 0, 0
}

// underlying is the one whose options are read; empty where nothing names it.
func (t *reader) underlying() string {
	if t.own == "" && len(t.symbols) == 1 {
		return t.symbols[0]
	}
	return t.own
}

// weigh compares a strike with that of the option's symbol and with the
// underlying's close: some vendors write strikes times a thousand.
func (t *reader) weigh(strike, symbol float64, closeText string) {
	const most, slack = 100, 1.5 // of the close; of a thousand
	switch p, err := readPrice(closeText, t.comma); {
	case symbol > 0 && strike > 1000/slack*symbol && strike < 1000*slack*symbol:
		t.thousand++
	case symbol > 0:
		t.sane++
	case closeText == "" || err != nil || p == 0:
	case strike > most*p:
		t.thousand++
	default:
		t.sane++
	}
}

// thousands refuses a file whose strikes are all times a thousand.
func (t *reader) thousands() error {
	if t.thousand == 0 || t.sane > 0 {
		return nil
	}
	return tabular.Fault{
		Says: "Its strikes are not in the currency of the quotes: all are a hundred times the underlying's price or more, or a thousand times the strike in the option's symbol.",
		Hint: "Please divide them; OptionMetrics and some others write strikes times 1,000.",
	}
}

// settle gives dates whose order the whole file decides their meaning. What does
// not exist so goes to the report.
func (t *reader) settle() error {
	if says := t.dates.decide(); says != "" {
		t.Warn(WarnDateOrder, "%s", says)
	}
	if len(t.dates.pairs) == 0 {
		return nil
	}
	keys := make([]lombard.Date, 0, len(t.days))
	for date := range t.days {
		keys = append(keys, date)
	}
	slices.Sort(keys)
	settled := map[lombard.Date]*day{}
	for _, key := range keys {
		date, read := t.dates.resolved(key), t.days[key]
		delete(t.days, key)
		kept := read.quotes[:0]
		for _, q := range read.quotes {
			if q.expiry = t.expiryOn(q, date, key); q.expiry != 0 {
				kept = append(kept, q)
			}
		}
		into := settled[date]
		if into == nil {
			settled[date] = &day{quotes: kept, close: read.close, hour: read.hour}
			continue
		}
		if read.hour != "" && into.hour != "" && read.hour != into.hour {
			return tabular.Fault{Says: fmt.Sprintf("On %s it has quotes of several times of the day, %s and %s among them.", date, tabular.Clip(into.hour), tabular.Clip(read.hour)), Hint: "Please keep the quotes of the close."}
		}
		into.quotes = append(into.quotes, kept...)
		if into.close == 0 {
			into.close = read.close
		}
	}
	t.days = settled
	return nil
}

// hasExpired ends a sentence about an expiry before the quote.
const hasExpired = "an option that has expired has no quote"

// expiryOn returns the last day of an option that is quoted on a date; 0, with a
// problem, where one of them does not exist or it has expired.
func (t *reader) expiryOn(q quote, date, key lombard.Date) lombard.Date {
	expiry := t.dates.resolved(q.expiry)
	const never = "does not exist in the order of day and month that the rest of the file has."
	other := func(written lombard.Date) string { return t.dates.both(written)[1-t.dates.chosen].String() }
	switch {
	case date == 0:
		t.Problem(q.line(), other(key), fmt.Sprintf("The quote date, which could be %s, %s", other(key), never))
		return 0
	case expiry == 0:
		t.Problem(q.line(), other(q.expiry), fmt.Sprintf("The expiration, which could be %s, %s", other(q.expiry), never))
		return 0
	}
	if expiry = occ.LastDay(expiry); expiry < date {
		t.Problem(q.line(), expiry.String(), fmt.Sprintf("The expiration %s comes before the quote date %s; %s.", expiry, date, hasExpired))
		return 0
	}
	return expiry
}
