package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// neighbour does the work of a command through the process that holds the data
// directory. Beside what every server does it manages bought prices: the
// socket is only for whoever owns the files.
type neighbour struct{ *remote }

var (
	_ backend = (*neighbour)(nil)
	_ keeper  = (*neighbour)(nil)
)

// errand is what a neighbour asks of the keeper of the bought prices.
type errand struct {
	Workspace string       `json:"workspace"`
	Key       data.Key     `json:"key"`
	Range     market.Range `json:"range"`
	MaxUSD    float64      `json:"max_usd"`
}

// The errands, by their paths.
const (
	errandHoldings = "/local/holdings"
	errandForget   = "/local/forget"
	errandRefresh  = "/local/refresh"
	errandStored   = "/local/stored"
	errandChains   = "/local/chains"
)

// serveKeeper answers the errands of neighbours.
func (l *local) serveKeeper(mux *http.ServeMux) {
	answer := func(path string, do func(ctx context.Context, e errand) (any, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var e errand
			err := json.NewDecoder(io.LimitReader(r.Body, maxErrand)).Decode(&e)
			var told any
			if err == nil {
				told, err = do(r.Context(), e)
			}
			writeErrand(w, told, err)
		})
	}
	answer(errandHoldings, func(ctx context.Context, _ errand) (any, error) { return l.Holdings(ctx) })
	answer(errandForget, func(ctx context.Context, e errand) (any, error) { return nil, l.Forget(ctx, e.Key) })
	answer(errandRefresh, func(ctx context.Context, e errand) (any, error) {
		return l.Refresh(ctx, e.Workspace, e.Key, e.MaxUSD)
	})
	answer(errandStored, func(ctx context.Context, e errand) (any, error) { return l.Stored(ctx, e.Key, e.Range) })
	answer(errandChains, func(ctx context.Context, e errand) (any, error) {
		chains, err := l.StoredChains(ctx, e.Key, e.Range)
		packed := make([][]byte, len(chains))
		for i := range chains {
			packed[i] = data.Pack(&chains[i])
		}
		return packed, err
	})
}

// maxErrand bounds what is read of an errand.
const maxErrand = 64 << 10

// writeErrand writes an answer, or a problem as the HTTP interface words it.
func writeErrand(w http.ResponseWriter, told any, err error) {
	if err == nil {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(told) // who does not wait for it does not need it
		return
	}
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok {
		own = &lombard.Error{Kind: lombard.KindInternal, Code: string(lombard.KindInternal), Message: "Something went wrong inside lombard."}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusInternalServerError)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"type": problemPrefix + string(own.Kind), "detail": own.Error(), "code": own.Code, "errors": own.Fields,
	})
}

func (n *neighbour) run(ctx context.Context, path string, e errand, to any) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return n.exchange(ctx, http.MethodPost, path, body, to)
}

// Holdings implements keeper.
func (n *neighbour) Holdings(ctx context.Context) ([]data.Holding, error) {
	var held []data.Holding
	err := n.run(ctx, errandHoldings, errand{}, &held)
	return held, err
}

// Forget implements keeper.
func (n *neighbour) Forget(ctx context.Context, k data.Key) error {
	var nothing any
	return n.run(ctx, errandForget, errand{Key: k}, &nothing)
}

// Refresh implements keeper.
func (n *neighbour) Refresh(ctx context.Context, workspace string, k data.Key, maxCostUSD float64) (usd float64, err error) {
	err = n.run(ctx, errandRefresh, errand{Workspace: workspace, Key: k, MaxUSD: maxCostUSD}, &usd)
	return usd, err
}

// Stored implements keeper.
func (n *neighbour) Stored(ctx context.Context, k data.Key, r market.Range) ([]market.Bar, error) {
	var bars []market.Bar
	err := n.run(ctx, errandStored, errand{Key: k, Range: r}, &bars)
	return bars, err
}

// StoredChains implements keeper.
func (n *neighbour) StoredChains(ctx context.Context, k data.Key, r market.Range) ([]market.Chain, error) {
	var packed [][]byte
	if err := n.run(ctx, errandChains, errand{Key: k, Range: r}, &packed); err != nil {
		return nil, err
	}
	chains := make([]market.Chain, len(packed))
	for i := range packed {
		var err error
		if chains[i], err = data.Unpack(packed[i], nil); err != nil {
			return nil, n.strange(err)
		}
	}
	return chains, nil
}
