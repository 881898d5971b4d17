package fakevendor_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/provider/databento"
	fake "lombard.example/lombard/internal/provider/fakevendor"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// window is what is asked for: within what the first dataset has.
var window = market.Range{First: lombard.MustDate("2024-07-08"), Last: lombard.MustDate("2024-08-09")}

func open(t testing.TB) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func ignore(int64, int64) {}

// noSleep does not wait.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// score is what all trials come to.
type score struct {
	cases, right, wrong, again, leaked, stored, most int
}

// bench is the whole way from the fake to an answer.
type bench struct {
	vendor *fake.Databento
	source *data.Source
	db     *sqlite.DB
	query  market.Query
}

func newBench(t *testing.T, db *sqlite.DB, tr trial, name string) bench {
	t.Helper()
	v := fake.New(t)
	if tr.symbol != "" {
		name = tr.symbol
	}
	return bench{
		vendor: v, source: sourceOf(v, db, tr), db: db,
		query: market.Query{Caller: market.Caller{Workspace: "w", Run: tr.name}, Symbol: name, Start: window.First, End: window.Last, MaxCostUSD: 5},
	}
}

func sourceOf(v *fake.Databento, db *sqlite.DB, tr trial) *data.Source {
	client := vendorhttp.Client{Sleep: noSleep}
	if tr.client != nil {
		tr.client(&client)
	}
	return data.NewSource(databento.New(v.URL, fake.Key, client), db, data.Limits{DayUSD: 1e6}, fake.Today)
}

// held is how much is stored of the symbol.
func (b *bench) held(t *testing.T) int {
	t.Helper()
	list, err := b.db.Holdings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(list, func(h data.Holding) bool { return h.Symbol != b.query.Symbol }))
}

// TestR16 runs every trial through the whole of the pipeline: the fault has its
// kind, code, sentence and number of tries, leaves nothing behind and no key
// anywhere; once it has passed, the same query has the right answer, and a day
// that was delivered whole is never billed again.
func TestR16(t *testing.T) {
	db, list := open(t), trials()
	s := score{cases: len(list)}
	for i, tr := range list {
		t.Run(tr.name, func(t *testing.T) {
			b := newBench(t, db, tr, fmt.Sprintf("T%03d", i))
			path := tr.path
			if path == "" {
				path = fake.DataPath
			}
			b.vendor.Break(path, tr.script)
			series, err := b.source.Bars(t.Context(), b.query, ignore)
			s.most = max(s.most, b.vendor.MostAsked())
			if most := max(tr.most, 1); b.vendor.MostAsked() != most {
				t.Errorf("a question was asked %d times, want %d", b.vendor.MostAsked(), most)
			}
			switch {
			case tr.kind != "":
				b.fails(t, tr, err, &s)
			case err != nil:
				t.Fatal(err)
			case tr.sees != nil:
				if wrong := tr.sees(series); wrong != "" {
					t.Error(wrong)
				}
			case !slices.Equal(series.Bars, fake.Bars(b.query.Symbol, window)):
				s.wrong++
				t.Error("the bars are not the right ones")
			}
			if tr.impatient { // for a true answer, which takes longer on a busy machine
				b.source = sourceOf(b.vendor, db, trial{})
			}
			b.heals(t, tr, &s)
			if !t.Failed() {
				s.right++
			}
		})
	}
	if s.cases < 70 || s.most > 3 {
		t.Errorf("%d cases and %d tries, want at least 70 and at most 3", s.cases, s.most)
	}
	t.Logf("R16: %d cases, %d as specified, wrong_result %d, double_spend %d, leaked_secret %d, stored_after_fault %d, most tries of a question %d",
		s.cases, s.right, s.wrong, s.again, s.leaked, s.stored, s.most)
}

// fails checks the error of a fault.
func (b *bench) fails(t *testing.T, tr trial, err error, s *score) {
	t.Helper()
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok || own.Kind != tr.kind || tr.code != "" && own.Code != tr.code && (len(own.Fields) == 0 || own.Fields[0].Code != tr.code) || !strings.Contains(own.Error(), tr.says) {
		t.Errorf("got %v %+v, want %s %s %q", lombard.KindOf(err), err, tr.kind, tr.code, tr.says)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if vendorhttp.Hide(fake.Key).Holds(fmt.Sprintf("%v %+v %#v", e, e, e.Error())) {
			s.leaked++
			t.Errorf("the key stands in %v", e)
		}
	}
	spent, failed := b.db.Spent(t.Context(), tr.name)
	billed, _ := b.vendor.Billed()
	if failed != nil || billed == 0 && !tr.lost && tr.code != lombard.CodeTooFewDays && spent != 0 || billed > 0 && spent == 0 {
		t.Errorf("%v is on record as spent, where %v was billed, %v", spent, billed, failed)
	}
	l, failed := b.db.Ledger(t.Context(), data.LedgerQuery{Workspace: b.query.Workspace, Now: fake.Today(), Limit: data.MostLedgerRows})
	if failed != nil || l.ReservedUSD != 0 {
		t.Errorf("%v is reserved when the call has ended, %v", l.ReservedUSD, failed)
	}
	if n := b.held(t); n > 0 && tr.code != lombard.CodeTooFewDays {
		s.stored += n
		t.Errorf("%d stretches are stored", n)
	}
}

