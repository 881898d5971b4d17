package data_test

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

var today = time.Date(2024, 6, 14, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return today }

// shop is a vendor that sells weekdays since 2020 for a cent each and counts
// what it has billed.
type shop struct {
	mutex   sync.Mutex
	billed  float64
	fetches []market.BarRequest
	fail    error
	wrong   func([]market.Bar) []market.Bar
	since   lombard.Date // first day that it sells; 0: that of have
	begins  lombard.Date // first day that it really sells, whatever it offers
	priced  bool         // it prices days before that
}

var have = market.Range{First: lombard.MustDate("2020-01-01"), Last: lombard.MustDate("2024-06-13")}

func (*shop) Describe() market.Description {
	return market.Description{Slug: "shop", Title: "The shop", AnySymbol: true}
}
func (*shop) Licence() (licence, origin string) { return "ours", "The shop." }

func (s *shop) Offer(context.Context, market.BarRequest) (market.Offer, error) {
	return market.Offer{Dataset: "ALL", Range: market.Range{First: cmp.Or(s.since, have.First), Last: have.Last}}, nil
}

func bars(r market.BarRequest) []market.Bar {
	var out []market.Bar
	for d := r.Start; d <= r.End; d++ {
		if !d.IsWeekend() {
			price := 100 + float64(d%50)
			out = append(out, market.Bar{Date: d, Open: price, High: price + 1, Low: price - 1, Close: price, Volume: 1})
		}
	}
	return out
}

// early refuses days before those that are sold, as a vendor does.
func (s *shop) early(r market.BarRequest) error {
	err := market.OutOfRange(market.Range{First: s.begins, Last: r.End}, r.Start, r.End)
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		own.Err = &vendorhttp.Reply{Vendor: "The shop", Status: 422}
	}
	return err
}

func (s *shop) Cost(_ context.Context, r market.BarRequest) (float64, error) {
	if err := s.early(r); err != nil && !s.priced {
		return 0, err
	}
	return 0.01 * float64(len(bars(r))), nil
}

func (s *shop) DailyBars(_ context.Context, r market.BarRequest, _ func(int64, int64)) (market.BarSet, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.fetches = append(s.fetches, r)
	if err := s.early(r); err != nil {
		return market.BarSet{}, err
	}
	if s.fail != nil {
		return market.BarSet{}, s.fail
	}
	out := bars(r)
	s.billed += 0.01 * float64(len(out))
	if s.wrong != nil {
		out = s.wrong(out)
	}
	return market.BarSet{Bars: out}, nil
}

func open(t testing.TB) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func query(start, end string) market.Query {
	return market.Query{Caller: market.Caller{Workspace: "w", Run: "r"}, Symbol: "MINE", Start: lombard.MustDate(start), End: lombard.MustDate(end), MaxCostUSD: 100}
}

func ignore(int64, int64) {}

// TestNothingIsBoughtTwice: a covered range costs nothing, a longer one what is
// missing of it.
func TestNothingIsBoughtTwice(t *testing.T) {
	v, db := &shop{}, open(t)
	s := data.NewSource(v, db, data.Limits{DayUSD: 100}, clock)
	first, err := s.Bars(t.Context(), query("2022-01-03", "2022-03-31"), ignore)
	if err != nil || first.CostUSD == 0 || first.Dataset != "ALL" {
		t.Fatal(first.CostUSD, err)
	}
	again, err := s.Bars(t.Context(), query("2022-02-01", "2022-03-01"), ignore)
	if err != nil || again.CostUSD != 0 || len(v.fetches) != 1 {
		t.Fatalf("cost %v, %d fetches, %v", again.CostUSD, len(v.fetches), err)
	}
	longer, err := s.Bars(t.Context(), query("2021-12-01", "2022-04-29"), ignore)
	if err != nil || len(v.fetches) != 3 {
		t.Fatalf("%d fetches, %v; want the two ends", len(v.fetches), err)
	}
	if whole := bars(market.BarRequest{Start: lombard.MustDate("2021-12-01"), End: lombard.MustDate("2022-04-29")}); !slices.Equal(longer.Bars, whole) {
		t.Error("the parts are not the whole")
	}
	spent, err := db.Spent(t.Context(), "r")
	if err != nil || diff(spent, v.billed) || diff(first.CostUSD+longer.CostUSD, v.billed) {
		t.Errorf("ledger %v, costs %v, billed %v, %v", spent, first.CostUSD+longer.CostUSD, v.billed, err)
	}
}

