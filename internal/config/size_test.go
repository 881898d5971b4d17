package config

import (
	"errors"
	"strings"
	"testing"

	"lombard.example/lombard"
)

func TestMemory(t *testing.T) {
	const machine = 8 << 30
	for setting, want := range map[string]int64{
		"512MiB": 512 << 20, "512mib": 512 << 20, "512M": 512 << 20, "2GB": 2e9, "1.5GiB": 3 << 29, "\t1 g\t": 1 << 30, "300000000": 3e8,
		"60%": machine * 6 / 10, "100%": machine, "12.5%": 1 << 30,
		"1%":     MinMemory, // a share is never less than works
		"256MiB": MinMemory, "268435456b": MinMemory,
	} {
		if got, ok := memoryOf(setting, machine); !ok || got != want {
			t.Errorf("%q grants %d, %v, want %d", setting, got, ok, want)
		}
	}
	if got, ok := memoryOf("50%", 0); !ok || got != unknownMachine/2 {
		t.Errorf("half of a machine that does not tell is %d, %v", got, ok)
	}
	for _, setting := range []string{"", "%", "0", "-1GiB", "255MiB", "268435455", "0%", "101%", "NaN", "inf", "1e30", "many", "1 PiB", "512 MiB 1"} {
		if got, ok := memoryOf(setting, machine); ok {
			t.Errorf("%q grants %d, want it refused", setting, got)
		}
	}
}

func TestMemoryThatCannotBeGranted(t *testing.T) {
	_, err := Load(inputs("memory: 10MB\n", nil, nil))
	own, _ := errors.AsType[*lombard.Error](err)
	if own == nil || len(own.Fields) != 1 || !strings.Contains(own.Error(), "at least 256MiB") {
		t.Fatalf("err = %v, want one that says the least", err)
	}
	if _, err := Load(inputs("memory: "+own.Fields[0].Suggestion+"\n", nil, nil)); err != nil {
		t.Errorf("the suggestion is refused: %v", err)
	}
}
