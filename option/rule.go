package option

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
)

// lanes8 is how many points of an integral stand in one block: the width of a
// vector of the processors that have the longest.
const lanes8 = 8

// octet is one number for each point of a block.
type octet [lanes8]float64

// rule is what every boundary of one accuracy shares: the nodes in time that the
// boundary is interpolated between, and the points of the integrals.
//
// Nodes are Chebyshev points of y on [0, 1], where √(τ/T) is y itself, or
// sinh(bend·y)/sinh(bend), which puts them closer together towards expiry.
type rule struct {
	bend    float64
	settled float64   // change of ln B at which the iteration ends
	root    []float64 // √(τ/T) of the nodes, from 0 to 1
	y       []float64 // of the nodes
	signs   []float64 // barycentric weights of the nodes
	cosines [][]float64
	points  points      // of the boundary's integral equation
	between [][][]octet // by node, block and node: interpolation at u = τ·part
	premium points      // of the premium
}

// points are those of an integral over u in [0, τ], in blocks: the last block is
// filled up with points of weight 0.
type points struct {
	part, rest []octet // u/τ and 1 − u/τ
	weight     []octet // of du/τ
}

func (p *points) add(k int, part, rest, weight float64) {
	if k%lanes8 == 0 {
		var half octet
		for j := range half {
			half[j] = 0.5
		}
		p.part, p.rest, p.weight = append(p.part, half), append(p.rest, half), append(p.weight, octet{})
	}
	b, j := k/lanes8, k%lanes8
	p.part[b][j], p.rest[b][j], p.weight[b][j] = part, rest, weight
}

// angles are n Gauss–Legendre points in the angle θ with u = τ·sin²θ, which takes
// the roots at both ends out of the integral.
func angles(n int) (p points) {
	theta, weight := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(theta, weight, 0, math.Pi/2)
	for k := range theta {
		s, c := math.Sincos(theta[k])
		p.add(k, s*s, c*c, weight[k]*2*s*c)
	}
	return p
}

// doubleExponential are the points of Takahasi and Mori (Double exponential
// formulas for numerical integration, 1974), n on either side of the middle,
// which lie geometrically at both ends.
func doubleExponential(n int, reach float64) (p points) {
	step := reach / float64(n)
	for k := -n; k <= n; k++ {
		t := float64(k) * step
		// u/τ = 1/(1 + e^{−2s}) with s = π/2·sinh t
		s := math.Pi / 2 * math.Sinh(t)
		part, rest := 1/(1+math.Exp(-2*s)), 1/(1+math.Exp(2*s))
		p.add(k+n, part, rest, step*math.Pi*math.Cosh(t)*part*rest)
	}
	return p
}

func newRule(bend, settled float64, nodes int, equation, premium points) *rule {
	r := &rule{bend: bend, settled: settled, points: equation, premium: premium}
	for i := range nodes + 1 {
		y := (1 + math.Cos(math.Pi*float64(nodes-i)/float64(nodes))) / 2
		sign := 1.0
		if i%2 == 1 {
			sign = -1
		}
		if i == 0 || i == nodes {
			sign /= 2
		}
		root := y
		if bend > 0 {
			root = math.Sinh(bend*y) / math.Sinh(bend)
		}
		r.y, r.signs, r.root = append(r.y, y), append(r.signs, sign), append(r.root, root)
	}
	// The coefficients of Chebyshev polynomials from the values at the nodes.
	for m := range nodes + 1 {
		row := make([]float64, nodes+1)
		for i := range row {
			row[i] = math.Cos(math.Pi*float64(m)*float64(nodes-i)/float64(nodes)) * 2 / float64(nodes)
			if i == 0 || i == nodes {
				row[i] /= 2
			}
			if m == 0 || m == nodes {
				row[i] /= 2
			}
		}
		r.cosines = append(r.cosines, row)
	}
	for _, root := range r.root {
		all := make([][]octet, len(r.points.part))
		for b := range all {
			all[b] = make([]octet, nodes+1)
			for j, part := range r.points.part[b] {
				for k, w := range r.weights(root * math.Sqrt(part)) {
					all[b][k][j] = w
				}
			}
		}
		r.between = append(r.between, all)
	}
	return r
}

// place is y at x = √(u/T).
func (r *rule) place(x float64) float64 {
	if r.bend == 0 {
		return x
	}
	return math.Asinh(x*math.Sinh(r.bend)) / r.bend
}

// weights returns what the values at the nodes count for at x = √(u/T), by
// barycentric interpolation at Chebyshev points (Berrut and Trefethen,
// Barycentric Lagrange interpolation, SIAM Review 46, 2004).
func (r *rule) weights(x float64) []float64 {
	y, sum := r.place(x), 0.0
	w := make([]float64, len(r.y))
	for k := range w {
		gap := y - r.y[k]
		if math.Abs(gap) < 1e-15 {
			clear(w)
			w[k] = 1
			return w
		}
		w[k] = r.signs[k] / gap
		sum += w[k]
	}
	for k := range w {
		w[k] /= sum
	}
	return w
}

// rules are those of ordinary and of wide lives, by accuracy.
//
// An ordinary rule puts its nodes and points where the boundary of an ordinary
// life moves. Over a wide one (large σ²T, rT or qT) it falls to the perpetual
// boundary within a small part of the life, and both integrals have most of their
// weight at their ends.
var ordinaryRules, wideRules = [accuracies]func() *rule{
	Standard: sync.OnceValue(func() *rule { return newRule(0, 1e-7, 16, angles(16), angles(32)) }),
	Fast:     sync.OnceValue(func() *rule { return newRule(0, 1e-5, 7, angles(8), angles(16)) }),
	High:     sync.OnceValue(func() *rule { return newRule(2, 1e-10, 24, angles(32), angles(64)) }),
}, [accuracies]func() *rule{
	Standard: sync.OnceValue(func() *rule { return newWideRule(1e-9, 4.5, 24, 36, 3) }),
	Fast:     sync.OnceValue(func() *rule { return newWideRule(1e-9, 4.5, 24, 36, 3) }),
	High:     sync.OnceValue(func() *rule { return newWideRule(1e-11, 5, 40, 64, 3.2) }),
}

func newWideRule(settled, bend float64, nodes, points int, reach float64) *rule {
	p := doubleExponential(points, reach)
	return newRule(bend, settled, nodes, p, p)
}
