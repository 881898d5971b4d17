package option_test

import (
	"math"
	"testing"

	"lombard.example/lombard/option"
)

// The options that bench/peers prices with QuantLib and numpy.
const peerOptions = 4096

func peerOption(i int) option.Inputs {
	return option.Inputs{Spot: 100, Strike: 60 + 80*float64(i)/peerOptions, Years: 1, Rate: 0.05, Yield: 0.02, Vol: 0.05 + 0.45*float64(i*37%peerOptions)/peerOptions}
}

var sink float64

func BenchmarkPeerBlack(b *testing.B) {
	var strikes, deviations [peerOptions]float64
	for i := range strikes {
		o := peerOption(i)
		strikes[i], deviations[i] = o.Strike, o.Vol
	}
	forward, discount := 100*math.Exp(0.03), math.Exp(-0.05)
	sum := 0.0
	for i := 0; b.Loop(); i++ {
		sum += option.Black(option.Put, forward, strikes[i%peerOptions], deviations[i%peerOptions], discount)
	}
	sink = sum
}

func BenchmarkPeerEuropean(b *testing.B) {
	sum := 0.0
	for i := 0; b.Loop(); i++ {
		sum += option.BlackScholesMerton{}.Price(option.Put, peerOption(i%peerOptions))
	}
	sink = sum
}
