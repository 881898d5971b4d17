package data_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// TestTheLedgerSaysHowEveryCallEnded: none stays open, a refused one counts for
// nothing, and one that may be charged for counts in full and says so.
func TestTheLedgerSaysHowEveryCallEnded(t *testing.T) {
	busy := func(billed bool) error {
		return vendorhttp.Down("The shop", &vendorhttp.Reply{Vendor: "The shop", Status: 503, Billed: billed})
	}
	for _, c := range []struct {
		name        string
		fail        error
		wrong       func([]market.Bar) []market.Bar
		state, note string
	}{
		{"all is well", nil, nil, data.SpendSettled, ""},
		{"down", busy(false), nil, data.SpendVoid, data.NoteRefused},
		{"broken off, then down", busy(true), nil, data.SpendSettled, data.NoteBroken},
		{"rejected", lombard.Invalid([]lombard.FieldError{{Field: "symbol", Message: "No."}}), nil, data.SpendVoid, data.NoteRefused},
		{"out of credit", vendorhttp.OutOfCredit("The shop", nil), nil, data.SpendVoid, data.NoteRefused},
		{"malformed", vendorhttp.Malformed("The shop", "noise", nil), nil, data.SpendSettled, data.NoteWrong},
		{"a part came", vendorhttp.Charged(busy(false)), nil, data.SpendSettled, data.NoteBroken},
		{"lost", errors.New("reset"), nil, data.SpendSettled, data.NoteBroken},
		{"wrong", nil, func(b []market.Bar) []market.Bar { b[0].Close = -1; return b }, data.SpendSettled, data.NoteWrong},
	} {
		v, db := &shop{fail: c.fail, wrong: c.wrong}, open(t)
		s := data.NewSource(v, db, data.Limits{DayUSD: 100}, clock)
		_, err := s.Bars(t.Context(), query("2022-01-03", "2022-03-31"), ignore)
		if (err == nil) != (c.fail == nil && c.wrong == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		l, err := db.Ledger(t.Context(), data.LedgerQuery{Workspace: "w", Now: today, Limit: 10})
		if err != nil || len(l.Rows) != 1 || l.ReservedUSD != 0 {
			t.Fatalf("%s: %+v, %v", c.name, l, err)
		}
		row, want := l.Rows[0], 0.64
		if c.state == data.SpendVoid {
			want = 0
		}
		if row.State != c.state || row.Note != c.note || math.Abs(row.USD-want) > 1e-9 || math.Abs(l.SpentUSD-want) > 1e-9 || math.Abs(row.EstimateUSD-0.64) > 1e-9 || row.Holds != market.HoldsBars || row.Symbol != "MINE" {
			t.Errorf("%s: %+v, spent %v; want %s at %v, %q", c.name, row, l.SpentUSD, c.state, want, c.note)
		}
	}
}

// TestTheLedgerComesByThePage, newest first, each row once, and only those of
// the workspace; the sums are those of the day.
func TestTheLedgerComesByThePage(t *testing.T) {
	db := open(t)
	const rows = 25
	for i := range rows {
		for _, workspace := range []string{"w", "other"} {
			at := today.Add(time.Duration(i-rows/2) * time.Hour)
			_, ok, err := db.Reserve(t.Context(), data.Spend{ID: fmt.Sprintf("%s-%02d", workspace, i), Caller: market.Caller{Workspace: workspace}, USD: 1, At: at, Key: data.Key{Source: "shop", Schema: data.SchemaChains}}, 1e6)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
		}
	}
	if err := errors.Join(db.Keep(t.Context(), "w-20", "kept"), db.Void(t.Context(), "w-21", "void"), db.Keep(t.Context(), "w-21", "again")); err != nil {
		t.Fatal(err)
	}
	var ids []string
	cursor := ""
	for range rows {
		l, err := db.Ledger(t.Context(), data.LedgerQuery{Workspace: "w", Now: today, Limit: 10, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		if l.SpentUSD != 1 || l.ReservedUSD != 23 { // all 25 are of that day
			t.Fatalf("spent %v, reserved %v", l.SpentUSD, l.ReservedUSD)
		}
		for _, r := range l.Rows {
			ids = append(ids, r.ID)
		}
		if cursor = l.NextCursor; cursor == "" {
			break
		}
	}
	if len(ids) != rows || ids[0] != "w-24" || ids[rows-1] != "w-00" || !slices.IsSortedFunc(ids, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("%d rows: %v", len(ids), ids)
	}
	for _, strange := range []string{"other-03", "nonsense"} {
		if l, err := db.Ledger(t.Context(), data.LedgerQuery{Workspace: "w", Now: today, Limit: 10, Cursor: strange}); lombard.KindOf(err) != lombard.KindValidation || len(l.Rows) != 0 {
			t.Errorf("cursor %s: %d rows, %v", strange, len(l.Rows), err)
		}
	}
}
