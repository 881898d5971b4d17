package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendor"
	"lombard.example/lombard/market"
)

// ChainVendor is a vendor of option chains, with what it says of itself.
type ChainVendor interface {
	market.ChainVendor
	Describe() market.Description
	Licence() (licence, origin string)
}

// ChainFixture is a vendor of option chains under test.
type ChainFixture struct {
	// New returns the vendor at an address, with a key, which is empty for none.
	New func(base, key string, c vendor.Client) ChainVendor
	// Handler has the chain of Quotes under Symbol on Date, knows no other symbol
	// and has nothing on Closed.
	Handler      http.Handler
	Symbol       string
	Date, Closed lombard.Date // a session and a day without one
	Quotes       []market.OptionQuote
	KeyVariable  string
}

// ExerciseChains runs every check against a vendor of option chains.
func ExerciseChains(t *testing.T, f ChainFixture) {
	t.Helper()
	own := []promise{
		{"description", f.describesItself},
		{"offer", f.offersDates},
		{"chain is sound", f.hasTheChain},
		{"unknown symbol", f.refusesUnknown},
		{"a day without a session", f.hasNothingOnClosedDays},
		{"concurrent use", f.servesManyAtOnce},
	}
	keep(t, append(own, hostileChecks(subject{f.Handler, f.KeyVariable != "", f.reader})...))
}

func (f ChainFixture) reader(testing.TB) reading {
	return func(ctx context.Context, base string, c vendor.Client) error {
		_, err := f.chain(ctx, f.New(base, f.key(), c), f.Symbol, f.Date)
		return err
	}
}

func (f ChainFixture) key() string {
	if f.KeyVariable == "" {
		return ""
	}
	return Secret
}

// chain asks for a chain as the pipeline does: the offer first.
func (f ChainFixture) chain(ctx context.Context, v ChainVendor, symbol string, date lombard.Date) (market.Chain, error) {
	offer, err := v.ChainOffer(ctx, market.BarRequest{Symbol: symbol, Start: date, End: date})
	if err != nil {
		return market.Chain{}, err
	}
	set, err := v.Chain(ctx, market.ChainRequest{Dataset: offer.Dataset, Symbol: symbol, Date: date})
	if err != nil {
		if len(set.Quotes) > 0 {
			return market.Chain{}, fmt.Errorf("%d quotes beside %w", len(set.Quotes), err)
		}
		return market.Chain{}, err
	}
	return market.NewChain(date, set.Quotes)
}

func (f ChainFixture) good(t testing.TB) (ChainVendor, *stand) {
	s := newStand(t, f.Handler, nil, 0)
	return f.New(s.URL, f.key(), impatient()), s
}

func (f ChainFixture) describesItself(t testing.TB) error {
	v, _ := f.good(t)
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

func (f ChainFixture) offersDates(t testing.TB) error {
	v, _ := f.good(t)
	offer, err := v.ChainOffer(t.Context(), market.BarRequest{Symbol: f.Symbol, Start: f.Date, End: f.Date})
	if err != nil || offer.Range.First > f.Date || offer.Range.Last < f.Date {
		return fmt.Errorf("the offer is %+v, %w; want %s in it", offer, err, f.Date)
	}
	return nil
}

func (f ChainFixture) hasTheChain(t testing.TB) error {
	v, _ := f.good(t)
	got, err := f.chain(t.Context(), v, f.Symbol, f.Date)
	if err != nil {
		return err
	}
	want, err := market.NewChain(f.Date, f.Quotes)
	if err != nil {
		return err
	}
	if got.Digest() != want.Digest() {
		return fmt.Errorf("%d quotes that are not the %d of the vendor", len(got.Quotes), len(want.Quotes))
	}
	return nil
}

func (f ChainFixture) refusesUnknown(t testing.TB) error {
	v, _ := f.good(t)
	const none = "NOSUCH"
	_, err := f.chain(t.Context(), v, none, f.Date)
	return unknown(err, none)
}

func (f ChainFixture) hasNothingOnClosedDays(t testing.TB) error {
	v, _ := f.good(t)
	got, err := f.chain(t.Context(), v, f.Symbol, f.Closed)
	if err != nil || len(got.Quotes) > 0 {
		return fmt.Errorf("%d quotes on %s: %w", len(got.Quotes), f.Closed, err)
	}
	return nil
}

func (f ChainFixture) servesManyAtOnce(t testing.TB) error {
	v, _ := f.good(t)
	const askers = 6
	failures := make([]error, askers)
	var wait sync.WaitGroup
	for i := range askers {
		wait.Go(func() {
			got, err := f.chain(t.Context(), v, f.Symbol, f.Date)
			if failures[i] = err; err == nil && len(got.Quotes) != len(f.Quotes) {
				failures[i] = fmt.Errorf("%d quotes, want %d", len(got.Quotes), len(f.Quotes))
			}
		})
	}
	wait.Wait()
	return errors.Join(failures...)
}
