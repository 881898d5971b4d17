package option_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"lombard.example/lombard/option"
)

// A chain of puts, priced and turned back into vols.
func ExamplePriceAll() {
	chain := option.Columns{
		Spot: []float64{100, 100, 100}, Strike: []float64{90, 95, 100}, Years: []float64{1, 1, 1},
		Rate: []float64{0.04, 0.04, 0.04}, Yield: []float64{0, 0, 0}, Vol: []float64{0.16, 0.16, 0.16},
	}
	prices, deltas, vols := make([]float64, 3), make([]float64, 3), make([]float64, 3)
	option.PriceAll(option.Put, chain, option.Answers{Price: prices, Delta: deltas})
	none := option.ImpliedVols(option.Put, chain, prices, vols)
	fmt.Printf("%.4f %.3f %.4f, %d without a vol\n", prices, deltas, vols, none)
	// Output:
	// [1.4682 2.6993 4.4846] [-0.161 -0.258 -0.371] [0.1600 0.1600 0.1600], 0 without a vol
}

func TestPriceAllGivesWhatTheEngineGives(t *testing.T) {
	const n = 20_000 // more than one stretch, and not a whole number of vectors
	c := columns(n+3, peerOption)
	out := option.Answers{Price: make([]float64, n+3), Delta: make([]float64, n+3), Rho: make([]float64, n+3)}
	if err := option.PriceAllParallel(t.Context(), option.Put, c, out); err != nil {
		t.Fatal(err)
	}
	for i := range c.Spot {
		g := option.BlackScholesMerton{}.Greeks(option.Put, c.At(i))
		if out.Price[i] != (option.BlackScholesMerton{}).Price(option.Put, c.At(i)) || out.Delta[i] != g.Delta || out.Rho[i] != g.Rho {
			t.Fatalf("option %d: %v %v %v", i, out.Price[i], out.Delta[i], out.Rho[i])
		}
	}
	if allocs := testing.AllocsPerRun(3, func() { option.PriceAll(option.Put, c, out) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := option.PriceAllParallel(ended, option.Put, c, out); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want canceled", err)
	}
	vols := []float64{0}
	one := option.Columns{Spot: []float64{100}, Strike: []float64{90}, Years: []float64{1}, Rate: []float64{0}, Yield: []float64{0}}
	if none := option.ImpliedVols(option.Call, one, []float64{5}, vols); none != 1 || !math.IsNaN(vols[0]) {
		t.Errorf("below intrinsic: %v, %d", vols[0], none)
	}
}
