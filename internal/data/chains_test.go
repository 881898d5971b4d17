package data_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// exchange is a vendor that sells the chains of weekdays since 2022 for a dime
// each and counts what it has billed.
type exchange struct {
	shop

	mutex  sync.Mutex
	billed map[lombard.Date]int
	refuse map[lombard.Date]error
	wrong  func([]market.OptionQuote) []market.OptionQuote
	width  int // strikes a chain; 0: 3
}

func (*exchange) ChainOffer(context.Context, market.BarRequest) (market.Offer, error) {
	return market.Offer{Dataset: "OPTIONS", Range: market.Range{First: lombard.MustDate("2022-01-03"), Last: have.Last}}, nil
}

func (*exchange) ChainCost(context.Context, market.ChainRequest) (float64, error) { return 0.1, nil }

func (x *exchange) Chain(_ context.Context, r market.ChainRequest) (market.ChainSet, error) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if err := x.refuse[r.Date]; err != nil {
		return market.ChainSet{}, err
	}
	if x.billed == nil {
		x.billed = map[lombard.Date]int{}
	}
	x.billed[r.Date]++
	quotes := listed(r.Date, max(3, x.width))
	if x.wrong != nil {
		quotes = x.wrong(quotes)
	}
	return market.ChainSet{Quotes: quotes, Warnings: []lombard.Warning{{Code: "vendor_warning", Message: "The exchange remarks."}}}, nil
}

// listed is a chain of puts and calls, in no order.
func listed(date lombard.Date, width int) []market.OptionQuote {
	var quotes []market.OptionQuote
	for i := width; i > 0; i-- {
		for k := range 2 {
			bid := float64(i) + float64(date%7)/8
			quotes = append(quotes, market.OptionQuote{Expiry: date + 30, Put: k == 0, Strike: 90 + float64(5*i), Bid: bid, Ask: bid + 0.25})
		}
	}
	return quotes
}

func chainQuery(start, end string) market.ChainQuery {
	q := market.ChainQuery{Caller: market.Caller{Workspace: "w", Run: "r"}, Symbol: "MINE", MaxCostUSD: 1000}
	for d := lombard.MustDate(start); d <= lombard.MustDate(end); d++ {
		if !d.IsWeekend() {
			q.Dates = append(q.Dates, d)
		}
	}
	return q
}

func TestChainsAreBoughtOnceADay(t *testing.T) {
	x, db := &exchange{}, open(t)
	s := data.NewSource(x, db, data.Limits{DayUSD: 100}, clock)
	first, err := s.Chains(t.Context(), chainQuery("2023-02-01", "2023-02-28"), ignore)
	if err != nil || diff(first.CostUSD, 2.0) || first.Dataset != "OPTIONS" || len(first.Days) != 20 {
		t.Fatalf("cost %v, %d days of %q, %v", first.CostUSD, len(first.Days), first.Dataset, err)
	}
	if len(first.Warnings) != 1 {
		t.Errorf("warned %d times of the same", len(first.Warnings))
	}
	want, err := market.NewChain(first.Days[7].Date, listed(first.Days[7].Date, 3))
	if err != nil || !slices.Equal(first.Days[7].Quotes, want.Quotes) {
		t.Errorf("stored %v, want %v, %v", first.Days[7].Quotes, want.Quotes, err)
	}
	if again, err := s.Chains(t.Context(), chainQuery("2023-02-01", "2023-02-28"), ignore); err != nil || !slices.Equal(again.Warnings, first.Warnings) || again.CostUSD != 0 {
		t.Errorf("from the store: %v for %v, %v", again.Warnings, again.CostUSD, err)
	}
	longer, err := s.Chains(t.Context(), chainQuery("2023-01-02", "2023-03-31"), ignore)
	if err != nil || diff(longer.CostUSD, 4.5) || len(longer.Days) != 65 {
		t.Fatalf("cost %v, %d days, %v", longer.CostUSD, len(longer.Days), err)
	}
	for d, n := range x.billed {
		if n != 1 {
			t.Errorf("%s was bought %d times", d, n)
		}
	}
	if spent, err := db.Spent(t.Context(), "r"); err != nil || diff(spent, 6.5) {
		t.Errorf("on record %v, %v", spent, err)
	}
	held, err := db.Holdings(t.Context())
	if err != nil || len(held) != 1 || held[0].Sessions != 65 || held[0].Schema != data.SchemaChains || diff(held[0].CostUSD, 6.5) {
		t.Errorf("held %+v, %v", held, err)
	}
}

