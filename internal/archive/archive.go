// Package archive keeps results in columns: a head, which says what the result
// is and names its parts by their digests, and parts: what all hedges have in
// common, and for each hedge its figures, its daily path and the lender's daily
// accounts. A reader takes one hedge at a time, so that a result of any size
// takes the memory of one hedge. Nothing is lost: what is read is what was
// written, bit by bit.
package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"lombard.example/lombard"
)

// Part is a piece of a result, named by the digest of its bytes.
type Part struct {
	Digest string // sha256 of Body, lower-case hex
	Body   []byte // not compressed
}

// Digest returns the name of a document or part: sha256, in lower-case hex.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// version is that of the form of heads and parts.
const version = 1

// mark begins every head; no result document of rows begins so.
var mark = []byte(`{"lombard_columns":`)

// head is the document of a result: all of it but the answers for the hedges,
// which stand in parts. Its digest covers the parts', and so the whole result.
type head struct {
	Version int             `json:"lombard_columns"`
	Shared  string          `json:"shared,omitempty"` // digest of the columns that hedges share; none without hedges
	Hedges  []hedgeParts    `json:"hedges"`
	Result  json.RawMessage `json:"result"` // template_results is empty
}

// hedgeParts names the parts of one hedge.
type hedgeParts struct {
	Slug   string `json:"slug"`
	Answer string `json:"answer"`           // digest: figures, contracts and words, as JSON
	Path   string `json:"path,omitempty"`   // digest: the daily path
	Lender string `json:"lender,omitempty"` // digest: the lender's daily accounts; none without branches
}

// Writer takes the answers for the hedges as they come and makes a result of
// them. It is used by one goroutine.
type Writer struct {
	put    func(Part) error
	days   []day // whose shared columns are kept
	shared string
	hedges map[int]hedgeParts
	names  []string // digests of the parts that were put
}

// NewWriter returns a writer that hands every part to put, once each.
func NewWriter(put func(Part) error) *Writer {
	return &Writer{put: put, hedges: map[int]hedgeParts{}}
}

// Parts returns the digests of the parts that were handed on so far.
func (w *Writer) Parts() []string { return w.names }

func (w *Writer) keep(body []byte) (string, error) {
	p := Part{Digest: Digest(body), Body: body}
	if slices.Contains(w.names, p.Digest) {
		return p.Digest, nil
	}
	if err := w.put(p); err != nil {
		return "", err
	}
	w.names = append(w.names, p.Digest)
	return p.Digest, nil
}

// Add keeps the answer for the hedge at a place of the request. The first one
// gives the columns that all share; all have as many days. Errors are those of
// put, or say that a number is not finite.
func (w *Writer) Add(place int, t *lombard.TemplateResult) error {
	parts := hedgeParts{Slug: t.TemplateSlug}
	if w.shared == "" && t.DailyPath != nil {
		body, err := (&table[day]{columns: sharedDays}).append(nil, t.DailyPath)
		if err == nil {
			w.shared, err = w.keep(body)
		}
		if err != nil {
			return err
		}
		w.days = t.DailyPath
	}
	if t.DailyPath != nil {
		body, err := appendPath(nil, t.DailyPath, w.days)
		if err == nil {
			parts.Path, err = w.keep(body)
		}
		if err != nil {
			return err
		}
	}
	if len(t.Branches) > 0 {
		body, err := appendBranches(nil, t.Branches)
		if err == nil {
			parts.Lender, err = w.keep(body)
		}
		if err != nil {
			return err
		}
	}
	answer := *t
	answer.DailyPath, answer.Branches = nil, slices.Clone(t.Branches)
	forgetDays(answer.Branches)
	body, err := plainJSON(&answer)
	if err == nil {
		parts.Answer, err = w.keep(body)
	}
	w.hedges[place] = parts
	return err
}

// Close returns the document of the result: r without the answers, which were
// added before.
func (w *Writer) Close(r *lombard.Result) ([]byte, error) {
	h := head{Version: version, Shared: w.shared, Hedges: make([]hedgeParts, len(w.hedges))}
	for i := range h.Hedges {
		parts, ok := w.hedges[i]
		if !ok {
			return nil, fmt.Errorf("the result has no answer for its hedge %d", i+1)
		}
		h.Hedges[i] = parts
	}
	whole := *r
	whole.Templates = []lombard.TemplateResult{}
	text, err := whole.AppendJSON(nil)
	if err != nil {
		return nil, err
	}
	h.Result = bytes.TrimSuffix(text, []byte("\n"))
	return plainJSON(&h)
}

// plainJSON encodes v without making text safe for a page, which the readers of
// a result do where they need it.
func plainJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode a result: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Loader returns the bytes of a part.
type Loader func(ctx context.Context, digest string) ([]byte, error)

// Result is a stored result that is read hedge by hedge. It is safe for one
// goroutine at a time.
type Result struct {
	Digest string // of the document, where it is known

	top    lombard.Result // without the answers
	hedges []hedgeParts
	shared string
	load   Loader
	days   []day                    // the shared columns, once they are needed
	whole  []lombard.TemplateResult // of a result that was not kept in columns
	rows   []byte                   // the document that it was kept as instead
}

