package study

import (
	"math"
	"slices"

	"lombard.example/lombard"
)

// grid is how many values of loan_to_value solve tells apart: hundred thousandths.
const grid = 100_000

// solver looks for the largest loan of each group. Its state follows from the
// rows of its chunks alone, so that a study that is taken up again goes on where
// it was.
type solver struct {
	searches []*search // by group
	windows  int
	chunks   int // handed out so far
	open     []Chunk
}

// search is a search for the largest k of 1…top such that every smaller one that
// is tried keeps to the target too. It tries the top first; then the value at
// which the windows' largest LTVs, if they are in proportion to the loan, would
// keep to it; then it halves. At the end it probes below and above what it found:
// where a smaller loan does not keep to the target, it goes on below that one.
type search struct {
	top      int
	met      int // largest k that kept to the target, below failed; 0: none yet
	failed   int // smallest k that did not; top+1: none yet
	guess    int // to be tried next, where it lies between; 0: none
	tried    []lombard.Solved
	rows     []lombard.StudyRow // of met
	monotone bool
	probes   []int // yet to be tried, once the search has come to its end
	probed   bool  // they have been listed
}

func newSolver(s *Study) *solver {
	x := &solver{windows: len(s.windows)}
	for _, g := range s.groups {
		most := lombard.LargestLTV(g.plan.Scenario.MarginCallLTV, mostLent(g))
		top := int(math.Round(most * grid)) // it is a whole number of hundredths of a per cent
		for top > 0 && float64(top)/grid >= g.plan.Scenario.MarginCallLTV {
			top--
		}
		x.searches = append(x.searches, &search{top: top, failed: top + 1, monotone: true})
	}
	return x
}

func mostLent(g *group) float64 {
	if t := g.plan.Scenario.Facility.Thresholds; t != nil {
		return t.InitialMax
	}
	return 0
}

// next returns the k to try; 0: the search is at its end.
func (x *search) next() int {
	switch {
	case x.top < 1:
		return 0
	case len(x.probes) > 0:
		return x.probes[0]
	case x.failed-x.met <= 1:
		return 0
	case len(x.tried) == 0:
		return x.top
	case x.guess > x.met && x.guess < x.failed:
		return x.guess
	default:
		return (x.met + x.failed) / 2
	}
}

// next hands out a chunk for each search that is not at its end: the group at
// the value it tries next.
func (x *solver) next() []Chunk {
	if len(x.open) > 0 {
		return slices.Clone(x.open)
	}
	for n, search := range x.searches {
		if search.next() == 0 {
			continue
		}
		x.open = append(x.open, Chunk{ID: x.chunks, From: n * x.windows, To: (n + 1) * x.windows})
		x.chunks++
	}
	return slices.Clone(x.open)
}

// loanAt is the loan_to_value of a chunk that is open.
func (x *solver) loanAt(c Chunk) float64 { return float64(x.searches[c.From/x.windows].next()) / grid }

// put takes the rows of an open chunk; the searches go on when none is open.
func (x *solver) put(c Chunk, rows []lombard.StudyRow, s *Study) {
	i := slices.IndexFunc(x.open, func(o Chunk) bool { return o.ID == c.ID })
	if i < 0 {
		return
	}
	x.open = slices.Delete(x.open, i, i+1)
	n := c.From / x.windows
	x.searches[n].put(rows, s.plan.Request.Target, s.groups[n].plan.Scenario.MarginCallLTV)
}

func (x *search) put(rows []lombard.StudyRow, target *lombard.Target, call float64) {
	k := x.next()
	metric := metricOf(rows, target.Metric)
	met := metric <= target.AtMost
	x.tried = append(x.tried, lombard.Solved{Value: float64(k) / grid, Metric: metric, Met: met})
	if len(x.probes) > 0 {
		x.probes = x.probes[1:]
		x.monotone = x.monotone && met == (k < x.failed)
		if !met && k < x.met { // what was found lies above a loan that does not do
			x.met, x.rows, x.failed, x.guess, x.probes, x.probed = 0, nil, k, 0, nil, false
		}
		return
	}
	if met {
		x.met, x.rows = k, rows
	} else {
		x.failed = k
	}
	defer x.probe()
	// What would just keep to the target if each LTV were in proportion to the
	// loan; where it is met the next k is tried, where not the one before.
	switch proportional := x.proportional(rows, k, target, call); {
	case proportional > x.met && proportional < x.failed:
		x.guess = proportional
	case x.met+1 < x.failed && proportional == x.met:
		x.guess = x.met + 1
	case proportional == x.failed:
		x.guess = x.failed - 1
	default:
		x.guess = 0
	}
}

