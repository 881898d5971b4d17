package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"lombard.example/lombard/internal/app"
)

// TestInsistKnowsWhenToStop writes to a store that answers in each way: an error
// that may pass is tried again for as long as the last write of a run may take,
// and one that cannot pass is not.
func TestInsistKnowsWhenToStop(t *testing.T) {
	busy := errors.New("busy")
	for _, c := range []struct {
		name   string
		answer error
		passes int // the write that succeeds; 0: none
		tries  int // 0: more than one
		took   time.Duration
	}{
		{name: "it is written", passes: 1, tries: 1},
		{name: "it passes", answer: busy, passes: 3, tries: 3, took: 150 * time.Millisecond},
		{name: "it does not pass", answer: busy, took: finishPatience},
		{name: "the claim is lost", answer: fmt.Errorf("write: %w", app.ErrStale), tries: 1},
		{name: "the store has failed", answer: fmt.Errorf("write: %w", app.ErrStoreFailed), tries: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries, began := 0, time.Now()
				err := insist(t.Context(), func(context.Context) error {
					tries++
					if tries == c.passes {
						return nil
					}
					return c.answer
				}, func(error) {})
				if (err == nil) != (c.passes > 0) || err != nil && !errors.Is(err, c.answer) {
					t.Errorf("the answer is %v", err)
				}
				if c.tries > 0 && tries != c.tries || tries == 0 || time.Since(began) != c.took {
					t.Errorf("%d writes in %s, want %d in %s", tries, time.Since(began), c.tries, c.took)
				}
			})
		})
	}
}