func diff(a, b float64) bool { return a-b > 1e-9 || b-a > 1e-9 }

// TestAnySplitOfRangesGivesTheSameBars, and each day is billed once.
func TestAnySplitOfRangesGivesTheSameBars(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := &shop{}
		db, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Purpose: "test"})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		s := data.NewSource(v, db, data.Limits{DayUSD: 1e6}, clock)
		low, high := lombard.MustDate("2023-01-02"), lombard.MustDate("2023-04-28")
		days := map[lombard.Date]bool{}
		for range rapid.IntRange(1, 6).Draw(rt, "queries") {
			start := low + lombard.Date(rapid.IntRange(0, 90).Draw(rt, "start"))
			end := min(high, start+lombard.Date(rapid.IntRange(5, 60).Draw(rt, "days")))
			q := market.Query{Caller: market.Caller{Workspace: "w"}, Symbol: "MINE", Start: start, End: end, Warmup: rapid.IntRange(0, 10).Draw(rt, "warm-up"), MaxCostUSD: 1e6}
			got, err := s.Bars(t.Context(), q, ignore)
			if err != nil {
				rt.Fatal(err)
			}
			if got.First < q.Warmup {
				rt.Fatalf("%d sessions of warm-up, want %d", got.First, q.Warmup)
			}
			if want := bars(market.BarRequest{Start: start, End: end}); !slices.Equal(got.Run(), want) {
				rt.Fatal("the bars differ from those of one fetch")
			}
		}
		for _, f := range v.fetches {
			for d := f.Start; d <= f.End; d++ {
				if days[d] {
					rt.Fatalf("%s was fetched twice", d)
				}
				days[d] = true
			}
		}
	})
}

// TestIdenticalFetchesHappenOnce whoever asks at the same time.
func TestIdenticalFetchesHappenOnce(t *testing.T) {
	v := &shop{}
	s := data.NewSource(v, open(t), data.Limits{DayUSD: 100}, clock)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := s.Bars(t.Context(), query("2022-01-03", "2022-03-31"), ignore); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(v.fetches) != 1 {
		t.Errorf("%d fetches", len(v.fetches))
	}
}

func TestTheBudgetIsAskedBeforeAnythingIsBought(t *testing.T) {
	v, db := &shop{}, open(t)
	s := data.NewSource(v, db, data.Limits{DayUSD: 1}, clock)
	q := query("2022-01-03", "2022-12-30")
	q.MaxCostUSD = 0.5
	_, err := s.Bars(t.Context(), q, ignore)
	if lombard.KindOf(err) != lombard.KindDataCost || !strings.Contains(err.Error(), "would cost about $2.60") || len(v.fetches) > 0 {
		t.Errorf("got %v, %d fetches", err, len(v.fetches))
	}
	q.MaxCostUSD = 10
	if _, err = s.Bars(t.Context(), q, ignore); lombard.KindOf(err) != lombard.KindDataCost || !strings.Contains(err.Error(), "cap is $1.00 a day") || len(v.fetches) > 0 {
		t.Errorf("got %v, %d fetches", err, len(v.fetches))
	}
}

func TestARefusedCallIsNotSpentAndALostOneIs(t *testing.T) {
	v, db := &shop{fail: &lombard.Error{Kind: lombard.KindVendorAuth}}, open(t)
	s := data.NewSource(v, db, data.Limits{DayUSD: 100}, clock)
	if _, err := s.Bars(t.Context(), query("2022-01-03", "2022-03-31"), ignore); err == nil {
		t.Fatal("no error")
	}
	if spent, err := db.Spent(t.Context(), "r"); err != nil || spent != 0 {
		t.Errorf("a refused call cost %v, %v", spent, err)
	}
	v.fail = &lombard.Error{Kind: lombard.KindVendorBusy}
	if _, err := s.Bars(t.Context(), query("2022-01-03", "2022-03-31"), ignore); err == nil {
		t.Fatal("no error")
	}
	if spent, err := db.Spent(t.Context(), "r"); err != nil || spent == 0 {
		t.Errorf("a call whose end nobody knows cost %v, %v", spent, err)
	}
}

