package providertest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

func describes(_ context.Context, f Fixture) error {
	d := f.Source.Describe()
	if d.Slug == "" || strings.Trim(d.Slug, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return fmt.Errorf("the slug is %q, want lower-case letters", d.Slug)
	}
	if d.Title == "" || !strings.HasSuffix(d.Summary, ".") {
		return fmt.Errorf("the title is %q and the summary %q, want a name and sentences", d.Title, d.Summary)
	}
	if slices.Contains(d.Capabilities, "bars") {
		return nil
	}
	return fmt.Errorf("the capabilities are %v, without bars", d.Capabilities)
}

func listsWhatItHas(ctx context.Context, f Fixture) error {
	s, l, err := whole(ctx, f)
	if err != nil {
		return err
	}
	if s.Symbol != f.Symbol || s.Source != f.Source.Describe().Slug || s.Dataset != l.Dataset {
		return fmt.Errorf("the series is %s of %s, dataset %q, want %s of %s, dataset %q",
			s.Symbol, s.Source, s.Dataset, f.Symbol, f.Source.Describe().Slug, l.Dataset)
	}
	if s.Instrument.Symbol != f.Symbol || s.Instrument.Currency == "" || !(s.Instrument.Multiplier > 0) {
		return fmt.Errorf("the instrument is %+v, want %s with its currency and multiplier", s.Instrument, f.Symbol)
	}
	if l.Title == "" || !strings.HasSuffix(s.Origin, ".") {
		return fmt.Errorf("the title is %q and the origin %q, want a name and a sentence", l.Title, s.Origin)
	}
	have := market.Range{First: s.Bars[0].Date, Last: s.Bars[len(s.Bars)-1].Date}
	if have != l.Range || len(s.Bars) != l.Sessions {
		return fmt.Errorf("%d bars over %v, listed are %d over %v", len(s.Bars), have, l.Sessions, l.Range)
	}
	lows := 0
	for _, b := range s.Bars {
		if b.Low > 0 && b.High > 0 {
			lows++
		}
	}
	if l.Intraday && lows == 0 || !l.Intraday && lows == len(s.Bars) {
		return fmt.Errorf("%d of %d bars have high and low, and the listing says intraday = %v", lows, len(s.Bars), l.Intraday)
	}
	if weekends := market.TradesOnWeekends(s.Bars); weekends != s.Instrument.SevenDay {
		return fmt.Errorf("bars on weekends: %v; the instrument says seven-day = %v", weekends, s.Instrument.SevenDay)
	}
	return nil
}

func barsAreSound(ctx context.Context, f Fixture) error {
	s, _, err := whole(ctx, f)
	if err != nil {
		return err
	}
	if _, problems := market.Check(s.Bars, market.Refuse); len(problems) > 0 {
		return fmt.Errorf("bar %d: %s, and %d more", problems[0].Index, problems[0].Message, len(problems)-1)
	}
	for i, b := range s.Bars {
		if !(b.Volume >= 0) || math.IsInf(b.Volume, 0) {
			return fmt.Errorf("bar %d has the volume %v", i, b.Volume)
		}
	}
	return nil
}

func rangeIsInclusive(ctx context.Context, f Fixture) error {
	s, l, err := whole(ctx, f)
	if err != nil {
		return err
	}
	q := query(f, s.Bars[7].Date, s.Bars[20].Date)
	q.Dataset = l.Dataset
	part, err := f.Source.Bars(ctx, q, ignore)
	if err != nil {
		return fmt.Errorf("Bars from %s to %s: %w", q.Start, q.End, err)
	}
	if part.First != 0 {
		return fmt.Errorf("First is %d without warm-up, want 0", part.First)
	}
	return same(part.Bars, s.Bars[7:21])
}

// rangeSkipsClosedDays asks from and to days that have no bar, when the series
// has any such days.
func rangeSkipsClosedDays(ctx context.Context, f Fixture) error {
	s, l, err := whole(ctx, f)
	if err != nil {
		return err
	}
	var after []int // indices of bars that a day without a bar precedes
	for i := 1; i < len(s.Bars) && len(after) < 4; i++ {
		if s.Bars[i].Date > s.Bars[i-1].Date+1 {
			after = append(after, i)
		}
	}
	if len(after) < 4 {
		return nil
	}
	from, to := after[0], after[3]
	q := query(f, s.Bars[from].Date-1, s.Bars[to].Date-1)
	q.Dataset = l.Dataset
	part, err := f.Source.Bars(ctx, q, ignore)
	if err != nil {
		return fmt.Errorf("Bars from %s to %s, which are no sessions: %w", q.Start, q.End, err)
	}
	return same(part.Bars, s.Bars[from:to])
}

