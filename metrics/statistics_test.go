package metrics

import (
	"math"
	"testing"
)

func equal(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || !(math.Abs(*got-want) <= 5e-7) {
		t.Errorf("%s = %v, want %v", what, show(got), want)
	}
}

func show(x *float64) any {
	if x == nil {
		return "null"
	}
	return *x
}

func undefined(t *testing.T, what string, got *float64) {
	t.Helper()
	if got != nil {
		t.Errorf("%s = %v, want null", what, *got)
	}
}

// The lower mean of Sortino goes over all returns; over the losing days alone
// the same figures give 7.94, a common mistake.
func TestPublishedRatios(t *testing.T) {
	r := []float64{.01, -.02, .03, -.01}
	equal(t, "Sharpe", sharpe(r, 252, 0), 1.789802)
	equal(t, "Sortino", sortino(r, 252, 0), 3.549648)
	undefined(t, "Sharpe without variation", sharpe([]float64{.01, .01, .01}, 252, 0))
	undefined(t, "Sortino without a loss", sortino([]float64{.01, .02}, 252, 0))
	undefined(t, "Sharpe of one return", sharpe([]float64{.01}, 252, 0))
}

func TestPublishedDrawdown(t *testing.T) {
	got, peak, trough := drawdown([]float64{100, 110, 99, 121, 90.75, 100})
	if math.Abs(got+0.25) > 1e-12 || peak != 3 || trough != 4 {
		t.Errorf("drawdown = %v from %d to %d, want -0.25 from 3 to 4", got, peak, trough)
	}
	if got, _, _ := drawdown([]float64{100, 101}); got != 0 {
		t.Errorf("drawdown of what never falls = %v", got)
	}
	if got, _, _ := drawdown([]float64{100, 50, -3}); got != -1 {
		t.Errorf("drawdown to nothing = %v, want -1", got)
	}
	equal(t, "ulcer", ulcer([]float64{100, 90, 100}), math.Sqrt(0.01/3))
}

func TestPublishedTail(t *testing.T) {
	x := []float64{.05, -.10, .04, -.05, .03, -.04, .02, -.03, .01, -.02, 0, -.01}
	equal(t, "CVaR 5 %", cvar(x, .05), -.10)
	equal(t, "CVaR 10 %", cvar(x, .10), -.0916667)
	equal(t, "CVaR 25 %", cvar(x, .25), -.0633333)
	undefined(t, "CVaR of nothing", cvar(nil, .05))
}

// Returns on negative equity would change their sign: they end at −1.
func TestReturnsEndWhereWealthDoes(t *testing.T) {
	r, wiped := returns([]float64{100, 50, -10, 20, 40})
	if !wiped || len(r) != 2 || r[0] != -0.5 || r[1] != -1 {
		t.Errorf("returns = %v, wiped out %v", r, wiped)
	}
	m := riskOf(growthOf([]float64{100, 50, -10, 20, 40}), 1, 0)
	equal(t, "CAGR", m.CAGR, -1)
	if !m.WipedOut {
		t.Error("a wealth of nothing is not marked")
	}
}

func TestWorstAndSkew(t *testing.T) {
	w := []float64{100, 90, 80, 120}
	equal(t, "worst day", worst(w, 1), 80.0/90-1)
	equal(t, "worst two days", worst(w, 2), -0.2)
	undefined(t, "worst five days", worst(w, 5))
	equal(t, "skew", skew([]float64{0, 0, 3}), 0.7071068) // mean 1: m₂ = 2, m₃ = 2
	undefined(t, "skew without variation", skew([]float64{1, 1, 1}))
}

func TestQualityOfAPerfectHedgeAndOfNone(t *testing.T) {
	unhedged := []float64{100, 90, 95, 80, 85, 70, 75}
	flat := []float64{100, 100, 100, 100, 100, 100, 100}
	equal(t, "trough protection of a perfect hedge", troughProtection(flat, unhedged), 1)
	equal(t, "trough protection of none", troughProtection(unhedged, unhedged), 0)
	ru, _ := returns(unhedged)
	rf, _ := returns(flat)
	equal(t, "efficiency of a perfect hedge", efficiency(rf, ru), 1)
	equal(t, "efficiency of none", efficiency(ru, ru), 0)
	undefined(t, "efficiency against nothing", efficiency(ru, rf))
	var u, h []float64
	for i := range 100 {
		x := math.Sin(float64(i)) / 50
		u, h = append(u, x), append(h, 0.4*x)
	}
	equal(t, "crisis beta", crisisBeta(h, u), 0.4)
	undefined(t, "crisis beta of a short run", crisisBeta(h[:40], u[:40]))
}
