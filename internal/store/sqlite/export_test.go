package sqlite

import "slices"

// Salvaged returns the tables that a salvage copies.
func Salvaged() []string { return slices.Clone(salvaged) }
