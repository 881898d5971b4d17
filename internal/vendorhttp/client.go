package vendorhttp

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Limits of a call.
const (
	mostTries    = 3
	patience     = 30 * time.Second
	longestWait  = 20 * time.Second // that Retry-After may ask for
	DefaultLimit = 64 << 20         // bytes of an answer, unpacked
	bodyBytes    = 512              // of an answer that the log shows
	idBytes      = 80
)

// Client calls one vendor. It is safe for concurrent use.
type Client struct {
	Title string // for sentences
	Base  string // address, without a slash at its end

	// Sign adds the key to a request; nil: none is needed.
	Sign func(*http.Request)
	// Secret is what must never be repeated, besides what stands in Base; empty:
	// nothing.
	Secret string
	// Variable is the environment variable of the key; empty: none is needed.
	Variable string
	// Log gets every answer at debug level, and of those that are not used the
	// start of the body; nil: nothing is logged.
	Log *slog.Logger

	// Transport is the network; nil: http.DefaultTransport.
	Transport http.RoundTripper
	// Sleep waits; nil: time.
	Sleep func(context.Context, time.Duration) error
	// Limit is the largest answer; 0: DefaultLimit.
	Limit int64
	// Patience is how long the tries of one call may take together, without the
	// waits between them; 0: 30 s. A vendor that hangs is so given up after it,
	// and is not asked again: it may have charged for what it did not deliver.
	Patience time.Duration
	// Tries is the most a call may be tried; 0: three.
	Tries int
}

// Answer is what a vendor said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Tries  int    // that it took
	ID     string // the vendor's name for the call, for its support to find it; empty when it gave none
}

// Reply is the cause of an error that an answer stands behind. It never has the
// key in it, nor anything of the body.
type Reply struct {
	Vendor string // its title
	Status int
	ID     string // the vendor's name for the call; may be empty
	Billed bool   // this try or one before it may have been charged for
}

// Error returns the status and the vendor's name for the call, for logs.
func (r *Reply) Error() string {
	if r.ID == "" {
		return fmt.Sprintf("status %d", r.Status)
	}
	return fmt.Sprintf("status %d, request %s", r.Status, r.ID)
}

// NotCharged reports whether the vendor sent no data, and so charges nothing.
func (r *Reply) NotCharged() bool { return !r.Billed }

// Rejection is an answer with a status of 400 or more that no retry can help,
// for the adapter to word.
type Rejection struct {
	Answer
	reply *Reply
}

// Error returns the status and the vendor's name for the call, for logs.
func (r *Rejection) Error() string { return r.reply.Error() }

// Unwrap returns what is known of the answer.
func (r *Rejection) Unwrap() error { return r.reply }

// Get asks for a path with a query.
func (c *Client) Get(ctx context.Context, path string, query url.Values) (Answer, error) {
	return c.call(ctx, http.MethodGet, path, query, nil)
}

// Post sends a form.
func (c *Client) Post(ctx context.Context, path string, form url.Values) (Answer, error) {
	return c.call(ctx, http.MethodPost, path, nil, form)
}

// call tries up to three times. Errors are *lombard.Error (busy, down,
// malformed), *Rejection, or wrap the context's. One that says NotCharged is of
// a call none of whose tries may have been charged for.
func (c *Client) call(ctx context.Context, method, path string, query, form url.Values) (Answer, error) {
	left, tries := cmp.Or(c.Patience, patience), cmp.Or(c.Tries, mostTries)
	billed := false
	for try := 1; ; try++ {
		began := time.Now()
		a, sent, err := c.once(ctx, left, method, path, query, form)
		took := time.Since(began)
		left -= took
		a.Tries = try
		c.note(ctx, method, path, a, err)
		// What was answered with another status than that of data is not charged;
		// neither is what was never sent.
		billed = billed || sent && a.Status < http.StatusMultipleChoices
		if err != nil && ctx.Err() != nil { // an answer that arrived whole may be paid: it is not thrown away
			return a, &gaveUp{context.Cause(ctx), billed}
		}
		wait, err := c.judge(a, err, billed)
		told := Call{
			Vendor: c.Title, Method: method, Path: c.Redact(path, bodyBytes), Status: a.Status, Bytes: len(a.Body), ID: a.ID,
			Took: took, Try: try, Tries: tries, Fault: c.fault(err),
		}
		if wait == 0 || try >= tries || left <= 0 {
			observer(ctx).Called(told)
			return a, err
		}
		told.Wait = max(wait, time.Duration(try)*500*time.Millisecond)
		observer(ctx).Called(told)
		if stopped := c.Pause(ctx, told.Wait); stopped != nil {
			return a, &gaveUp{stopped, billed}
		}
		observer(ctx).CallsAgain()
	}
}

// judge words what went wrong with a try, and says how long at least to wait
// before another one; 0: another one does not help.
func (c *Client) judge(a Answer, err error, billed bool) (wait time.Duration, worded error) {
	const soon = time.Millisecond
	reply := &Reply{Vendor: c.Title, Status: a.Status, ID: a.ID, Billed: billed}
	own := malformedError{}
	switch {
	case errors.As(err, &own):
		return 0, c.Malformed(own.what, reply)
	case err != nil && a.Status != 0:
		return soon, Down(c.Title, errors.Join(reply, c.clean(err)))
	case err != nil:
		return soon, Down(c.Title, unanswered{c.clean(err), billed})
	case a.Status == http.StatusTooManyRequests:
		asked := retryAfter(a.Header.Get("Retry-After"), a.Header.Get("Date"))
		if asked > longestWait {
			return 0, Busy(c.Title, asked, reply)
		}
		return max(soon, asked), Busy(c.Title, asked, reply)
	case a.Status == http.StatusRequestTimeout || a.Status >= 500:
		return soon, Down(c.Title, reply)
	case a.Status >= 400:
		return 0, &Rejection{Answer: a, reply: reply}
	case a.Status >= 300:
		return 0, c.Malformed("a redirect, which is not followed", reply)
	case isPage(a):
		return 0, c.Malformed("a web page instead of data", reply)
	case isMedia(a):
		return 0, c.Malformed("a picture, a sound or a document instead of data", reply)
	default:
		return 0, nil
	}
}

