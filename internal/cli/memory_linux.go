package cli

import (
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// machineMemory returns the memory of the machine, or what the cgroup allows
// where that is less, in bytes; 0 where neither is known.
func machineMemory() int64 { return memoryIn(os.DirFS("/")) }

func memoryIn(root fs.FS) int64 {
	least := int64(math.MaxInt64)
	if text, err := fs.ReadFile(root, "proc/meminfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if rest, found := strings.CutPrefix(line, "MemTotal:"); found {
				if n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64); err == nil {
					least = n << 10
				}
			}
		}
	}
	if text, err := fs.ReadFile(root, "proc/self/cgroup"); err == nil {
		for line := range strings.Lines(string(text)) {
			if n, ok := groupLimit(root, strings.TrimSpace(line)); ok {
				least = min(least, n)
			}
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}

// groupLimit returns the least limit of the cgroup of a line of
// /proc/self/cgroup and of those around it, as cgroups v1 and v2 have it.
func groupLimit(root fs.FS, line string) (bytes int64, ok bool) {
	parts := strings.SplitN(line, ":", 3)
	if len(parts) != 3 {
		return 0, false
	}
	var base, name string
	switch {
	case parts[0] == "0" && parts[1] == "":
		base, name = "sys/fs/cgroup", "memory.max"
	case strings.Contains(","+parts[1]+",", ",memory,"):
		base, name = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
	default:
		return 0, false
	}
	bytes = math.MaxInt64
	for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
		if text, err := fs.ReadFile(root, path.Join(base, group, name)); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 { // "max": none
				bytes = min(bytes, n)
			}
		}
		if group == "/" {
			return bytes, bytes < math.MaxInt64
		}
	}
}