// TestAWarmUpThatIsTooEarlyIsNoFaultOfTheStart: where the vendor refuses only
// days of the warm-up, the run takes what there is; where it refuses the start,
// the error has the date that was typed.
func TestAWarmUpThatIsTooEarlyIsNoFaultOfTheStart(t *testing.T) {
	for _, priced := range []bool{false, true} {
		v, db := &shop{begins: lombard.MustDate("2022-01-03"), priced: priced}, open(t)
		s := data.NewSource(v, db, data.Limits{DayUSD: 100}, clock)
		q := query("2022-01-17", "2022-03-31")
		q.Warmup = 60
		series, err := s.Bars(t.Context(), q, ignore)
		if err != nil || series.First != 10 || series.Bars[0].Date != v.begins {
			t.Fatalf("%d sessions of warm-up, %v", series.First, err)
		}
		if spent, err := db.Spent(t.Context(), "r"); err != nil || math.Abs(spent-v.billed) > 1e-9 {
			t.Errorf("%v on record, %v billed, %v", spent, v.billed, err)
		}
		q.Start, q.Symbol = lombard.MustDate("2021-12-06"), "OTHER"
		_, err = s.Bars(t.Context(), q, ignore)
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok || len(own.Fields) != 1 || own.Fields[0].Value != q.Start || own.Fields[0].Suggestion != v.begins.String() {
			t.Errorf("too early: %v", err)
		}
	}
}

// TestNothingWrongIsStored: an answer that is wrong in one place is not used.
func TestNothingWrongIsStored(t *testing.T) {
	for name, wrong := range map[string]func([]market.Bar) []market.Bar{
		"a zero":  func(b []market.Bar) []market.Bar { b[3].Close = 0; return b },
		"a minus": func(b []market.Bar) []market.Bar { b[3].Close = -5; return b },
		"twice": func(b []market.Bar) []market.Bar {
			return append(b[:4:4], append([]market.Bar{{Date: b[3].Date, Close: 9}}, b[4:]...)...)
		},
		"unsorted":      func(b []market.Bar) []market.Bar { b[3], b[4] = b[4], b[3]; return b },
		"not asked for": func(b []market.Bar) []market.Bar { return append(b, market.Bar{Date: b[len(b)-1].Date + 30, Close: 1}) },
		"a bad split":   func(b []market.Bar) []market.Bar { b[3].Split = -2; return b },
	} {
		v, db := &shop{wrong: wrong}, open(t)
		s := data.NewSource(v, db, data.Limits{DayUSD: 100}, clock)
		_, err := s.Bars(t.Context(), query("2022-01-03", "2022-03-31"), ignore)
		if lombard.KindOf(err) != lombard.KindDataUnavailable || !strings.Contains(err.Error(), "Nothing of them was stored") {
			t.Errorf("%s: got %v", name, err)
		}
		if held, err := db.Holdings(t.Context()); err != nil || len(held) > 0 {
			t.Errorf("%s: %v is stored, %v", name, held, err)
		}
	}
}

func TestDatesOutsideTheDataCostNothing(t *testing.T) {
	v := &shop{}
	s := data.NewSource(v, open(t), data.Limits{DayUSD: 100}, clock)
	_, err := s.Bars(t.Context(), query("2011-01-03", "2022-03-31"), ignore)
	if err == nil || !strings.Contains(err.Error(), "Data not available before 2020-01-01. Please set start date to 2020-01-01 or later.") || len(v.fetches) > 0 {
		t.Errorf("got %v", err)
	}
	q := query("2022-01-01", "2022-01-02")
	q.Symbol = "GLD"
	if _, err := s.Bars(t.Context(), q, ignore); lombard.KindOf(err) != lombard.KindValidation {
		t.Errorf("a weekend: %v", err)
	}
}

