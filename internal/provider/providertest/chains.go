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

// ChainVendor is a vendor of option chains, whether it has prices or not.
type ChainVendor interface {
	market.Vendor
	market.ChainVendor
}

// ChainFixture is a vendor of option chains under test. Its test writes the
// server that answers as the vendor would.
type ChainFixture struct {
	// New returns the vendor at an address, with a key, which is empty for none.
	New func(base, key string, c vendorhttp.Client) ChainVendor
	// Handler has the chain of Quotes under Symbol on Date, knows no other symbol
	// and has nothing on Closed.
	Handler      http.Handler
	Symbol       string
	Date, Closed lombard.Date // a session and a day without one
	Quotes       []market.OptionQuote
	// KeyVariable is the environment variable of the key; empty: none is needed.
	KeyVariable string
	// Library returns an empty store.
	Library func(testing.TB) data.Library
}

// ExerciseChains runs every check against a vendor of option chains, through
// the pipeline that a backtest reads by.
func ExerciseChains(t *testing.T, f ChainFixture) {
	t.Helper()
	own := []promise{
		{"description", f.describesItself},
		{"key missing", f.namesTheMissingKey},
		{"chain is sound", f.hasTheChain},
		{"unknown symbol", f.refusesUnknown},
		{"dates outside the data", f.refusesDates},
		{"a day without a session", f.hasNothingOnClosedDays},
		{"second read", f.asksOnce},
		{"concurrent use", f.servesManyAtOnce},
	}
	keep(t, append(own, hostileChecks(subject{f.Handler, f.KeyVariable != "", f.reader})...))
}

func (f ChainFixture) key() string {
	if f.KeyVariable == "" {
		return ""
	}
	return Secret
}

// clock stands at noon, three days after the chain.
func (f ChainFixture) clock() time.Time { return (f.Date + 3).Time().Add(12 * time.Hour) }

func (f ChainFixture) source(base, key string, c vendorhttp.Client, library data.Library) *data.Source {
	return data.NewSource(f.New(base, key, c), library, data.Limits{DayUSD: 1e6}, f.clock)
}

func (f ChainFixture) good(t testing.TB) (*data.Source, *stand) {
	t.Helper()
	s := newStand(t, f.Handler, nil, 0)
	return f.source(s.URL, f.key(), impatient(), f.Library(t)), s
}

// query asks for the chain of a symbol on some days.
func (f ChainFixture) query(symbol string, dates ...lombard.Date) market.ChainQuery {
	return market.ChainQuery{Caller: market.Caller{Workspace: "w", Run: "r"}, Symbol: symbol, Dates: dates, MaxCostUSD: 1e6}
}

// reader reads the chain into one library; an error leaves nothing in it.
func (f ChainFixture) reader(t testing.TB) reading {
	t.Helper()
	library := f.Library(t)
	return func(ctx context.Context, base string, c vendorhttp.Client) error {
		_, err := f.source(base, f.key(), c, library).Chains(ctx, f.query(f.Symbol, f.Date), ignore)
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

func (f ChainFixture) describesItself(testing.TB) error {
	v := f.New(unreachable, f.key(), impatient())
	d := v.Describe()
	if err := described(d); err != nil {
		return err
	}
	_, costs := v.(market.ChainCoster)
	if !slices.Contains(d.Capabilities, "chains") || d.Local || d.NeedsKey != (f.KeyVariable != "") || costs == d.Free {
		return fmt.Errorf("it describes itself as %+v; it can say what chains cost: %v", d, costs)
	}
	licence, origin := v.Licence()
	return sourced(licence, origin)
}

func (f ChainFixture) namesTheMissingKey(t testing.TB) error {
	t.Helper()
	if f.KeyVariable == "" {
		return nil
	}
	s := newStand(t, f.Handler, nil, 0)
	_, err := f.source(s.URL, "", impatient(), f.Library(t)).Chains(t.Context(), f.query(f.Symbol, f.Date), ignore)
	if lombard.KindOf(err) != lombard.KindVendorAuth || !strings.Contains(err.Error(), f.KeyVariable) || s.asked() > 0 {
		return fmt.Errorf("without a key, after %d calls: %w", s.asked(), err)
	}
	return nil
}

func (f ChainFixture) hasTheChain(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	want, err := market.NewChain(f.Date, f.Quotes)
	if err != nil {
		return err
	}
	calls := 0
	got, err := source.Chains(t.Context(), f.query(f.Symbol, f.Date), func(done, total int64) {
		if calls++; done != 1 || total != 1 {
			calls = -1 << 10
		}
	})
	switch {
	case err != nil:
		return err
	case len(got.Days) != 1 || got.Days[0].Digest() != want.Digest():
		return fmt.Errorf("%d chains that are not the one of the vendor", len(got.Days))
	case got.Source != source.Describe().Slug:
		return fmt.Errorf("the chain is of %q", got.Source)
	case calls != 1:
		return errors.New("progress is not told once")
	}
	return sourced(got.Licence, got.Origin)
}

func (f ChainFixture) refusesUnknown(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	const none = "NOSUCH"
	_, err := source.Chains(t.Context(), f.query(none, f.Date), ignore)
	return unknown(err, none)
}

func (f ChainFixture) refusesDates(t testing.TB) error {
	t.Helper()
	for _, date := range []lombard.Date{lombard.MustDate("1995-06-01"), f.Date + 3000} {
		source, s := f.good(t)
		_, err := source.Chains(t.Context(), f.query(f.Symbol, date), ignore)
		e, ok := errors.AsType[*lombard.Error](err)
		if !ok || e.Kind != lombard.KindDataUnavailable || e.Hint == "" || s.asked() > 1 {
			return fmt.Errorf("on %s, after %d calls: %w", date, s.asked(), err)
		}
	}
	return nil
}

func (f ChainFixture) hasNothingOnClosedDays(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	got, err := source.Chains(t.Context(), f.query(f.Symbol, f.Closed), ignore)
	if err != nil || len(got.Days) > 0 {
		return fmt.Errorf("%d chains on %s: %w", len(got.Days), f.Closed, err)
	}
	return nil
}

func (f ChainFixture) asksOnce(t testing.TB) error {
	t.Helper()
	source, s := f.good(t)
	q := f.query(f.Symbol, f.Date)
	if f.Closed < f.Date {
		q.Dates = []lombard.Date{f.Closed, f.Date}
	}
	if _, err := source.Chains(t.Context(), q, ignore); err != nil {
		return err
	}
	asked := s.asked()
	again, err := source.Chains(t.Context(), q, ignore)
	if err != nil || again.CostUSD != 0 || len(again.Days) != 1 || s.asked() != asked {
		return fmt.Errorf("the second read has %d chains, costs %v and asks %d times more: %w", len(again.Days), again.CostUSD, s.asked()-asked, err)
	}
	return nil
}

func (f ChainFixture) servesManyAtOnce(t testing.TB) error {
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
			got, err := source.Chains(t.Context(), f.query(f.Symbol, f.Date), ignore)
			if failures[i] = err; err == nil && (len(got.Days) != 1 || len(got.Days[0].Quotes) != len(f.Quotes)) {
				failures[i] = fmt.Errorf("%d chains", len(got.Days))
			}
		})
	}
	wait.Wait()
	return errors.Join(failures...)
}