func warmsUp(ctx context.Context, f Fixture) error {
	s, l, err := whole(ctx, f)
	if err != nil {
		return err
	}
	for _, c := range []struct{ from, warmup, first int }{{20, 5, 5}, {20, 20, 20}, {3, 10, 3}, {0, 10, 0}} {
		q := query(f, s.Bars[c.from].Date, s.Bars[25].Date)
		q.Dataset, q.Warmup = l.Dataset, c.warmup
		part, err := f.Source.Bars(ctx, q, ignore)
		if err != nil {
			return fmt.Errorf("Bars from session %d with %d of warm-up: %w", c.from, c.warmup, err)
		}
		if part.First != c.first {
			return fmt.Errorf("from session %d with %d of warm-up First is %d, want %d", c.from, c.warmup, part.First, c.first)
		}
		if err := same(part.Bars, s.Bars[c.from-c.first:26]); err != nil {
			return fmt.Errorf("from session %d with %d of warm-up: %w", c.from, c.warmup, err)
		}
	}
	return nil
}

// snapsDates asks for dates that lie a week outside the series, which are those
// of its ends.
func snapsDates(ctx context.Context, f Fixture) error {
	s, l, err := whole(ctx, f)
	if err != nil {
		return err
	}
	q := query(f, l.Range.First-market.SnapDays, l.Range.Last+market.SnapDays)
	q.Dataset = l.Dataset
	part, err := f.Source.Bars(ctx, q, ignore)
	if err != nil {
		return fmt.Errorf("Bars from a week before the series to a week after it: %w", err)
	}
	return same(part.Bars, s.Bars)
}

func refusesDates(ctx context.Context, f Fixture) error {
	s, l, err := whole(ctx, f)
	if err != nil {
		return err
	}
	const far = market.SnapDays + 1
	have := l.Range
	for _, c := range []struct {
		name       string
		start, end lombard.Date
		field      string
		works      lombard.Date
	}{
		{"a start before the data", have.First - far, s.Bars[10].Date, "start_date", have.First},
		{"an end after the data", s.Bars[10].Date, have.Last + far, "end_date", have.Last},
	} {
		q := query(f, c.start, c.end)
		q.Dataset = l.Dataset
		_, err := f.Source.Bars(ctx, q, ignore)
		e, ok := errors.AsType[*lombard.Error](err)
		if !ok || e.Kind != lombard.KindDataUnavailable || len(e.Fields) != 1 {
			return fmt.Errorf("%s: Bars = %v, want an error of kind %s with one field", c.name, err, lombard.KindDataUnavailable)
		}
		if got := e.Fields[0]; got.Field != c.field || got.Suggestion != c.works.String() || !strings.Contains(e.Error(), c.works.String()) {
			return fmt.Errorf("%s: the field is %+v in %q, want %s with %s", c.name, got, e.Error(), c.field, c.works)
		}
	}
	q := query(f, have.First-far, have.Last+far)
	q.Dataset = l.Dataset
	_, err = f.Source.Bars(ctx, q, ignore)
	if e, ok := errors.AsType[*lombard.Error](err); !ok || len(e.Fields) != 2 {
		return fmt.Errorf("both dates outside: Bars = %v, want both fields at once", err)
	}
	return nil
}

func refusesOneSession(ctx context.Context, f Fixture) error {
	s, l, err := whole(ctx, f)
	if err != nil {
		return err
	}
	q := query(f, s.Bars[10].Date, s.Bars[10].Date)
	q.Dataset = l.Dataset
	_, err = f.Source.Bars(ctx, q, ignore)
	if lombard.KindOf(err) != lombard.KindValidation {
		return fmt.Errorf("Bars of one session = %v, want a validation error", err)
	}
	return nil
}

