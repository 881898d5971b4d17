package sqlite_test

import (
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/market"
)

func chainFile(t *testing.T, workspace string) app.PriceFile {
	t.Helper()
	f := app.PriceFile{
		Digest: strings.Repeat("c", 64), Workspace: workspace, Symbol: "MINE", Name: "chains.csv", ImportedAt: time.Unix(0, 0),
		First: lombard.MustDate("2024-01-16"), Last: lombard.MustDate("2024-01-17"), Sessions: 2, Warnings: []lombard.Warning{},
	}
	for d := f.First; d <= f.Last; d++ {
		c, err := market.NewChain(d, []market.OptionQuote{{Expiry: d + 30, Put: true, Strike: 95, Bid: 1, Ask: 1.2}, {Expiry: d + 30, Strike: 95, Bid: 6, Ask: 6.5}})
		if err != nil {
			t.Fatal(err)
		}
		f.Chains = append(f.Chains, c)
		f.Quotes += len(c.Quotes)
	}
	return f
}

func read(t *testing.T, db *sqlite.DB, k data.Key) (days []market.Chain, err error) {
	t.Helper()
	err = db.StoredChains(t.Context(), k, market.Range{First: 1, Last: lombard.MustDate("2100-01-01")}, true, func(stored data.StoredChain) error {
		c, err := data.Unpack(stored.Packed, nil)
		days = append(days, c)
		return err
	})
	return days, err
}

// TestChainsOfAFileStayWhileAWorkspaceHasIt: two workspaces import the same
// file; each forgets it for itself.
func TestChainsOfAFileStayWhileAWorkspaceHasIt(t *testing.T) {
	db, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f := chainFile(t, "v")
	for _, workspace := range []string{"v", "w"} {
		f.Workspace = workspace
		if _, err := db.SavePrices(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	k := data.Key{Source: app.FileSource, Dataset: f.Digest, Schema: data.SchemaChains, Symbol: "MINE"}
	days, err := read(t, db, k)
	if err != nil || len(days) != 2 || days[1].Digest() != f.Chains[1].Digest() {
		t.Fatalf("%+v, %v", days, err)
	}
	if _, found, err := db.Prices(t.Context(), "v", "MINE", ""); err != nil || found {
		t.Errorf("chains are given out as prices: %v, %v", found, err)
	}
	if list, err := db.ListPrices(t.Context(), "v"); err != nil || len(list) != 1 || list[0].Quotes != 4 {
		t.Errorf("list %+v, %v", list, err)
	}
	for _, row := range []struct {
		workspace string
		left      int
	}{{"v", 2}, {"w", 0}} {
		if err := db.DeletePrices(t.Context(), row.workspace, f.Digest); err != nil {
			t.Fatal(err)
		}
		if days, err := read(t, db, k); err != nil || len(days) != row.left {
			t.Errorf("after %s forgot it: %d days, %v; want %d", row.workspace, len(days), err, row.left)
		}
	}
}

// TestDamagedChainsAreNotUsed: a flipped byte is found and said.
func TestDamagedChainsAreNotUsed(t *testing.T) {
	db, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f := chainFile(t, "w")
	k := data.Key{Source: "vendor", Dataset: "ALL", Schema: data.SchemaChains, Symbol: "MINE"}
	if err := db.StoreChain(t.Context(), k, f.Chains[0], data.Purchase{USD: 0.1, At: time.Unix(0, 0)}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Writer().ExecContext(t.Context(), "UPDATE chain SET body = CAST(substr(body, 1, length(body) - 9) || x'00' || substr(body, -8) AS BLOB)"); err != nil {
		t.Fatal(err)
	}
	if days, err := read(t, db, k); lombard.KindOf(err) != lombard.KindStorage || !strings.Contains(err.Error(), "option quotes of MINE of 2024-01-16 are damaged") {
		t.Errorf("%+v, %v", days, err)
	}
	if err := db.Forget(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	if days, err := read(t, db, k); err != nil || len(days) > 0 {
		t.Errorf("forgotten: %+v, %v", days, err)
	}
}
