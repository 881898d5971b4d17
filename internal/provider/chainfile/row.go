package chainfile

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/occ"
	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// quote is one option of a day while the file is read. It is as small as can
// be: there may be twenty million.
type quote struct {
	expiry           lombard.Date
	place            uint32 // line<<2 | morning<<1 | put
	strike, bid, ask float64
}

// put reports the kind.
func (q quote) put() bool { return q.place&1 != 0 }

// morning reports an option that settles at the open though its like at the
// close is listed too.
func (q quote) morning() bool { return q.place&2 != 0 }

// line is where it stands.
func (q quote) line() int { return int(q.place >> 2) }

// day is the options of one date.
type day struct {
	quotes []quote
	close  float64
	hour   string // of its quotes; empty where the file does not say
}

// reader is a file while it is read.
type reader struct {
	tabular.Report
	layout *layout
	at     [roleCount]int // column of each role, −1 for none
	width  int            // columns named

	head    []early // the first rows, until it is known how numbers are written
	headLen int     // bytes of them
	begun   bool
	between byte    // the cells, 0 in Parquet
	comma   bool    // numbers have a decimal comma
	size    float64 // units of a standard contract

	rows     int
	days     map[lombard.Date]*day // by quote date, which may be open
	dates    dates
	wanted   string             // underlying whose rows are wanted where there are several; may be empty
	own      string             // the same as the file writes it, once it is met
	symbols  []string           // other underlyings named, in order of their first row
	spelled  string             // how the last one was written
	named    string             // what that means
	met      bool               // whether any row has been looked at
	mine     bool               // its rows are taken
	roots    []string           // of the rows left out, or what else tells them
	meanings map[string]meaning // of the roots under the last underlying

	adjusted, earlier, closes tabular.Tally
	thousand                  int // rows with a strike a thousand times that of the symbol or above all reason
	sane                      int // rows whose strike is near the underlying's close or is that of the symbol
}

func newReader(f Name) *reader {
	return &reader{
		Report: tabular.Report{Name: f.Name, What: "option chains"}, wanted: occ.Plain(f.Symbol), size: shares,
		days: map[lombard.Date]*day{}, dates: newDates(), meanings: map[string]meaning{},
	}
}

// shares is how many units a listed contract is of.
const shares = 100

// mostNamed is how many underlyings or roots a message names.
const mostNamed = 5

// cell returns what stands in the column of a role; empty where there is none.
func (t *reader) cell(cells []string, r role) string {
	if i := t.at[r]; i >= 0 && i < len(cells) {
		return cells[i]
	}
	return ""
}

// row reads one row. Errors end the reading; what is wrong with the row alone
// goes to the report.
func (t *reader) row(at int, cells []string) error {
	for len(cells) > t.width && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > t.width {
		t.Problem(at, strings.Join(cells, ","), fmt.Sprintf("There are %d columns where %d are named; a comma inside a number needs quotation marks around it.", len(cells), t.width))
		return nil
	}
	standard, opens := t.standard(at, cells)
	if !standard || !t.mine {
		return nil
	}
	x := line{reader: t, at: at, cells: cells}
	on, until, strike := x.date(roleDate), x.date(roleExpiry), x.price(roleStrike)
	if x.bad {
		return nil
	}
	date, expiry := on.date, until.date
	symbolExpiry, symbolStrike, _ := occ.Terms(t.cell(cells, roleRoot))
	if date >= open || expiry >= open {
		t.dates.see(at, on, until, symbolExpiry)
	} else if expiry = occ.LastDay(expiry); expiry < date {
		x.problem(roleExpiry, fmt.Sprintf("comes before the quote date %s; %s", date, hasExpired))
	}
	if !(strike > 0) {
		x.problem(roleStrike, "is not a positive number")
	}
	if x.bad {
		return nil
	}
	t.weigh(strike, symbolStrike, t.cell(cells, roleClose))
	q := quote{expiry: expiry, place: uint32(at) << 2, strike: strike}
	if opens {
		q.place |= 2
	}
	d := t.day(date)
	if hour := t.cell(cells, roleHour); hour != d.hour {
		if d.hour != "" {
			return tabular.Fault{
				Says: fmt.Sprintf("On %s it has quotes of several times of the day, %s and %s among them; the second stands on line %d.", t.dates.both(date)[monthFirst], tabular.Clip(d.hour), tabular.Clip(hour), at),
				Hint: "Please keep the quotes of the close.",
			}
		}
		d.hour = strings.Clone(hour)
	}
	if t.layout.name == LayoutOptionsDX {
		t.wide(x, d, q)
	} else {
		t.single(x, d, q)
	}
	if t.rows > MaxRows {
		return tabular.Fault{Says: fmt.Sprintf("It has more than %d options.", MaxRows), Hint: "Please split it by year."}
	}
	t.underlyingClose(x, d)
	return nil
}

