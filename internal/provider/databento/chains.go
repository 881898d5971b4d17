package databento

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// minute selects the records of the one minute that ends at a close. They are
// stamped with its end, and the vendor selects by that stamp and leaves out the
// end of a selection: so it reaches one nanosecond beyond the close.
func (l listing) minute(dataset string, at time.Time) selection {
	return selection{
		dataset: dataset, schema: l.schema, symbols: l.parents(), kind: kindParent,
		start: at.Add(time.Nanosecond - time.Minute), end: at.Add(time.Nanosecond),
	}
}

// closing returns the instant of a day's close, and whether the day is a
// session. Days on which the exchange is closed by rule are asked about as if
// they were whole, should the rules be wrong.
func (l listing) closing(d lombard.Date) (at time.Time, session bool) {
	if at, session = l.calendar.Closing(d); session {
		return at, true
	}
	const week = 7
	for back := range lombard.Date(week) {
		if at, ok := l.calendar.Closing(d - back); ok {
			return at.Add(time.Duration(back) * 24 * time.Hour), false
		}
	}
	return d.Time(), false
}

// ChainOffer implements market.ChainVendor: the dates whose closes the schema
// of quotes holds.
func (v *Vendor) ChainOffer(ctx context.Context, r market.BarRequest) (market.Offer, error) {
	if v.key == "" {
		return market.Offer{}, vendorhttp.KeyMissing(title, Variable)
	}
	l, err := listingOf(r.Symbol)
	if err != nil {
		return market.Offer{}, err
	}
	if r.Dataset == "" {
		r.Dataset = l.dataset
	}
	have, err := v.available(ctx, r.Dataset, l.schema)
	if err != nil {
		return market.Offer{}, v.word(ctx, err, l.minute(r.Dataset, r.Start.Time()), r)
	}
	if have == (span{}) {
		return market.Offer{}, noSchema(r.Dataset, l.schema)
	}
	first, last := lombard.DateOf(have.start), lombard.DateOf(have.end)
	if at, _ := l.closing(first); at.Add(-time.Minute).Before(have.start) {
		first++
	}
	if at, _ := l.closing(last); !at.Before(have.end) {
		last--
	}
	return market.Offer{Dataset: r.Dataset, Range: market.Range{First: first, Last: last}}, nil
}

// noSchema is the error of a dataset that does not have what is asked for.
func noSchema(dataset, schema string) error {
	message := fmt.Sprintf("The dataset %s of Databento has no data of the kind %s. Choose another dataset, or leave the choice to the source.", dataset, schema)
	return lombard.Invalid([]lombard.FieldError{{Field: "dataset", Value: dataset, Code: lombard.CodeInvalid, Message: message}})
}

// ChainCost implements market.ChainCoster.
func (v *Vendor) ChainCost(ctx context.Context, r market.ChainRequest) (float64, error) {
	s, session, _, err := v.chain(r)
	if err != nil || s == (selection{}) {
		return 0, err
	}
	usd, _, err := v.cost(ctx, s)
	if err != nil && !session && unresolved(err) {
		return 0, nil
	}
	return usd, v.word(ctx, err, s, asBars(r))
}

// chain returns the selection of a chain and how its options are listed. A
// weekend has none.
func (v *Vendor) chain(r market.ChainRequest) (s selection, session bool, b *book, err error) {
	if v.key == "" {
		return s, false, nil, vendorhttp.KeyMissing(title, Variable)
	}
	l, err := listingOf(r.Symbol)
	if err != nil || r.Date.IsWeekend() {
		return s, false, nil, err
	}
	at, session := l.closing(r.Date)
	dataset := r.Dataset
	if dataset == "" {
		dataset = l.dataset
	}
	return l.minute(dataset, at), session, newBook(l, r.Date, at), nil
}

// asBars is a chain's request for the wording of errors.
func asBars(r market.ChainRequest) market.BarRequest {
	return market.BarRequest{Dataset: r.Dataset, Symbol: r.Symbol, Start: r.Date, End: r.Date}
}

// Chain implements market.ChainVendor.
func (v *Vendor) Chain(ctx context.Context, r market.ChainRequest) (market.ChainSet, error) {
	s, session, b, err := v.chain(r)
	if err != nil || s == (selection{}) {
		return market.ChainSet{}, err
	}
	a, _, said, err := v.data(ctx, s)
	if err != nil {
		if !session && unresolved(err) {
			return market.ChainSet{}, nil
		}
		return market.ChainSet{}, v.word(ctx, err, s, asBars(r))
	}
	if err := readQuotes(a.Body, b.add); err != nil {
		return market.ChainSet{}, v.malformed(err.Error(), a, err)
	}
	set := market.ChainSet{Quotes: b.quotes(), Warnings: slices.Concat(said, v.remarks(a))}
	if len(b.others) > 0 {
		set.Warnings = append(set.Warnings, b.leftOut())
	}
	return set, nil
}

// leftOut is the remark on series of options that are not the underlying's
// standard ones: what they deliver is not one unit of it. It says the same on
// every day on which it is true, so that a run shows it once.
func (b *book) leftOut() lombard.Warning {
	names := slices.Sorted(maps.Keys(b.others))
	const most = 5
	more := ""
	if len(names) > most {
		more = " and others"
	}
	return lombard.Warning{
		Code:    "options_left_out",
		Message: fmt.Sprintf("%d other series of options listed with the underlying's deliver something else and were left out: %s%s.", len(names), strings.Join(names[:min(len(names), most)], ", "), more),
	}
}

// unresolved reports whether the vendor found no symbol: the answer to a day on
// which nothing was listed.
func unresolved(err error) bool {
	rejected := new(vendorhttp.Rejection)
	return errors.As(err, &rejected) && problemOf(rejected.Body).Case == "symbology_invalid_request"
}
