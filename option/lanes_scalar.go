//go:build !(goexperiment.simd && amd64 && !amd64.v3)

package option

// Kernel names what PriceEuropean and PricePath compute with on this machine:
// avx512, avx2 or scalar. The prices are the same to the last bit.
func Kernel() string { return "scalar" }

// europeanLanes prices as many options as fill the processor's vectors and
// returns how many: here none.
func europeanLanes(Kind, Columns, []float64) int { return 0 }

// pathLanes is europeanLanes of one option at many spots and times.
func pathLanes(Kind, Inputs, []float64, []float64, []float64) int { return 0 }