// TestChainsHoldWhatTheRunMayLookAt: what a run may not look at is left out.
func TestChainsHoldWhatTheRunMayLookAt(t *testing.T) {
	s := data.NewSource(&exchange{}, open(t), data.Limits{DayUSD: 100}, clock)
	q := chainQuery("2023-02-01", "2023-02-03")
	q.Keep = func(_ lombard.Date, x market.OptionQuote) bool { return x.Put && x.Strike >= 100 }
	got, err := s.Chains(t.Context(), q, ignore)
	if err != nil || len(got.Days) != 3 || len(got.Days[0].Quotes) != 2 || !got.Days[0].Quotes[0].Put {
		t.Errorf("%+v, %v", got.Days, err)
	}
}

func TestChainsStayWithinBudgetAndCap(t *testing.T) {
	x := &exchange{}
	s := data.NewSource(x, open(t), data.Limits{DayUSD: 0.35}, clock)
	q := chainQuery("2023-02-01", "2023-02-28")
	q.MaxCostUSD = 1.99
	if _, err := s.Chains(t.Context(), q, ignore); lombard.KindOf(err) != lombard.KindDataCost || !strings.Contains(err.Error(), "about $2.00 and this run may spend $1.99") {
		t.Errorf("above the budget: %v", err)
	}
	if len(x.billed) > 0 {
		t.Error("something was bought")
	}
	q.MaxCostUSD = 100
	if _, err := s.Chains(t.Context(), q, ignore); lombard.KindOf(err) != lombard.KindDataCost || !strings.Contains(err.Error(), "its cap is $0.35 a day") {
		t.Errorf("above the cap: %v", err)
	}
	if len(x.billed) > 3 {
		t.Errorf("%d days were bought", len(x.billed))
	}
}

// TestAFailedDayKeepsTheOthers: what arrived before is stored and not bought
// again; a refused call costs nothing.
func TestAFailedDayKeepsTheOthers(t *testing.T) {
	bad := lombard.MustDate("2023-02-28")
	x, db := &exchange{refuse: map[lombard.Date]error{bad: &lombard.Error{Kind: lombard.KindVendorAuth, Message: "No."}}}, open(t)
	s := data.NewSource(x, db, data.Limits{DayUSD: 100}, clock)
	if _, err := s.Chains(t.Context(), chainQuery("2023-02-01", "2023-02-28"), ignore); lombard.KindOf(err) != lombard.KindVendorAuth {
		t.Fatal(err)
	}
	if spent, err := db.Spent(t.Context(), "r"); err != nil || diff(spent, 0.1*float64(len(x.billed))) {
		t.Errorf("on record %v of %d billed, %v", spent, len(x.billed), err)
	}
	x.refuse = nil
	got, err := s.Chains(t.Context(), chainQuery("2023-02-01", "2023-02-28"), ignore)
	if err != nil || len(got.Days) != 20 || got.CostUSD > 2 {
		t.Fatalf("%d days for %v, %v", len(got.Days), got.CostUSD, err)
	}
	for d, n := range x.billed {
		if n > 1 {
			t.Errorf("%s was bought %d times", d, n)
		}
	}
}

func TestWrongQuotesAreRefusedAndNotStored(t *testing.T) {
	for name, wrong := range map[string]func([]market.OptionQuote) []market.OptionQuote{
		"NaN":       func(q []market.OptionQuote) []market.OptionQuote { q[1].Bid = math.NaN(); return q },
		"infinite":  func(q []market.OptionQuote) []market.OptionQuote { q[1].Ask = math.Inf(1); return q },
		"negative":  func(q []market.OptionQuote) []market.OptionQuote { q[1].Ask = -1; return q },
		"no strike": func(q []market.OptionQuote) []market.OptionQuote { q[1].Strike = 0; return q },
		"expired":   func(q []market.OptionQuote) []market.OptionQuote { q[1].Expiry -= 100; return q },
		"contradictions": func(q []market.OptionQuote) []market.OptionQuote {
			q = append(q, q[0])
			q[0].Bid++
			q[0].Ask++
			return q
		},
	} {
		x, db := &exchange{wrong: wrong}, open(t)
		s := data.NewSource(x, db, data.Limits{DayUSD: 100}, clock)
		_, err := s.Chains(t.Context(), chainQuery("2023-02-01", "2023-02-01"), ignore)
		if lombard.KindOf(err) != lombard.KindDataUnavailable || !strings.Contains(err.Error(), "Nothing of that day was stored") {
			t.Errorf("%s: %v", name, err)
		}
		if held, err := db.Holdings(t.Context()); err != nil || len(held) > 0 {
			t.Errorf("%s: %v is stored, %v", name, held, err)
		}
	}
}

