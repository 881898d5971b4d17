package databento

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// selection is what a call of get_cost or of get_range is about, so that what is
// priced is what is bought.
type selection struct {
	dataset, schema, symbols, kind string

	start, end time.Time // the end is excluded
}

// form returns the selection as the vendor reads it.
func (s selection) form() url.Values {
	return url.Values{
		"dataset": {s.dataset}, "schema": {s.schema}, "symbols": {s.symbols}, "stype_in": {s.kind},
		"start": {stamp(s.start)}, "end": {stamp(s.end)},
	}
}

// stamp writes an instant: a whole day as its date.
func stamp(t time.Time) string {
	if t.Equal(lombard.DateOf(t).Time()) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

// days selects whole days of a symbol, both included.
func days(schema string, r market.BarRequest) selection {
	symbols, kind := symbology(r.Symbol)
	return selection{dataset: r.Dataset, schema: schema, symbols: symbols, kind: kind, start: r.Start.Time(), end: (r.End + 1).Time()}
}

// covered are the days that a selection of whole days holds.
func (s selection) covered() market.Range {
	return market.Range{First: lombard.DateOf(s.start), Last: lombard.DateOf(s.end) - 1}
}

// span is a stretch of time that the vendor has, the end excluded.
type span struct{ start, end time.Time }

// days are the whole days of a span: a day that has begun or was cut off is not
// stored as one.
func (s span) days() market.Range {
	first := lombard.DateOf(s.start)
	if s.start.After(first.Time()) {
		first++
	}
	return market.Range{First: first, Last: lombard.DateOf(s.end) - 1}
}

// available asks which stretch of a schema a dataset holds. The schema's own
// range counts: the dataset's is that of its longest schema.
func (v *Vendor) available(ctx context.Context, dataset, schema string) (span, error) {
	if err := v.question(ctx); err != nil {
		return span{}, err
	}
	a, err := v.client.Get(ctx, rangePath, url.Values{"dataset": {dataset}})
	if err != nil {
		return span{}, err
	}
	type ends struct{ Start, End string }
	var body struct {
		ends
		Schema map[string]ends
	}
	if err := json.Unmarshal(a.Body, &body); err != nil {
		return span{}, v.malformed("a range that is not JSON", a, err)
	}
	if own, ok := body.Schema[schema]; ok {
		body.ends = own
	} else if len(body.Schema) > 0 {
		return span{}, nil // it has no such schema
	}
	start, err1 := instant(body.Start)
	end, err2 := instant(body.End)
	if err := errors.Join(err1, err2); err != nil {
		return span{}, v.malformed("a range without dates", a, err)
	}
	if !start.Before(end) {
		return span{}, nil
	}
	return span{start: start, end: end}, nil
}

// ask sends a selection. Where the vendor says that it has only a part of it,
// the part is asked for, once.
func (v *Vendor) ask(ctx context.Context, path string, s selection, more map[string]string) (vendorhttp.Answer, selection, []lombard.Warning, error) {
	post := func(c *vendorhttp.Client) (vendorhttp.Answer, error) {
		form := s.form()
		for name, value := range more {
			form.Set(name, value)
		}
		return c.Post(ctx, path, form)
	}
	a, err := post(v.client)
	rejected := new(vendorhttp.Rejection)
	if !errors.As(err, &rejected) || rejected.Tries >= mostTries {
		return a, s, nil, err
	}
	p := problemOf(rejected.Body)
	if rejected.Status != http.StatusUnprocessableEntity || !s.cuttable(p) {
		return a, s, nil, err
	}
	part, remark, ok := s.within(p, v.known(ctx, p, s, s.covered()))
	if !ok {
		return a, s, nil, err
	}
	s = part
	again := *v.client
	again.Tries = mostTries - rejected.Tries
	a, err = post(&again)
	return a, s, []lombard.Warning{remark}, err
}

// mostTries is how often a selection is asked for at most, whatever the reason.
const mostTries = 3
