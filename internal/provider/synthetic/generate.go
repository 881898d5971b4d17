package synthetic

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// profile is the character of a series.
type profile struct {
	title    string
	sevenDay bool
	start    float64 // price on the first day
	growth   float64 // of the trend, a year, on the starting price
	vol      float64 // of a session's return, in calm times
	pull     float64 // share of the distance to the trend that a session makes up
	crash    float64 // chance that a session begins a crash
	fall     float64 // mean return of a session in a crash
	length   int     // sessions of a crash
}

// profileOf returns the character of a symbol; ok is false for names that
// stand for nothing.
func profileOf(symbol string) (p profile, ok bool) {
	switch symbol {
	case "DEMO-CALM":
		return profile{title: "A calm series", start: 100, growth: 0.05, vol: 0.005, pull: 0.002}, true
	case "DEMO-CRASH":
		return profile{
			title: "A series that crashes every few years", start: 100, growth: 0.06, vol: 0.009, pull: 0.004,
			crash: 1.0 / 800, fall: -0.011, length: 45,
		}, true
	case "DEMO-BTC":
		return profile{
			title: "A wild seven-day series", sevenDay: true, start: 20_000, growth: 0.15, vol: 0.032, pull: 0.004,
			crash: 1.0 / 700, fall: -0.015, length: 25,
		}, true
	}
	number, found := strings.CutPrefix(symbol, "SYN-")
	if !found || number == "" || len(number) > 9 || strings.Trim(number, "0123456789") != "" {
		return profile{}, false
	}
	seed := sha256.Sum256([]byte("profile of " + symbol))
	return profile{
		title: "Synthetic series " + number, start: 20 + float64(seed[0]), growth: float64(seed[1]) / 2560,
		vol: 0.006 + float64(seed[2])/12800, pull: 0.002, crash: 1.0 / 1500, fall: -0.01, length: 30,
	}, true
}

// generate returns the bars of every session from first to last. A longer
// range only adds bars at its end. The arithmetic is limited to operations
// that IEEE 754 rounds exactly, each result converted so that no compiler
// fuses two of them: the bytes are the same on every processor.
func generate(symbol string, p profile, first, last lombard.Date) []market.Bar {
	seed := sha256.Sum256([]byte(symbol))
	g := &generator{
		PCG:     rand.NewPCG(binary.BigEndian.Uint64(seed[:8]), binary.BigEndian.Uint64(seed[8:16])),
		profile: p, price: p.start,
	}
	bars := make([]market.Bar, 0, int(last-first)+1)
	for d := first; d <= last; d++ {
		if p.sevenDay || !d.IsWeekend() {
			bars = append(bars, g.next(d, float64(d-first)/365))
		}
	}
	return bars
}

// generator walks from one session to the next.
type generator struct {
	*rand.PCG
	profile
	price   float64 // the last close
	crashed int     // sessions that the crash still lasts
}

// next returns the bar of a session. It draws the same number of times
// whatever happens.
func (g *generator) next(d lombard.Date, years float64) market.Bar {
	night, day, begins := g.normal(), g.normal(), g.uniform()
	above, below, volume := g.uniform(), g.uniform(), g.uniform()

	trend := float64(g.start * float64(1+float64(g.growth*years)))
	drift := float64(g.pull * min(3, float64(float64(trend/g.price)-1)))
	vol := g.vol
	if g.crashed == 0 && begins < g.crash {
		g.crashed = g.length
	}
	if g.crashed > 0 {
		g.crashed--
		drift, vol = g.fall, float64(2*vol)
	}

	b := market.Bar{Date: d}
	b.Open = cents(float64(g.price * limited(float64(float64(0.4*vol)*night))))
	b.Close = cents(float64(b.Open * limited(drift+float64(vol*day))))
	b.High = cents(float64(max(b.Open, b.Close) * float64(1+float64(vol*above))))
	b.Low = cents(float64(min(b.Open, b.Close) * float64(1-float64(vol*below))))
	b.Volume = math.Round(float64(1e6 * float64(0.5+volume)))
	g.price = b.Close
	return b
}

// limited returns 1 + r, at most a move of a third in a session.
func limited(r float64) float64 { return 1 + max(-1.0/3, min(1.0/3, r)) }

// cents rounds a price to cents, at least one.
func cents(x float64) float64 { return max(1, math.Round(float64(x*100))) / 100 }

// uniform draws from [0, 1).
func (g *generator) uniform() float64 { return float64(g.Uint64()>>11) / (1 << 53) }

// normal draws from a distribution near the standard normal: the sum of twelve
// uniform draws less six, which needs no function that rounds differently
// elsewhere.
func (g *generator) normal() float64 {
	var sum uint64
	for range 6 {
		x := g.Uint64()
		sum += x>>32 + x&0xffffffff
	}
	return float64(sum)/(1<<32) - 6
}
