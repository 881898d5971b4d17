package providertest

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// sound is a source that keeps every promise.
type sound struct{ bars []market.Bar }

func newSound() *sound {
	s := &sound{}
	for d := lombard.MustDate("2020-01-01"); d < lombard.MustDate("2020-06-01"); d++ {
		if !d.IsWeekend() {
			level := 100 + float64(d%11)
			s.bars = append(s.bars, market.Bar{Date: d, Open: level, High: level + 2, Low: level - 2, Close: level + 1})
		}
	}
	return s
}

func (s *sound) Describe() market.Description {
	return market.Description{Slug: "sound", Title: "Sound", Summary: "Keeps its promises.", Capabilities: []string{"bars"}}
}

func (s *sound) Symbols(ctx context.Context, _ market.Caller) ([]market.Listing, error) {
	return []market.Listing{{
		Symbol: "AAA", Title: "Triple A", Sessions: len(s.bars), Intraday: true,
		Range: market.Range{First: s.bars[0].Date, Last: s.bars[len(s.bars)-1].Date},
	}}, ctx.Err()
}

func (s *sound) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	if err := ctx.Err(); err != nil {
		return market.Series{}, err
	}
	if q.Symbol != "AAA" {
		same, _ := market.SameSpelled(q.Symbol, []string{"AAA"})
		return market.Series{}, lombard.Invalid([]lombard.FieldError{{
			Field: "symbol", Value: q.Symbol, Code: lombard.CodeUnknown, Suggestion: same, Message: "There is no " + q.Symbol + ", only AAA.",
		}})
	}
	i, _ := market.Lookup(q.Symbol)
	cut, err := market.Cut(market.Series{Symbol: q.Symbol, Source: "sound", Instrument: i, Bars: s.bars, Origin: "Made up."}, q)
	if err == nil {
		progress(0, int64(len(cut.Bars)))
		progress(int64(len(cut.Bars)), int64(len(cut.Bars)))
	}
	return cut, err
}

func TestASoundSourcePasses(t *testing.T) {
	Exercise(t, Fixture{Source: newSound(), Workspace: "default", Symbol: "AAA"})
}

// broken is a sound source with one promise broken.
type broken struct {
	*sound
	describe func(market.Description) market.Description
	list     func(market.Listing) market.Listing
	bars     func(market.Query, market.Series, error) (market.Series, error)
	progress func(report func(done, total int64))
	deaf     bool // to the end of the context
}

func (b *broken) Describe() market.Description {
	if b.describe != nil {
		return b.describe(b.sound.Describe())
	}
	return b.sound.Describe()
}

func (b *broken) Symbols(ctx context.Context, who market.Caller) ([]market.Listing, error) {
	all, err := b.sound.Symbols(ctx, who)
	if b.list != nil {
		all[0] = b.list(all[0])
	}
	return all, err
}

func (b *broken) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	if b.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	report := progress
	if b.progress != nil {
		b.progress(progress)
		report = func(int64, int64) {}
	}
	s, err := b.sound.Bars(ctx, q, report)
	if b.bars != nil {
		return b.bars(q, s, err)
	}
	return s, err
}

// changed returns the series with a bar changed, in a copy.
func changed(s market.Series, at int, change func(*market.Bar)) market.Series {
	if at >= len(s.Bars) {
		return s
	}
	s.Bars = slices.Clone(s.Bars)
	change(&s.Bars[at])
	return s
}

