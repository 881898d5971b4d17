package metrics

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// The smallest are those of a stable sort, in its order, with ties and for any
// number of them.
func TestLeastIsTheHeadOfAStableSort(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	for range 2000 {
		x := make([]float64, random.IntN(60))
		for i := range x {
			x[i] = float64(random.IntN(12)) - 6 // many ties
		}
		order := make([]int, len(x))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
		n := random.IntN(len(x) + 3)
		if got := least(x, n); !slices.Equal(got, order[:min(n, len(x))]) {
			t.Fatalf("least(%v, %d) = %v, want %v", x, n, got, order[:min(n, len(x))])
		}
	}
}
