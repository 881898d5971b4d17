package option

import (
	"context"
	"math"
	"runtime"
	"sync"
)

// Answers receive what is computed of every option of Columns: a slice that is
// nil is left out, the others are as long as the columns. Units are those of
// Greeks.
type Answers struct{ Price, Delta, Gamma, Vega, Theta, Rho []float64 }

// between returns the answers of a stretch of options.
func (a Answers) between(first, end int) Answers {
	cut := func(s []float64) []float64 {
		if s == nil {
			return nil
		}
		return s[first:end]
	}
	return Answers{cut(a.Price), cut(a.Delta), cut(a.Gamma), cut(a.Vega), cut(a.Theta), cut(a.Rho)}
}

// between returns a stretch of options.
func (c Columns) between(first, end int) Columns {
	return Columns{c.Spot[first:end], c.Strike[first:end], c.Years[first:end], c.Rate[first:end], c.Yield[first:end], c.Vol[first:end]}
}

// PriceAll computes European options, prices and greeks to the last bit as
// BlackScholesMerton does. It allocates nothing.
func PriceAll(kind Kind, in Columns, out Answers) {
	if out.Price != nil {
		PriceEuropean(kind, in, out.Price)
	}
	if out.Delta == nil && out.Gamma == nil && out.Vega == nil && out.Theta == nil && out.Rho == nil {
		return
	}
	put := func(to []float64, i int, x float64) {
		if to != nil {
			to[i] = x
		}
	}
	for i := range in.Spot {
		g := BlackScholesMerton{}.Greeks(kind, in.At(i))
		put(out.Delta, i, g.Delta)
		put(out.Gamma, i, g.Gamma)
		put(out.Vega, i, g.Vega)
		put(out.Theta, i, g.Theta)
		put(out.Rho, i, g.Rho)
	}
}

// ImpliedVols writes to vols the vol that each price implies, as ImpliedVol does,
// and NaN where none gives it; it returns how many those are. in.Vol is not read
// and may be nil. It allocates nothing.
func ImpliedVols(kind Kind, in Columns, prices, vols []float64) (none int) {
	for i := range in.Spot {
		one := Inputs{Spot: in.Spot[i], Strike: in.Strike[i], Years: in.Years[i], Rate: in.Rate[i], Yield: in.Yield[i]}
		vol, err := ImpliedVol(kind, one, prices[i])
		if err != nil {
			vol = math.NaN()
			none++
		}
		vols[i] = vol
	}
	return none
}

// PriceAllParallel is PriceAll on all processors that the program may use. It
// stops between stretches of some thousand options when ctx is done, and then
// returns its error: the answers are incomplete.
func PriceAllParallel(ctx context.Context, kind Kind, in Columns, out Answers) error {
	const stretch = 8192
	todo := make(chan int)
	var running sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(in.Spot)+stretch-1)/stretch) {
		running.Go(func() {
			for first := range todo {
				end := min(first+stretch, len(in.Spot))
				PriceAll(kind, in.between(first, end), out.between(first, end))
			}
		})
	}
	for first := 0; first < len(in.Spot) && ctx.Err() == nil; first += stretch {
		todo <- first
	}
	close(todo)
	running.Wait()
	return ctx.Err()
}
