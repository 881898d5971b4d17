// Package market is the vocabulary of prices: bars, series, instruments and
// their calendars, and the port through which every source of prices is read.
// It computes only what a series is (its digest, its quality); where prices
// come from is the business of the adapters in internal/provider.
package market

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"

	"lombard.example/lombard"
)

// Bar is one session's prices, in the instrument's currency per unit. Open,
// High and Low are 0 when the source has none; Close is always positive.
type Bar struct {
	Date                   lombard.Date
	Open, High, Low, Close float64
	Volume                 float64
	Repaired               bool // high or low was widened so that it holds open and close

	// Corporate actions, in effect from the session's open on.
	Split    float64 // new units for each old one; 0: none
	Dividend float64 // cash a unit for who held it at the close before
	Special  bool    // the dividend is a special one, which strikes follow

	Contract string // whose price it is, where a series goes from one contract to the next; else empty
}

// Series is what a source answered: bars in ascending order of date, with
// their origin. Bars before First are warm-up: history for vol models that the
// path does not show.
type Series struct {
	Symbol     string
	Source     string // slug
	Dataset    string // collection within the source; may be empty
	Instrument Instrument
	Bars       []Bar
	First      int     // index of the entry session
	CostUSD    float64 // what this fetch was charged
	Origin     string  // where the prices come from, in a sentence
	Licence    string
	Warnings   []lombard.Warning

	VolIndex Reference // where vol follows an index; empty otherwise
	Rates    Reference // where the risk-free rate follows a published one
	LoanRate Reference // where the loan's rate does
	Chains   Chains    // where options are priced from quotes
}

// Run returns the bars of the path, without the warm-up.
func (s *Series) Run() []Bar { return s.Bars[s.First:] }

// From returns the series with so many sessions before entry at most.
func (s *Series) From(warmup int) Series {
	cut := *s
	if more := s.First - max(0, warmup); more > 0 {
		cut.Bars, cut.First = s.Bars[more:], s.First-more
	}
	return cut
}

