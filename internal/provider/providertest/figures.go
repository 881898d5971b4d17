package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// PublisherFixture is a publisher of rates and indices under test.
type PublisherFixture struct {
	// New returns the publisher at an address, with a key, which is empty for
	// none.
	New func(base, key string, c vendorhttp.Client) data.Publisher
	// Handler has the figures of Points under ID and knows no other series.
	Handler http.Handler
	ID      string
	Points  market.Observations // at least forty, a figure for most days
	Keyed   bool                // it is given a key
	Library func(testing.TB) data.Library
}

// Figures returns made-up figures of the weekdays between two dates, but for
// every tenth.
func Figures(start, end lombard.Date) market.Observations {
	var points market.Observations
	for d := start; d <= end; d++ {
		if !d.IsWeekend() && d%10 != 0 {
			points = append(points, market.Observation{Date: d, Value: float64(d%400)/100 - 0.5})
		}
	}
	return points
}

// ExercisePublisher runs every check against a publisher, through the pipeline
// that a backtest reads by.
func ExercisePublisher(t *testing.T, f PublisherFixture) {
	t.Helper()
	own := []promise{
		{"description", f.describesItself},
		{"figures are sound", f.hasTheFigures},
		{"unknown series", f.refusesUnknown},
		{"no prices", f.refusesPrices},
		{"second read", f.asksOnce},
		{"concurrent use", f.servesManyAtOnce},
	}
	keep(t, append(own, hostileChecks(subject{f.Handler, f.Keyed, f.reader})...))
}

// clock stands a month after the last figure: all have settled.
func (f PublisherFixture) clock() time.Time { return (f.last() + 30).Time() }

func (f PublisherFixture) first() lombard.Date { return f.Points[0].Date }
func (f PublisherFixture) last() lombard.Date  { return f.Points[len(f.Points)-1].Date }

func (f PublisherFixture) source(base string, c vendorhttp.Client, library data.Library) *data.References {
	key := ""
	if f.Keyed {
		key = Secret
	}
	return data.NewReferences(f.New(base, key, c), library, f.clock)
}

func (f PublisherFixture) good(t testing.TB) (*data.References, *stand) {
	t.Helper()
	s := newStand(t, f.Handler, nil, 0)
	return f.source(s.URL, impatient(), f.Library(t)), s
}

// reader reads everything into one library; an error leaves nothing in it.
func (f PublisherFixture) reader(t testing.TB) reading {
	t.Helper()
	library := f.Library(t)
	return func(ctx context.Context, base string, c vendorhttp.Client) error {
		_, err := f.source(base, c, library).Observations(ctx, market.Caller{Workspace: "w"}, f.ID, f.first(), f.last())
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

func (f PublisherFixture) describesItself(t testing.TB) error {
	t.Helper()
	source, s := f.good(t)
	d := source.Describe()
	if err := described(d); err != nil {
		return err
	}
	if !slices.Contains(d.Capabilities, "rates") || slices.Contains(d.Capabilities, "bars") || d.Local || !d.Free || d.NeedsKey {
		return fmt.Errorf("it describes itself as %+v", d)
	}
	licence, origin := f.New(s.URL, "", impatient()).Licence()
	return sourced(licence, origin)
}

func (f PublisherFixture) hasTheFigures(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	got, err := source.Observations(t.Context(), market.Caller{Workspace: "w"}, f.ID, f.first(), f.last())
	if err != nil {
		return err
	}
	if !slices.Equal(got.Points, f.Points) {
		return fmt.Errorf("%d figures, want %d", len(got.Points), len(f.Points))
	}
	if got.ID != f.ID || got.Source != source.Describe().Slug {
		return fmt.Errorf("the figures are of %q, %q", got.ID, got.Source)
	}
	return sourced(got.Licence, got.Origin)
}

func (f PublisherFixture) refusesUnknown(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	const none = "NOSUCHSERIES"
	_, err := source.Observations(t.Context(), market.Caller{Workspace: "w"}, none, f.first(), f.last())
	e, ok := errors.AsType[*lombard.Error](err)
	if !ok || e.Kind != lombard.KindValidation || len(e.Fields) != 1 || e.Fields[0].Value != none {
		return fmt.Errorf("the unknown series %s: %w", none, err)
	}
	return nil
}

func (f PublisherFixture) refusesPrices(t testing.TB) error {
	t.Helper()
	source, s := f.good(t)
	_, err := source.Bars(t.Context(), market.Query{Symbol: f.ID, Start: f.first(), End: f.last()}, ignore)
	if lombard.KindOf(err) != lombard.KindValidation || s.asked() > 0 {
		return fmt.Errorf("Bars = %w, after %d calls", err, s.asked())
	}
	return nil
}

func (f PublisherFixture) asksOnce(t testing.TB) error {
	t.Helper()
	source, s := f.good(t)
	for range 2 {
		if _, err := source.Observations(t.Context(), market.Caller{Workspace: "w"}, f.ID, f.first()+20, f.last()); err != nil {
			return err
		}
	}
	if s.asked() != 1 {
		return fmt.Errorf("%d calls, want 1", s.asked())
	}
	return nil
}

func (f PublisherFixture) servesManyAtOnce(t testing.TB) error {
	t.Helper()
	source, _ := f.good(t)
	const askers = 6
	failures := make([]error, askers)
	var wait sync.WaitGroup
	for i := range askers {
		wait.Go(func() {
			got, err := source.Observations(t.Context(), market.Caller{Workspace: "w"}, f.ID, f.first()+lombard.Date(3*i), f.last())
			if failures[i] = err; err == nil && (len(got.Points) == 0 || got.Points[len(got.Points)-1] != f.Points[len(f.Points)-1]) {
				failures[i] = fmt.Errorf("%d figures", len(got.Points))
			}
		})
	}
	wait.Wait()
	return errors.Join(failures...)
}
