package metrics

import "slices"

// least returns the indices of the n smallest values in ascending order, those
// of equal ones in the order of x. It keeps a heap of n, the largest on top: over
// years of sessions a sort of all takes ten times as long.
func least(x []float64, n int) []int {
	if n <= 0 {
		return nil
	}
	after := func(a, b int) bool { return x[a] > x[b] || x[a] == x[b] && a > b }
	heap := make([]int, min(n, len(x)))
	for i := range heap {
		heap[i] = i
	}
	sink := func(i int) {
		for {
			child := 2*i + 1
			if child >= len(heap) {
				return
			}
			if child+1 < len(heap) && after(heap[child+1], heap[child]) {
				child++
			}
			if !after(heap[child], heap[i]) {
				return
			}
			heap[i], heap[child] = heap[child], heap[i]
			i = child
		}
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		sink(i)
	}
	for i := len(heap); i < len(x); i++ {
		if after(heap[0], i) {
			heap[0] = i
			sink(0)
		}
	}
	slices.SortFunc(heap, func(a, b int) int {
		if after(a, b) {
			return 1
		}
		return -1
	})
	return heap
}