// Digest returns the sha256 of exactly the bars the series holds, warm-up
// included, and of the figures and quotes beside them, as lower-case hex.
func (s *Series) Digest() string {
	sum := sha256.New()
	line := make([]byte, 0, 256)
	end := func() {
		sum.Write(append(line, '\n'))
		line = line[:0]
	}
	for i := range s.Bars {
		b := &s.Bars[i]
		line, _ = b.Date.AppendText(line) // never fails
		for _, x := range [...]float64{b.Open, b.High, b.Low, b.Close} {
			line = appendFloat(append(line, ','), x)
		}
		if b.Split != 0 || b.Dividend != 0 {
			line = appendFloat(append(line, ','), b.Split)
			line = appendFloat(append(line, ','), b.Dividend)
			line = strconv.AppendBool(append(line, ','), b.Special)
		}
		if b.Contract != "" {
			line = append(append(line, ','), b.Contract...)
		}
		end()
	}
	for _, r := range [...]*Reference{&s.VolIndex, &s.Rates, &s.LoanRate} {
		if r.ID == "" {
			continue
		}
		line = append(line, r.ID...)
		end()
		for _, x := range r.Points {
			line, _ = x.Date.AppendText(line)
			line = appendFloat(append(line, ','), x.Value)
			end()
		}
	}
	for i := range s.Chains.Days {
		line, _ = s.Chains.Days[i].Date.AppendText(line)
		line = append(append(line, ' '), s.Chains.Days[i].Digest()...)
		end()
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// appendFloat is strconv's format 'g' of the least digits, which has no exponent
// between 1e-4 and 1e6.
func appendFloat(b []byte, x float64) []byte {
	if size := math.Abs(x); size == 0 || 1e-4 <= size && size < 1e6 {
		return lombard.AppendFixed(b, x)
	}
	return strconv.AppendFloat(b, x, 'g', -1, 64)
}

// Range is the sessions a source has, both ends included.
type Range struct {
	First lombard.Date `json:"first"` // First session
	Last  lombard.Date `json:"last"`  // Last session
}

// Caller is on whose behalf data is read.
type Caller struct {
	Workspace string // whose imported files are visible, and whose day's cap counts
	Run       string // id of the run that asks, for the record of what was spent; empty: asked for by hand
}

// Query asks for the daily bars of a run.
type Query struct {
	Caller

	Symbol  string
	Dataset string // empty: the source's choice
	Start   lombard.Date
	End     lombard.Date
	Warmup  int // sessions wanted before the first session on or after Start
	Needed  int // of these, without which nothing is to be bought: ShortHistory where it is known before

	MaxCostUSD float64 // most that may be spent to answer
	OnlyStored bool    // ask nobody: ErrNotStored when something is missing
}

// ShortHistory is the answer to a query that needs more sessions before its start
// than a source can have.
type ShortHistory struct {
	Have   int          // sessions before the start, at most
	Usable lombard.Date // first start that has enough
}

// Error implements error.
func (e *ShortHistory) Error() string {
	return fmt.Sprintf("%d sessions before the start, enough from %s on", e.Have, e.Usable)
}

// EnoughHistory is the error of a query that needs more sessions than there can
// be from a first date to its start, by the instrument's calendar; without one
// every day may be a session, and a start is named that leaves holidays room.
func EnoughHistory(i Instrument, first lombard.Date, q Query) error {
	calendar := CalendarOf(i.Calendar)
	rules, need := calendar.HasRules(), q.Needed
	have := 0
	for d := first; d < q.Start; d++ {
		if !rules || calendar.IsSession(d) {
			have++
		}
	}
	if have >= need {
		return nil
	}
	if !rules {
		const holidays = 25 // weekdays of which one may be a holiday
		need += need / holidays
	}
	session := func(d lombard.Date) bool { return rules && calendar.IsSession(d) || !rules && !d.IsWeekend() }
	usable := first
	for left := need; left > 0 || !session(usable); usable++ {
		if session(usable) {
			left--
		}
	}
	return &ShortHistory{Have: have, Usable: usable}
}

// ErrNotStored is the answer to a query of what is stored only.
var ErrNotStored = errors.New("not all of it is stored")

// Source is one provider of daily bars. Implementations are safe for
// concurrent use and pass the conformance suite in internal/provider/providertest.
type Source interface {
	// Describe says what the source is; it does no I/O.
	Describe() Description

	// Symbols lists the symbols that can be listed, with their ranges.
	Symbols(ctx context.Context, who Caller) ([]Listing, error)

	// Bars returns the warm-up sessions, as many of q.Warmup as exist, and the
	// sessions from q.Start to q.End. It calls progress with the bars read so
	// far and the total, 0 while unknown. Errors are *lombard.Error of kind
	// validation (unknown symbol, with the nearest names), data_unavailable
	// (the range, with the date that would work), vendor_auth, vendor_busy or
	// data_cost; or ErrNotStored, of a source that is not local.
	Bars(ctx context.Context, q Query, progress func(done, total int64)) (Series, error)
}

// Description is what a source says of itself.
type Description struct {
	Slug         string   `json:"slug"`         // Name for programs
	Title        string   `json:"title"`        // Name for people
	Summary      string   `json:"summary"`      // What it is, as a sentence
	Local        bool     `json:"local"`        // reads cost nothing and wait for nobody
	Free         bool     `json:"free"`         // It costs nothing
	NeedsKey     bool     `json:"needs_key"`    // It needs a key of the vendor
	Capabilities []string `json:"capabilities"` // bars, chains, rates, actions, index
	AnySymbol    bool     `json:"any_symbol"`   // the symbol is a label
}

// Listing is one symbol of a source.
type Listing struct {
	Symbol   string `json:"symbol"`            // The symbol
	Title    string `json:"title"`             // What it is
	Dataset  string `json:"dataset,omitempty"` // Collection within the source
	Range    Range  `json:"range"`             // First and last session that are here
	Sessions int    `json:"sessions"`          // Sessions that are here
	Intraday bool   `json:"intraday"`          // highs and lows are known
	Origin   string `json:"origin,omitempty"`  // Where the prices come from, in words
	Licence  string `json:"licence,omitempty"` // Licence of the data
}
