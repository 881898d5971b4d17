package app

import (
	"context"
	"errors"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/budget"
	"lombard.example/lombard/market"
)

// What a run takes while it is computed and its result is packed: a path is
// held for one hedge at a time, the prices for all of them. BenchmarkRunMemory
// prints what was live at the peak: 2.3 MiB for a year, 5.3 for 20 years and
// one put, 7.2 with twelve legs, 20 for 37 years and 30 hedges. These constants
// are about half as much again, so that the estimate is never too low.
const (
	costOfRun   = 4 << 20
	costOfDay   = 2 << 10 // each session
	costOfLeg   = 64      // each session, for each leg of the largest hedge
	costOfHedge = 32      // each session, for each hedge
)

// streamBytes is what an event stream takes at rest: the buffers of its
// connection and the stacks of its goroutines. R18 measured 25 KB with 10,000
// streams open.
const streamBytes = 24 << 10

// Of the budget, open event streams may take streamShare together and one run
// what is then left: no number of streams keeps a run waiting for ever.
const streamShare = 5.0 / 8

// runLimit returns the most that one run may be estimated to take, in bytes.
func runLimit(b *budget.Budget) int64 {
	return b.Total() - int64(streamShare*float64(b.Total()))
}

// streamLimit returns how many event streams may be open, at most most.
func streamLimit(b *budget.Budget, most int) int {
	if b.Total() == 0 {
		return most
	}
	return min(most, int(streamShare*float64(b.Total())/streamBytes))
}

// cost is the estimated work of a run.
type cost struct {
	days, hedges, legs int // sessions; hedges; legs of the largest of them
}

func (c cost) aDay() int64 {
	return costOfDay + costOfLeg*int64(c.legs) + costOfHedge*int64(c.hedges)
}

func (c cost) bytes() int64 { return costOfRun + c.aDay()*int64(c.days) }

// costOf estimates a run of a scenario before its prices are known: every
// weekday is a session, or every day where the market never closes.
func costOf(s *lombard.Scenario, templates []hedge.Template, sevenDay bool) cost {
	c := cost{days: sessionsIn(int(s.EndDate-s.StartDate)+1, sevenDay), hedges: len(templates)}
	for i := range templates {
		c.legs = max(c.legs, len(templates[i].Legs))
	}
	return c
}

func sessionsIn(days int, sevenDay bool) int {
	if sevenDay {
		return days
	}
	return days*5/7 + 1
}

// tooMuchMemory refuses a run that takes more than one may, and says how to
// divide it; nil when it does not.
func tooMuchMemory(s *lombard.Scenario, c cost, limit int64, sevenDay bool) error {
	if limit <= 0 || c.bytes() <= limit {
		return nil
	}
	e := &lombard.Error{
		Kind: lombard.KindResourceLimit, Code: lombard.CodeTooMuchMemory,
		Message: fmt.Sprintf("A run of %d sessions and %d hedges would take about %d MiB of memory, and one run may take at most %d.", c.days, c.hedges, mebi(c.bytes()), limit>>20),
		Hint:    fmt.Sprintf("Run it in parts, or start the server with more memory than now (--memory): one run may take about a third of it, so %d MiB would do.", mebi(4*c.bytes())+64),
	}
	fits := int((limit - costOfRun) / c.aDay()) // sessions
	if !sevenDay {
		fits = (fits - 1) * 7 / 5
	}
	const least = 31 // days; a shorter part helps nobody
	if fits < least {
		return e
	}
	last := s.StartDate + lombard.Date(fits-1)
	e.Fields = []lombard.FieldError{{
		Field: "end_date", Value: s.EndDate.String(), Code: lombard.CodeTooMuchMemory, Suggestion: last.String(),
		Message: fmt.Sprintf("end_date may be %s at the latest for a run that begins on %s; begin the next part there.", last, s.StartDate),
	}}
	return e
}

func mebi(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }

// fits returns the memory that a plan is estimated to take, and refuses one
// that takes more than one run may.
func (s *Service) fits(plan *calc.Plan, source market.Source) (bytes int64, err error) {
	sevenDay := market.InstrumentAt(source, plan.Scenario.Symbol).SevenDay
	c := costOf(&plan.Scenario, plan.Templates, sevenDay)
	return c.bytes(), tooMuchMemory(&plan.Scenario, c, runLimit(s.Budget), sevenDay)
}

// reserve takes the memory of a run from the budget, in turn.
func (s *Service) reserve(ctx context.Context, plan *calc.Plan) (release func(), err error) {
	source, err := s.Source(plan.Scenario.DataSource)
	if err != nil {
		return nil, err
	}
	bytes, err := s.fits(plan, source) // which an earlier start may have had more room for
	if err != nil {
		return nil, err
	}
	release, err = s.Budget.Acquire(ctx, bytes)
	if errors.Is(err, budget.ErrTooLarge) {
		return nil, lombard.Internal(err) // fits has seen to that
	}
	return release, err
}
