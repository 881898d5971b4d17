package vol_test

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/vol"
)

// The vol of a put 20 % below spot under the smile of an equity index.
func ExampleSurface_Vol() {
	model := vol.Of(lombard.VolModel{Model: lombard.VolFlat, Value: 0.16, Smile: &lombard.SmileModel{Preset: lombard.SmileEquityIndex}})
	surface, err := model.At(vol.Past{Spot: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, strike := range []float64{80, 100} {
		fmt.Printf("%.4f\n", surface.Vol(vol.Query{Spot: 100, Strike: strike, Years: 1, Rate: 0.04}))
	}
	// Output:
	// 0.2256
	// 0.1683
}
