package httpapi

import (
	"context"
	"io"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/market"
)

// Backend is what the API serves: the use cases of app.Service. Its errors are
// *lombard.Error or context errors, and it is safe for concurrent use.
type Backend interface {
	Submit(ctx context.Context, r app.SubmitRequest) (app.Submitted, error)
	Check(ctx context.Context, workspace string, body []byte) (app.Check, error)

	Job(ctx context.Context, workspace, id string) (lombard.Job, error)
	Current(ctx context.Context, workspace string) (lombard.Job, error)
	Jobs(ctx context.Context, workspace string, q app.ListQuery) (app.JobPage, error)
	Wait(ctx context.Context, workspace, id string) (lombard.Job, error)
	Watch(ctx context.Context, workspace, id string) (Events, error)
	JobLog(ctx context.Context, workspace, id string) (app.JobLog, error)
	Request(ctx context.Context, workspace, id string) (lombard.Scenario, error)
	Result(ctx context.Context, workspace, id string) (app.StoredResult, error)
	Explain(ctx context.Context, workspace, id, template string, date lombard.Date) (backtest.Explanation, error)

	Cancel(ctx context.Context, workspace, id string) (lombard.Job, error)
	Clear(ctx context.Context, workspace string) error
	Annotate(ctx context.Context, workspace, id string, a app.Annotation) (lombard.Job, error)
	Delete(ctx context.Context, workspace, id string) error

	Sources() []market.Source
	Source(slug string) (market.Source, error)
	Available(ctx context.Context, q app.AvailableQuery) ([]market.Availability, error)
	Estimate(ctx context.Context, workspace, slug string, body []byte) (app.Estimate, error)
	Ledger(ctx context.Context, q data.LedgerQuery) (data.Ledger, error)
	PriceFiles(ctx context.Context, workspace string) ([]app.PriceFile, error)
	Import(ctx context.Context, workspace, symbol, name string, file io.Reader) (app.PriceFile, error)
	DeletePrices(ctx context.Context, workspace, digest string) error

	Ready(ctx context.Context) error
}

// Events is one watcher's stream of a job. Next returns the job in full first
// and io.EOF after the event that told the end; events are shared and not to be
// changed.
type Events interface {
	Next(ctx context.Context) (*live.Event, error)
	Close()
}

// Serving returns the service as a Backend.
func Serving(s *app.Service) Backend { return service{s} }

type service struct{ *app.Service }

// Watch streams a job; the stream is an interface so that tests can bring
// their own.
func (s service) Watch(ctx context.Context, workspace, id string) (Events, error) {
	sub, err := s.Service.Watch(ctx, workspace, id)
	if err != nil {
		return nil, err // not a nil *live.Subscription within the interface
	}
	return sub, nil
}
