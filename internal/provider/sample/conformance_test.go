package sample_test

import (
	"testing"

	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/sample"
)

func TestConformance(t *testing.T) {
	source := sample.New()
	for _, symbol := range []string{"XAU", "SPX"} {
		t.Run(symbol, func(t *testing.T) {
			providertest.Exercise(t, providertest.Fixture{Source: source, Workspace: "default", Symbol: symbol})
		})
	}
}
