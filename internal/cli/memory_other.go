//go:build !linux && !darwin

package cli

// machineMemory returns 0: how much memory there is is not known here.
func machineMemory() int64 { return 0 }