// heals checks that the same query, asked again when all is well, has the right
// answer, and that it is paid once.
func (b *bench) heals(t *testing.T, tr trial, s *score) {
	t.Helper()
	b.vendor.Heal()
	if tr.sees == nil && tr.code != lombard.CodeTooFewDays {
		for round := range 2 {
			series, err := b.source.Bars(t.Context(), b.query, ignore)
			if err != nil {
				t.Fatalf("all is well again: %v", err)
			}
			if !slices.Equal(series.Bars, fake.Bars(b.query.Symbol, window)) {
				s.wrong++
				t.Error("the bars are not the right ones when all is well again")
			}
			if round == 1 && (b.vendor.Calls(fake.DataPath) > 2 || series.CostUSD != 0) {
				t.Errorf("what is here is fetched again for %v", series.CostUSD)
			}
		}
	}
	usd, again := b.vendor.Billed()
	s.again += again
	if again > 0 {
		t.Errorf("%d days were billed again after they had been delivered whole; %v in all", again, usd)
	}
}

// TestChainFaults are the faults of chains, through their pipeline.
func TestChainFaults(t *testing.T) {
	dates := []lombard.Date{lombard.MustDate("2024-07-08"), lombard.MustDate("2024-07-09"), lombard.MustDate("2024-07-10")}
	quoting := func(stamp, bid, ask string) fake.Script {
		return func(n int, w http.ResponseWriter, r *http.Request) bool {
			root, _, _ := strings.Cut(r.PostForm.Get("symbols"), ".")
			return always(200, "text/csv", fake.QuoteHeader+fake.QuoteRow(stamp, fmt.Sprintf("%-6s240802P00100000", root), bid, ask))(n, w, r)
		}
	}
	const stamp = "2024-07-08T20:00:00Z"
	db := open(t)
	list := []trial{
		{name: "all is well", script: first(0, silent)},
		{name: "down once", script: first(1, always(503, "text/plain", "")), most: 2},
		{name: "out of credit", script: reject(402, "account_insufficient_funds", "", ""), kind: auth, code: vendorhttp.CodePayment, says: "Account out of credit."},
		{name: "unknown", script: reject(422, "symbology_invalid_request", "", ""), kind: bad, code: lombard.CodeUnknown, says: "Symbol unknown in this dataset for these dates."},
		{name: "a negative bid", script: quoting(stamp, "-1", "2"), kind: none, says: "cannot be right"},
		{name: "an infinite ask", script: quoting(stamp, "1", "inf"), kind: none, says: "cannot be right"},
		{name: "a quote in words", script: quoting(stamp, "one", "2"), kind: none, code: vendorhttp.CodeAnswer, says: "a quote that is no number"},
		{name: "no time", script: quoting("soon", "1", "2"), kind: none, code: vendorhttp.CodeAnswer, says: "a quote without a time"},
		{name: "cut", script: cutShort, kind: none, code: vendorhttp.CodeAnswer, says: "damaged"},
		{name: "a page", script: always(200, "text/html", "<html>"), kind: none, code: vendorhttp.CodeAnswer, says: "a web page"},
		{name: "a fortune", path: fake.CostPath, script: always(200, "application/json", "9"), kind: cost, code: "over_budget", says: "would cost about $27.00"},
	}
	for i, tr := range list {
		t.Run(tr.name, func(t *testing.T) {
			b := newBench(t, db, tr, fmt.Sprintf("C%d", i))
			path := tr.path
			if path == "" {
				path = fake.DataPath
			}
			b.vendor.Break(path, tr.script)
			q := market.ChainQuery{Caller: market.Caller{Workspace: "w", Run: tr.name}, Symbol: b.query.Symbol, Dates: dates, MaxCostUSD: 5}
			chains, err := b.source.Chains(t.Context(), q, ignore)
			if tr.kind != "" {
				s := score{}
				b.fails(t, tr, err, &s)
				b.vendor.Restart() // calls for other days were given up with the one that failed
				b.source = sourceOf(b.vendor, db, tr)
				chains, err = b.source.Chains(t.Context(), q, ignore)
			}
			if err != nil || len(chains.Days) != len(dates) {
				t.Fatalf("%d days, %v", len(chains.Days), err)
			}
			for _, c := range chains.Days {
				want, err := market.NewChain(c.Date, fake.Quotes(c.Date))
				if err != nil || c.Digest() != want.Digest() {
					t.Errorf("%s: got %v, want %v, %v", c.Date, c.Quotes, want.Quotes, err)
				}
			}
			if _, again := b.vendor.Billed(); again > 0 {
				t.Errorf("%d days were billed again", again)
			}
		})
	}
}

// TestMemoryIsBounded: neither bombs nor endless answers fill it.
func TestMemoryIsBounded(t *testing.T) {
	const most = 400 << 20
	db := open(t)
	for _, tr := range bodies() {
		if !strings.Contains(tr.name, "bomb") && tr.name != "no end" {
			continue
		}
		b := newBench(t, db, tr, "M"+strings.ReplaceAll(tr.name, " ", ""))
		b.vendor.Break(fake.DataPath, tr.script)
		runtime.GC()
		var peak atomic.Uint64
		ctx, stop := context.WithCancel(t.Context())
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			for ctx.Err() == nil {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak.Store(max(peak.Load(), m.HeapInuse))
				time.Sleep(5 * time.Millisecond)
			}
		}()
		_, err := b.source.Bars(t.Context(), b.query, ignore)
		stop()
		<-watched
		if err == nil || peak.Load() > most {
			t.Errorf("%s: %d MiB in use, %v", tr.name, peak.Load()>>20, err)
		}
		t.Logf("%s: at most %d MiB in use", tr.name, peak.Load()>>20)
	}
}