// standard reports whether a row is of a standard option, and whether it is
// one that settles at the open though its like at the close is listed too. It
// notes the underlying, which the root names where no column does.
func (t *reader) standard(at int, cells []string) (ok, opens bool) {
	root := occ.Root(t.cell(cells, roleRoot))
	underlying := t.cell(cells, roleUnderlying)
	if t.at[roleUnderlying] < 0 {
		underlying = root
	}
	if underlying != t.spelled || !t.met {
		t.met = true
		t.spelled = strings.Clone(underlying)
		if t.named = occ.Underlying(t.spelled); t.at[roleUnderlying] < 0 {
			t.named = occ.OfRoot(t.spelled)
		}
		clear(t.meanings)
		t.meet()
	}
	if !t.mine {
		return false, false
	}
	if why := t.oddity(cells); why != "" {
		t.leaveOut(at, why)
		return false, false
	}
	if root == "" || t.named == "" {
		return true, false
	}
	what, known := t.meanings[root]
	if !known {
		what = meaningOf(t.named, root)
		if len(t.meanings) < remembered {
			t.meanings[strings.Clone(root)] = what
		}
	}
	if what == another {
		t.leaveOut(at, occ.Plain(root))
	}
	return what != another, what == morning
}

// meaning is what a root says of an option.
type meaning int

const (
	ordinary meaning = iota + 1 // a standard option
	morning                     // one that settles at the open, of an underlying that has others too
	another                     // an adjusted one, or one of another size
)

func meaningOf(underlying, root string) meaning {
	root, roots := occ.Plain(root), occ.Roots(underlying)
	switch {
	case root == occ.Plain(underlying) && len(roots) > 1:
		return morning
	case root == occ.Plain(underlying) || slices.Contains(roots, root):
		return ordinary
	default:
		return another
	}
}

func (t *reader) day(date lombard.Date) *day {
	d := t.days[date]
	if d == nil {
		d = &day{}
		t.days[date] = d
	}
	return d
}

// add files an option.
func (t *reader) add(d *day, q quote, put bool, bid, ask float64) {
	q.bid, q.ask = bid, ask
	if put {
		q.place |= 1
	}
	d.quotes = append(d.quotes, q)
	t.rows++
}

// wide reads the call and the put of a row.
func (t *reader) wide(x line, d *day, q quote) {
	callBid, callAsk := x.price(roleCallBid), x.price(roleCallAsk)
	putBid, putAsk := x.price(rolePutBid), x.price(rolePutAsk)
	if !x.bad {
		t.add(d, q, false, callBid, callAsk)
		t.add(d, q, true, putBid, putAsk)
	}
}

// single reads the one option of a row.
func (t *reader) single(x line, d *day, q quote) {
	put, bid, ask := x.right(), x.price(roleBid), x.price(roleAsk)
	if t.layout.name == LayoutDataShop {
		bid1545, ask1545 := x.price(roleBid1545), x.price(roleAsk1545)
		if ask == 0 && ask1545 > 0 && !x.bad {
			bid, ask = bid1545, ask1545
			t.earlier.Add(x.at)
		}
	}
	if !x.bad {
		t.add(d, q, put, bid, ask)
	}
}

// underlyingClose keeps the first close of a day.
func (t *reader) underlyingClose(x line, d *day) {
	price := x.price(roleClose)
	switch {
	case x.bad || price == 0:
	case d.close == 0:
		d.close = price
	case math.Abs(price-d.close) > 1e-9*d.close:
		t.closes.Add(x.at)
	}
}

// line is a row whose cells are read one by one; bad after the first that
// cannot be.
type line struct {
	*reader
	at    int
	cells []string
	bad   bool
}

func (x *line) problem(r role, says string) {
	text := x.cell(x.cells, r)
	x.bad = true
	x.Problem(x.at, text, fmt.Sprintf("The %s %s %s.", r, tabular.Quote(text), says))
}

// date reads a date.
func (x *line) date(r role) written {
	w, err := x.dates.read(x.cell(x.cells, r))
	if err != nil {
		x.problem(r, err.Error())
	}
	return w
}

// price reads a price; what is missing is 0.
func (x *line) price(r role) float64 {
	text := x.cell(x.cells, r)
	if tabular.Missing(text) {
		return 0
	}
	p, err := readPrice(text, x.comma)
	if err != nil {
		x.problem(r, err.Error())
	}
	return p
}

// right reads call or put.
func (x *line) right() (put bool) {
	switch strings.ToLower(x.cell(x.cells, roleRight)) {
	case "p", "put":
		return true
	case "c", "call":
		return false
	}
	x.problem(roleRight, "is neither C, call, P nor put")
	return false
}

// readPrice reads a finite number that is not negative. The error continues a
// sentence that names the text.
func readPrice(text string, comma bool) (float64, error) {
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || comma || !plain(text) {
		p, err = tabular.Number(text, comma)
	}
	switch {
	case err != nil:
		return 0, err
	case p < 0:
		return 0, errors.New("is negative; leave the cell empty where there is no price")
	case p > market.MaxPrice:
		return 0, errors.New("is not a plausible price")
	}
	return p, nil
}

// plain reports whether a number is digits with at most a point.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != '.' {
			return false
		}
	}
	return true
}
