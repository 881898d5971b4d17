package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// VendorFixture is a vendor of prices under test. Its test writes the server
// that answers as the vendor would.
type VendorFixture struct {
	// New returns the vendor at an address, with a key, which is empty for none.
	New func(base, key string, c vendorhttp.Client) market.Vendor
	// Handler has the prices of Bars under Symbol and knows no other symbol.
	Handler http.Handler
	Symbol  string
	Bars    []market.Bar // at least sixty, as Sessions returns them
	// KeyVariable is the environment variable of the key; empty: none is needed.
	KeyVariable string
	// Library returns an empty store.
	Library func(testing.TB) data.Library
}

// Sessions returns made-up bars for a server to answer with: of the sessions of
// New York, or of every day, between two dates.
func Sessions(start, end lombard.Date, sevenDay bool) []market.Bar {
	calendar := market.CalendarOf("nyse")
	var bars []market.Bar
	for d := start; d <= end; d++ {
		if !sevenDay && !calendar.IsSession(d) {
			continue
		}
		level := 100 + float64(d%13)
		bars = append(bars, market.Bar{Date: d, Open: level, High: level + 2, Low: level - 2, Close: level + 0.5, Volume: 1000 + float64(d%7)})
	}
	return bars
}

// ExerciseVendor runs every check against a vendor of prices, through the
// pipeline that a backtest reads by.
func ExerciseVendor(t *testing.T, f VendorFixture) {
	t.Helper()
	keep(t, f.promises())
}

func (f VendorFixture) promises() []promise {
	own := []promise{
		{"description", f.describesItself},
		{"key missing", f.namesTheMissingKey},
		{"bars are sound", f.hasTheBars},
		{"unknown symbol", f.refusesUnknown},
		{"dates outside the data", f.refusesDates},
		{"warm-up", f.warmsUp},
		{"progress", f.reportsProgress},
		{"second read", f.asksOnce},
		{"concurrent use", f.servesManyAtOnce},
	}
	return append(own, hostileChecks(subject{f.Handler, f.KeyVariable != "", f.reader})...)
}

// clock stands at noon of the day after the last bar.
func (f VendorFixture) clock() time.Time {
	return (f.Bars[len(f.Bars)-1].Date + 1).Time().Add(12 * time.Hour)
}

// source returns the vendor at an address, over a library.
func (f VendorFixture) source(base, key string, c vendorhttp.Client, library data.Library) *data.Source {
	return data.NewSource(f.New(base, key, c), library, data.Limits{DayUSD: 1e6}, f.clock)
}

// key is the one that the vendor is given.
func (f VendorFixture) key() string {
	if f.KeyVariable == "" {
		return ""
	}
	return Secret
}

// good returns a source over a vendor that behaves, and the vendor.
func (f VendorFixture) good(t testing.TB) (*data.Source, *stand) {
	t.Helper()
	s := newStand(t, f.Handler, nil, 0)
	return f.source(s.URL, f.key(), impatient(), f.Library(t)), s
}

// everything asks for all that the handler has.
func (f VendorFixture) everything() market.Query {
	return market.Query{
		Caller: market.Caller{Workspace: "w", Run: "r"}, Symbol: f.Symbol, Start: f.Bars[0].Date, End: f.Bars[len(f.Bars)-1].Date, MaxCostUSD: 1e6,
	}
}

// reader reads everything into one library; an error leaves nothing in it.
func (f VendorFixture) reader(t testing.TB) reading {
	t.Helper()
	library := f.Library(t)
	return func(ctx context.Context, base string, c vendorhttp.Client) error {
		_, err := f.source(base, f.key(), c, library).Bars(ctx, f.everything(), ignore)
		if err == nil {
			return nil
		}
		held, failed := library.Holdings(context.WithoutCancel(ctx))
		if failed != nil || len(held) > 0 {
			return fmt.Errorf("%d series are stored after %w (%w)", len(held), err, failed)
		}
		return err
	}
}

// capable are the words of which capabilities are made.
var capable = []string{market.HoldsBars, market.HoldsChains, "rates", market.HoldsActions, "index", "range", "cost"}

