//go:build !(goexperiment.simd && amd64 && !amd64.v3)

package option

func slopes(blocks []kernel, between [][]octet, square []float64, own float64, yields bool) (n, d float64) {
	return slopesScalar(blocks, between, square, own, yields)
}

func early(blocks []term, x, spot float64, yields bool) float64 {
	return earlyScalar(blocks, x, spot, yields)
}

func earlyMoves(blocks []term, x, spot, vol float64, yields bool) moves {
	return earlyMovesScalar(blocks, x, spot, vol, yields)
}
