package chaos

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard/hedge"
)

// largest is a request about as large as people make them: decades of days and
// many hedges.
func largest(t *testing.T, hedges, serial int) input {
	t.Helper()
	var slugs []string
	for _, template := range hedge.All()[:hedges] {
		slugs = append(slugs, template.Slug)
	}
	name := fmt.Sprintf("large #%d", serial)
	return input{name, encode(t, map[string]any{
		"scenario_name": name, "symbol": "SYN-7", "start_date": "1992-03-02", "end_date": "2029-03-02", "template_slugs": slugs, "force": true,
		"underlying_units": 1000, "loan_amount": 25000 + float64(serial)/100, "margin_call_ltv": 0.75, "data_source": "synthetic",
	})}
}

// TestMixedLoadKeepsToItsMemory is R20: submits, polls, watchers, uploads, the
// largest runs and reads of their results in every format, all at once, within
// the memory that the server was given.
func TestMixedLoadKeepsToItsMemory(t *testing.T) {
	const ceiling = 512 << 20
	duration := amount(30*60, 10)
	hedges := 4 // so that one is done in the short share, on a machine with other work
	if duration > 60 {
		hedges = 30
	}
	s := newServer(t, program(t), "LOMBARD_MEMORY=512MiB")
	s.start()
	l := newLoad(t, s, newSeed(t))
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(duration)*time.Second)
	defer cancel()
	var large, read, taken int
	l.actors.Go(func() {
		c := newClient("large", "large", s, l.history)
		for serial := 1; ctx.Err() == nil; serial++ {
			in := largest(t, hedges, serial)
			l.known.keep(in)
			job, _ := c.submit(ctx, in, "")
			if job == nil {
				pause(ctx, 100*time.Millisecond)
				continue
			}
			if done := c.await(ctx, job.ID, 50*time.Millisecond); done == nil || done.Status != "complete" {
				continue
			}
			large++
			for _, format := range []string{"json", "columns", "csv", "parquet", "xlsx"} {
				if n, ok := s.drain(ctx, "/api/v1"+c.in(job.ID, "result?format="+format)); ok && n > 0 {
					read++
				}
			}
		}
	})
	l.actors.Go(func() {
		files := [][]byte{chainTable(8 << 20), priceTable(8 << 20)}
		for i := 0; ctx.Err() == nil; i++ {
			if a := s.upload(ctx, fmt.Sprintf("/workspaces/uploads/datasets?symbol=UP%d", i%20), files[i%2]); a.code == http.StatusCreated {
				taken++
			}
		}
	})
	<-ctx.Done()
	l.halt()
	if !ready(context.Background(), *s.address.Load()) {
		t.Fatalf("the server is not ready after the load\n%s", s.log.String())
	}
	peak, known := s.peakMemory()
	t.Logf("R20: %d s of mixed load, with %d runs of %d hedges and 37 years, %d reads of their results and %d uploads: peak memory of the server %d MiB of %d",
		duration, large, hedges, read, taken, peak>>20, ceiling>>20)
	if known && peak > ceiling {
		t.Errorf("the server had %d MiB resident, want at most %d", peak>>20, ceiling>>20)
	}
	if alarms := s.alarms(); len(alarms) > 0 {
		t.Errorf("the log has %d alarms:\n%s", len(alarms), strings.Join(alarms, "\n"))
	}
}

// drain reads an answer to its end and returns how long it is.
func (s *server) drain(ctx context.Context, path string) (n int64, ok bool) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, *s.address.Load()+path, http.NoBody)
	if err != nil {
		return 0, false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, false
	}
	defer response.Body.Close()
	n, err = io.Copy(io.Discard, response.Body)
	return n, err == nil && response.StatusCode == http.StatusOK
}