// gaveUp is the end of a context during a call.
type gaveUp struct {
	cause  error
	billed bool
}

// Error returns the cause.
func (e *gaveUp) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *gaveUp) Unwrap() error { return e.cause }

// NotCharged reports whether nothing was sent that may be charged for.
func (e *gaveUp) NotCharged() bool { return !e.billed }

// unanswered is the error of a call without an answer.
type unanswered struct {
	error
	billed bool
}

func (u unanswered) Unwrap() error { return u.error }

// NotCharged reports whether nothing was sent that may be charged for.
func (u unanswered) NotCharged() bool { return !u.billed }

// Charged is the error of a request of several calls, of which one that went
// well is charged for.
func Charged(err error) error { return &charged{err} }

type charged struct{ error }

// Unwrap returns what went wrong.
func (c *charged) Unwrap() error { return c.error }

// NotCharged is false.
func (*charged) NotCharged() bool { return false }

// note puts an answer into the log, at debug level: of one that is not used the
// start of its body.
func (c *Client) note(ctx context.Context, method, path string, a Answer, err error) {
	if c.Log == nil || !c.Log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attributes := []any{"vendor", c.Title, "method", method, "path", c.Redact(path, bodyBytes), "status", a.Status, "request", a.ID, "try", a.Tries, "bytes", len(a.Body)}
	if err != nil {
		attributes = append(attributes, "error", c.clean(err).Error())
	}
	if a.Status >= http.StatusMultipleChoices || isPage(a) {
		attributes = append(attributes, "body", c.Redact(string(a.Body), bodyBytes))
	}
	c.Log.DebugContext(ctx, "vendor answer", attributes...)
}

// malformedError is an answer that another try would not mend.
type malformedError struct{ what string }

func (e malformedError) Error() string { return e.what }

// once makes one try. sent reports whether the vendor may have got the request.
func (c *Client) once(ctx context.Context, limit time.Duration, method, path string, query, form url.Values) (a Answer, sent bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var connecting, wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { connecting.Store(true) }, WroteHeaders: func() { wrote.Store(true) },
	})
	address := c.Base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return Answer{}, false, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("User-Agent", "lombard")
	if c.Sign != nil {
		c.Sign(r)
	}
	browser := http.Client{
		Transport:     c.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := browser.Do(r)
	if err != nil {
		return Answer{}, wrote.Load() || !connecting.Load(), err
	}
	defer func() { _ = response.Body.Close() }()
	most := cmp.Or(c.Limit, DefaultLimit)
	text, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	a = Answer{Status: response.StatusCode, Header: response.Header, Body: text}
	a.ID = c.Redact(cmp.Or(a.Header.Get("Request-Id"), a.Header.Get("X-Request-Id")), idBytes)
	if int64(len(text)) > most {
		return a, true, malformedError{fmt.Sprintf("more than %d MiB", most>>20)}
	}
	if err != nil && a.Status < http.StatusBadRequest {
		return a, true, fmt.Errorf("the answer broke off after %d bytes: %w", len(text), err)
	}
	return a, true, nil
}

// Pause waits, or returns the context's error.
func (c *Client) Pause(ctx context.Context, d time.Duration) error {
	if c.Sleep != nil {
		return c.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// retryAfter reads the header: seconds, or a date beside the server's own. What
// cannot be read is no wish.
func retryAfter(text, now string) time.Duration {
	if seconds, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && seconds >= 0 && seconds < 1<<30 {
		return time.Duration(seconds) * time.Second
	}
	until, err1 := http.ParseTime(text)
	from, err2 := http.ParseTime(now)
	if err1 != nil || err2 != nil {
		return 0
	}
	return max(0, until.Sub(from))
}

// isPage reports whether an answer is a web page, whatever it says it is.
func isPage(a Answer) bool {
	return strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || bytes.HasPrefix(bytes.TrimSpace(a.Body[:min(len(a.Body), 64)]), []byte("<"))
}

// isMedia reports whether an answer says it is something that never holds prices.
func isMedia(a Answer) bool {
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), "/")
	return slices.Contains([]string{"image", "audio", "video", "font"}, kind) || strings.HasPrefix(a.Header.Get("Content-Type"), "application/pdf")
}

// secrets are the key and what stands in the address to sign in with.
func (c *Client) secrets() Secrets {
	all := []string{c.Secret}
	if u, err := url.Parse(c.Base); err == nil && u.User != nil {
		password, has := u.User.Password()
		if !has {
			password = u.User.Username()
		}
		all = append(all, password)
	}
	return Hide(all...)
}

// Redact returns a text of the vendor without the key, in whatever form it
// stands there, on one line and cut to about most bytes.
func (c *Client) Redact(text string, most int) string { return c.secrets().Redact(text, most) }

// clean takes the key out of an error's text and of those of its causes.
func (c *Client) clean(err error) error {
	s := c.secrets()
	for e := err; e != nil; e = errors.Unwrap(e) {
		if s.Holds(e.Error()) {
			return errors.New(s.Redact(err.Error(), bodyBytes))
		}
	}
	return err
}