// probe lists what is tried to see that the target is monotone: three values below
// what was found, and three between it and the top.
func (x *search) probe() {
	const parts = 4
	if x.failed-x.met > 1 || x.probed {
		return
	}
	x.probed = true
	for i := 1; i < parts; i++ {
		for _, k := range []int{x.met * i / parts, x.failed + (x.top-x.failed)*i/parts} {
			known := slices.ContainsFunc(x.tried, func(t lombard.Solved) bool { return t.Value == float64(k)/grid })
			if k >= 1 && k <= x.top && !known && !slices.Contains(x.probes, k) {
				x.probes = append(x.probes, k)
			}
		}
	}
}

// proportional is the largest k that keeps to the target if each window's LTV is
// in proportion to its loan: at most as many windows as the target allows reach
// the lender's level.
func (x *search) proportional(rows []lombard.StudyRow, k int, target *lombard.Target, call float64) int {
	var largest []float64
	for i := range rows {
		r := &rows[i]
		if r.Error == "" && (r.Complete || target.Metric == lombard.TargetNeverCalled) {
			largest = append(largest, r.MaxLTVRecognised)
		}
	}
	if len(largest) == 0 {
		return 0
	}
	slices.Sort(largest)
	slices.Reverse(largest)
	allowed := min(int(math.Floor(target.AtMost*float64(len(largest)))), len(largest)-1)
	if !(largest[allowed] > 0) {
		return 0
	}
	return int(math.Ceil(float64(k)*call/largest[allowed])) - 1
}

// metricOf is the target's share. A window without an answer counts as one that
// does not keep to it.
func metricOf(rows []lombard.StudyRow, metric lombard.TargetMetric) float64 {
	n, of := 0, 0
	for i := range rows {
		r := &rows[i]
		if !r.Complete && metric != lombard.TargetNeverCalled {
			continue
		}
		of++
		is := r.Error != ""
		switch metric {
		case lombard.TargetNeverCalled, lombard.TargetCalled:
			is = is || r.CalledHedged
		case lombard.TargetLiquidated:
			is = is || r.LiquidatedHedged
		case lombard.TargetCalledUnaided:
			is = is || r.CalledIfNotRecognised
		}
		if is {
			n++
		}
	}
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// solutions writes what the searches found into the groups, each beside the group
// without a hedge that has the same values.
func (s *Study) solutions(groups []lombard.StudyGroup) {
	spot := s.series.Bars[s.series.First].Close
	for i := range groups {
		x, g := s.solver.searches[i], s.groups[i]
		units, _ := g.position.at(spot)
		out := &lombard.Solution{
			Variable: variableLoan, Value: found(x), Hedged: found(x),
			Target: *s.plan.Request.Target, Steps: x.tried, Monotone: x.monotone,
		}
		if x.met > 0 {
			out.DebtCapacity = new(float64(x.met) / grid * (units * spot))
		}
		if n := s.unhedgedOf(i); n >= 0 {
			without := s.solver.searches[n]
			out.Unhedged = found(without)
			if x.met > 0 && without.met > 0 {
				out.CapacityUplift = new(float64(x.met)/float64(without.met) - 1)
			}
		}
		groups[i].Solution = out
	}
}

// found is what a search came to; nil: nothing keeps to the target.
func found(x *search) any {
	if x.met == 0 {
		return nil
	}
	return float64(x.met) / grid
}

// unhedgedOf returns the group without a hedge that has the values of group i; -1
// where the hedges of the study are an axis that does not name it.
func (s *Study) unhedgedOf(i int) int {
	for n, g := range s.groups {
		if g.slug == unhedged && sameValues(g.at, s.groups[i].at) {
			return n
		}
	}
	return -1
}

func sameValues(a, b lombard.Coordinates) bool {
	values := func(c lombard.Coordinates) lombard.Coordinates {
		return slices.DeleteFunc(slices.Clone(c), func(x lombard.Coordinate) bool { return x.Path == "template_slug" })
	}
	return slices.Equal(values(a), values(b))
}

// unhedged is the template without a hedge.
const unhedged = "unhedged"
