package synthetic

import (
	"fmt"
	"math"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/market"
)

func TestConformance(t *testing.T) {
	source := New()
	for _, symbol := range listed() {
		t.Run(symbol, func(t *testing.T) {
			providertest.Exercise(t, providertest.Fixture{Source: source, Workspace: "default", Symbol: symbol})
		})
	}
}

// The digests hold on every processor and for good: a run that was made from a
// series can be made again.
func TestSeriesStayAsTheyAre(t *testing.T) {
	for _, c := range []struct{ symbol, want string }{
		{"DEMO-CALM", "3e6c2cf8097140fe385fc0f992bc77620beb4791f23ec3a59699474c0e93370a"},
		{"DEMO-CRASH", "187890eebf8ac933bbc9883cf3fc3f98f4efa6e590ef7c020fbdb66fa8ede57c"},
		{"DEMO-BTC", "dca0d61654411ab12ec9283da3fe8774227c9f13261e5db8ddd1eee77ff7ff8b"},
		{"SYN-1", "0db855a8197d39454be6fcc9e6617c210ebed63ccd8697337d27635e3d34bd91"},
		{"SYN-999999999", "de69ad6fbbecef0461195d6c06100d72908ef273d28c1df5a54a7060e4194034"},
	} {
		p, _ := profileOf(c.symbol)
		full := New().full(c.symbol, p)
		if got := full.Digest(); got != c.want {
			t.Errorf("the digest of %s is %s, want %s", c.symbol, got, c.want)
		}
	}
}

func TestPrefixIsStable(t *testing.T) {
	p, _ := profileOf("DEMO-CRASH")
	from := lombard.MustDate(first)
	long := generate("DEMO-CRASH", p, from, from+4000)
	short := generate("DEMO-CRASH", p, from, from+1000)
	for i := range short {
		if short[i] != long[i] {
			t.Fatalf("bar %d is %+v in the short series and %+v in the long one", i, short[i], long[i])
		}
	}
}

func TestCharacters(t *testing.T) {
	type character struct{ vol, fall float64 } // a year; the deepest fall from a peak, a fraction
	measure := func(symbol string, sessions float64) character {
		p, ok := profileOf(symbol)
		if !ok {
			t.Fatalf("no profile of %s", symbol)
		}
		s := New().full(symbol, p)
		var squares, peak, deepest float64
		for i, b := range s.Bars {
			peak = max(peak, b.Close)
			deepest = max(deepest, 1-b.Close/peak)
			if i > 0 {
				r := math.Log(b.Close / s.Bars[i-1].Close)
				squares += r * r
			}
		}
		return character{math.Sqrt(squares / float64(len(s.Bars)-1) * sessions), deepest}
	}
	calm, crash, wild := measure("DEMO-CALM", 252), measure("DEMO-CRASH", 252), measure("DEMO-BTC", 365)
	t.Logf("calm %+v, crash %+v, wild %+v", calm, crash, wild)
	if !(calm.vol > 0.05 && calm.vol < 0.12 && calm.fall < 0.25) {
		t.Errorf("the calm series is %+v", calm)
	}
	if !(crash.vol > 0.12 && crash.vol < 0.35 && crash.fall > 0.4 && crash.fall < 0.85) {
		t.Errorf("the crashing series is %+v", crash)
	}
	if !(wild.vol > 0.5 && wild.vol < 1.1 && wild.fall > 0.5 && wild.fall < 0.97) {
		t.Errorf("the wild series is %+v", wild)
	}
}

func TestNamesThatStandForNothing(t *testing.T) {
	for _, symbol := range []string{"", "SYN-", "SYN-x", "SYN--1", "SYN-1.5", "SYN-1234567890", "syn-1", "DEMO-", "GLD"} {
		if _, ok := profileOf(symbol); ok {
			t.Errorf("%q has a profile", symbol)
		}
	}
}

func TestKeepsFewSeries(t *testing.T) {
	source := New()
	q := market.Query{Start: lombard.MustDate("2000-01-03"), End: lombard.MustDate("2000-01-31")}
	var opening market.Series
	for i := range cached + 3 {
		q.Symbol = fmt.Sprintf("SYN-%d", i)
		s, err := source.Bars(t.Context(), q, func(int64, int64) {})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			opening = s
		}
	}
	if len(source.series) != cached || len(source.order) != cached {
		t.Errorf("%d series are kept, want %d", len(source.series), cached)
	}
	q.Symbol = "SYN-0"
	again, err := source.Bars(t.Context(), q, func(int64, int64) {})
	if err != nil || again.Digest() != opening.Digest() {
		t.Errorf("a series that was dropped comes back as another one: %v", err)
	}
}
