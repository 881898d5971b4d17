package fakevendor_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	fake "lombard.example/lombard/internal/provider/fakevendor"
	"lombard.example/lombard/market"
)

// TestEveryStatusSettles: no status without data leaves anything reserved or
// spent, whatever call it answers and however often it is tried again.
func TestEveryStatusSettles(t *testing.T) {
	db, v := open(t), fake.New(t)
	s := sourceOf(v, db, trial{})
	q := market.Query{Caller: market.Caller{Workspace: "w"}, Start: window.First, End: window.Last, MaxCostUSD: 5}
	for status := 300; status < 600; status++ {
		for _, path := range []string{fake.DataPath, fake.CostPath, fake.RangePath} {
			v.Heal()
			v.Break(path, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(status)
				return true
			})
			q.Symbol, q.Run = fmt.Sprintf("S%d", status), fmt.Sprintf("%d %s", status, path)
			_, err := s.Bars(t.Context(), q, ignore)
			if _, ok := errors.AsType[*lombard.Error](err); !ok || v.MostAsked() > 3 {
				t.Fatalf("%d of %s: %v after %d questions", status, path, err, v.MostAsked())
			}
			if status == http.StatusPaymentRequired && lombard.KindOf(err) != lombard.KindVendorAuth {
				t.Errorf("402 of %s: %v", path, err)
			}
		}
	}
	l, err := db.Ledger(t.Context(), data.LedgerQuery{Workspace: "w", Now: fake.Today(), Limit: data.MostLedgerRows})
	if err != nil || l.SpentUSD != 0 || l.ReservedUSD != 0 || len(l.Rows) != data.MostLedgerRows || l.NextCursor == "" {
		t.Fatalf("%v spent, %v reserved, %d rows, %v", l.SpentUSD, l.ReservedUSD, len(l.Rows), err)
	}
	for _, r := range l.Rows {
		if r.State != data.SpendVoid || r.Note != data.NoteRefused || r.USD != 0 || !(r.EstimateUSD > 0) {
			t.Fatalf("%+v", r)
		}
	}
}

// TestAVendorThatIsDownChargesForNoDayOfChains: of the days that are asked for
// at the same time none is given up with the one that failed first, so that it
// is known that none of them was served.
func TestAVendorThatIsDownChargesForNoDayOfChains(t *testing.T) {
	db, v := open(t), fake.New(t)
	s := sourceOf(v, db, trial{})
	var dates []lombard.Date
	for d := window.First; d <= window.Last; d++ {
		if market.CalendarOf("nyse").IsSession(d) {
			dates = append(dates, d)
		}
	}
	v.Break(fake.DataPath, always(503, "text/plain", ""))
	_, err := s.Chains(t.Context(), market.ChainQuery{Caller: market.Caller{Workspace: "w", Run: "r"}, Symbol: "GLD", Dates: dates, MaxCostUSD: 50}, ignore)
	if lombard.KindOf(err) != lombard.KindVendorBusy {
		t.Fatal(err)
	}
	l, err := db.Ledger(t.Context(), data.LedgerQuery{Workspace: "w", Now: fake.Today(), Limit: data.MostLedgerRows})
	if err != nil || l.SpentUSD != 0 || l.ReservedUSD != 0 || len(l.Rows) == 0 || len(l.Rows) > 16 || l.Rows[0].Holds != market.HoldsChains {
		t.Errorf("%v spent, %v reserved, %d rows, %v", l.SpentUSD, l.ReservedUSD, len(l.Rows), err)
	}
}
