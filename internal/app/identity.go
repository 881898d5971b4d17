package app

import (
	"strings"

	"lombard.example/lombard"
)

// normalise brings a parsed scenario into the spelling the program uses.
func normalise(s *lombard.Scenario) {
	s.Symbol = strings.ToUpper(s.Symbol)
	s.DataSource = strings.ToLower(s.DataSource)
}
