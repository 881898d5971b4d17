package lombard

import (
	"strings"
	"testing"
)

// tables are the types of choices by name, each with its table.
func tables() map[string][]Choice {
	return map[string][]Choice{
		"Recognition": ChoicesOf[Recognition](), "Monitoring": ChoicesOf[Monitoring](), "LiquidationMonitoring": ChoicesOf[LiquidationMonitoring](),
		"Funding": ChoicesOf[Funding](), "LTVBase": ChoicesOf[LTVBase](), "Dividends": ChoicesOf[Dividends](), "InterestMode": ChoicesOf[InterestMode](),
		"DayCount": ChoicesOf[DayCount](), "Comparison": ChoicesOf[Comparison](), "CureUnit": ChoicesOf[CureUnit](), "CureTest": ChoicesOf[CureTest](),
		"WaterfallStep": ChoicesOf[WaterfallStep](), "CashMode": ChoicesOf[CashMode](), "CureExecution": ChoicesOf[CureExecution](),
		"LiquidationMode": ChoicesOf[LiquidationMode](), "PresetName": ChoicesOf[PresetName](), "Style": ChoicesOf[Style](),
		"ContractMode": ChoicesOf[ContractMode](), "Execution": ChoicesOf[Execution](), "PricingMode": ChoicesOf[PricingMode](),
		"YieldSource": ChoicesOf[YieldSource](), "VolModelName": ChoicesOf[VolModelName](), "Estimator": ChoicesOf[Estimator](),
		"Refresh": ChoicesOf[Refresh](), "Dynamics": ChoicesOf[Dynamics](), "SmilePreset": ChoicesOf[SmilePreset](),
		"DataQuality": ChoicesOf[DataQuality](), "OnConflict": ChoicesOf[OnConflict](),
	}
}

// TestEveryTableOfChoicesIsWhole: values once each, words for people, sentences,
// and one default at most.
func TestEveryTableOfChoicesIsWhole(t *testing.T) {
	for name, table := range tables() {
		if len(table) == 0 {
			t.Errorf("%s has no choices", name)
		}
		seen, always := map[string]bool{}, 0
		for _, c := range table {
			if c.Value == "" || seen[c.Value] {
				t.Errorf("%s: the value %q is empty or stands twice", name, c.Value)
			}
			seen[c.Value] = true
			if c.Short == "" || strings.HasSuffix(c.Short, ".") || !strings.HasSuffix(c.Long, ".") {
				t.Errorf("%s %s: short words %q end in no full stop, long ones %q in one", name, c.Value, c.Short, c.Long)
			}
			if c.Default == Always {
				always++
			}
		}
		if always > 1 {
			t.Errorf("%s has %d defaults", name, always)
		}
	}
}

func TestWordsOfAChoice(t *testing.T) {
	if got := WordsOf(RecognitionIntrinsic); got != "at intrinsic value, as if exercised today" {
		t.Errorf("words of intrinsic: %q", got)
	}
	if got := WordsOf(Recognition("x")); got != "x" || Known(Recognition("x")) || !Known(RecognitionNone) {
		t.Errorf("words of what there is not: %q", got)
	}
	if got := DefaultOf[Monitoring](); got != MonitoringClose {
		t.Errorf("default monitoring: %q", got)
	}
	if got := DefaultOf[Style](); got != "" {
		t.Errorf("the default style depends on the symbol, got %q", got)
	}
}
