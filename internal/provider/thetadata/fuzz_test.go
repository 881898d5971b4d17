package thetadata_test

import (
	"errors"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/thetadata"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// FuzzChain: whatever a terminal answers, what comes of it is a chain or an
// error that people can read.
func FuzzChain(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(header + row("GLD", "20241116", "250", "P", "2024-11-04", "", "0")))
	f.Add([]byte("expiration,strike,right,created,bid,ask\n2024-11-15,1e3,C,20241104,1,2\n"))
	f.Add([]byte("\"\n,"))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := thetadata.New(thetadata.DefaultBase, clock, vendorhttp.Client{Transport: providertest.Canned(data)}).Chain(t.Context(), asked)
		if err != nil {
			if own, ok := errors.AsType[*lombard.Error](err); !ok || own.Kind != lombard.KindDataUnavailable && own.Kind != lombard.KindValidation {
				t.Fatalf("got %v", err)
			}
			return
		}
		if chain, err := market.NewChain(asked.Date, set.Quotes); err != nil || len(chain.Quotes) != len(set.Quotes) {
			t.Fatalf("%v is no chain: %v", set.Quotes, err)
		}
	})
}
