package backtest

import (
	"math"
	"testing"

	"lombard.example/lombard/market"
	"lombard.example/lombard/vol"
)

// swings are bars whose closes go up and down by the log returns, in turn.
func swings(returns ...float64) []vol.Bar {
	bars := []vol.Bar{{Close: 100}}
	for i, x := range returns {
		if i%2 == 1 {
			x = -x
		}
		bars = append(bars, vol.Bar{Close: bars[i].Close * math.Exp(x)})
	}
	return bars
}

func repeated(n int, x float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = x
	}
	return all
}

// By hand: after 40 returns of 1 % one of 5 % makes the variance 0.94 × 1e-4 +
// 0.06 × 25e-4 = 2.44e-4, its root 1.562050 times the median of 1 %.
func TestSpreadsWidenWithVolAboveItsMedian(t *testing.T) {
	factors := stressOf(swings(append(repeated(40, 0.01), 0.05)...), 1260)
	if got := factors[41]; math.Abs(got-1.562050) > 1e-6 {
		t.Errorf("factor = %v, want 1.562050", got)
	}
	for i, x := range factors[:41] {
		if math.Abs(x-1) > 1e-12 {
			t.Errorf("factor of calm day %d = %v, want 1", i, x)
		}
	}
	// Too little history, and a calm after a storm: never below 1.
	if got := stressOf(swings(append(repeated(19, 0.01), 0.05)...), 1260)[20]; got != 1 {
		t.Errorf("factor after 20 sessions = %v, want 1", got)
	}
	if got := stressOf(swings(append(repeated(40, 0.05), repeated(40, 0.01)...)...), 1260)[80]; got != 1 {
		t.Errorf("factor in a calm = %v, want 1", got)
	}
}

// The median forgets what lies before its window: 100 wild days, then 60 calm
// ones and a jump, over a window of 50 of them and of everything.
func TestTheMedianLooksAtItsWindow(t *testing.T) {
	returns := append(append(repeated(100, 0.04), repeated(160, 0.01)...), 0.05)
	bars := swings(returns...)
	last := len(bars) - 1
	if got := stressOf(bars, 50)[last]; math.Abs(got-1.562050) > 3e-3 { // the calm has all but reached 1 %
		t.Errorf("over 50 sessions the factor is %v, want 1.562", got)
	}
	if got := stressOf(bars, 400)[last]; !(got < 1.2) { // 100 wild days and the slow way down from them
		t.Errorf("over everything the factor is %v, want it lower", got)
	}
}

func TestCrashSpreadsLookBackFiveYears(t *testing.T) {
	for symbol, want := range map[string]int{"GLD": 1260, "BTC-USD": 1825} {
		i, _ := market.Lookup(symbol)
		if got := StressWindow(i); got != want {
			t.Errorf("%s: %d sessions, want %d", symbol, got, want)
		}
	}
}
