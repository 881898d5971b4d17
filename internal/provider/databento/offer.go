package databento

import (
	"context"
	"errors"
	"net/http"

	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// schemaBars is the schema of daily bars.
const schemaBars = "ohlcv-1d"

// Offer implements market.Vendor: the first dataset whose daily bars cover the
// whole request, else the one that reaches back furthest.
func (v *Vendor) Offer(ctx context.Context, r market.BarRequest) (market.Offer, error) {
	if v.key == "" {
		return market.Offer{}, vendorhttp.KeyMissing(title, Variable)
	}
	names := datasets(r.Symbol)
	if r.Dataset != "" {
		names = []string{r.Dataset}
	}
	var best market.Offer
	failed := noSchema(names[0], schemaBars)
	for _, name := range names {
		have, err := v.available(ctx, name, schemaBars)
		r.Dataset = name
		if err != nil {
			worded := v.word(ctx, err, days(schemaBars, r), r)
			if rejected := new(vendorhttp.Rejection); errors.As(err, &rejected) && rejected.Status != http.StatusUnauthorized && len(names) > 1 {
				failed = worded
				continue // not licensed for this one
			}
			return market.Offer{}, worded
		}
		if have == (span{}) {
			continue
		}
		offer := market.Offer{Dataset: name, Range: have.days()}
		if offer.Range.First <= r.Start && r.End <= offer.Range.Last {
			return offer, nil
		}
		if best.Dataset == "" || offer.Range.First < best.Range.First {
			best = offer
		}
	}
	if best.Dataset == "" {
		return best, failed
	}
	return best, nil
}
