package config

import (
	"math"
	"strconv"
	"strings"
)

// MinMemory is the least that the program may be given, in bytes.
const MinMemory = 256 << 20

// unknownMachine is taken for the memory of a machine that does not tell.
const unknownMachine = 4 << 30

// units are the endings of sizes, the longer of two that match first.
var units = []struct {
	ending string
	bytes  float64
}{
	{"kib", 1 << 10},
	{"mib", 1 << 20},
	{"gib", 1 << 30},
	{"tib", 1 << 40},
	{"kb", 1e3},
	{"mb", 1e6},
	{"gb", 1e9},
	{"tb", 1e12},
	{"k", 1 << 10},
	{"m", 1 << 20},
	{"g", 1 << 30},
	{"t", 1 << 40},
	{"b", 1},
}

// size reads a number of bytes such as 512MiB, 2GB, 1.5G, or a share of the
// whole such as 60%.
func size(text string, whole int64) (bytes int64, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	factor := 1.0
	if number, share := strings.CutSuffix(text, "%"); share {
		x, err := strconv.ParseFloat(number, 64)
		if err != nil || !(x > 0 && x <= 100) {
			return 0, false
		}
		return int64(x / 100 * float64(whole)), true
	}
	for _, u := range units {
		if number, found := strings.CutSuffix(text, u.ending); found {
			text, factor = strings.TrimSpace(number), u.bytes
			break
		}
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x > 0) || x*factor > math.MaxInt64/2 {
		return 0, false
	}
	return int64(x * factor), true
}

// memoryOf returns the memory that a setting grants on a machine with so much,
// 0 where it is not known. A share never grants less than the least.
func memoryOf(setting string, machine int64) (bytes int64, ok bool) {
	if machine <= 0 {
		machine = unknownMachine
	}
	bytes, ok = size(setting, machine)
	if strings.HasSuffix(strings.TrimSpace(setting), "%") {
		return max(bytes, MinMemory), ok
	}
	return bytes, ok && bytes >= MinMemory
}
