package sqlite

import "slices"

// Salvaged returns the tables that a salvage copies.
func Salvaged() []string { return slices.Clone(salvaged) }

// TurnedReadOnly is turnedReadOnly.
func TurnedReadOnly(dir string) bool { return turnedReadOnly(dir) }
