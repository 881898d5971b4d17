//go:build goexperiment.simd && amd64 && !amd64.v3

package option

import "simd/archsimd"

// Kernel names what PriceEuropean and PricePath compute with on this machine:
// avx512, avx2 or scalar. The prices are the same to the last bit.
func Kernel() string {
	switch {
	case archsimd.X86.AVX512():
		return "avx512"
	case archsimd.X86.AVX2():
		return "avx2"
	default:
		return "scalar"
	}
}

// europeanLanes prices as many options as fill the processor's vectors and
// returns how many. Scalar code that runs while the upper halves of the vector
// registers are in use is three times as slow, until they are cleared.
func europeanLanes(kind Kind, in Columns, prices []float64) (done int) {
	switch {
	case archsimd.X86.AVX512():
		done = columns8(kind, in, prices)
	case archsimd.X86.AVX2():
		done = columns4(kind, in, prices)
	default:
		return 0
	}
	archsimd.ClearAVXUpperBits()
	return done
}

// pathLanes is europeanLanes of one option at many spots and times.
func pathLanes(kind Kind, in Inputs, spots, years, prices []float64) (done int) {
	switch {
	case archsimd.X86.AVX512():
		done = path8(kind, in, spots, years, prices)
	case archsimd.X86.AVX2():
		done = path4(kind, in, spots, years, prices)
	default:
		return 0
	}
	archsimd.ClearAVXUpperBits()
	return done
}