func (f VendorFixture) describesItself(t testing.TB) error {
	t.Helper()
	v := f.New(unreachable, f.key(), impatient())
	d := v.Describe()
	if err := described(d); err != nil {
		return err
	}
	_, costs := v.(market.Coster)
	_, chains := v.(market.ChainVendor)
	says := func(what string) bool { return slices.Contains(d.Capabilities, what) }
	switch {
	case !says("bars"):
		return fmt.Errorf("the capabilities are %v, without bars", d.Capabilities)
	case d.Local:
		return errors.New("it says that it is local, and asks a vendor")
	case d.NeedsKey != (f.KeyVariable != ""):
		return fmt.Errorf("it needs a key: %v; the variable is %q", d.NeedsKey, f.KeyVariable)
	case costs != says("cost") || costs == d.Free:
		return fmt.Errorf("it can say what data costs: %v; the capabilities are %v, free is %v", costs, d.Capabilities, d.Free)
	case chains != says("chains"):
		return fmt.Errorf("it has chains: %v; the capabilities are %v", chains, d.Capabilities)
	}
	licence, origin := v.Licence()
	if err := sourced(licence, origin); err != nil {
		return err
	}
	source, s := f.good(t)
	offer, err := f.New(s.URL, f.key(), impatient()).Offer(t.Context(), market.BarRequest{Symbol: f.Symbol, Start: f.Bars[0].Date, End: f.Bars[1].Date})
	if err != nil || (offer.Range.Last != 0) != says("range") {
		return fmt.Errorf("the offer is %+v, %w; the capabilities are %v", offer, err, d.Capabilities)
	}
	series, err := source.Bars(t.Context(), f.everything(), ignore)
	if err != nil || series.Licence != licence || series.Origin != origin || series.Source != d.Slug {
		return fmt.Errorf("the series is of %q, %q, %q: %w", series.Source, series.Licence, series.Origin, err)
	}
	return nil
}

// described checks what every vendor says of itself.
func described(d market.Description) error {
	if d.Slug == "" || strings.Trim(d.Slug, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return fmt.Errorf("the slug is %q, want lower-case letters", d.Slug)
	}
	if d.Title == "" || !strings.HasSuffix(d.Summary, ".") {
		return fmt.Errorf("the title is %q and the summary %q, want a name and sentences", d.Title, d.Summary)
	}
	for _, c := range d.Capabilities {
		if !slices.Contains(capable, c) {
			return fmt.Errorf("the capability %q is none of %v", c, capable)
		}
	}
	return nil
}

func sourced(licence, origin string) error {
	if licence == "" || !strings.HasSuffix(origin, ".") {
		return fmt.Errorf("the licence is %q and the origin %q, want some words and a sentence", licence, origin)
	}
	return nil
}

func (f VendorFixture) namesTheMissingKey(t testing.TB) error {
	t.Helper()
	if f.KeyVariable == "" {
		return nil
	}
	s := newStand(t, f.Handler, nil, 0)
	_, err := f.source(s.URL, "", impatient(), f.Library(t)).Bars(t.Context(), f.everything(), ignore)
	if lombard.KindOf(err) != lombard.KindVendorAuth || !strings.Contains(err.Error(), f.KeyVariable) || s.asked() > 0 {
		return fmt.Errorf("without a key, after %d calls: %w", s.asked(), err)
	}
	return nil
}

func (f VendorFixture) hasTheBars(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	series, err := source.Bars(t.Context(), f.everything(), ignore)
	if err != nil {
		return fmt.Errorf("Bars: %w", err)
	}
	if _, problems := market.Check(series.Bars, market.Refuse); len(problems) > 0 {
		return fmt.Errorf("bar %d: %s", problems[0].Index, problems[0].Message)
	}
	if err := same(series.Bars, f.Bars); err != nil {
		return err
	}
	all, err := source.Symbols(t.Context(), market.Caller{Workspace: "w"})
	if err != nil || len(all) != 1 || all[0].Symbol != f.Symbol || all[0].Sessions != len(f.Bars) {
		return fmt.Errorf("Symbols = %+v, %w", all, err)
	}
	return nil
}

func (f VendorFixture) refusesUnknown(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	q := f.everything()
	q.Symbol = "NOSUCHTHING"
	_, err := source.Bars(t.Context(), q, ignore)
	return unknown(err, q.Symbol)
}

