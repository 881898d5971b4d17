package study

import (
	"math"
	"math/rand/v2"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// simulator makes paths of closes that go on from the last session of the data.
// Which path it makes follows from the seed and its number alone.
type simulator struct {
	model   lombard.SimulationModel
	seed    uint64
	series  market.Series // the history that is looked back at, and a bar a session to come
	entry   int           // the last session of the data, in the bars of series
	returns []float64     // of bootstrap: log returns of the data, one a session
	block   float64

	drift, vol float64 // a session: of the log return, without jumps
	jumps      float64 // a session
	jumpMean   float64
	jumpVol    float64
}

// newSimulator settles what the request leaves open by the data of its period,
// and writes it into the request. Without at least thirty returns there is none.
//
// Geometric Brownian motion: the log return of a session of 1/A years is
// (μ − σ²/2)/A + σ√(1/A) z, so that the price is expected to grow by e^μ a year.
// With jumps (Merton 1976) a Poisson number of them a session, of a mean of λ/A,
// adds logs that are normal with mean m and deviation s, and the drift is lower by
// λ(e^(m+s²/2) − 1). The bootstrap draws stationary blocks of the data's own log
// returns (Politis and Romano 1994); a drift that is given moves their mean.
func newSimulator(s *Study) *simulator {
	m := s.plan.Request.Simulation
	bars := s.series.Bars
	var returns []float64
	for i := s.series.First + 1; i < len(bars); i++ {
		b := &bars[i]
		before := bars[i-1].Close
		if b.Split > 0 {
			before /= b.Split
		}
		returns = append(returns, math.Log(b.Close/before)) // of the price, which is what a loan is held against
	}
	const least = 30
	if len(returns) < least {
		return nil
	}
	mean, squares := 0.0, 0.0
	for i, x := range returns { // Welford's running variance
		from := x - mean
		mean += from / float64(i+1)
		squares += from * (x - mean)
	}
	deviation := math.Sqrt(squares / float64(len(returns)-1))
	year := float64(s.plan.instrument.SessionsPerYear())
	if m.Vol == nil {
		m.Vol = new(deviation * math.Sqrt(year))
	}
	if m.Drift == nil {
		m.Drift = new(mean*year + *m.Vol**m.Vol/2)
	}
	x := &simulator{model: m.Model, seed: uint64(s.plan.Request.Seed), block: float64(m.Block)}
	x.vol = *m.Vol / math.Sqrt(year)
	x.drift = (*m.Drift - *m.Vol**m.Vol/2) / year
	switch m.Model {
	case lombard.SimulateGBM:
	case lombard.SimulateJump:
		x.jumps, x.jumpMean, x.jumpVol = *m.JumpIntensity/year, *m.JumpMean, *m.JumpVol
		x.drift -= x.jumps * math.Expm1(x.jumpMean+x.jumpVol*x.jumpVol/2)
	case lombard.SimulateBootstrap:
		x.returns = make([]float64, len(returns))
		for i, r := range returns { // of the vol and the drift that are asked for
			x.returns[i] = x.drift + (r-mean)*x.vol/deviation
		}
	}
	x.extend(s)
	return x
}

// extend lists the sessions to come: those of the instrument's calendar, or
// weekdays, or every day of a market that trades on weekends.
func (x *simulator) extend(s *Study) {
	bars := s.series.Bars
	needs := s.plan.Base().Needs()
	reach := min(len(bars)-1, max(needs.Warmup, needs.WithDividends))
	kept := append([]market.Bar{}, bars[len(bars)-1-reach:]...)
	x.series = s.series
	x.entry = len(kept) - 1
	last := kept[x.entry].Date
	until := last.AddMonths(int(s.plan.Request.Horizon))
	calendar := market.CalendarOf(s.plan.instrument.Calendar)
	for day := last + 1; day <= until; day++ {
		open := s.plan.instrument.SevenDay || !day.IsWeekend()
		if calendar.HasRules() {
			open = calendar.IsSession(day)
		}
		if open {
			kept = append(kept, market.Bar{Date: day})
		}
	}
	x.series.Bars, x.series.First = kept, x.entry
}

// fresh returns a copy of the series to write a path into.
func (x *simulator) fresh() market.Series {
	s := x.series
	s.Bars = append([]market.Bar{}, s.Bars...)
	return s
}

// write makes a path of that number in a series from fresh. Of gbm the paths 2k
// and 2k + 1 are antithetic: the same draws with opposite signs.
func (x *simulator) write(path int, to market.Series) {
	stream, sign := uint64(path), 1.0
	if x.model == lombard.SimulateGBM {
		stream, sign = uint64(path/2), float64(1-2*(path%2))
	}
	random := rand.New(rand.NewPCG(x.seed, stream))
	at, left := 0, 0
	log := 0.0
	spot := to.Bars[x.entry].Close
	for i := x.entry + 1; i < len(to.Bars); i++ {
		switch x.model {
		case lombard.SimulateBootstrap:
			if left == 0 {
				at, left = random.IntN(len(x.returns)), geometric(random, x.block)
			}
			log += x.returns[at%len(x.returns)]
			at, left = at+1, left-1
		case lombard.SimulateGBM:
			log += x.drift + sign*x.vol*random.NormFloat64()
		case lombard.SimulateJump:
			log += x.drift + x.vol*random.NormFloat64()
			for n := poisson(random, x.jumps); n > 0; n-- {
				log += x.jumpMean + x.jumpVol*random.NormFloat64()
			}
		}
		to.Bars[i].Close = spot * math.Exp(log)
	}
}

// poisson draws a number with that mean, which is small (Knuth's product of
// uniforms).
func poisson(random *rand.Rand, mean float64) int {
	n, limit := 0, math.Exp(-mean)
	for product := random.Float64(); product > limit; product *= random.Float64() {
		n++
	}
	return n
}
