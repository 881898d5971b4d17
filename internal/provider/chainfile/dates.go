package chainfile

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/occ"
	"lombard.example/lombard/internal/tabular"
)

// A date such as 02/01/2024 has the day or the month first, which the file as a
// whole decides. Until it has been read, such a date is kept as a number that
// stands for both of its readings.

// The readings of a date.
const (
	monthFirst = iota
	dayFirst
	readings
)

// open marks a date that the file decides; the rest of the number is its index
// among the pairs.
const open lombard.Date = 1 << 30

// pair is one such date in both readings, 0 where it does not exist in one.
type pair [readings]lombard.Date

// written is a text that was read as a date.
type written struct {
	date lombard.Date // or open
	text string       // of an open one
}

// dates are the dates of a file.
type dates struct {
	known   map[string]written // texts that were read already
	pairs   []pair
	indexOf map[pair]lombard.Date
	order   evidence
	chosen  int // reading
}

func newDates() dates {
	return dates{known: map[string]written{}, indexOf: map[pair]lombard.Date{}}
}

// remembered is how many texts are kept with their meaning.
const remembered = 1 << 16

// The years that a quote or an expiry can have.
const leastYear, mostYear = 1970, 2200

// read reads a date. The error continues a sentence that names the text.
func (d *dates) read(text string) (written, error) {
	if w, ok := d.known[text]; ok {
		return w, nil
	}
	raw, err := tabular.ReadDate(text)
	if err != nil {
		return written{}, err
	}
	var both pair
	both[monthFirst], _ = raw.Resolve(false)
	both[dayFirst], _ = raw.Resolve(true)
	for _, date := range both {
		if date != 0 && (date.Year() < leastYear || date.Year() > mostYear) {
			return written{}, fmt.Errorf("is not a date between %d and %d", leastYear, mostYear)
		}
	}
	w := written{date: both[monthFirst]}
	if !raw.Decided() {
		w = written{date: d.index(both), text: raw.Text}
	}
	if len(d.known) < remembered {
		d.known[strings.Clone(text)] = w
	}
	return w, nil
}

func (d *dates) index(both pair) lombard.Date {
	at, known := d.indexOf[both]
	if !known {
		at = open + lombard.Date(len(d.pairs))
		d.indexOf[both] = at
		d.pairs = append(d.pairs, both)
	}
	return at
}

// both returns the readings of a date.
func (d *dates) both(date lombard.Date) pair {
	if date < open {
		return pair{date, date}
	}
	return d.pairs[date-open]
}

// resolved returns a date as the file writes it, 0 where it does not exist so.
func (d *dates) resolved(date lombard.Date) lombard.Date { return d.both(date)[d.chosen] }

// evidence is what the rows of a file say of the order of day and month: for
// each reading, what speaks against it.
type evidence struct {
	text string // an open date whose readings differ
	pair pair   // the same
	rows int    // with an open date

	missing   [readings]tabular.Tally // rows with a date that does not exist so
	otherwise [readings]int           // rows whose option's symbol says another expiry
	expired   [readings]int           // rows of an option that has expired

	last      [readings]lombard.Date // quote date of the row before
	up, down  [readings]int          // steps from one quote date to the next
	days      [readings]int          // that lie between them
	weekend   [readings]int          // rows of a weekend
	otherDays [readings]int          // rows that do not expire on a Friday
}

// see notes a row. symbol is the expiry that the option's symbol tells, 0 for
// none.
func (d *dates) see(at int, date, expiry written, symbol lombard.Date) {
	e := &d.order
	for _, w := range [...]written{date, expiry} {
		if both := d.both(w.date); w.date >= open && (e.text == "" || e.pair[monthFirst] == e.pair[dayFirst]) {
			e.text, e.pair = w.text, both
		}
	}
	if date.date >= open || expiry.date >= open {
		e.rows++
	}
	for k := range readings {
		on, until := d.both(date.date)[k], d.both(expiry.date)[k]
		if on == 0 || until == 0 {
			e.missing[k].Add(at)
			continue
		}
		e.otherwise[k] += count(symbol != 0 && symbol != until && symbol != occ.LastDay(until))
		e.expired[k] += count(until < on)
		e.weekend[k] += count(on.IsWeekend())
		e.otherDays[k] += count(occ.LastDay(until).Weekday() != time.Friday)
		if before := e.last[k]; before != 0 && before != on {
			e.up[k] += count(on > before)
			e.down[k] += count(on < before)
			e.days[k] += max(int(on-before), int(before-on))
		}
		e.last[k] = on
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// decide chooses the reading of the file. says is a sentence for a warning where
// nothing but a likelihood decides.
func (d *dates) decide() (says string) {
	e := &d.order
	if e.rows == 0 {
		return ""
	}
	// A date that does not exist in one order shows the other. Where each order
	// has its witness the first one counts; the others are reported as dates that
	// do not exist.
	m, f := e.missing[monthFirst], e.missing[dayFirst]
	switch {
	case m.Count > 0 && f.Count > 0:
		d.chosen = choice(f.First, m.First)
		return ""
	case m.Count != f.Count:
		d.chosen = choice(m.Count, f.Count)
		return ""
	}
	for _, against := range [...][readings]int{e.otherwise, e.expired} {
		if against[monthFirst] != against[dayFirst] {
			d.chosen = choice(against[monthFirst], against[dayFirst])
			return ""
		}
	}
	disorder := [readings]int{min(e.up[monthFirst], e.down[monthFirst]), min(e.up[dayFirst], e.down[dayFirst])}
	reading := "month/day/year"
	for _, likelihood := range [...]struct {
		against [readings]int
		because string
	}{
		{disorder, "fewer rows are out of order"},
		{e.weekend, "fewer of its quotes are of a weekend"},
		{e.otherDays, "more of its options expire on a Friday"},
		{e.days, "the rows are closer together"},
		{e.down, "the oldest rows stand first"},
	} {
		if likelihood.against[monthFirst] != likelihood.against[dayFirst] {
			d.chosen = choice(likelihood.against[monthFirst], likelihood.against[dayFirst])
			reading = [readings]string{"month/day/year", "day/month/year"}[d.chosen] + ", because so " + likelihood.because
			break
		}
	}
	return fmt.Sprintf("No date shows whether %s has the day or the month first; it is read as %s and not as %s: as %s.",
		tabular.Quote(e.text), e.pair[d.chosen], e.pair[1-d.chosen], reading)
}

// choice is the reading against which less speaks.
func choice(againstMonthFirst, againstDayFirst int) int {
	if cmp.Less(againstDayFirst, againstMonthFirst) {
		return dayFirst
	}
	return monthFirst
}
