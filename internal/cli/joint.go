package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// joint does the work of a command on a data directory that another process
// holds: through that process, and when that ends, in this one or through the
// next.
type joint struct {
	open func(ctx context.Context) (backend, error)

	mu sync.Mutex
	at backend // nil after the process that it went through has ended
}

var (
	_ backend = (*joint)(nil)
	_ keeper  = (*joint)(nil)
)

// handover is how long a process that ends may take to give the data directory
// free: running backtests have softStop.
const handover = softStop + hangUp + 5*time.Second

// elsewhere does something, and does it once more elsewhere when the process that it
// went through has ended.
func elsewhere[T any](ctx context.Context, j *joint, do func(b backend) (T, error)) (T, error) {
	for {
		b, err := j.backend(ctx)
		if err != nil {
			var none T
			return none, err
		}
		v, err := do(b)
		if !hasEnded(b, err) || ctx.Err() != nil {
			return v, err
		}
		j.leave(b)
	}
}

// hasEnded reports whether an error says that a neighbour ends or has ended.
func hasEnded(b backend, err error) bool {
	if _, through := b.(*neighbour); !through {
		return false
	}
	own, ok := errors.AsType[*lombard.Error](err)
	return ok && (own.Code == "server_unreachable" || own.Kind == lombard.KindDraining)
}

// backend returns what the work is done by now.
func (j *joint) backend(ctx context.Context) (backend, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	patience, cancel := context.WithTimeout(ctx, handover)
	defer cancel()
	for j.at == nil {
		b, err := j.open(ctx)
		own, _ := errors.AsType[*lombard.Error](err)
		switch {
		case err == nil:
			j.at = b
		case own == nil || own.Code != lombard.CodeInUse || patience.Err() != nil:
			return nil, err
		default:
			if err := sleep(ctx, 50*time.Millisecond); err != nil {
				return nil, err
			}
		}
	}
	return j.at, nil
}

// leave forgets a neighbour that has ended.
func (j *joint) leave(b backend) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.at == b {
		_ = b.Close()
		j.at = nil
	}
	time.Sleep(10 * time.Millisecond) // one that ends still answers for a moment
}

// Close closes what the work is done by.
func (j *joint) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.at == nil {
		return nil
	}
	return j.at.Close()
}

// keyed is a backend that knows a submit again by its key.
type keyed interface {
	submitOnce(ctx context.Context, workspace, key string, body []byte) (lombard.Job, error)
}

// Submit implements runner. The key keeps a submit whose answer was lost from
// being a second one.
func (j *joint) Submit(ctx context.Context, workspace string, body []byte) (lombard.Job, error) {
	key := uuid.NewString()
	return elsewhere(ctx, j, func(b backend) (lombard.Job, error) {
		if k, ok := b.(keyed); ok {
			return k.submitOnce(ctx, workspace, key, body)
		}
		return b.Submit(ctx, workspace, body)
	})
}

// Watch implements runner.
func (j *joint) Watch(ctx context.Context, workspace, id string, show func(lombard.Job)) (lombard.Job, error) {
	return elsewhere(ctx, j, func(b backend) (lombard.Job, error) { return b.Watch(ctx, workspace, id, show) })
}

// Result implements runner.
func (j *joint) Result(ctx context.Context, workspace, id string) (*archive.Result, error) {
	return elsewhere(ctx, j, func(b backend) (*archive.Result, error) { return b.Result(ctx, workspace, id) })
}

// Job implements history.
func (j *joint) Job(ctx context.Context, workspace, id string) (lombard.Job, error) {
	return elsewhere(ctx, j, func(b backend) (lombard.Job, error) { return b.Job(ctx, workspace, id) })
}

// Jobs implements history.
func (j *joint) Jobs(ctx context.Context, workspace string, q app.ListQuery) (app.JobPage, error) {
	return elsewhere(ctx, j, func(b backend) (app.JobPage, error) { return b.Jobs(ctx, workspace, q) })
}

