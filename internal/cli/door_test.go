package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// goldRequest is the story of the winter of 1987, computed anew each time.
const goldRequest = `{"scenario_name": "Gold", "symbol": "XAU", "start_date": "1987-12-14", "end_date": "1989-03-31",
	"template_slug": "protective-put-atm-12m", "underlying_units": 1000, "loan_amount": 301650, "margin_call_ltv": 0.75,
	"data_source": "sample", "on_conflict": "queue", "force": true}`

func holds(t *testing.T, dir string, working bool) *local {
	t.Helper()
	if !doorsArePrivate {
		t.Skip("there is no private socket on " + runtime.GOOS)
	}
	l, err := openLocal(t.Context(), config.Config{DataDir: dir}, holder{purpose: "test", log: slog.New(slog.DiscardHandler), working: working})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func joins(t *testing.T, dir string) backend {
	t.Helper()
	p := &program{world: &World{Stdout: io.Discard, Stderr: io.Discard}}
	b, err := p.openHere(t.Context(), config.Config{DataDir: dir}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestACommandWorksThroughTheHolderAndGoesOnWithoutIt: what was submitted
// through a process that ends is seen to its end by the one that asked.
func TestACommandWorksThroughTheHolderAndGoesOnWithoutIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first := holds(t, dir, true)
	second := joins(t, dir)
	if _, through := second.(*joint); !through {
		t.Fatalf("the second process works on a %T", second)
	}
	job, err := second.Submit(t.Context(), "w", []byte(goldRequest))
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := first.Job(t.Context(), "w", job.JobID); err != nil || seen.JobID != job.JobID {
		t.Errorf("the first process sees %+v, %v", seen, err)
	}
	closed := make(chan error, 1)
	go func() { closed <- first.Close() }()
	last, err := second.Watch(t.Context(), "w", job.JobID, func(lombard.Job) {})
	if err != nil || last.Status != lombard.StatusComplete {
		t.Errorf("%s, %v", last.Status, err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if result, err := second.Result(t.Context(), "w", job.JobID); err != nil || result.Top().Symbol != "XAU" {
		t.Errorf("result: %v", err)
	}
	again, err := second.Submit(t.Context(), "w", []byte(goldRequest))
	if err == nil {
		_, err = second.Watch(t.Context(), "w", again.JobID, func(lombard.Job) {})
	}
	if err := errors.Join(err, second.Close()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, doorName)); !os.IsNotExist(err) {
		t.Errorf("a socket is left: %v", err)
	}
}

// TestADeepFolderHasADoorToo: an address of a socket is short, a path is not.
func TestADeepFolderHasADoorToo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("long paths need /proc")
	}
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep", 30), strings.Repeat("deeper", 20))
	first := holds(t, dir, true)
	defer first.Close()
	second := joins(t, dir)
	defer second.Close()
	if _, err := second.Sources(t.Context(), "w"); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(filepath.Join(dir, doorName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, doorName+"-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestBoughtPricesAreManagedThroughTheHolder does each errand.
func TestBoughtPricesAreManagedThroughTheHolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first := holds(t, dir, true)
	defer first.Close()
	second := joins(t, dir)
	defer second.Close()
	ctx := t.Context()
	day := lombard.MustDate("2024-01-02")
	bars := data.Key{Source: "tiingo", Dataset: "d", Schema: data.SchemaBars, Symbol: "X"}
	days := market.Range{First: day, Last: day + 1}
	want := []market.Bar{{Date: day, Open: 1, High: 3, Low: 0.5, Close: 2.1, Volume: 7, Contract: "c"}, {Date: day + 1, Close: 1.0 / 3}}
	chain, err := market.NewChain(day, []market.OptionQuote{{Expiry: day + 30, Put: true, Strike: 95, Bid: 1, Ask: 1.2}})
	if err != nil {
		t.Fatal(err)
	}
	chains := data.Key{Source: "tiingo", Dataset: "d", Schema: data.SchemaChains, Symbol: "X"}
	if err := errors.Join(first.db.StoreBars(ctx, bars, days, want, data.Purchase{}), first.db.StoreChain(ctx, chains, chain, data.Purchase{})); err != nil {
		t.Fatal(err)
	}
	k := second.(keeper)
	if held, err := k.Holdings(ctx); err != nil || len(held) != 2 || held[0].Symbol != "X" {
		t.Errorf("holdings: %+v, %v", held, err)
	}
	if got, err := k.Stored(ctx, bars, days); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("bars: %+v, %v", got, err)
	}
	if got, err := k.StoredChains(ctx, chains, days); err != nil || len(got) != 1 || got[0].Digest() != chain.Digest() {
		t.Errorf("chains: %+v, %v", got, err)
	}
	if _, err := k.Refresh(ctx, "w", bars, 0); err == nil {
		t.Error("a refresh without a key of the vendor succeeded")
	}
	if err := k.Forget(ctx, bars); err != nil {
		t.Errorf("forget: %v", err)
	}
	err = k.Forget(ctx, bars) // its sentence comes through
	if own, ok := errors.AsType[*lombard.Error](err); !ok || own.Kind != lombard.KindNotFound || !strings.Contains(own.Message, "Nothing of X") {
		t.Errorf("forget again: %v", err)
	}
}

// TestAHolderThatDoesNotAnswerIsNamed: one without a door is waited for and
// then named.
func TestAHolderThatDoesNotAnswerIsNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first := holds(t, dir, false) // it computes nothing, so it has no door
	defer first.Close()
	p := &program{world: &World{Stdout: io.Discard, Stderr: io.Discard}}
	_, err := p.openHere(context.Background(), config.Config{DataDir: dir}, "test")
	if own, ok := errors.AsType[*lombard.Error](err); !ok || own.Code != lombard.CodeInUse || exitCode(err) != ExitUnusable {
		t.Errorf("%v", err)
	}
}
