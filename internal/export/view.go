package export

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/market"
)

// Selection says what of a result is written. The zero value is all of it.
type Selection struct {
	Template string       // slug of the one hedge; empty: all
	Fields   []string     // columns of the table in this order; nil: all
	From, To lombard.Date // of the daily path; zero: its first and last session
	Every    string       // EveryDay, EveryWeek or EveryMonth: the last session of each
	Points   int          // most days of a path, the lowest and highest among them; 0: all
	Table    string       // TablePath and so on
}

// What Selection.Every may ask for. Empty is every day.
const (
	EveryDay   = "day"
	EveryWeek  = "week"
	EveryMonth = "month"
)

// Limits of Selection.Points.
const (
	LeastPoints = 3
	MostPoints  = 20_000
)

// View is what is selected of a result. It reads one hedge at a time.
type View struct {
	r      *archive.Result
	s      Selection
	places []int // of the hedges
}

// Look returns the view of a result. Errors are of kind validation and name the
// query's fields, or of kind not_found when the result has no such hedge.
func Look(r *archive.Result, s Selection) (*View, error) {
	v := &View{r: r, s: s}
	if s.Template != "" {
		place := r.Place(s.Template)
		if place < 0 {
			return nil, &lombard.Error{
				Kind: lombard.KindNotFound, Code: "template_not_in_result",
				Message: fmt.Sprintf("The result has no template %q.", lombard.Cut(s.Template)),
				Hint:    "It has " + list(r.Slugs()) + ".",
			}
		}
		v.places = []int{place}
	} else {
		for i := range r.Slugs() {
			v.places = append(v.places, i)
		}
	}
	return v, lombard.Invalid(append(s.Faults(), v.faults()...))
}

func fault(field string, value any, suggestion, format string, args ...any) lombard.FieldError {
	return lombard.FieldError{Field: field, Value: value, Code: lombard.CodeInvalid, Suggestion: suggestion, Message: fmt.Sprintf(format, args...)}
}

// faults are those that only the result tells.
func (v *View) faults() []lombard.FieldError {
	var bad []lombard.FieldError
	fail := func(field string, value any, suggestion, format string, args ...any) {
		bad = append(bad, fault(field, value, suggestion, format, args...))
	}
	top := v.r.Top()
	switch s := v.s; {
	case !s.From.IsZero() && !top.LastDate.IsZero() && s.From > top.LastDate:
		fail("from", s.From.String(), top.EntryDate.String(), "from, %s, is after the last session, %s. Please set from to %s or earlier.", s.From, top.LastDate, top.LastDate)
	case !s.To.IsZero() && s.To < top.EntryDate:
		fail("to", s.To.String(), top.LastDate.String(), "to, %s, is before the first session, %s. Please set to to %s or later.", s.To, top.EntryDate, top.EntryDate)
	}
	return bad
}

// Faults are those of a selection from any result, in the names of the query's
// fields.
func (s Selection) Faults() []lombard.FieldError {
	var bad []lombard.FieldError
	fail := func(field string, value any, suggestion, format string, args ...any) {
		bad = append(bad, fault(field, value, suggestion, format, args...))
	}
	if !s.From.IsZero() && !s.To.IsZero() && s.From > s.To {
		fail("from", s.From.String(), s.To.String(), "from, %s, is after to, %s. Swap them, or leave one out.", s.From, s.To)
	}
	if e := s.Every; e != "" && !slices.Contains([]string{EveryDay, EveryWeek, EveryMonth}, e) {
		fail("every", e, EveryWeek, "every must be day, week or month.")
	}
	if n := s.Points; n != 0 && (n < LeastPoints || n > MostPoints) {
		fail("points", n, strconv.Itoa(min(max(n, LeastPoints), MostPoints)), "points must be %d to %d. Leave it out for every day.", LeastPoints, MostPoints)
	}
	t, ok := tableOf(s.Table)
	if ok && t.name != TablePath && (s.Every != "" && s.Every != EveryDay || s.Points != 0) {
		fail("table", t.name, TablePath, "every and points choose days of the path, and the table %s has none. Leave them out.", t.name)
	}
	if ok && !t.dated && !(s.From.IsZero() && s.To.IsZero()) {
		fail("table", t.name, TablePath, "from and to choose by date, and the rows of the table %s have none. Leave them out.", t.name)
	}
	if !ok {
		fail("table", s.Table, TablePath, "There is no table %q. There are %s.", lombard.Cut(s.Table), list(Tables()))
		return bad
	}
	names := make([]string, len(t.headings))
	for i, h := range t.headings {
		names[i] = h.name
	}
	for i, name := range s.Fields {
		if slices.Contains(s.Fields[:i], name) {
			fail("fields", name, "", "fields names %q twice.", lombard.Cut(name))
		} else if !slices.Contains(names, name) {
			nearest := market.Nearest(name, names)[0]
			fail("fields", name, nearest, "fields names %q, and the table %s has no such column. Its nearest is %s.", lombard.Cut(name), t.name, nearest)
		}
	}
	return bad
}

