package cli

import (
	"testing"
	"testing/fstest"
)

func TestMemoryOfTheMachineOrItsCgroup(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	machine := file("MemFree:  1 kB\nMemTotal:       8388608 kB\n")
	const whole = 8 << 30
	for name, row := range map[string]struct {
		root fstest.MapFS
		want int64
	}{
		"a machine":        {fstest.MapFS{"proc/meminfo": machine}, whole},
		"nothing is known": {fstest.MapFS{}, 0},
		"v2": {fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("0::/app.slice/x\n"), "sys/fs/cgroup/app.slice/x/memory.max": file("536870912\n"),
		}, 512 << 20},
		"v2, a limit further out": {fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("max\n"), "sys/fs/cgroup/a/memory.max": file("1073741824\n"),
		}, 1 << 30},
		"v2, in a container": {fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("300000000\n"),
		}, 300000000},
		"v2 without a limit": {fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("max\n"),
		}, whole},
		"v1": {fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("5:cpu,cpuacct:/x\n4:memory:/docker/1\n"), "sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes": file("1073741824\n"),
		}, 1 << 30},
		"v1, as a container sees it": {fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("4:memory:/docker/1\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("1073741824\n"),
		}, 1 << 30},
		"v1 without a limit": {fstest.MapFS{
			"proc/meminfo": machine, "proc/self/cgroup": file("4:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n"),
		}, whole},
		"damage": {fstest.MapFS{"proc/meminfo": file("MemTotal: much\n"), "proc/self/cgroup": file("what\n::\n")}, 0},
	} {
		if got := memoryIn(row.root); got != row.want {
			t.Errorf("%s: %d bytes, want %d", name, got, row.want)
		}
	}
}
