package cli

import (
	"fmt"
	"math"
	"runtime/debug"

	"lombard.example/lombard/internal/budget"
	"lombard.example/lombard/internal/config"
)

// How the memory of the setting is shared out. The heap of the Go runtime may
// take most of it; SQLite's page cache, stacks of threads and the program text
// take the rest. Of the heap, ownBytes is what the program needs before anybody
// asks for anything.
const (
	heapShare = 0.85
	ownBytes  = 48 << 20
)

// goLimit is the variable with which a user limits the heap of a Go program.
const goLimit = "GOMEMLIMIT"

func heapOf(memory int64) int64 { return int64(heapShare * float64(memory)) }

// budgetOf returns what runs, uploads, reads and streams share of so much
// memory; none of it is limited where the memory is not known.
func budgetOf(memory int64) *budget.Budget {
	if memory <= 0 {
		return nil
	}
	return budget.New(max(heapOf(memory)-ownBytes, heapOf(memory)/2))
}

// limitHeap has the garbage collector keep to the memory of the settings, but
// for users who have set another limit themselves. It returns the limit in
// force, 0 where there is none.
func (p *program) limitHeap(c config.Config) int64 {
	if p.world.getenv(goLimit) == "" && c.MemoryBytes > 0 {
		debug.SetMemoryLimit(heapOf(c.MemoryBytes))
	}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		return limit
	}
	return 0
}

// memoryFinding says which limits are in force.
func (p *program) memoryFinding(c config.Config) finding {
	of := "of a machine that does not tell how much it has"
	if p.world.Memory > 0 {
		of = "of " + mebibytes(p.world.Memory)
	}
	heap := "the heap may take " + mebibytes(heapOf(c.MemoryBytes))
	if limit := p.world.getenv(goLimit); limit != "" {
		heap = goLimit + "=" + limit + " limits the heap"
	}
	f := finding{subject: "Memory", verdict: fine, text: fmt.Sprintf("%s %s (memory: %s); %s, runs and readers share %s",
		mebibytes(c.MemoryBytes), of, c.Memory, heap, mebibytes(budgetOf(c.MemoryBytes).Total()))}
	if p.world.Memory > 0 && c.MemoryBytes > p.world.Memory {
		f.verdict, f.fix = noted, "This is more than there is: set LOMBARD_MEMORY to less, such as 60%."
	}
	return f
}

func mebibytes(n int64) string { return grouped(math.Round(float64(n)/(1<<20)), 0) + " MiB" }
