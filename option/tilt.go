package option

import "math"

// tilts are the slopes of an exercise boundary by vol, rate and yield: of h² as
// Chebyshev coefficients, and of ln X.
type tilts struct {
	vol, rate, yield      smooth
	levelRate, levelYield float64
}

// tilt differentiates the integral equation at its solution. At the boundary the
// put's delta is −1 at every time to expiry; the derivative of that by a parameter
// is a linear equation in the slopes of h at the nodes.
func (b *boundary) tilt() *tilts {
	n := len(b.h) - 1
	t := &tilts{}
	if b.yield > b.rate {
		t.levelRate, t.levelYield = 1/b.rate, -1/b.yield
	}
	square := make([]float64, n+1)
	for i, h := range b.h {
		square[i] = h * h
	}
	rows := make([][]float64, n)
	all := b.equation()
	for i := 1; i <= n; i++ {
		rows[i-1] = b.tangent(i, &all[i], square, t)
	}
	eliminate(rows)
	for p, out := range []*smooth{&t.vol, &t.rate, &t.yield} {
		*out = make(smooth, n+1)
		for m, row := range b.rule.cosines {
			for i := 1; i <= n; i++ {
				if x := -rows[i-1][n+p] * 2 * b.h[i]; !math.IsNaN(x) && !math.IsInf(x, 0) {
					(*out)[m] += row[i] * x
				}
			}
		}
	}
	return t
}

// tangent is the linear equation of a node: the coefficients of the slopes of h at
// the nodes, and what the vol, the rate and the yield move by themselves.
func (b *boundary) tangent(i int, at *node, square []float64, t *tilts) []float64 {
	n := len(b.h) - 1
	row := make([]float64, n+3)
	own, p, tau := b.h[i], &b.rule.points, b.years*b.rule.root[i]*b.rule.root[i]
	level := exp(-own) * b.limit
	down := (b.level-own+at.carry)/at.root - at.root/2
	up := down + at.root
	dense := at.spot * thin(up)
	mine := -dense / at.root // the coefficient of the node's own slope
	vol := -dense * down / b.vol
	rate := dense * (at.root/(b.vol*b.vol) + t.levelRate/at.root)
	yield := dense*(-at.root/(b.vol*b.vol)+t.levelYield/at.root) + tau*at.spot*below(thin(up), up)
	for k := range at.blocks {
		block, between := &at.blocks[k], b.rule.between[i][k]
		for j, h := range falls(between, square) {
			inverse, spread, rest := block.inverse[j], block.spread[j], tau*p.rest[k][j]
			minus := (h-own)*inverse + block.drift[j]
			plus := minus + spread
			pure := p.weight[k][j] * tau * inverse * exp(-b.rate*rest) * thin(minus) / level
			there := b.limit * exp(-h) // B(u)
			low := pure * b.yield * there
			steep := pure*b.rate - low
			moved := steep * minus * inverse
			if h > 0 {
				for m := 1; m <= n; m++ {
					row[m-1] += moved * between[m][j] * b.h[m] / h
				}
			}
			mine -= steep + moved + low
			vol -= (steep*(minus*plus-1) + low*spread*minus) / b.vol
			rate += moved*rest - pure*(1-b.rate*rest) + (steep+low)*t.levelRate
			yield += -moved*rest + pure*there - low*rest + (steep+low)*t.levelYield
			yield -= p.weight[k][j] * tau * exp(-b.yield*rest) * (1 - b.yield*rest) * below(thin(plus), plus)
		}
	}
	row[i-1] += mine
	row[n], row[n+1], row[n+2] = vol, rate, yield
	return row
}

// eliminate solves linear equations in place: each row holds its coefficients and
// three right-hand sides, which become the solutions.
func eliminate(rows [][]float64) {
	n := len(rows)
	for c := range n {
		best := c
		for i := c + 1; i < n; i++ {
			if math.Abs(rows[i][c]) > math.Abs(rows[best][c]) {
				best = i
			}
		}
		rows[c], rows[best] = rows[best], rows[c]
		for i := range n {
			if i == c {
				continue
			}
			share := rows[i][c] / rows[c][c]
			for m := c; m < len(rows[i]); m++ {
				rows[i][m] -= share * rows[c][m]
			}
		}
	}
	for c := range n {
		for m := n; m < len(rows[c]); m++ {
			rows[c][m] /= rows[c][c]
		}
	}
}
