package app

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/budget"
	"lombard.example/lombard/internal/live"
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

// runLimit returns the most that one run may be estimated to take, in bytes:
// what is left when event streams take all that they may.
func runLimit(b *budget.Budget) int64 {
	return b.Total() - int64(live.StreamShare*float64(b.Total()))
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

// Memory returns what a plan is estimated to take while it is computed, in
// bytes, and refuses one that takes more than one run may of a budget.
func Memory(b *budget.Budget, plan *calc.Plan) (bytes int64, err error) {
	sevenDay := plan.Instrument().SevenDay
	c := costOf(&plan.Scenario, plan.Templates, sevenDay)
	return c.bytes(), tooMuchMemory(&plan.Scenario, c, runLimit(b), sevenDay)
}