func TestEveryBrokenPromiseIsFound(t *testing.T) {
	var asked atomic.Int64
	vague := errors.New("something went wrong")
	for _, c := range []struct {
		check  string
		name   string
		source broken
	}{
		{"description", "no title", broken{describe: func(d market.Description) market.Description { d.Title = ""; return d }}},
		{"description", "no bars", broken{describe: func(d market.Description) market.Description { d.Capabilities = nil; return d }}},
		{"listing agrees with the bars", "wrong count", broken{list: func(l market.Listing) market.Listing { l.Sessions++; return l }}},
		{"listing agrees with the bars", "lows denied", broken{list: func(l market.Listing) market.Listing { l.Intraday = false; return l }}},
		{"listing agrees with the bars", "no origin", broken{bars: func(_ market.Query, s market.Series, err error) (market.Series, error) {
			s.Origin = ""
			return s, err
		}}},
		{"bars are sound", "a low above the close", broken{bars: func(_ market.Query, s market.Series, err error) (market.Series, error) {
			return changed(s, 3, func(b *market.Bar) { b.Low = b.Close + 1 }), err
		}}},
		{"bars are sound", "a date twice", broken{bars: func(_ market.Query, s market.Series, err error) (market.Series, error) {
			return changed(s, 1, func(b *market.Bar) { b.Date-- }), err
		}}},
		{"both ends of a range are in it", "the end is left out", broken{bars: func(q market.Query, s market.Series, err error) (market.Series, error) {
			if n := len(s.Bars); n > 0 && n < 30 && s.Bars[n-1].Date == q.End {
				s.Bars = s.Bars[:n-1]
			}
			return s, err
		}}},
		{"days without a session at the ends", "an earlier session is taken", broken{bars: func(q market.Query, s market.Series, err error) (market.Series, error) {
			if err == nil && s.Run()[0].Date > q.Start {
				s.Bars = append([]market.Bar{{Date: q.Start, Close: 1}}, s.Bars...)
			}
			return s, err
		}}},
		{"warm-up", "one session short", broken{bars: func(_ market.Query, s market.Series, err error) (market.Series, error) {
			if s.First > 0 {
				s.Bars, s.First = s.Bars[1:], s.First-1
			}
			return s, err
		}}},
		{"dates outside the data", "a vague error", broken{bars: func(_ market.Query, s market.Series, err error) (market.Series, error) {
			if lombard.KindOf(err) == lombard.KindDataUnavailable {
				err = vague
			}
			return s, err
		}}},
		{"too few sessions", "an empty success", broken{bars: func(q market.Query, s market.Series, err error) (market.Series, error) {
			if q.Start == q.End {
				err = nil
			}
			return s, err
		}}},
		{"unknown symbol", "a vague error", broken{bars: func(_ market.Query, s market.Series, err error) (market.Series, error) {
			if lombard.KindOf(err) == lombard.KindValidation {
				err = vague
			}
			return s, err
		}}},
		{"cancelled context", "deaf", broken{deaf: true}},
		{"same query, same digest", "another close each time", broken{bars: func(_ market.Query, s market.Series, err error) (market.Series, error) {
			return changed(s, 3, func(b *market.Bar) { b.High += float64(asked.Add(1)) }), err
		}}},
		{"part of the whole", "adjusted to the first bar", broken{bars: func(_ market.Query, s market.Series, err error) (market.Series, error) {
			return changed(s, 1, func(b *market.Bar) { b.High += s.Bars[0].Close }), err
		}}},
		{"concurrent use", "mixed up", broken{bars: func(_ market.Query, s market.Series, err error) (market.Series, error) {
			return changed(s, 2, func(b *market.Bar) { b.High += float64(asked.Add(1)) }), err
		}}},
		{"progress", "never told", broken{progress: func(func(done, total int64)) {}}},
		{"progress", "stops before the end", broken{progress: func(report func(done, total int64)) { report(5, 10) }}},
		{"progress", "goes back", broken{progress: func(report func(done, total int64)) { report(7, 10); report(5, 10); report(10, 10) }}},
	} {
		t.Run(c.check+": "+c.name, func(t *testing.T) {
			c.source.sound = newSound()
			all := checks()
			i := slices.IndexFunc(all, func(k check) bool { return k.name == c.check })
			if i < 0 {
				t.Fatalf("there is no check %q", c.check)
			}
			if err := all[i].run(t.Context(), Fixture{Source: &c.source, Workspace: "default", Symbol: "AAA"}); err == nil {
				t.Error("the check passes")
			}
		})
	}
}
