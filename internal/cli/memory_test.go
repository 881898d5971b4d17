package cli

import (
	"math"
	"runtime/debug"
	"strings"
	"testing"

	"lombard.example/lombard/internal/config"
)

func TestTheHeapKeepsToTheMemoryOfTheSettings(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	const own = 3 << 30
	for name, row := range map[string]struct {
		environ []string
		memory  int64
		want    int64
	}{
		"from the settings":      {nil, 1 << 30, heapOf(1 << 30)},
		"the user's own stays":   {[]string{"GOMEMLIMIT=3GiB"}, 1 << 30, own},
		"memory is not known":    {nil, 0, own},
		"an empty one sets none": {[]string{"GOMEMLIMIT="}, 1 << 30, heapOf(1 << 30)},
	} {
		debug.SetMemoryLimit(own) // as the runtime has set it at the start
		p := &program{world: &World{Environ: row.environ}}
		p.limitHeap(config.Config{MemoryBytes: row.memory})
		if got := debug.SetMemoryLimit(-1); got != row.want {
			t.Errorf("%s: the limit is %d, want %d", name, got, row.want)
		}
	}
}

func TestTheBudgetIsWithinTheHeap(t *testing.T) {
	if budgetOf(0).Total() != 0 {
		t.Error("a budget of unknown memory has a limit")
	}
	for memory := int64(config.MinMemory); memory < math.MaxInt64/4; memory *= 3 {
		if total := budgetOf(memory).Total(); total <= memory/3 || total >= heapOf(memory) {
			t.Errorf("of %d bytes %d are shared", memory, total)
		}
	}
}

func TestDoctorSaysWhatMemoryIsInForce(t *testing.T) {
	for name, row := range map[string]struct {
		world   World
		setting string
		bytes   int64
		want    []string
		verdict string
	}{
		"a share":            {World{Memory: 2 << 30}, "50%", 1 << 30, []string{"1,024 MiB of 2,048 MiB", "50%", "the heap may take 870 MiB", "share 822 MiB"}, fine},
		"a limit of theirs":  {World{Memory: 2 << 30, Environ: []string{"GOMEMLIMIT=1GiB"}}, "1GiB", 1 << 30, []string{"GOMEMLIMIT=1GiB limits the heap"}, fine},
		"more than there is": {World{Memory: 2 << 30}, "4GiB", 4 << 30, []string{"4,096 MiB of 2,048 MiB"}, noted},
		"not known":          {World{}, "60%", 1 << 30, []string{"of a machine that does not tell"}, fine},
	} {
		p := &program{world: &row.world}
		f := p.memoryFinding(config.Config{Memory: row.setting, MemoryBytes: row.bytes})
		for _, want := range row.want {
			if !strings.Contains(f.text, want) {
				t.Errorf("%s: %q, want %q in it", name, f.text, want)
			}
		}
		if f.verdict != row.verdict || (f.verdict == noted) != (f.fix != "") {
			t.Errorf("%s: verdict %s, fix %q", name, f.verdict, f.fix)
		}
	}
}
