package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lombard.example/lombard"
)

// body is the body of a request as it arrives. Its errors are ours: it is too
// large, too slow, or broken off.
type body struct {
	r       io.Reader
	w       http.ResponseWriter
	control *http.ResponseController
	left    int64
	limited bool // a time limit is set
	larger  *lombard.Error
	failed  error
}

// newBody returns the body of a request that may have so many bytes.
func newBody(w http.ResponseWriter, r *http.Request, most int64, hint string) *body {
	b := &body{
		r: r.Body, w: w, control: http.NewResponseController(w), left: most,
		larger: &lombard.Error{Kind: lombard.KindMalformed, Code: codeTooLarge, Message: fmt.Sprintf("The body is larger than %d bytes.", most), Hint: hint},
	}
	if r.ContentLength > most {
		b.failed = b.larger
	}
	return b
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.failed != nil {
		return 0, b.failed
	}
	if !b.limited {
		b.limited = b.control.SetReadDeadline(time.Now().Add(bodyTimeout)) == nil
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	switch {
	case b.left < 0:
		n, err = 0, b.larger
	case errors.Is(err, io.EOF):
		if b.limited {
			_ = b.control.SetReadDeadline(time.Time{}) // it could be set, so it can be lifted
		}
		b.failed = io.EOF
		return n, io.EOF
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = &lombard.Error{Kind: lombard.KindMalformed, Code: codeSlowBody, Message: fmt.Sprintf("The body did not arrive within %s.", bodyTimeout), Err: err}
	case err != nil:
		err = &lombard.Error{Kind: lombard.KindMalformed, Code: codeNotReadable, Message: "The body ended before its announced length.", Err: err}
	}
	if b.failed = err; err != nil {
		b.w.Header().Set("Connection", "close") // the rest of the body is not read
	}
	return n, err
}

// readAll reads a body that is held in memory.
func readAll(b *body) ([]byte, error) {
	data, err := io.ReadAll(b)
	if err == nil && len(bytes.TrimSpace(data)) == 0 {
		err = errEmptyBody
	}
	return data, err
}

var errEmptyBody = &lombard.Error{Kind: lombard.KindMalformed, Code: "malformed_json", Message: "The body is empty.", Hint: "Send one JSON object."}

// streamBody passes a file on as it arrives, once its first byte is there.
func (s *server) streamBody(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	b := newBody(w, r, maxUpload, "Pack it with gzip, or split it.")
	first := make([]byte, 1)
	if _, err := io.ReadFull(b, first); err != nil {
		if errors.Is(err, io.EOF) {
			err = &lombard.Error{Kind: lombard.KindMalformed, Code: codeNotReadable, Message: "The body is empty.", Hint: "Send the file as the body."}
		}
		w.Header().Set("Connection", "close")
		s.deny(ctx, err)
		return
	}
	next(huma.WithValue(ctx, keyUpload, io.MultiReader(bytes.NewReader(first), b)))
}

// receiver is an input that holds the body of its request.
type receiver interface{ receive(ctx context.Context) }

// InBody is the part of an input that is a body held in memory.
type InBody struct{ text []byte }

func (b *InBody) receive(ctx context.Context) { b.text, _ = ctx.Value(keyBody).([]byte) }

// InFile is the part of an input that is a file, as it arrives.
type InFile struct{ file io.Reader }

func (f *InFile) receive(ctx context.Context) { f.file, _ = ctx.Value(keyUpload).(io.Reader) }
