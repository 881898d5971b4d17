package occ_test

import (
	"slices"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/occ"
)

func TestRoot(t *testing.T) {
	for symbol, want := range map[string]string{
		"SPXW  240119P04700000": "SPXW", "AAPL140606C00490000": "AAPL", "AAPL7 140606C00490000": "AAPL7", " gld240119c00180000 ": "gld",
		"AAPL": "AAPL", "": "", "140606C00490000": "140606C00490000", "AAPL140606X00490000": "AAPL140606X00490000",
	} {
		if got := occ.Root(symbol); got != want {
			t.Errorf("Root(%q) = %q, want %q", symbol, got, want)
		}
	}
}

func TestRoots(t *testing.T) {
	for underlying, want := range map[string][]string{"GLD": {"GLD"}, "^SPX": {"SPXW", "SPX"}, "spx": {"SPXW", "SPX"}} {
		if got := occ.Roots(underlying); !slices.Equal(got, want) {
			t.Errorf("Roots(%q) = %v, want %v", underlying, got, want)
		}
	}
	for root, want := range map[string]string{"SPXW": "SPX", "SPX": "SPX", "AAPL7": "AAPL", "gld1": "GLD", "": "", "7": ""} {
		if got := occ.OfRoot(root); got != want {
			t.Errorf("OfRoot(%q) = %q, want %q", root, got, want)
		}
	}
	if got := occ.Plain("brk.b"); got != "BRKB" {
		t.Errorf("Plain = %q", got)
	}
}

// TestLastDay: a Saturday is the Friday before, or the Thursday before Good
// Friday.
func TestLastDay(t *testing.T) {
	for expiry, want := range map[string]string{"2014-06-21": "2014-06-20", "2014-04-19": "2014-04-17", "2014-06-27": "2014-06-27", "2024-03-29": "2024-03-29"} {
		if got := occ.LastDay(lombard.MustDate(expiry)); got != lombard.MustDate(want) {
			t.Errorf("LastDay(%s) = %s, want %s", expiry, got, want)
		}
	}
}
