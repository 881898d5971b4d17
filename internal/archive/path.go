package archive

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"lombard.example/lombard"
)

// dayEvents are the events of the day with a number.
type dayEvents struct {
	Day    int             `json:"d"`
	Events []lombard.Event `json:"e"`
}

// appendPath appends a daily path: of the columns that hedges share those that
// differ here, then its own, its marks and its events.
func appendPath(b []byte, days, shared []day) ([]byte, error) {
	if len(days) != len(shared) {
		return nil, fmt.Errorf("a hedge has %d days and another %d", len(days), len(shared))
	}
	b = binary.AppendUvarint(b, uint64(len(days)))
	t := table[day]{columns: sharedDays}
	before := t.before(days)
	var scratch []uint64
	var err error
	for i := range sharedDays {
		c := sharedDays[i]
		if c.same(days, shared) {
			b = append(b, 0)
			continue
		}
		if b, err = c.append(append(b, 1), days, before(i), &scratch); err != nil {
			return nil, err
		}
	}
	for i := range hedgedDays {
		if b, err = hedgedDays[i].append(b, days, before(0), &scratch); err != nil {
			return nil, err
		}
	}
	if b, err = markTable.append(b, marksOf(days)); err != nil {
		return nil, err
	}
	var events []dayEvents
	for i := range days {
		if len(days[i].Events) > 0 {
			events = append(events, dayEvents{i, days[i].Events})
		}
	}
	text, err := plainJSON(events)
	return appendText(b, text), err
}

// readPath reads what appendPath has written.
func readPath(body []byte, shared []day) ([]day, error) {
	r := &reader{b: body}
	if n := r.count(len(shared)); n != len(shared) {
		return nil, ErrDamaged
	}
	days := make([]day, len(shared))
	copy(days, shared)
	t := table[day]{columns: sharedDays}
	before := t.before(days)
	var scratch []uint64
	for i := range sharedDays {
		if r.byte() == 1 {
			sharedDays[i].clear(days)
			sharedDays[i].read(r, days, before(i), &scratch)
		}
	}
	for i := range hedgedDays {
		if r.err == nil {
			hedgedDays[i].read(r, days, before(0), &scratch)
		}
	}
	if r.err == nil {
		putMarks(r, days, markTable.read(r))
	}
	var events []dayEvents
	if text := r.text(); r.err == nil {
		if err := json.Unmarshal(text, &events); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	for _, e := range events {
		if e.Day < 0 || e.Day >= len(days) {
			r.fail()
			break
		}
		days[e.Day].Events = e.Events
	}
	return days, r.err
}

// same reports whether a column is the same in both, bit by bit.
func (c *column[R]) same(a, b []R) bool {
	for i := range a {
		x, y := &a[i], &b[i]
		same := true
		switch {
		case c.number != nil:
			same = sameNumber(*c.number(x), *c.number(y))
		case c.optional != nil:
			p, q := *c.optional(x), *c.optional(y)
			same = (p == nil) == (q == nil) && (p == nil || sameNumber(*p, *q))
		case c.truth != nil:
			same = *c.truth(x) == *c.truth(y)
		case c.word != nil:
			same = *c.word(x) == *c.word(y)
		case c.date != nil:
			same = *c.date(x) == *c.date(y)
		case c.integer != nil:
			same = *c.integer(x) == *c.integer(y)
		}
		if !same {
			return false
		}
	}
	return true
}

// clear forgets an optional column that was copied from the shared ones: rows
// without the number are to have none.
func (c *column[R]) clear(rows []R) {
	if c.optional == nil {
		return
	}
	for i := range rows {
		*c.optional(&rows[i]) = nil
	}
}

func sameNumber(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// appendBranches appends the lender's daily accounts of each branch; a branch
// without a list of days is told from one whose list is empty.
func appendBranches(b []byte, branches []lombard.Branch) ([]byte, error) {
	var err error
	for i := range branches {
		if branches[i].Days == nil {
			b = append(b, 0)
			continue
		}
		if b, err = branchTable.append(append(b, 1), branches[i].Days); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func readBranches(body []byte, branches []lombard.Branch) error {
	r := &reader{b: body}
	for i := range branches {
		if r.byte() == 1 {
			branches[i].Days = branchTable.read(r)
		}
	}
	return r.err
}
