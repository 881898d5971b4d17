package option

import "math"

// lattice is what early exercise adds to a European put, from two grids of
// log-spot and time to expiry of which one is twice as fine: their error falls
// with the square of the steps, and (4·fine − coarse)/3 takes it out. It serves the puts without a single boundary, those with
// yield < rate < 0, which are worth exercising between two spots only
// (Battauz, De Donno and Sbuelz, Real options and American derivatives: the
// double continuation region, Management Science 61, 2015). The premium p solves
// the pricing equation with p ≥ payoff − European and p ≥ 0 and starts from 0,
// so no kink is ever differenced: Crank–Nicolson in steps that grow with time,
// the obstacle by policy iteration (Reisinger and Witte, 2012).
type lattice struct{ fine, coarse *grid }

func solveLattice(in Inputs) *lattice {
	return &lattice{gridOf(in, latticeTimes, nodesPerSD), gridOf(in, latticeTimes/2, nodesPerSD/2)}
}

// at returns the premium at a spot with the given time left, at most the time
// the lattice was solved for.
func (l *lattice) at(spot, years float64) float64 {
	return math.Max(0, (4*l.fine.at(spot, years)-l.coarse.at(spot, years))/3)
}

// grid is the premium at nodes.
type grid struct {
	Inputs
	low, step float64     // ln(S/K) of the first node, distance of nodes
	premium   [][]float64 // by time step, of a strike of 1
}

// Sizes of the grid.
const (
	latticeTimes = 280
	latticeReach = 6    // standard deviations beyond the exercise region
	nodesPerSD   = 84   // of the log return over the whole life
	mostNodes    = 6000 // whatever the vol
	policyRounds = 20
)

// gridOf solves on a grid of that many time steps and nodes a deviation.
func gridOf(in Inputs, times, dense int) *grid {
	deviation := in.Vol * math.Sqrt(in.Years)
	reach := latticeReach*deviation + math.Abs(in.Rate-in.Yield)*in.Years
	low := -reach
	if in.Rate < 0 && in.Yield < in.Rate {
		low = math.Max(math.Log(in.Rate/in.Yield), -2*reach) - reach
	}
	count := min(mostNodes, int(math.Ceil((reach-low)/(deviation/float64(dense))))+1)
	g := &grid{Inputs: in, low: low, step: (reach - low) / float64(count-1), premium: make([][]float64, times+1)}
	for j := range g.premium {
		g.premium[j] = make([]float64, count)
	}
	g.march()
	return g
}

func (g *grid) times() int { return len(g.premium) - 1 }

// time is the time to expiry of a step: steps grow linearly.
func (g *grid) time(j int) float64 {
	x := float64(j) / float64(g.times())
	return g.Years * x * x
}

// obstacle is max(0, payoff − European) of a strike of 1.
func (g *grid) obstacle(i int, years float64) float64 {
	spot := math.Exp(g.low + float64(i)*g.step)
	if spot >= 1 {
		return 0
	}
	return math.Max(0, 1-spot-BlackScholesMerton{}.Price(Put, Inputs{Spot: spot, Strike: 1, Years: years, Rate: g.Rate, Yield: g.Yield, Vol: g.Vol}))
}

// march solves step after step.
func (g *grid) march() {
	count := len(g.premium[0])
	half := g.Vol * g.Vol / 2
	drift := g.Rate - g.Yield - half
	below, above := half/(g.step*g.step)-drift/(2*g.step), half/(g.step*g.step)+drift/(2*g.step)
	own := -2*half/(g.step*g.step) - g.Rate
	obstacle, right, held := make([]float64, count), make([]float64, count), make([]bool, count)
	work := make([]float64, count)
	for j := 1; j <= g.times(); j++ {
		dt := g.time(j) - g.time(j-1)
		theta := 0.5
		if j <= 2 {
			theta = 1 // two implicit steps damp what the obstacle's start excites
		}
		was, now := g.premium[j-1], g.premium[j]
		for i := range count {
			obstacle[i] = g.obstacle(i, g.time(j))
		}
		now[0], now[count-1] = obstacle[0], 0
		for i := 1; i < count-1; i++ {
			right[i] = was[i] + (1-theta)*dt*(below*was[i-1]+own*was[i]+above*was[i+1])
		}
		g.policy(now, obstacle, right, work, held, [3]float64{-theta * dt * below, 1 - theta*dt*own, -theta * dt * above})
	}
}

// policy solves the tridiagonal equation where the option is held and sets it to
// the obstacle where it is exercised, until the two agree.
func (g *grid) policy(now, obstacle, right, work []float64, exercised []bool, row [3]float64) {
	last := len(now) - 1
	for range policyRounds {
		// Thomas: forward elimination, backward substitution.
		work[0] = 0
		carried := now[0]
		for i := 1; i < last; i++ {
			if exercised[i] {
				work[i], carried = 0, obstacle[i]
			} else {
				pivot := row[1] - row[0]*work[i-1]
				work[i] = row[2] / pivot
				carried = (right[i] - row[0]*carried) / pivot
			}
			now[i] = carried
		}
		changed := false
		for i := last - 1; i > 0; i-- {
			now[i] -= work[i] * now[i+1]
		}
		for i := 1; i < last; i++ {
			exercise := now[i] < obstacle[i]
			if exercised[i] {
				slack := row[0]*now[i-1] + row[1]*now[i] + row[2]*now[i+1] - right[i]
				exercise = slack >= 0 && obstacle[i] > 0
			}
			changed = changed || exercise != exercised[i]
			exercised[i] = exercise
		}
		if !changed {
			return
		}
	}
}

// at returns the premium at a spot with the given time left, by cubic
// interpolation in log-spot and between the steps of the root of time.
func (g *grid) at(spot, years float64) float64 {
	x := (math.Log(spot/g.Strike) - g.low) / g.step
	if !(x > 1 && x < float64(len(g.premium[0])-3)) {
		return 0
	}
	i := int(x)
	y := math.Sqrt(math.Min(1, years/g.Years)) * float64(g.times())
	j := min(max(int(y)-1, 0), g.times()-3)
	var column [4]float64
	for k := range column {
		p := g.premium[j+k]
		column[k] = cubic(p[i-1], p[i], p[i+1], p[i+2], x-float64(i))
	}
	return math.Max(0, cubic(column[0], column[1], column[2], column[3], y-float64(j+1))) * g.Strike
}

// cubic is Lagrange's polynomial through values at −1, 0, 1 and 2.
func cubic(a, b, c, d, x float64) float64 {
	return -a*x*(x-1)*(x-2)/6 + b*(x+1)*(x-1)*(x-2)/2 - c*(x+1)*x*(x-2)/2 + d*(x+1)*x*(x-1)/6
}
