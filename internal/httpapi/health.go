package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
)

// Health is the answer of a health check.
type Health struct {
	Status string `json:"status" example:"ok"` // ok or ready
}

type healthOutput struct{ Body Health }

// livez answers while the process serves requests at all.
func (s *server) livez(context.Context, *struct{}) (*healthOutput, error) {
	return &healthOutput{Health{"ok"}}, nil
}

// readyz answers 200 only while a submit would be accepted.
func (s *server) readyz(ctx context.Context, _ *struct{}) (*healthOutput, error) {
	err := s.backend.Ready(ctx)
	if err != nil {
		// A submit is answered 429 where the queue is full; who asks for readiness
		// has not asked too often.
		if p := problemOf(ctx, err); p.Status == http.StatusTooManyRequests {
			p.Status = http.StatusServiceUnavailable
			return nil, p
		}
		return nil, err
	}
	return &healthOutput{Health{"ready"}}, nil
}

type openapiInput struct{ Match }

type openapiOutput struct {
	ETag string `header:"ETag"`
	Body json.RawMessage
}

// openapi answers with the description that was made when the routes were.
func (s *server) openapi(_ context.Context, in *openapiInput) (*openapiOutput, error) {
	if in.has(s.specTag) {
		return nil, notModified{http.Header{"Etag": {s.specTag}}}
	}
	return &openapiOutput{s.specTag, s.spec}, nil
}
