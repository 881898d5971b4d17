package export

import (
	"math"

	"lombard.example/lombard"
)

// thin returns n of the days, at least three, that draw nearly the same curve:
// the first and the last, those on which a figure is lowest or highest, and of
// the rest one in each of as many stretches as are left, chosen by Largest
// Triangle Three Buckets (Steinarsson, Downsampling Time Series for Visual
// Representation, 2013) on the LTV that the lender computes.
func thin(days []lombard.Day, n int) []lombard.Day {
	chosen, left := make([]bool, len(days)), n
	add := func(i int) {
		if left > 0 && !chosen[i] {
			chosen[i] = true
			left--
		}
	}
	add(0)
	add(len(days) - 1)
	for _, of := range []func(*lombard.Day) float64{
		func(d *lombard.Day) float64 { return d.LTVHedged }, func(d *lombard.Day) float64 { return d.LTVUnhedged },
		func(d *lombard.Day) float64 { return d.LTVRecognised }, func(d *lombard.Day) float64 { return d.SpotClose },
		func(d *lombard.Day) float64 { return d.NetPortfolioValue }, func(d *lombard.Day) float64 { return d.OptionMarketValue },
		func(d *lombard.Day) float64 { return d.EquityHedged }, func(d *lombard.Day) float64 { return d.EquityUnhedged },
	} {
		low, high := 0, 0
		for i := range days {
			if of(&days[i]) < of(&days[low]) {
				low = i
			}
			if of(&days[i]) > of(&days[high]) {
				high = i
			}
		}
		add(high)
		add(low)
	}
	for _, i := range largestTriangles(days, left+2) { // its first and last are there already
		add(i)
	}
	for i := 0; left > 0; i++ { // days that two rules chose leave room
		add(i)
	}
	kept := make([]lombard.Day, 0, n)
	for i := range days {
		if chosen[i] {
			kept = append(kept, days[i])
		}
	}
	return kept
}

// largestTriangles chooses n places, at least two, among them the first and last.
func largestTriangles(days []lombard.Day, n int) []int {
	last := len(days) - 1
	chosen := []int{0}
	if n < 3 {
		return append(chosen, last)
	}
	y := func(i int) float64 { return days[i].LTVRecognised }
	width := float64(last-1) / float64(n-2)
	for b := range n - 2 {
		from, to := 1+int(float64(b)*width), 1+int(float64(b+1)*width)
		next := min(1+int(float64(b+2)*width), len(days))
		meanX, meanY, count := 0.0, 0.0, 0.0
		for i := to; i < max(next, to+1) && i <= last; i++ {
			meanX, meanY, count = meanX+float64(i), meanY+y(i), count+1
		}
		meanX, meanY = meanX/count, meanY/count
		before := chosen[len(chosen)-1]
		best, largest := from, -1.0
		for i := from; i < to; i++ {
			area := math.Abs((float64(before)-meanX)*(y(i)-y(before)) - (float64(before)-float64(i))*(meanY-y(before)))
			if area > largest {
				best, largest = i, area
			}
		}
		chosen = append(chosen, best)
	}
	return append(chosen, last)
}
