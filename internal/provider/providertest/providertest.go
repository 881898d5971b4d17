// Package providertest is the conformance suite of sources: what every
// market.Source promises, as checks that each adapter runs in its own tests. A
// new source passes it before anything else is said about it.
package providertest

import (
	"context"
	"fmt"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Fixture is a source under test and a symbol that it lists. The symbol's
// series needs at least thirty sessions.
type Fixture struct {
	Source    market.Source
	Workspace string // in which the symbol is visible
	Symbol    string
}

// Exercise runs every check against the fixture.
func Exercise(t *testing.T, f Fixture) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(t.Context(), f); err != nil {
				t.Error(err)
			}
		})
	}
}

// check is one promise; run returns how it is broken, nil when it is kept.
type check struct {
	name string
	run  func(ctx context.Context, f Fixture) error
}

func checks() []check {
	return []check{
		{"description", describes},
		{"listing agrees with the bars", listsWhatItHas},
		{"bars are sound", barsAreSound},
		{"both ends of a range are in it", rangeIsInclusive},
		{"days without a session at the ends", rangeSkipsClosedDays},
		{"warm-up", warmsUp},
		{"dates just outside the data", snapsDates},
		{"dates outside the data", refusesDates},
		{"too few sessions", refusesOneSession},
		{"unknown symbol", refusesUnknown},
		{"cancelled context", stopsWhenCancelled},
		{"same query, same digest", repeats},
		{"part of the whole", partsAgree},
		{"concurrent use", servesManyAtOnce},
		{"progress", reportsProgress},
	}
}

// listing returns what the source says of the fixture's symbol.
func listing(ctx context.Context, f Fixture) (market.Listing, error) {
	all, err := f.Source.Symbols(ctx, market.Caller{Workspace: f.Workspace})
	if err != nil {
		return market.Listing{}, fmt.Errorf("Symbols: %w", err)
	}
	for _, l := range all {
		if l.Symbol == f.Symbol {
			return l, nil
		}
	}
	return market.Listing{}, fmt.Errorf("Symbols lists %d symbols and not %s", len(all), f.Symbol)
}

// query asks for the symbol's sessions between two dates.
func query(f Fixture, start, end lombard.Date) market.Query {
	return market.Query{Caller: market.Caller{Workspace: f.Workspace}, Symbol: f.Symbol, Start: start, End: end}
}

func ignore(int64, int64) {}

// whole returns everything the source has of the symbol.
func whole(ctx context.Context, f Fixture) (market.Series, market.Listing, error) {
	l, err := listing(ctx, f)
	if err != nil {
		return market.Series{}, l, err
	}
	q := query(f, l.Range.First, l.Range.Last)
	q.Dataset = l.Dataset
	s, err := f.Source.Bars(ctx, q, ignore)
	if err != nil {
		return market.Series{}, l, fmt.Errorf("Bars over the listed range %s to %s: %w", l.Range.First, l.Range.Last, err)
	}
	const fewest = 30
	if len(s.Bars) < fewest {
		return market.Series{}, l, fmt.Errorf("Bars over the listed range %s to %s has %d bars, and the suite needs %d", l.Range.First, l.Range.Last, len(s.Bars), fewest)
	}
	return s, l, nil
}

// same compares two runs of bars.
func same(got, want []market.Bar) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d bars, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			return fmt.Errorf("bar %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	return nil
}