// TestDatesJustOutsideAVendorsRangeSnapToIt: a week around the range that the
// vendor states is run, only the days within it are bought, and the days after
// it are asked for again.
func TestDatesJustOutsideAVendorsRangeSnapToIt(t *testing.T) {
	v, db := &shop{}, open(t)
	s := data.NewSource(v, db, data.Limits{DayUSD: 100}, clock)
	first := lombard.MustDate("2020-01-01")
	series, err := s.Bars(t.Context(), query("2019-12-28", "2020-03-31"), ignore)
	if err != nil || series.Bars[0].Date < first || len(v.fetches) != 1 || v.fetches[0].Start != first {
		t.Fatalf("%v after %v", err, v.fetches)
	}
	again, err := s.Bars(t.Context(), query("2019-12-28", "2020-03-31"), ignore)
	if err != nil || again.Digest() != series.Digest() || len(v.fetches) != 1 {
		t.Errorf("again: %v after %v", err, v.fetches)
	}
	if _, err := s.Bars(t.Context(), query("2019-12-24", "2020-03-31"), ignore); lombard.KindOf(err) != lombard.KindDataUnavailable {
		t.Errorf("eight days before: %v", err)
	}
}

func TestAnEstimateCostsNothing(t *testing.T) {
	v := &shop{}
	s := data.NewSource(v, open(t), data.Limits{DayUSD: 100}, clock)
	e, err := s.Estimate(t.Context(), query("2022-01-03", "2022-03-31"))
	if err != nil || diff(e.USD, 0.64) || len(e.Missing) != 1 || len(v.fetches) > 0 {
		t.Errorf("got %+v, %v", e, err)
	}
	if _, err := s.Bars(t.Context(), query("2022-01-03", "2022-03-31"), ignore); err != nil {
		t.Fatal(err)
	}
	if e, err = s.Estimate(t.Context(), query("2022-01-03", "2022-03-31")); err != nil || e.USD != 0 || len(e.Missing) != 0 {
		t.Errorf("got %+v, %v", e, err)
	}
}

// refusal is a vendor's answer without data.
type refusal struct{}

func (refusal) Error() string    { return "status 422" }
func (refusal) NotCharged() bool { return true }

// short is a shop whose offer promises more than it serves.
type short struct {
	shop
	last lombard.Date
}

func (s *short) Cost(ctx context.Context, r market.BarRequest) (float64, error) {
	if r.Start > s.last {
		return 0, &lombard.Error{Kind: lombard.KindDataUnavailable, Err: refusal{}}
	}
	return s.shop.Cost(ctx, r)
}

func (s *short) DailyBars(ctx context.Context, r market.BarRequest, progress func(done, total int64)) (market.BarSet, error) {
	cut := r
	cut.End = min(r.End, s.last)
	set, err := s.shop.DailyBars(ctx, cut, progress)
	if cut != r {
		set.Covered = market.Range{First: cut.Start, Last: cut.End}
	}
	return set, err
}

// TestOnlyWhatWasServedIsStored: a vendor that serves less than was asked for is
// paid for that, asked for the rest again, and gives the same answer until it
// has the rest.
func TestOnlyWhatWasServedIsStored(t *testing.T) {
	v, db := &short{last: lombard.MustDate("2022-03-25")}, open(t)
	s := data.NewSource(v, db, data.Limits{DayUSD: 100}, clock)
	q := query("2022-01-03", "2022-03-31")
	first, err := s.Bars(t.Context(), q, ignore)
	if err != nil || first.Bars[len(first.Bars)-1].Date != v.last {
		t.Fatal(err, len(first.Bars))
	}
	spent, err := db.Spent(t.Context(), "r")
	if err != nil || diff(spent, v.billed) || diff(first.CostUSD, v.billed) {
		t.Errorf("the ledger has %v, the series %v, the vendor billed %v, %v", spent, first.CostUSD, v.billed, err)
	}
	held, err := db.Covered(t.Context(), data.Key{Source: "shop", Dataset: "ALL", Schema: data.SchemaBars, Symbol: "MINE"})
	if err != nil || len(held) != 1 || held[0].Last != v.last {
		t.Errorf("stored %v, %v", held, err)
	}
	again, err := s.Bars(t.Context(), q, ignore)
	if err != nil || again.CostUSD != 0 || again.Digest() != first.Digest() || len(again.Warnings) != 1 || !strings.Contains(again.Warnings[0].Message, "Data is available up to 2022-03-25.") {
		t.Fatalf("again: %v, %v, %v", again.CostUSD, again.Warnings, err)
	}
	if _, err := s.Bars(t.Context(), query("2022-03-28", "2022-03-31"), ignore); lombard.KindOf(err) != lombard.KindDataUnavailable {
		t.Errorf("a query of the rest alone: %v", err)
	}
	v.last = q.End
	whole, err := s.Bars(t.Context(), q, ignore)
	if err != nil || !slices.Equal(whole.Bars, bars(market.BarRequest{Start: q.Start, End: q.End})) || diff(first.CostUSD+whole.CostUSD, v.billed) {
		t.Errorf("%d bars for %v, billed %v, %v", len(whole.Bars), first.CostUSD+whole.CostUSD, v.billed, err)
	}
}

