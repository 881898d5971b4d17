package chainfile_test

import (
	"bytes"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/chainfile"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/market"
)

// read reads one of the files that are not part of the module.
func read(t *testing.T, name string) chainfile.File {
	t.Helper()
	got, err := chainfile.Parse(bytes.NewReader(providertest.RealData(t, "options/"+name)), chainfile.Name{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Warnings) > 0 {
		t.Errorf("%s: %v", name, got.Warnings)
	}
	return got
}

func quotes(t *testing.T, c market.Chain, put bool, strike float64, expiry string, bid, ask float64) {
	t.Helper()
	q, ok := c.Find(put, strike, lombard.MustDate(expiry))
	if !ok || q.Bid != bid || q.Ask != ask {
		t.Errorf("%s, put %v at %v until %s: %v to %v (%v), want %v to %v", c.Date, put, strike, expiry, q.Bid, q.Ask, ok, bid, ask)
	}
}

// TestAppleAcrossItsSplit: 7 for 1 between the two sessions. The strikes of
// before are there again, divided by seven and rounded to cents; listed
// Saturdays are the Fridays before.
func TestAppleAcrossItsSplit(t *testing.T) {
	f := read(t, "aapl_2014_lean.csv")
	if f.Symbol != "AAPL" || f.Layout != chainfile.LayoutOwn || len(f.Chains) != 2 || len(f.Closes) != 2 {
		t.Fatalf("%s, %d chains, %d closes", f.Symbol, len(f.Chains), len(f.Closes))
	}
	before, after := f.Chains[0], f.Chains[1]
	if before.Date != lombard.MustDate("2014-06-06") || len(before.Quotes) != 2352 || after.Date != lombard.MustDate("2014-06-09") || len(after.Quotes) != 2180 {
		t.Errorf("%s has %d options and %s %d", before.Date, len(before.Quotes), after.Date, len(after.Quotes))
	}
	if f.Closes[0].Close != 645.57 || f.Closes[1].Close != 93.7 {
		t.Errorf("closes %v", f.Closes)
	}
	quotes(t, before, true, 645, "2014-10-17", 37.7, 38.3)
	quotes(t, before, false, 490, "2014-06-20", 154.75, 156.95)
	quotes(t, before, true, 490, "2014-06-06", 0, 0.04)
	quotes(t, after, true, 645.0/7, "2014-10-17", 4.6, 4.75)
	quotes(t, after, false, 490.0/7, "2014-06-20", 23.6, 23.9)
	matched := 0
	for _, q := range before.Quotes {
		if q.Expiry != before.Date {
			if _, ok := after.Find(q.Put, q.Strike/7, q.Expiry); ok {
				matched++
			}
		}
	}
	if matched != 2180 {
		t.Errorf("%d of the options of before are there after, want all 2180", matched)
	}
	two := 0
	for _, c := range f.Chains {
		for _, q := range c.Quotes {
			if q.TwoSided() {
				two++
			}
			if q.Crossed() || q.Expiry.IsWeekend() {
				t.Errorf("%s: %s is crossed or expires on a weekend", c.Date, q)
			}
		}
	}
	if two != 2195+1982 {
		t.Errorf("%d options have a bid and an ask, want %d", two, 2195+1982)
	}
}

func TestGoogleBeforeChristmas(t *testing.T) {
	f := read(t, "goog_2015_lean.csv")
	if f.Symbol != "GOOG" || len(f.Chains) != 2 || len(f.Chains[0].Quotes) != 2058 || len(f.Chains[1].Quotes) != 2192 {
		t.Fatalf("%s: %d chains", f.Symbol, len(f.Chains))
	}
	quotes(t, f.Chains[0], false, 590, "2015-12-24", 158, 162.1)
	quotes(t, f.Chains[1], true, 750, "2015-12-24", 1.45, 2.1)
	quotes(t, f.Chains[1], false, 750, "2015-12-31", 4.7, 5.2)
	if f.Closes[0].Close != 750.31 || f.Closes[1].Close != 748.4 {
		t.Errorf("closes %v", f.Closes)
	}
}

func TestHistoricalOptionData(t *testing.T) {
	f := read(t, "historicaloptiondata_spx_sample.csv")
	if f.Symbol != "SPX" || f.Layout != chainfile.LayoutHistorical || len(f.Chains) != 61 || len(f.Closes) != 61 {
		t.Fatalf("%s, %s: %d chains, %d closes", f.Symbol, f.Layout, len(f.Chains), len(f.Closes))
	}
	for _, c := range f.Chains {
		if len(c.Quotes) != 4 {
			t.Errorf("%s has %d options, want 4", c.Date, len(c.Quotes))
		}
	}
	quotes(t, f.Chains[0], false, 650, "2016-06-17", 0, 0)
	quotes(t, f.Chains[0], true, 650, "2016-06-17", 1.85, 3.9)
	quotes(t, f.Chains[60], true, 700, "2016-06-17", 0.15, 2.9)
	if f.Chains[60].Date != lombard.MustDate("2015-03-13") || f.Closes[60].Close != 2053.4 {
		t.Errorf("the last is %s at %v", f.Chains[60].Date, f.Closes[60].Close)
	}
}
