package cli

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/data"
	fake "lombard.example/lombard/internal/provider/fakevendor"
	"lombard.example/lombard/market"
)

const boughtGold = `{"symbol":"GLD","start_date":"2024-08-01","end_date":"2024-09-30","template_slug":"protective-put-95pct-12m",
	"underlying_units":100,"loan_amount":10000,"margin_call_ltv":0.75,"data_source":"databento","assumptions":{"vol":{"model":"flat","value":0.16}}}`

// TestACallThatNobodyWaitsForIsSettledAtTheNextStart kills the program between
// the reserving of a call and its answer. The next start finds the row, counts
// it, says why, and the day's cap knows.
func TestACallThatNobodyWaitsForIsSettledAtTheNextStart(t *testing.T) {
	dir := t.TempDir()
	scenario := filepath.Join(t.TempDir(), "gld.json")
	if err := os.WriteFile(scenario, []byte(boughtGold), 0o600); err != nil {
		t.Fatal(err)
	}
	v := fake.New(t)
	program, err := exec.LookPath("lombard") // which package testscript puts there
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "run", "-f", scenario)
	cmd.Env = append(os.Environ(), "LOMBARD_DATA_DIR="+dir, "LOMBARD_DATABENTO_URL="+v.URL, "DATABENTO_API_KEY="+fake.Key, "HOME="+t.TempDir())
	asked := make(chan struct{}, 1)
	v.Break(fake.DataPath, func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		asked <- struct{}{}
		<-r.Context().Done() // until it is dead
		return true
	})
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-time.After(time.Minute):
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err == nil || v.Calls(fake.DataPath) != 1 {
		t.Fatalf("%d calls, and then %v: %s", v.Calls(fake.DataPath), err, out.Bytes())
	}

	settings := config.Config{DataDir: dir, DayCapUSD: 1}
	l, err := openLocal(t.Context(), settings, holder{purpose: "test", log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ledger, err := l.Ledger(t.Context(), data.LedgerQuery{Workspace: "default", Limit: 10})
	if err != nil || len(ledger.Rows) != 1 {
		t.Fatalf("%+v, %v", ledger, err)
	}
	row := ledger.Rows[0]
	if row.State != data.SpendSettled || row.Note != data.NoteLost || !(row.USD > 0.3) || row.JobID == "" || row.Source != "databento" {
		t.Errorf("%+v", row)
	}
	if ledger.ReservedUSD != 0 || ledger.SpentUSD != row.USD || ledger.LeftUSD != 1-row.USD || ledger.CapUSD != 1 {
		t.Errorf("%+v", ledger)
	}
	if billed, _ := v.Billed(); billed > ledger.SpentUSD {
		t.Errorf("%v was billed, %v counts", billed, ledger.SpentUSD)
	}
}

// TestTheReconcilerSettlesWhatIsOlderThanAnyCall, and leaves a call alone that
// may still be answered.
func TestTheReconcilerSettlesWhatIsOlderThanAnyCall(t *testing.T) {
	l, err := openLocal(t.Context(), config.Config{DataDir: t.TempDir(), DayCapUSD: 25}, holder{purpose: "test", log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	now := time.Now()
	for id, age := range map[string]time.Duration{"old": time.Hour, "new": time.Minute} {
		if _, _, err := l.db.Reserve(t.Context(), data.Spend{ID: id, Caller: market.Caller{Workspace: "w"}, USD: 1, At: now.Add(-age)}, 100); err != nil {
			t.Fatal(err)
		}
	}
	mended, err := l.db.Reconcile(t.Context(), now, false)
	if err != nil || mended != (app.Reconciled{SpendsSettled: 1}) {
		t.Fatalf("%+v, %v", mended, err)
	}
	ledger, err := l.Ledger(t.Context(), data.LedgerQuery{Workspace: "w", Limit: 10})
	if err != nil || len(ledger.Rows) != 2 || ledger.Rows[0].State != data.SpendReserved || ledger.Rows[1].State != data.SpendSettled {
		t.Fatalf("%+v, %v", ledger, err)
	}
}

// TestAFailingVendorCostsNothing: whatever the attempts, a vendor that is down
// leaves the cap as it was.
func TestAFailingVendorCostsNothing(t *testing.T) {
	v := fake.New(t)
	l, err := openLocal(t.Context(), config.Config{DataDir: t.TempDir(), DayCapUSD: 25, DatabentoURL: v.URL, VendorKeys: map[string]string{"DATABENTO_API_KEY": fake.Key}}, holder{purpose: "test", log: slog.New(slog.DiscardHandler), working: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for status, want := range map[int]lombard.Kind{402: lombard.KindVendorAuth, 401: lombard.KindVendorAuth} {
		v.Break(fake.DataPath, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			fake.Reject(status, "x", "Authorization: Basic "+fake.Key, "")(w)
			return true
		})
		job, err := l.Submit(t.Context(), "w", []byte(boughtGold))
		if err != nil {
			t.Fatal(err)
		}
		last, err := l.Watch(t.Context(), "w", job.JobID, func(lombard.Job) {})
		if err != nil || last.Status != lombard.StatusFailed || last.ErrorDetail.Kind != want || exitCode(endOf(last)) != ExitNoData {
			t.Fatalf("%d: %v, %+v", status, err, last)
		}
		if d := last.ErrorDetail.Vendor; d == nil || d.Status != status || d.Name != "Databento" || d.RequestID == "" {
			t.Errorf("%d: the vendor is %+v", status, d)
		}
		if strings.Contains(*last.Error, fake.Key) {
			t.Errorf("%d: %s", status, *last.Error)
		}
		ledger, err := l.Ledger(t.Context(), data.LedgerQuery{Workspace: "w", Limit: 10})
		if err != nil || ledger.LeftUSD != 25 || ledger.Rows[0].State != data.SpendVoid {
			t.Errorf("%d: %+v, %v", status, ledger, err)
		}
	}
}