func TestChainsOutsideTheDatesNameThem(t *testing.T) {
	x := &exchange{}
	s := data.NewSource(x, open(t), data.Limits{DayUSD: 100}, clock)
	_, err := s.Chains(t.Context(), chainQuery("2021-12-27", "2022-01-14"), ignore)
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok || own.Kind != lombard.KindDataUnavailable || own.Fields[0].Field != "start_date" || own.Fields[0].Suggestion != "2022-01-03" {
		t.Errorf("%v", err)
	}
	if _, err := data.NewSource(&shop{}, open(t), data.Limits{}, clock).Chains(t.Context(), chainQuery("2023-02-01", "2023-02-01"), ignore); !strings.Contains(fmt.Sprint(err), "has no option quotes") {
		t.Errorf("a vendor without chains: %v", err)
	}
}

func TestAnEstimateOfChainsAsksForEachDayOnce(t *testing.T) {
	x := &exchange{}
	s := data.NewSource(x, open(t), data.Limits{DayUSD: 100}, clock)
	e, err := s.EstimateChains(t.Context(), chainQuery("2023-02-01", "2023-02-28"))
	if err != nil || diff(e.USD, 2) || len(x.billed) > 0 || len(e.Missing) == 0 {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := s.Chains(t.Context(), chainQuery("2023-02-01", "2023-02-28"), ignore); err != nil {
		t.Fatal(err)
	}
	if e, err = s.EstimateChains(t.Context(), chainQuery("2023-02-01", "2023-02-28")); err != nil || e.USD != 0 || len(e.Missing) > 0 {
		t.Errorf("%+v, %v", e, err)
	}
	q := chainQuery("2023-02-01", "2023-03-01")
	q.OnlyStored = true
	if _, err := s.Chains(t.Context(), q, ignore); err != market.ErrNotStored { //nolint:errorlint // it is handed on as it is
		t.Errorf("with a day missing: %v", err)
	}
}

func TestARefreshBuysStoredDaysAnew(t *testing.T) {
	x := &exchange{}
	s := data.NewSource(x, open(t), data.Limits{DayUSD: 100}, clock)
	first, err := s.Chains(t.Context(), chainQuery("2023-02-01", "2023-02-03"), ignore)
	if err != nil {
		t.Fatal(err)
	}
	k := data.Key{Source: "shop", Dataset: "OPTIONS", Schema: data.SchemaChains, Symbol: "MINE"}
	if _, err := s.Refresh(t.Context(), "w", k, 0.2); lombard.KindOf(err) != lombard.KindDataCost {
		t.Errorf("above what may be spent: %v", err)
	}
	x.wrong = func(q []market.OptionQuote) []market.OptionQuote { q[0].Ask += 5; return q }
	if usd, err := s.Refresh(t.Context(), "w", k, 1); err != nil || diff(usd, 0.3) {
		t.Errorf("%v, %v", usd, err)
	}
	again, err := s.Chains(t.Context(), chainQuery("2023-02-01", "2023-02-03"), ignore)
	if err != nil || again.CostUSD != 0 || again.Days[0].Digest() == first.Days[0].Digest() {
		t.Errorf("cost %v, %v, the same as before", again.CostUSD, err)
	}
}

// TestConcurrentRunsBuyADayOnce: the second waits for the first and reads what
// it has stored.
func TestConcurrentRunsBuyADayOnce(t *testing.T) {
	x := &exchange{}
	s := data.NewSource(x, open(t), data.Limits{DayUSD: 100}, clock)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := s.Chains(t.Context(), chainQuery("2023-02-01", "2023-02-28"), ignore); err != nil || len(got.Days) != 20 {
				t.Error(len(got.Days), err)
			}
		})
	}
	all.Wait()
	for d, n := range x.billed {
		if n != 1 {
			t.Errorf("%s was bought %d times", d, n)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	c, err := market.NewChain(lombard.MustDate("2023-02-01"), listed(lombard.MustDate("2023-02-01"), 3))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data.Pack(&c))
	f.Add([]byte{1, 0, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, packed []byte) {
		c, err := data.Unpack(packed, nil)
		if err == nil && !slices.Equal(data.Pack(&c), packed) {
			t.Error("what is read is not what was packed")
		}
	})
}

// A year of chains of 5,000 contracts: bought and stored, and read again.
func BenchmarkAYearOfChainsCold(b *testing.B) {
	for b.Loop() {
		s := data.NewSource(&exchange{width: 2500}, open(b), data.Limits{DayUSD: 1e6}, clock)
		if _, err := s.Chains(b.Context(), chainQuery("2023-01-02", "2023-12-29"), ignore); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAYearOfChainsWarm(b *testing.B) {
	s := data.NewSource(&exchange{width: 2500}, open(b), data.Limits{DayUSD: 1e6}, clock)
	for b.Loop() {
		if _, err := s.Chains(b.Context(), chainQuery("2023-01-02", "2023-12-29"), ignore); err != nil {
			b.Fatal(err)
		}
	}
}
