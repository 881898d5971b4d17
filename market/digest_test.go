package market_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// plainDigest is the digest as it was defined: a text of everything, whose
// numbers fmt writes. Stored results name data by it.
func plainDigest(s *market.Series) string {
	var b strings.Builder
	for _, x := range s.Bars {
		fmt.Fprintf(&b, "%s,%g,%g,%g,%g", x.Date, x.Open, x.High, x.Low, x.Close)
		if x.Split != 0 || x.Dividend != 0 {
			fmt.Fprintf(&b, ",%g,%g,%t", x.Split, x.Dividend, x.Special)
		}
		if x.Contract != "" {
			fmt.Fprintf(&b, ",%s", x.Contract)
		}
		b.WriteByte('\n')
	}
	for _, r := range []market.Reference{s.VolIndex, s.Rates, s.LoanRate} {
		if r.ID == "" {
			continue
		}
		fmt.Fprintf(&b, "%s\n", r.ID)
		for _, p := range r.Points {
			fmt.Fprintf(&b, "%s,%g\n", p.Date, p.Value)
		}
	}
	for i := range s.Chains.Days {
		fmt.Fprintf(&b, "%s %s\n", s.Chains.Days[i].Date, s.Chains.Days[i].Digest())
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

func TestDigestOfStoredDataStaysTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 3))
	number := func() float64 {
		switch random.IntN(6) {
		case 0:
			return 0
		case 1:
			return math.Exp(40 * (random.Float64() - 0.5)) // with an exponent, too
		case 2:
			return random.Float64() * 1000
		default:
			return math.Round(random.Float64()*1e8) / math.Pow10(random.IntN(7))
		}
	}
	for range 300 {
		s := market.Series{}
		for i := range random.IntN(40) {
			b := market.Bar{Date: date("1999-12-20") + lombard.Date(i), Open: number(), High: number(), Low: number(), Close: number()}
			if random.IntN(4) == 0 {
				b.Split, b.Dividend, b.Special = number(), number(), random.IntN(2) == 0
			}
			if random.IntN(3) == 0 {
				b.Contract = "GCZ4"
			}
			s.Bars = append(s.Bars, b)
		}
		if random.IntN(2) == 0 {
			s.Rates = market.Reference{ID: "DGS1", Points: []market.Observation{{Date: date("2020-01-02"), Value: number()}, {Date: date("2020-01-03"), Value: -number()}}}
			s.Chains.Days = []market.Chain{{Date: date("2020-01-02"), Sum: "ab"}, {Date: date("2020-01-03")}}
		}
		if got, want := s.Digest(), plainDigest(&s); got != want {
			t.Fatalf("digest %s, want %s, of %+v", got, want, s)
		}
	}
}

// Shortcuts by month leave no holiday out.
func TestGoodFridayIsNoSessionInAnyYear(t *testing.T) {
	for year := 1900; year <= 2300; year++ {
		fridays := 0
		for d := date(fmt.Sprintf("%d-03-20", year)); d <= date(fmt.Sprintf("%d-04-23", year)); d++ {
			if d.Weekday() == time.Friday && !market.CalendarOf("nyse").IsSession(d) && !market.CalendarOf("london").IsSession(d) {
				fridays++
			}
		}
		if fridays != 1 {
			t.Errorf("%d has %d Good Fridays", year, fridays)
		}
	}
}

func BenchmarkSeries(b *testing.B) {
	s := market.Series{Instrument: market.Instrument{Calendar: "nyse"}}
	calendar := market.CalendarOf("nyse")
	for d := date("2010-01-04"); len(s.Bars) < 2520; d++ {
		if calendar.IsSession(d) {
			x := 1000 + float64(len(s.Bars))/100
			s.Bars = append(s.Bars, market.Bar{Date: d, Open: x, High: x + 3.25, Low: x - 7.5, Close: x + 1.5})
		}
	}
	b.Run("digest", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Digest()
		}
	})
	b.Run("quality", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			market.QualityOf(&s)
		}
	})
}
