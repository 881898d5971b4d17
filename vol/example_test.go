package vol_test

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/vol"
)

// Closes that go up and down by one per cent in turn have a vol of one per cent
// a session, 15.9 % a year.
func ExampleEstimate() {
	bars, price := []vol.Bar{}, 100.0
	for i := range 61 {
		bars = append(bars, vol.Bar{Close: price})
		price *= math.Exp(0.01 * float64(1-2*(i%2)))
	}
	level, err := vol.Estimate(lombard.EstimatorClose, bars, 60, 252)
	fmt.Printf("%.3f %v\n", level, err)
	// Output:
	// 0.159 <nil>
}