// Open reads the head of a result. A document of rows, as results were kept
// before there were columns, is read whole.
func Open(document []byte, load Loader) (*Result, error) {
	if !InColumns(document) {
		var r lombard.Result
		if err := json.Unmarshal(document, &r); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		opened := Of(&r)
		opened.rows = document
		return opened, nil
	}
	var h head
	if err := json.Unmarshal(document, &h); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if h.Version != version {
		return nil, fmt.Errorf("the result is kept in form %d, which a newer lombard has written; this one knows %d", h.Version, version)
	}
	r := &Result{hedges: h.Hedges, shared: h.Shared, load: load}
	if err := json.Unmarshal(h.Result, &r.top); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	r.top.Templates = nil
	return r, nil
}

// InColumns reports whether a document is a head, and not rows.
func InColumns(document []byte) bool { return bytes.HasPrefix(document, mark) }

// Of returns a result that is in memory already.
func Of(whole *lombard.Result) *Result {
	r := &Result{top: *whole, whole: whole.Templates}
	r.top.Templates = nil
	for i := range whole.Templates {
		r.hedges = append(r.hedges, hedgeParts{Slug: whole.Templates[i].TemplateSlug})
	}
	return r
}

// Names returns the digests of all parts of a document, none for one of rows.
func Names(document []byte) ([]string, error) {
	if !InColumns(document) {
		return nil, nil
	}
	var h head
	if err := json.Unmarshal(document, &h); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	var names []string
	add := func(name string) {
		if name != "" {
			names = append(names, name)
		}
	}
	add(h.Shared)
	for _, parts := range h.Hedges {
		add(parts.Answer)
		add(parts.Path)
		add(parts.Lender)
	}
	return names, nil
}

// Rows returns the document of rows that the result was stored as, before there
// were columns; nil for others. It is not to be changed.
func (r *Result) Rows() []byte { return r.rows }

// Top returns the result without the answers for its hedges. It is not to be
// changed.
func (r *Result) Top() *lombard.Result { return &r.top }

// Slugs returns the hedges in the order of the request.
func (r *Result) Slugs() []string {
	slugs := make([]string, len(r.hedges))
	for i := range r.hedges {
		slugs[i] = r.hedges[i].Slug
	}
	return slugs
}

// Want says how much of a hedge is read: the figures always.
type Want uint

// What may be read of a hedge beside its figures.
const (
	Path   Want = 1 << iota // the daily path
	Lender                  // the lender's daily accounts
	All    = Path | Lender
)

// Hedge reads the answer for the hedge at a place. What is not wanted is nil.
func (r *Result) Hedge(ctx context.Context, place int, want Want) (*lombard.TemplateResult, error) {
	if r.whole != nil {
		t := r.whole[place]
		if want&Path == 0 {
			t.DailyPath = nil
		}
		t.Branches = slices.Clone(t.Branches) // the reader may change its answer
		if want&Lender == 0 {
			forgetDays(t.Branches)
		}
		return &t, nil
	}
	parts := r.hedges[place]
	var t lombard.TemplateResult
	body, err := r.part(ctx, parts.Answer)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &t); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if want&Lender != 0 && parts.Lender != "" {
		if body, err = r.part(ctx, parts.Lender); err == nil {
			err = readBranches(body, t.Branches)
		}
		if err != nil {
			return nil, err
		}
	}
	if want&Path != 0 && parts.Path != "" {
		t.DailyPath, err = r.path(ctx, parts.Path)
	}
	return &t, err
}

func (r *Result) path(ctx context.Context, name string) ([]day, error) {
	if r.days == nil {
		body, err := r.part(ctx, r.shared)
		if err != nil {
			return nil, err
		}
		in := &reader{b: body}
		if r.days = (&table[day]{columns: sharedDays}).read(in); in.err != nil {
			return nil, in.err
		}
	}
	body, err := r.part(ctx, name)
	if err != nil {
		return nil, err
	}
	return readPath(body, r.days)
}

func (r *Result) part(ctx context.Context, name string) ([]byte, error) {
	if r.load == nil || name == "" {
		return nil, fmt.Errorf("%w: a part is missing", ErrDamaged)
	}
	body, err := r.load(ctx, name)
	if err != nil {
		return nil, err
	}
	if Digest(body) != name {
		return nil, ErrDamaged
	}
	return body, nil
}

// Place returns where the hedge with a slug stands, −1 if the result has none.
func (r *Result) Place(slug string) int {
	for i := range r.hedges {
		if r.hedges[i].Slug == slug {
			return i
		}
	}
	return -1
}

// WriteRows writes the result as a document of rows, one hedge in memory at a
// time.
func (r *Result) WriteRows(ctx context.Context, w io.Writer) error {
	place := -1
	return r.top.WriteJSON(w, func() (*lombard.TemplateResult, error) {
		if place++; place == len(r.hedges) {
			return nil, nil
		}
		return r.Hedge(ctx, place, All)
	})
}

// Whole reads all of a result into memory: for results that are small, and for
// tests.
func (r *Result) Whole(ctx context.Context) (*lombard.Result, error) {
	whole := r.top
	whole.Templates = make([]lombard.TemplateResult, len(r.hedges))
	for i := range r.hedges {
		t, err := r.Hedge(ctx, i, All)
		if err != nil {
			return nil, err
		}
		whole.Templates[i] = *t
	}
	return &whole, nil
}

func forgetDays(branches []lombard.Branch) {
	for i := range branches {
		branches[i].Days = nil
	}
}

// IsDamaged reports whether an error says that bytes are not what was written.
func IsDamaged(err error) bool { return errors.Is(err, ErrDamaged) }