// whole reports whether every day of every hedge is selected, with all of it.
func (v *View) whole() bool {
	return v.s.Template == "" && v.s.Fields == nil && v.allDays()
}

// allDays reports whether no day of a path is left out.
func (v *View) allDays() bool {
	return v.s.From.IsZero() && v.s.To.IsZero() && (v.s.Every == "" || v.s.Every == EveryDay) && v.s.Points == 0
}

// each reads the selected hedges one after another, with the selected days.
func (v *View) each(ctx context.Context, want archive.Want, take func(t *lombard.TemplateResult) error) error {
	for _, place := range v.places {
		t, err := v.hedge(ctx, place, want)
		if err == nil {
			err = take(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *View) hedge(ctx context.Context, place int, want archive.Want) (*lombard.TemplateResult, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t, err := v.r.Hedge(ctx, place, want)
	if err != nil || v.allDays() {
		return t, err
	}
	t.DailyPath = v.chosen(t.DailyPath)
	for i := range t.Branches { // which are the reader's own
		kept := t.Branches[i].Days[:0:0]
		for _, d := range t.Branches[i].Days {
			if _, found := slices.BinarySearchFunc(t.DailyPath, d.Date, func(x lombard.Day, date lombard.Date) int { return int(x.Date - date) }); found || t.DailyPath == nil && v.within(d.Date) {
				kept = append(kept, d)
			}
		}
		t.Branches[i].Days = kept
	}
	return t, nil
}

func (v *View) within(d lombard.Date) bool {
	return (v.s.From.IsZero() || d >= v.s.From) && (v.s.To.IsZero() || d <= v.s.To)
}

// chosen returns the selected days of a path.
func (v *View) chosen(days []lombard.Day) []lombard.Day {
	if days == nil {
		return nil
	}
	kept := []lombard.Day{}
	for i := range days {
		last := i+1 == len(days) || !v.within(days[i+1].Date) || !v.together(days[i].Date, days[i+1].Date)
		if v.within(days[i].Date) && last {
			kept = append(kept, days[i])
		}
	}
	if v.s.Points > 0 && len(kept) > v.s.Points {
		kept = thin(kept, v.s.Points)
	}
	return kept
}

// together reports whether two sessions stand for one row.
func (v *View) together(a, b lombard.Date) bool {
	switch v.s.Every {
	case EveryWeek:
		return weekOf(a) == weekOf(b)
	case EveryMonth:
		yearA, monthA, _ := a.Time().Date()
		yearB, monthB, _ := b.Time().Date()
		return yearA == yearB && monthA == monthB
	default:
		return false
	}
}

// weekOf counts weeks that begin on Monday, which day 1 was.
func weekOf(d lombard.Date) int { return int(d-1) / 7 }

// Title names the result, for people and for files.
func (v *View) Title() string { return Title(v.r.Top()) }
