package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"lombard.example/lombard"
)

// ScenarioID returns the hash of a resolved scenario without its name.
func ScenarioID(s lombard.Scenario) string {
	s.ScenarioName = ""
	return hashOf(s)
}

// requestKey is the hash of all that result bytes depend on, for data that
// costs nothing.
func requestKey(s lombard.Scenario, dataDigest string) string {
	return hashOf(struct {
		Scenario lombard.Scenario
		Data     string
		Engine   string
		Target   string
	}{s, dataDigest, lombard.EngineVersion, target()})
}

// hashOf returns the sha256 of v's JSON. Every type it is used with encodes.
func hashOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a resolved scenario holds no NaN, no function and no cycle
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// normalise brings a parsed scenario into the spelling the program uses.
func normalise(s *lombard.Scenario) {
	s.Symbol = strings.ToUpper(s.Symbol)
	s.DataSource = strings.ToLower(s.DataSource)
}
