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

func BenchmarkPeerAmerican(b *testing.B) {
	sum := 0.0
	for i := 0; b.Loop(); i++ {
		in := peerOption(i * 16 % peerOptions)
		in.Vol = 0.2
		sum += option.American{}.Price(option.Put, in)
	}
	sink = sum
}

// BenchmarkPeerAmericanReused prices every strike over one boundary.
func BenchmarkPeerAmericanReused(b *testing.B) {
	in := option.Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0.05, Yield: 0.02, Vol: 0.2}
	marker := option.American{}.Marker(option.Put, in)
	sum := 0.0
	for i := 0; b.Loop(); i++ {
		strike := peerOption(i * 16 % peerOptions).Strike
		sum += marker.Price(100*100/strike, 1) * strike / 100
	}
	sink = sum
}

func BenchmarkPeerEuropeanBatch(b *testing.B) {
	c := columns(peerOptions, peerOption)
	prices := make([]float64, peerOptions)
	for b.Loop() {
		option.PriceEuropean(option.Put, c, prices)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/peerOptions, "ns/option")
}
