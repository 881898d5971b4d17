package chaos

import (
	"context"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// TestDeterminism is R25: the same request gives the same bytes, however many
// processors compute it and however often.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	seed, repeats := newSeed(t), amount(1000, 60)
	inputs := []input{
		newInput(t, chance(seed, "light"), "light", 1, light),
		newInput(t, chance(seed, "medium"), "medium", 2, medium),
		newInput(t, chance(seed, "heavy"), "heavy", 3, heavy),
	}
	digests := map[string]string{}
	runs, each := 0, (repeats+8)/9 // three requests on three kinds of machine
	for _, processors := range []string{"1", "2", "8"} {
		s := newServer(t, program(t), "GOMAXPROCS="+processors)
		s.start()
		h := checker.NewHistory(time.Now())
		done := make(chan [2]string, len(inputs)) // name and digest
		for _, in := range inputs {
			go func() {
				c := newClient(in.name, in.name, s, h)
				for range each {
					job, _ := c.submit(context.Background(), forced(t, in), "", "Prefer", "wait=60")
					if job == nil || job.Status != "complete" {
						t.Errorf("%s did not complete: %+v", in.name, job)
						done <- [2]string{in.name, ""}
						continue
					}
					done <- [2]string{in.name, c.result(context.Background(), job.ID)}
				}
			}()
		}
		for range each * len(inputs) {
			got := <-done
			runs++
			if known, ok := digests[got[0]]; ok && known != got[1] {
				t.Errorf("%s gives %.12s on %s processors and gave %.12s", got[0], got[1], processors, known)
			} else if !ok {
				digests[got[0]] = got[1]
			}
		}
		s.kill()
	}
	t.Logf("R25: %d runs of %d requests with GOMAXPROCS 1, 2 and 8: %d different results (TestKill and TestResume compare runs resumed after a kill)", runs, len(inputs), len(digests))
	if len(digests) != len(inputs) {
		t.Errorf("%d requests gave %d results", len(inputs), len(digests))
	}
}