// TestWhatIsPaidIsStored: a caller that gives up when the answer has arrived
// does not lose it.
func TestWhatIsPaidIsStored(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	v := &shop{wrong: func(b []market.Bar) []market.Bar { cancel(); return b }}
	s := data.NewSource(v, open(t), data.Limits{DayUSD: 100}, clock)
	_, _ = s.Bars(ctx, query("2022-01-03", "2022-03-31"), ignore)
	again, err := s.Bars(t.Context(), query("2022-01-03", "2022-03-31"), ignore)
	if err != nil || again.CostUSD != 0 || len(v.fetches) != 1 {
		t.Errorf("%d fetches, %v", len(v.fetches), err)
	}
}

// wire publishes one figure a weekday.
type wire struct{ calls int }

func (*wire) Describe() market.Description {
	return market.Description{Slug: "wire", Title: "The wire"}
}
func (*wire) Licence() (licence, origin string) { return "public", "The wire." }
func (w *wire) Points(_ context.Context, id string, start, end lombard.Date) (market.Observations, error) {
	w.calls++
	if id != "RATE" {
		return nil, errors.New("unknown")
	}
	var out market.Observations
	for d := start; d <= end; d++ {
		if !d.IsWeekend() {
			out = append(out, market.Observation{Date: d, Value: -0.5})
		}
	}
	return out, nil
}

func TestFiguresAreFetchedOnceTheyHaveSettled(t *testing.T) {
	w := &wire{}
	r := data.NewReferences(w, open(t), clock)
	for range 2 {
		got, err := r.Observations(t.Context(), market.Caller{Workspace: "w"}, "RATE", lombard.MustDate("2023-01-02"), lombard.MustDate("2023-03-31"))
		if err != nil || len(got.Points) < 60 || got.Points[0].Value != -0.5 {
			t.Fatal(len(got.Points), err)
		}
	}
	if w.calls != 1 {
		t.Errorf("%d calls", w.calls)
	}
	for range 2 { // up to yesterday: asked again
		if _, err := r.Observations(t.Context(), market.Caller{Workspace: "w"}, "RATE", lombard.MustDate("2023-01-02"), lombard.MustDate("2024-06-13")); err != nil {
			t.Fatal(err)
		}
	}
	if w.calls != 3 {
		t.Errorf("%d calls, want the last days anew", w.calls)
	}
}

// decade is a shop that sells ten years: 2,609 weekdays.
func decade() *shop { return &shop{since: lombard.MustDate("2014-06-13")} }

func BenchmarkTenYearsCold(b *testing.B) {
	for b.Loop() {
		db := open(b)
		s := data.NewSource(decade(), db, data.Limits{DayUSD: 1e6}, clock)
		if _, err := s.Bars(b.Context(), query("2014-06-13", "2024-06-13"), ignore); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTenYearsWarm(b *testing.B) {
	s := data.NewSource(decade(), open(b), data.Limits{DayUSD: 1e6}, clock)
	for b.Loop() {
		if _, err := s.Bars(b.Context(), query("2014-06-13", "2024-06-13"), ignore); err != nil {
			b.Fatal(err)
		}
	}
}
