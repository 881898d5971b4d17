package vol

import (
	"math"

	"lombard.example/lombard"
)

// Surface is the vol of a day by strike and life.
type Surface struct {
	Short float64 // annual vol of the shortest lives, at the money
	Long  float64 // where it reverts to
	Speed float64 // of reversion, per year; 0: one vol for every life
	Smile Smile

	Spot float64 // at which it was taken
	Beta float64 // vol rises by Beta × the log fall of spot since; 0: it does not
}

// Query asks for the vol of one option.
type Query struct {
	Spot, Strike float64
	Years        float64
	Rate, Yield  float64 // continuously compounded, per year
}

// Plain returns the one vol that serves every strike and life, if there is one.
func (s Surface) Plain() (float64, bool) {
	return s.Short, s.Speed == 0 && s.Beta == 0 && s.Smile == Smile{}
}

// ATM returns the at-the-money vol of a life: variance that reverts to its
// mean, σ²(τ) = σ∞² + (σs² − σ∞²)(1 − e^{−κτ})/(κτ) (Heston, A closed-form
// solution for options with stochastic volatility, 1993, expected variance).
func (s Surface) ATM(years float64) float64 {
	x := s.Speed * math.Max(years, 0)
	if x == 0 {
		return s.Short
	}
	long, short := s.Long*s.Long, s.Short*s.Short
	return math.Sqrt(long + (short-long)*-math.Expm1(-x)/x)
}

// Level returns the at-the-money vol of a life at a spot.
func (s Surface) Level(spot, years float64) float64 {
	atm := s.ATM(years)
	if s.Beta == 0 || !(s.Spot > 0 && spot > 0) {
		return atm
	}
	const least = 0.25 // of the level, however far spot rises
	return math.Max(least*atm, atm-s.Beta*math.Log(spot/s.Spot))
}

// Sticky returns the vol of an option whose vol stood by some points off the
// at-the-money vol of its life when it was bought, and still does (sticky
// strike: Derman, Regimes of volatility, 1999).
func (s Surface) Sticky(off, spot, years float64) float64 {
	atm := s.Level(spot, years)
	return math.Max(minFactor*atm, atm+off)
}

// Vol returns the vol of an option: the at-the-money vol of its life, bent by
// the smile. The smile moves with the forward (sticky delta).
func (s Surface) Vol(q Query) float64 {
	atm := s.Level(q.Spot, q.Years)
	deviation := atm * math.Sqrt(math.Max(q.Years, 0))
	if deviation == 0 {
		return atm
	}
	forward := q.Spot * math.Exp((q.Rate-q.Yield)*q.Years)
	return atm * s.Smile.factor(math.Log(q.Strike/forward)/deviation)
}

// Smile bends vol away from the money: σ = σ_ATM·(1 + A·z + B·z²), with z the
// log-moneyness in standard deviations; beyond three of them the total variance
// is flat. The zero value is no smile.
type Smile struct {
	A, B float64
	svi  *SVI // instead of the two, where there is one
}

// maxZ is where the smile ends.
const maxZ = 3

// minFactor keeps a steep smile from reaching no vol at all.
const minFactor = 0.1

func (s Smile) factor(z float64) float64 {
	if s.svi != nil {
		return s.svi.factor(z)
	}
	z = math.Max(-maxZ, math.Min(maxZ, z))
	return math.Max(minFactor, 1+s.A*z+s.B*z*z)
}

// smileOf returns the smile a request asks for, by name or by its numbers.
func smileOf(m lombard.SmileModel) Smile {
	if m.SVI != nil {
		return Smile{svi: &SVI{SVIModel: *m.SVI}}
	}
	if preset, ok := Preset(m.Preset); ok {
		return preset
	}
	return Smile{A: m.A, B: m.B}
}

// Preset returns the smile of a kind of underlying. The numbers are
// assumptions, not calibrations, and every result that uses one says so.
func Preset(name lombard.SmilePreset) (Smile, bool) {
	switch name {
	case lombard.SmileEquityIndex:
		return Smile{A: -0.20, B: 0.03}, true
	case lombard.SmileSingleStock:
		return Smile{A: -0.05, B: 0.03}, true
	case lombard.SmileGold:
		return Smile{A: 0, B: 0.03}, true
	case lombard.SmileBitcoin:
		return Smile{A: -0.03, B: 0.04}, true
	default:
		return Smile{}, false
	}
}
