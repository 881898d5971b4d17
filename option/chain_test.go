package option_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"lombard.example/lombard/option"
)

// TestChainsOfRealMarkets prices chains of American stock options at the vol
// that their own mid implies: the price lies within the quoted spread and half
// a vol point. The files are not part of the module.
func TestChainsOfRealMarkets(t *testing.T) {
	for _, name := range []string{"aapl_2014_lean.csv", "goog_2015_lean.csv"} {
		t.Run(name, func(t *testing.T) {
			rows := chain(t, name)
			priced, without := 0, 0
			for _, r := range rows {
				mid := (r.bid + r.ask) / 2
				vol, err := option.ImpliedVolAmerican(r.kind, r.in, mid)
				if err != nil {
					without++
					continue
				}
				r.in.Vol = vol
				half := 0.005 * option.American{}.Greeks(r.kind, r.in).Vega
				if got := (option.American{}).Price(r.kind, r.in); !(got >= r.bid-half && got <= r.ask+half) {
					t.Errorf("%+v: priced at %v, quoted %v to %v", r.in, got, r.bid, r.ask)
				}
				priced++
			}
			if priced < 100 || without > priced/2 {
				t.Errorf("%d options priced, %d have a mid that no vol explains", priced, without)
			}
			t.Logf("%d options priced, %d have a mid that no vol explains", priced, without)
		})
	}
}

type quoted struct {
	kind     option.Kind
	in       option.Inputs
	bid, ask float64
}

// chain reads every third quote with a bid and time left.
func chain(t *testing.T, name string) []quoted {
	t.Helper()
	folder := os.Getenv("LOMBARD_TESTDATA")
	if folder == "" {
		t.Skipf("LOMBARD_TESTDATA is not set: options/%s is not read", name)
	}
	f, err := os.Open(filepath.Join(folder, "options", name))
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const rate, every = 0.0025, 3 // dollars in 2014 and 2015
	var rows []quoted
	for n, r := range records[1:] {
		day, err1 := time.Parse(time.DateOnly, r[0])
		expiry, err2 := time.Parse(time.DateOnly, r[3])
		if err1 != nil || err2 != nil {
			t.Fatalf("line %d: %v %v", n+2, err1, err2)
		}
		number := func(i int) float64 {
			x, err := strconv.ParseFloat(r[i], 64)
			if err != nil {
				return math.NaN()
			}
			return x
		}
		q := quoted{kind: option.Put, bid: number(6), ask: number(7), in: option.Inputs{Spot: number(2), Strike: number(4), Years: expiry.Sub(day).Hours() / 24 / 365, Rate: rate}}
		if r[5] == "C" {
			q.kind = option.Call
		}
		if n%every == 0 && q.bid > 0 && q.ask > q.bid && q.in.Years > 0 && q.in.Spot > 0 && q.in.Strike > 0 {
			rows = append(rows, q)
		}
	}
	return rows
}
