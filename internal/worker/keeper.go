package worker

import (
	"context"
	"log/slog"

	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
)

// keeper saves the parts of a result as they come, several at a time: a small
// result goes with the end of its run.
type keeper struct {
	store   app.Work
	log     *slog.Logger
	claim   app.Claim
	saving  func() (saved func()) // is told when a save begins and ends
	waiting []archive.Part
	bytes   int
}

// saveBytes is how much waits before it is saved.
const saveBytes = 2 << 20

func (k *keeper) put(ctx context.Context, p archive.Part) error {
	if err := ctx.Err(); err != nil { // between two parts, each of which takes a while
		return err
	}
	k.waiting = append(k.waiting, p)
	if k.bytes += len(p.Body); k.bytes < saveBytes {
		return nil
	}
	defer k.saving()()
	err := insist(ctx, func(ctx context.Context) error { return k.store.SaveParts(ctx, k.claim, k.waiting) }, func(err error) {
		k.log.WarnContext(ctx, "could not save a part of a result", "job", k.claim.RunID, "error", err)
	})
	if err != nil {
		return err
	}
	k.waiting, k.bytes = nil, 0
	return nil
}
