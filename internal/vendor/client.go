package vendor

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of a call.
const (
	mostTries    = 3
	patience     = 30 * time.Second
	longestWait  = 20 * time.Second // that Retry-After may ask for
	DefaultLimit = 64 << 20         // bytes of an answer, unpacked
	detailBytes  = 500
)

// Client calls one vendor. It is safe for concurrent use.
type Client struct {
	Title string // for sentences
	Base  string // address, without a slash at its end

	// Sign adds the key to a request; nil: none is needed.
	Sign func(*http.Request)
	// Secret is what must never be repeated; empty: nothing.
	Secret string

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
	Tries  int // that it took
}

// Request returns the vendor's name for the call, for its support to find it;
// empty when it gave none.
func (a Answer) Request() string {
	const longest = 80
	id := a.Header.Get("Request-Id")
	if id == "" {
		id = a.Header.Get("X-Request-Id")
	}
	return id[:min(len(id), longest)]
}

// Rejection is an answer with a status of 400 or more that no retry can help,
// for the adapter to word.
type Rejection struct {
	Answer
	request, detail string
}

// Error returns the status, the vendor's name for the call and the start of the
// body, without the key: for logs.
func (r *Rejection) Error() string {
	if r.request == "" {
		return fmt.Sprintf("status %d: %s", r.Status, r.detail)
	}
	return fmt.Sprintf("status %d, request %s: %s", r.Status, r.request, r.detail)
}

// NotCharged says that the vendor sent no data, and so charges nothing.
func (*Rejection) NotCharged() bool { return true }

// Get asks for a path with a query.
func (c *Client) Get(ctx context.Context, path string, query url.Values) (Answer, error) {
	return c.call(ctx, http.MethodGet, path, query, nil)
}

// Post sends a form.
func (c *Client) Post(ctx context.Context, path string, form url.Values) (Answer, error) {
	return c.call(ctx, http.MethodPost, path, nil, form)
}

// call tries up to three times. Errors are *lombard.Error (busy, down,
// malformed), *Rejection, or the context's.
func (c *Client) call(ctx context.Context, method, path string, query, form url.Values) (Answer, error) {
	left, tries := cmp.Or(c.Patience, patience), cmp.Or(c.Tries, mostTries)
	var last error
	for try := 1; ; try++ {
		began := time.Now()
		a, err := c.once(ctx, left, method, path, query, form)
		if err != nil && ctx.Err() != nil { // an answer that arrived whole may be paid: it is not thrown away
			return a, context.Cause(ctx)
		}
		left -= time.Since(began)
		a.Tries = try
		wait := time.Duration(try) * 500 * time.Millisecond
		switch {
		case err != nil:
			own := malformedError{}
			if errors.As(err, &own) {
				return a, Malformed(c.Title, own.what, c.clean(err))
			}
			last = Down(c.Title, c.clean(err))
		case a.Status == http.StatusTooManyRequests:
			asked := retryAfter(a.Header.Get("Retry-After"), a.Header.Get("Date"))
			last = Busy(c.Title, asked, c.said(a))
			if asked > longestWait {
				return a, last
			}
			wait = max(wait, asked)
		case a.Status == http.StatusRequestTimeout || a.Status >= 500:
			last = Down(c.Title, c.said(a))
		case a.Status >= 400:
			return a, c.reject(a)
		case a.Status >= 300:
			return a, Malformed(c.Title, "a redirect, which is not followed", notCharged{c.said(a)})
		case isPage(a):
			return a, Malformed(c.Title, "a web page instead of data", c.said(a))
		case isMedia(a):
			return a, Malformed(c.Title, "a picture, a sound or a document instead of data", c.said(a))
		default:
			return a, nil
		}
		if try >= tries || left <= 0 {
			return a, last
		}
		if err := c.Pause(ctx, wait); err != nil {
			return a, err
		}
	}
}

// notCharged is an answer without data.
type notCharged struct{ error }

func (notCharged) NotCharged() bool { return true }

// malformedError is an answer that another try would not mend.
type malformedError struct{ what string }

func (e malformedError) Error() string { return e.what }

func (c *Client) once(ctx context.Context, limit time.Duration, method, path string, query, form url.Values) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
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
		return Answer{}, err
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
		return Answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	most := cmp.Or(c.Limit, DefaultLimit)
	text, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	a := Answer{Status: response.StatusCode, Header: response.Header, Body: text}
	if int64(len(text)) > most {
		return a, malformedError{fmt.Sprintf("more than %d MiB", most>>20)}
	}
	if err != nil && a.Status < 400 {
		return a, fmt.Errorf("the answer broke off after %d bytes: %w", len(text), err)
	}
	return a, nil
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

// reject keeps of an answer what a log may hold.
func (c *Client) reject(a Answer) *Rejection {
	text := string(a.Body[:min(len(a.Body), detailBytes)])
	return &Rejection{Answer: a, request: c.redact(a.Request()), detail: c.redact(text)}
}

// said is what a log may hold of an answer that has its sentence already.
func (c *Client) said(a Answer) error { return errors.New(c.reject(a).Error()) }

// clean takes the key out of an error's text.
func (c *Client) clean(err error) error {
	if c.Secret == "" || !strings.Contains(err.Error(), c.Secret) {
		return err
	}
	return errors.New(c.redact(err.Error()))
}

func (c *Client) redact(text string) string {
	if c.Secret == "" {
		return text
	}
	return strings.ReplaceAll(text, c.Secret, "…")
}