// Cancel implements history.
func (j *joint) Cancel(ctx context.Context, workspace, id string) (lombard.Job, error) {
	return elsewhere(ctx, j, func(b backend) (lombard.Job, error) { return b.Cancel(ctx, workspace, id) })
}

// JobLog implements history.
func (j *joint) JobLog(ctx context.Context, workspace, id string) (app.JobLog, error) {
	return elsewhere(ctx, j, func(b backend) (app.JobLog, error) { return b.JobLog(ctx, workspace, id) })
}

// Sources implements library.
func (j *joint) Sources(ctx context.Context, workspace string) ([]sourceListing, error) {
	return elsewhere(ctx, j, func(b backend) ([]sourceListing, error) { return b.Sources(ctx, workspace) })
}

// Import implements library.
func (j *joint) Import(ctx context.Context, workspace, symbol, name string, text []byte) (app.PriceFile, error) {
	return elsewhere(ctx, j, func(b backend) (app.PriceFile, error) { return b.Import(ctx, workspace, symbol, name, text) })
}

// PriceFiles implements library.
func (j *joint) PriceFiles(ctx context.Context, workspace string) ([]app.PriceFile, error) {
	return elsewhere(ctx, j, func(b backend) ([]app.PriceFile, error) { return b.PriceFiles(ctx, workspace) })
}

// Available implements library.
func (j *joint) Available(ctx context.Context, q app.AvailableQuery) ([]market.Availability, error) {
	return elsewhere(ctx, j, func(b backend) ([]market.Availability, error) {
		return b.Available(ctx, q)
	})
}

// Estimate implements library.
func (j *joint) Estimate(ctx context.Context, workspace, source string, body []byte) (app.Estimate, error) {
	return elsewhere(ctx, j, func(b backend) (app.Estimate, error) { return b.Estimate(ctx, workspace, source, body) })
}

// Ledger implements library.
func (j *joint) Ledger(ctx context.Context, q data.LedgerQuery) (data.Ledger, error) {
	return elsewhere(ctx, j, func(b backend) (data.Ledger, error) { return b.Ledger(ctx, q) })
}

// asKeeper is elsewhere for what a keeper does; both kinds of backends here are.
func asKeeper[T any](ctx context.Context, j *joint, do func(k keeper) (T, error)) (T, error) {
	return elsewhere(ctx, j, func(b backend) (T, error) {
		k, ok := b.(keeper)
		if !ok {
			var none T
			return none, errors.ErrUnsupported
		}
		return do(k)
	})
}

// Holdings implements keeper.
func (j *joint) Holdings(ctx context.Context) ([]data.Holding, error) {
	return asKeeper(ctx, j, func(k keeper) ([]data.Holding, error) { return k.Holdings(ctx) })
}

// Forget implements keeper.
func (j *joint) Forget(ctx context.Context, key data.Key) error {
	_, err := asKeeper(ctx, j, func(k keeper) (any, error) { return nil, k.Forget(ctx, key) })
	return err
}

// Refresh implements keeper. It is not done again: the first try may have spent
// money.
func (j *joint) Refresh(ctx context.Context, workspace string, key data.Key, maxCostUSD float64) (float64, error) {
	b, err := j.backend(ctx)
	if err != nil {
		return 0, err
	}
	k, ok := b.(keeper)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return k.Refresh(ctx, workspace, key, maxCostUSD)
}

// Stored implements keeper.
func (j *joint) Stored(ctx context.Context, key data.Key, r market.Range) ([]market.Bar, error) {
	return asKeeper(ctx, j, func(k keeper) ([]market.Bar, error) { return k.Stored(ctx, key, r) })
}

// StoredChains implements keeper.
func (j *joint) StoredChains(ctx context.Context, key data.Key, r market.Range) ([]market.Chain, error) {
	return asKeeper(ctx, j, func(k keeper) ([]market.Chain, error) { return k.StoredChains(ctx, key, r) })
}
