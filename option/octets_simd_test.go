//go:build goexperiment.simd && amd64 && !amd64.v3

package option

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestVectorsGiveTheBitsOfTheScalars over options of the whole domain: the equation
// of the boundary and the premium with its slopes.
func TestVectorsGiveTheBitsOfTheScalars(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 29))
	same := func(what string, c carried, got, want float64) {
		if math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s of %+v: %v in vectors, %v by itself", what, c, got, want)
		}
	}
	for range draws(200) {
		in := drawWide(r)
		in.Rate = math.Abs(in.Rate)
		c := unit(in)
		if _, ok := simple(Put, in); ok {
			continue
		}
		e := exerciseOf(c, Accuracy(r.IntN(accuracies)))
		b := e.over
		if b == nil {
			continue
		}
		square := make([]float64, len(b.h))
		for i, h := range b.h {
			square[i] = h * h
		}
		for i, node := range b.equation() {
			n, d := slopes(node.blocks, b.rule.between[i], square, b.h[i], b.yield != 0)
			wantN, wantD := slopesScalar(node.blocks, b.rule.between[i], square, b.h[i], b.yield != 0)
			same("numerator", c, n, wantN)
			same("denominator", c, d, wantD)
		}
		e.tilts = b.tilt()
		var day reading
		day.read(e, c.years*(0.5+0.5*r.Float64()), true)
		for _, spot := range spots(in) {
			spot /= in.Strike
			x := ln(spot)
			same("premium", c, early(day.terms, x, spot, b.yield != 0), earlyScalar(day.terms, x, spot, b.yield != 0))
			got, want := earlyMoves(day.terms, x, spot, b.vol, b.yield != 0), earlyMovesScalar(day.terms, x, spot, b.vol, b.yield != 0)
			same("premium", c, got.value, want.value)
			same("delta", c, got.delta, want.delta)
			same("vega", c, got.vega, want.vega)
		}
	}
}
