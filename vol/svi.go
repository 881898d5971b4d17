package vol

import (
	"fmt"
	"math"

	"lombard.example/lombard"
)

// SVI is one raw SVI slice: total variance by log-moneyness,
// w(k) = α + β(ρ(k − m) + √((k − m)² + s²)).
type SVI struct{ lombard.SVIModel }

// Variance returns w(k).
func (v SVI) Variance(k float64) float64 {
	return v.Alpha + v.Beta*(v.Rho*(k-v.M)+math.Hypot(k-v.M, v.S))
}

// slopes returns w(k), w′(k) and w″(k).
func (v SVI) slopes(k float64) (w, first, second float64) {
	root := math.Hypot(k-v.M, v.S)
	return v.Variance(k), v.Beta * (v.Rho + (k-v.M)/root), v.Beta * v.S * v.S / (root * root * root)
}

// Density returns g(k), which has the sign of the risk-neutral density at k:
// g = (1 − k·w′/2w)² − w′²/4·(1/w + 1/4) + w″/2 (Gatheral and Jacquier,
// Arbitrage-free SVI volatility surfaces, 2014, eq. 2.1).
func (v SVI) Density(k float64) float64 {
	w, first, second := v.slopes(k)
	inner := 1 - k*first/(2*w)
	return inner*inner - first*first/4*(1/w+0.25) + second/2
}

// Check returns an error that says how the slice allows arbitrage, nil when it
// does not: parameters out of range, wings steeper than 2 (Lee, The moment
// formula for implied volatility at extreme strikes, 2004), a negative density
// (a butterfly that pays for nothing), or, as its shape is carried from life to
// life, total variance that falls with time (a calendar spread that does).
func (v SVI) Check() error {
	root := math.Sqrt(1 - v.Rho*v.Rho)
	switch {
	case !(v.Beta >= 0):
		return fmt.Errorf("beta is %g and must not be negative", v.Beta)
	case !(math.Abs(v.Rho) < 1):
		return fmt.Errorf("rho is %g and must lie between -1 and 1", v.Rho)
	case !(v.S > 0):
		return fmt.Errorf("s is %g and must be above 0", v.S)
	case !(v.Alpha+v.Beta*v.S*root >= 0):
		return fmt.Errorf("the least variance, alpha + beta·s·√(1 − rho²), is %g and must not be negative", v.Alpha+v.Beta*v.S*root)
	case !(v.Variance(0) > 0):
		return fmt.Errorf("the variance at the money is %g and must be above 0", v.Variance(0))
	case !(v.Beta*(1+math.Abs(v.Rho)) <= 2):
		return fmt.Errorf("a wing has the slope beta·(1 + |rho|) = %g, and above 2 moments do not exist", v.Beta*(1+math.Abs(v.Rho)))
	}
	const widest, step = 5.0, 0.005
	for k := -widest; k <= widest; k += step {
		if g := v.Density(k); g < -1e-12 {
			return fmt.Errorf("at a log-moneyness of %.3f the density is negative (g = %.4f): a butterfly there would cost less than nothing", k, g)
		}
		if rise := v.carry(k); rise < -1e-12 {
			return fmt.Errorf("at a log-moneyness of %.3f total variance falls with time when the shape is carried to longer lives: a calendar spread there would cost less than nothing", k)
		}
	}
	return nil
}

// carry is the derivative of total variance by at-the-money variance θ when
// the shape is carried in standard deviations, w = θ·h(k/√θ): h − z·h′/2.
func (v SVI) carry(k float64) float64 {
	w, first, _ := v.slopes(k)
	return w - k*first/2
}

// factor is the vol of an option z standard deviations from the money, as a
// multiple of the vol at the money.
func (v SVI) factor(z float64) float64 {
	atm := v.Variance(0)
	return math.Max(minFactor, math.Sqrt(v.Variance(z*math.Sqrt(atm))/atm))
}

// Check returns how a model's smile allows arbitrage, in words, nil when it
// does not.
func Check(m lombard.VolModel) error {
	if m.Smile == nil || m.Smile.SVI == nil {
		return nil
	}
	return SVI{SVIModel: *m.Smile.SVI}.Check()
}
