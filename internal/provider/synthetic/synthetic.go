// Package synthetic is a source of made-up prices for demonstrations and
// tests: a seeded random walk with quiet and wild spells, the same on every
// machine, for any period. No result made from it says anything of a market.
package synthetic

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "synthetic"

// recipe is how a symbol's prices are made.
type recipe struct {
	symbol, title string
	start         float64 // first close
	drift, vol    float64 // annual
	crashes       float64 // expected a year, of a tenth to a third
	sevenDay      bool
}

var recipes = []recipe{
	{symbol: "DEMO-CALM", title: "A calm index", start: 100, drift: 0.06, vol: 0.12},
	{symbol: "DEMO-CRASH", title: "An index with crashes", start: 100, drift: 0.12, vol: 0.20, crashes: 0.4},
	{symbol: "DEMO-BTC", title: "A seven-day market", start: 1000, drift: 0.35, vol: 0.65, crashes: 0.6, sevenDay: true},
}

// prefix begins a symbol that is a seed of its own: SYN-42.
const prefix = "SYN-"

// The period that prices are made for.
var (
	firstDay = lombard.MustDate("1990-01-01")
	lastDay  = lombard.MustDate("2029-12-31")
)

// maxKept bounds how many series a Source remembers.
const maxKept = 16

// Source makes prices and remembers the last few series.
type Source struct {
	mu   sync.Mutex
	kept map[string]market.Series
}

var _ market.Source = (*Source)(nil)

// New returns the source.
func New() *Source { return &Source{kept: map[string]market.Series{}} }

// Describe implements market.Source.
func (*Source) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: "Synthetic prices", Local: true, Free: true, Capabilities: []string{"bars"},
		Summary: "Seeded random prices for demonstrations: DEMO-CALM, DEMO-CRASH, DEMO-BTC, or SYN-1, SYN-2 and so on.",
	}
}

// Symbols implements market.Source: the demonstrations; any SYN-number works too.
func (s *Source) Symbols(ctx context.Context, _ string) ([]market.Listing, error) {
	var listings []market.Listing
	for _, r := range recipes {
		full, err := s.series(ctx, r)
		if err != nil {
			return nil, err
		}
		listings = append(listings, market.Listing{
			Symbol: r.symbol, Title: r.title, Sessions: len(full.Bars), Intraday: true, Origin: full.Origin,
			Range: market.Range{First: full.Bars[0].Date, Last: full.Bars[len(full.Bars)-1].Date},
		})
	}
	return listings, nil
}

// Bars implements market.Source.
func (s *Source) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	r, ok := recipeOf(q.Symbol)
	if !ok {
		return market.Series{}, unknown(q.Symbol)
	}
	full, err := s.series(ctx, r)
	if err != nil {
		return market.Series{}, err
	}
	cut, err := market.Cut(full, q)
	if err != nil {
		return market.Series{}, err
	}
	progress(int64(len(cut.Bars)), int64(len(cut.Bars)))
	return cut, nil
}

func recipeOf(symbol string) (recipe, bool) {
	for _, r := range recipes {
		if r.symbol == symbol {
			return r, true
		}
	}
	number, ok := strings.CutPrefix(symbol, prefix)
	if _, err := strconv.ParseUint(number, 10, 32); !ok || err != nil {
		return recipe{}, false
	}
	return recipe{symbol: symbol, title: "Synthetic prices number " + number, start: 100, drift: 0.07, vol: 0.25, crashes: 0.2}, true
}

func unknown(symbol string) error {
	var have []string
	for _, r := range recipes {
		have = append(have, r.symbol)
	}
	near := market.Nearest(symbol, have)
	return lombard.Invalid([]lombard.FieldError{{
		Field: "symbol", Value: symbol, Code: lombard.CodeUnknown, Suggestion: near[0],
		Message: fmt.Sprintf("The synthetic source has no symbol %q. It has %s, and SYN- with any number.", symbol, strings.Join(near, ", ")),
	}})
}

func (s *Source) series(ctx context.Context, r recipe) (market.Series, error) {
	if err := ctx.Err(); err != nil {
		return market.Series{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if full, ok := s.kept[r.symbol]; ok {
		return full, nil
	}
	if len(s.kept) >= maxKept {
		clear(s.kept)
	}
	instrument, _ := market.Lookup(r.symbol)
	instrument.Title, instrument.OptionStyle, instrument.Calendar = r.title, lombard.StyleEuropean, "none"
	if r.sevenDay {
		instrument.SevenDay, instrument.Calendar = true, "always"
	}
	full := market.Series{
		Symbol: r.symbol, Source: Slug, Instrument: instrument, Bars: walk(r),
		Origin: "Made up by a seeded generator; not the prices of anything.", Licence: "none needed",
	}
	s.kept[r.symbol] = full
	return full, nil
}

// walk makes the bars of the whole period. The generator is PCG seeded from
// the symbol and every price is rounded to cents, so that the bars are the
// same everywhere.
func walk(r recipe) []market.Bar {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.symbol)) // never fails
	random := rand.New(rand.NewPCG(h.Sum64(), 0x1d872b41))
	year := 252.0
	if r.sevenDay {
		year = 365
	}
	var bars []market.Bar
	last, wildness := r.start, 1.0
	for day := firstDay; day <= lastDay; day++ {
		if day.IsWeekend() && !r.sevenDay {
			continue
		}
		wildness = 1 + 0.97*(wildness-1) + 0.08*random.NormFloat64() // spells of quiet and storm
		deviation := r.vol * math.Max(0.4, wildness) / math.Sqrt(year)
		change := (r.drift-r.vol*r.vol/2)/year + deviation*random.NormFloat64()
		if random.Float64() < r.crashes/year {
			change -= 0.1 + 0.2*random.Float64()
		}
		opened := last * math.Exp(0.3*deviation*random.NormFloat64())
		closed := last * math.Exp(change)
		high := math.Max(opened, closed) * math.Exp(0.4*deviation*math.Abs(random.NormFloat64()))
		low := math.Min(opened, closed) * math.Exp(-0.4*deviation*math.Abs(random.NormFloat64()))
		bar := market.Bar{Date: day, Open: cents(opened), High: cents(high), Low: cents(low), Close: cents(closed)}
		bars = append(bars, bar)
		last = bar.Close
	}
	return bars
}

// cents rounds to whole cents, at least one.
func cents(x float64) float64 { return math.Max(math.Round(x*100)/100, 0.01) }
