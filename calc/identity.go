package calc

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"runtime"

	"lombard.example/lombard"
)

// ScenarioID returns the hash of a resolved scenario without its name, and
// without the position that its prices bring it to.
func ScenarioID(s lombard.Scenario) string {
	s.ScenarioName, s.Position = "", nil
	return hashOf(s)
}

// Key is the hash of all that the bytes of a result depend on: the resolved
// scenario, the digest of its data, the engine and the kind of machine.
func Key(s lombard.Scenario, dataDigest string) string {
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

// target names the kind of machine the numbers are computed on.
func target() string { return runtime.GOOS + "/" + runtime.GOARCH }