func refusesUnknown(ctx context.Context, f Fixture) error {
	l, err := listing(ctx, f)
	if err != nil {
		return err
	}
	q := query(f, l.Range.First, l.Range.Last)
	q.Symbol += "QX" // another asset, so nothing is suggested
	_, err = f.Source.Bars(ctx, q, ignore)
	e, ok := errors.AsType[*lombard.Error](err)
	if !ok || e.Kind != lombard.KindValidation || len(e.Fields) != 1 || e.Fields[0].Field != "symbol" {
		return fmt.Errorf("Bars of %s = %v, want a validation error on symbol", q.Symbol, err)
	}
	got := e.Fields[0]
	if got.Value != q.Symbol || got.Suggestion != "" || got.Code != lombard.CodeUnknown ||
		!strings.Contains(got.Message, q.Symbol) || !strings.Contains(got.Message, f.Symbol) {
		return fmt.Errorf("Bars of %s answers %+v, want the nearest name %s in it", q.Symbol, got, f.Symbol)
	}
	q.Symbol = f.Symbol[:1] + "." + f.Symbol[1:] // the same, spelled otherwise
	_, err = f.Source.Bars(ctx, q, ignore)
	if e, ok := errors.AsType[*lombard.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Suggestion != f.Symbol {
		return fmt.Errorf("Bars of %s = %v, want %s suggested", q.Symbol, err, f.Symbol)
	}
	return nil
}

func stopsWhenCancelled(ctx context.Context, f Fixture) error {
	l, err := listing(ctx, f)
	if err != nil {
		return err
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := f.Source.Bars(ended, query(f, l.Range.First, l.Range.Last), ignore); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Bars after the end of the context = %v, want %v", err, context.Canceled)
	}
	if _, err := f.Source.Symbols(ended, market.Caller{Workspace: f.Workspace}); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Symbols after the end of the context = %v, want %v", err, context.Canceled)
	}
	return nil
}

func repeats(ctx context.Context, f Fixture) error {
	one, _, err := whole(ctx, f)
	if err != nil {
		return err
	}
	two, _, err := whole(ctx, f)
	if err != nil {
		return err
	}
	if one.Digest() != two.Digest() {
		return fmt.Errorf("two answers to one query have the digests %s and %s", one.Digest(), two.Digest())
	}
	return nil
}

func partsAgree(ctx context.Context, f Fixture) error {
	s, l, err := whole(ctx, f)
	if err != nil {
		return err
	}
	for from := 0; from+2 < len(s.Bars); from += 1 + len(s.Bars)/13 {
		to := min(len(s.Bars)-1, from+2+len(s.Bars)/7)
		if err := agrees(ctx, f, s.Bars, l.Dataset, from, to); err != nil {
			return err
		}
	}
	return nil
}

// agrees checks that the sessions from…to come back as the whole has them.
func agrees(ctx context.Context, f Fixture, all []market.Bar, dataset string, from, to int) error {
	q := query(f, all[from].Date, all[to].Date)
	q.Dataset, q.Warmup = dataset, from/2
	got, err := f.Source.Bars(ctx, q, ignore)
	if err != nil {
		return fmt.Errorf("Bars from %s to %s: %w", q.Start, q.End, err)
	}
	if err := same(got.Bars, all[from-from/2:to+1]); err != nil {
		return fmt.Errorf("from %s to %s: %w", q.Start, q.End, err)
	}
	return nil
}

func servesManyAtOnce(ctx context.Context, f Fixture) error {
	s, l, err := whole(ctx, f)
	if err != nil {
		return err
	}
	const askers = 8
	var wait sync.WaitGroup
	failures := make([]error, askers)
	for i := range askers {
		wait.Go(func() {
			for from := i; from < i+10 && failures[i] == nil; from++ {
				failures[i] = agrees(ctx, f, s.Bars, l.Dataset, from, from+10)
			}
			if _, err := listing(ctx, f); err != nil && failures[i] == nil {
				failures[i] = err
			}
		})
	}
	wait.Wait()
	return errors.Join(failures...)
}

func reportsProgress(ctx context.Context, f Fixture) error {
	l, err := listing(ctx, f)
	if err != nil {
		return err
	}
	var done, total int64
	calls := 0
	var broken error
	q := query(f, l.Range.First, l.Range.Last)
	q.Dataset = l.Dataset
	_, err = f.Source.Bars(ctx, q, func(d, n int64) {
		calls++
		if d < done || n < total || n > 0 && d > n {
			broken = fmt.Errorf("progress went from %d of %d to %d of %d", done, total, d, n)
		}
		done, total = d, n
	})
	switch {
	case err != nil:
		return fmt.Errorf("Bars: %w", err)
	case broken != nil:
		return broken
	case calls == 0 || done == 0 || done != total:
		return fmt.Errorf("after %d calls progress ends at %d of %d, want all of it", calls, done, total)
	}
	return nil
}
