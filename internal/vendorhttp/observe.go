package vendorhttp

import (
	"context"
	"errors"
	"time"

	"lombard.example/lombard"
)

// Call is one try of a call to a vendor that has ended, or the pause before
// the next one. The key is in none of its texts.
type Call struct {
	Vendor string // its title
	Method string
	Path   string
	Status int // 0: there was no answer
	Bytes  int
	ID     string // the vendor's name for the call; may be empty
	Took   time.Duration
	Try    int // from 1
	Tries  int // the most there may be

	// Fault says in a few words what was wrong; empty when nothing was.
	Fault string
	// Wait is the pause before the next try; 0 when there is none.
	Wait time.Duration
}

// Observer is told of the calls that are made under a context. Its methods may
// be called by several goroutines at once.
type Observer interface {
	// Called tells that a try has ended. With a Wait, another one follows it.
	Called(c Call)
	// CallsAgain tells that the pause is over.
	CallsAgain()
}

type observerKey struct{}

// Observe returns a context whose calls are told to o.
func Observe(ctx context.Context, o Observer) context.Context {
	return context.WithValue(ctx, observerKey{}, o)
}

type nobody struct{}

func (nobody) Called(Call) {}
func (nobody) CallsAgain() {}

func observer(ctx context.Context) Observer {
	if o, ok := ctx.Value(observerKey{}).(Observer); ok {
		return o
	}
	return nobody{}
}

// fault words what was wrong with a try, after judge.
func (c *Client) fault(err error) string {
	if err == nil {
		return ""
	}
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		return c.Redact(Reason(own), bodyBytes)
	}
	return c.Redact(err.Error(), bodyBytes)
}