// unknown checks the error of a symbol that a vendor does not know.
func unknown(err error, symbol string) error {
	e, ok := errors.AsType[*lombard.Error](err)
	if !ok || e.Kind != lombard.KindValidation || len(e.Fields) != 1 || e.Fields[0].Field != "symbol" || e.Fields[0].Value != symbol ||
		!strings.Contains(e.Error(), symbol) {
		return fmt.Errorf("the unknown symbol %s: %w; want a validation error on symbol that names it", symbol, err)
	}
	return nil
}

func (f VendorFixture) refusesDates(t testing.TB) error {
	t.Helper()
	const far = 40
	all := f.everything()
	for _, c := range []struct {
		q            market.Query
		field, works string
	}{
		{market.Query{Start: all.Start - far, End: all.End}, "start_date", all.Start.String()},
		{market.Query{Start: all.Start, End: all.End + far}, "end_date", all.End.String()},
	} {
		source, _ := f.good(t)
		q := all
		q.Start, q.End = c.q.Start, c.q.End
		_, err := source.Bars(t.Context(), q, ignore)
		e, ok := errors.AsType[*lombard.Error](err)
		if !ok || e.Kind != lombard.KindDataUnavailable || len(e.Fields) != 1 || e.Fields[0].Field != c.field || e.Fields[0].Suggestion != c.works {
			return fmt.Errorf("from %s to %s: %w; want %s on %s", q.Start, q.End, err, c.works, c.field)
		}
	}
	return nil
}

func (f VendorFixture) warmsUp(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	const sessions, at = 20, 40
	q := f.everything()
	q.Start, q.Warmup = f.Bars[at].Date, sessions
	series, err := source.Bars(t.Context(), q, ignore)
	if err != nil || series.First != sessions {
		return fmt.Errorf("%d sessions of warm-up, want %d: %w", series.First, sessions, err)
	}
	return same(series.Bars, f.Bars[at-sessions:])
}

func (f VendorFixture) reportsProgress(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	var done, total int64
	var broken error
	_, err := source.Bars(t.Context(), f.everything(), func(d, n int64) {
		if d < done || n < total || n > 0 && d > n {
			broken = fmt.Errorf("progress went from %d of %d to %d of %d", done, total, d, n)
		}
		done, total = d, n
	})
	if err != nil || broken != nil {
		return errors.Join(err, broken)
	}
	if done != int64(len(f.Bars)) || total != done {
		return fmt.Errorf("progress ends at %d of %d, want %d", done, total, len(f.Bars))
	}
	return nil
}

func (f VendorFixture) asksOnce(t testing.TB) error {
	t.Helper()
	source, s := f.good(t)
	first, err := source.Bars(t.Context(), f.everything(), ignore)
	if err != nil {
		return err
	}
	asked := s.asked()
	again, err := source.Bars(t.Context(), f.everything(), ignore)
	if err != nil || again.CostUSD != 0 || s.asked() != asked || again.Digest() != first.Digest() {
		return fmt.Errorf("the second read costs %v and asks %d times more: %w", again.CostUSD, s.asked()-asked, err)
	}
	q := f.everything()
	q.Start, q.End = f.Bars[5].Date, f.Bars[30].Date
	if _, err = source.Bars(t.Context(), q, ignore); err != nil || s.asked() != asked {
		return fmt.Errorf("a part of what is here asks %d times more: %w", s.asked()-asked, err)
	}
	return nil
}

func (f VendorFixture) servesManyAtOnce(t testing.TB) error {
	t.Helper()
	s := newStand(t, f.Handler, nil, 0)
	v := f.New(s.URL, f.key(), impatient())
	library := f.Library(t)
	const askers = 6
	failures := make([]error, askers)
	var wait sync.WaitGroup
	for i := range askers {
		wait.Go(func() {
			source := data.NewSource(v, library, data.Limits{DayUSD: 1e6}, f.clock) // each with turns of its own
			q := f.everything()
			q.Start = f.Bars[i*3].Date
			series, err := source.Bars(t.Context(), q, ignore)
			if failures[i] = err; err == nil {
				failures[i] = same(series.Bars, f.Bars[i*3:])
			}
		})
	}
	wait.Wait()
	return errors.Join(failures...)
}
