package market

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sort"

	"lombard.example/lombard"
)

// OptionQuote is the market of one listed option at a close, in the
// underlying's currency per unit of the underlying.
type OptionQuote struct {
	Expiry   lombard.Date // last trading day
	Put      bool
	Strike   float64
	Bid, Ask float64 // 0: there was none
}

// TwoSided reports whether somebody bid and somebody asked at no less.
func (q OptionQuote) TwoSided() bool { return q.Bid > 0 && q.Ask >= q.Bid }

// Crossed reports a bid above the ask, which is no market.
func (q OptionQuote) Crossed() bool { return q.Ask > 0 && q.Bid > q.Ask }

// Mid is the middle of bid and ask.
func (q OptionQuote) Mid() float64 { return (q.Bid + q.Ask) / 2 }

// Chain is the options on one underlying that were listed at the close of a
// day: ascending by expiry, calls before puts, ascending by strike, each once.
type Chain struct {
	Date   lombard.Date
	Quotes []OptionQuote

	// Sum is the digest of the chain that the quotes were taken from, where they
	// are not all of it.
	Sum string
}

// order is the order of a chain.
func order(a, b OptionQuote) int {
	return cmp.Or(cmp.Compare(a.Expiry, b.Expiry), boolOrder(a.Put, b.Put), cmp.Compare(a.Strike, b.Strike))
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// NewChain sorts quotes into a chain and refuses what cannot be right: prices
// that are negative or not finite, strikes that are not positive, expiries
// before the day, two different quotes of one option. Rows that repeat are
// taken once. The error continues a sentence and names the option.
func NewChain(date lombard.Date, quotes []OptionQuote) (Chain, error) {
	quotes = slices.Clone(quotes)
	slices.SortFunc(quotes, order)
	quotes = slices.Compact(quotes)
	for i, q := range quotes {
		switch {
		case !(q.Strike > 0) || math.IsInf(q.Strike, 0):
			return Chain{}, fmt.Errorf("an option of %s whose strike is %g", q.Expiry, q.Strike)
		case q.Expiry < date:
			return Chain{}, fmt.Errorf("%s, which had expired on %s", q, date)
		case !(q.Bid >= 0 && q.Ask >= 0) || math.IsInf(q.Bid+q.Ask, 0):
			return Chain{}, fmt.Errorf("%s with a bid of %g and an ask of %g", q, q.Bid, q.Ask)
		case i > 0 && order(quotes[i-1], q) == 0:
			return Chain{}, fmt.Errorf("%s twice, with different quotes", q)
		}
	}
	return Chain{Date: date, Quotes: quotes}, nil
}

// String names the option.
func (q OptionQuote) String() string {
	kind := "call"
	if q.Put {
		kind = "put"
	}
	return fmt.Sprintf("the %s at %g until %s", kind, q.Strike, q.Expiry)
}

// strikeWidth is how far strikes may lie apart and be the same: exchanges round
// what a split makes of a strike to cents.
const strikeWidth = 0.0051

// Find returns the quote of an option.
func (c *Chain) Find(put bool, strike float64, expiry lombard.Date) (OptionQuote, bool) {
	quotes := c.Strikes(put, expiry)
	i := sort.Search(len(quotes), func(i int) bool { return quotes[i].Strike > strike-strikeWidth })
	if i < len(quotes) && quotes[i].Strike <= strike+strikeWidth {
		return quotes[i], true
	}
	return OptionQuote{}, false
}

// Strikes returns the quotes of a kind and expiry, ascending by strike. They
// are the chain's own: read only.
func (c *Chain) Strikes(put bool, expiry lombard.Date) []OptionQuote {
	key := OptionQuote{Expiry: expiry, Put: put}
	low := sort.Search(len(c.Quotes), func(i int) bool { return order(c.Quotes[i], key) >= 0 })
	key.Strike = math.Inf(1)
	high := sort.Search(len(c.Quotes), func(i int) bool { return order(c.Quotes[i], key) >= 0 })
	return c.Quotes[low:high]
}

// Expiries returns the expiries at which an option of a kind has a market,
// ascending.
func (c *Chain) Expiries(put bool) []lombard.Date {
	var all []lombard.Date
	for i := range c.Quotes {
		if q := &c.Quotes[i]; q.Put == put && q.TwoSided() && (len(all) == 0 || all[len(all)-1] != q.Expiry) {
			all = append(all, q.Expiry)
		}
	}
	return all
}

// HasMarket reports whether any option of the chain can be traded.
func (c *Chain) HasMarket() bool {
	return slices.ContainsFunc(c.Quotes, OptionQuote.TwoSided)
}

// Digest returns the sha256 of the chain, of the whole one where the quotes are
// not all of it, as lower-case hex.
func (c *Chain) Digest() string {
	if c.Sum != "" {
		return c.Sum
	}
	text := make([]byte, 0, 32*(len(c.Quotes)+1))
	text = binary.LittleEndian.AppendUint32(text, uint32(c.Date))
	for i := range c.Quotes {
		q := &c.Quotes[i]
		text = binary.LittleEndian.AppendUint32(text, uint32(q.Expiry))
		put := byte(0)
		if q.Put {
			put = 1
		}
		text = append(text, put)
		for _, x := range [...]float64{q.Strike, q.Bid, q.Ask} {
			text = binary.LittleEndian.AppendUint64(text, math.Float64bits(x))
		}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Chains are the chains of a run, ascending by date, and where they come from.
type Chains struct {
	Source  string // slug; empty: none were asked for
	Dataset string // collection within the source; may be empty
	Origin  string // in a sentence
	Licence string
	Days    []Chain

	CostUSD  float64 // what fetching them was charged
	Warnings []lombard.Warning
}

// On returns the chain of a day; nil when there is none.
func (c *Chains) On(date lombard.Date) *Chain {
	i := sort.Search(len(c.Days), func(i int) bool { return c.Days[i].Date >= date })
	if i < len(c.Days) && c.Days[i].Date == date {
		return &c.Days[i]
	}
	return nil
}

// ChainQuery asks for the chains of a run.
type ChainQuery struct {
	Caller

	Symbol  string                                      // of the underlying
	Dataset string                                      // empty: the source's choice
	Dates   []lombard.Date                              // closes, ascending
	Keep    func(date lombard.Date, q OptionQuote) bool // what the run may look at; nil: all

	MaxCostUSD float64 // most that may be spent to answer
	OnlyStored bool    // ask nobody: ErrNotStored when something is missing
	OnlyNamed  bool    // the days with their digests, without their quotes
}

// ChainSource is a source that has option chains. Errors are as those of
// Source; days of the query without a chain are left out of the answer.
type ChainSource interface {
	Chains(ctx context.Context, q ChainQuery, progress func(done, total int64)) (Chains, error)
	// EstimateChains tells what Chains would cost. It costs nothing itself.
	EstimateChains(ctx context.Context, q ChainQuery) (Estimate, error)
}

// ChainRequest asks a vendor for the chain of an underlying at one close.
type ChainRequest struct {
	Dataset string // collection within the vendor
	Symbol  string // of the underlying, such as GLD, SPX or GC
	Date    lombard.Date
}

// ChainSet is a vendor's answer: every listed option of the day, in any order.
type ChainSet struct {
	Quotes   []OptionQuote
	Warnings []lombard.Warning // what the vendor said beside the data
}

// ChainVendor is a vendor that has option chains. Errors are those of Source.
type ChainVendor interface {
	// ChainOffer chooses the dataset and says which dates of chains it holds.
	// It costs nothing.
	ChainOffer(ctx context.Context, r BarRequest) (Offer, error)
	// Chain fetches the chain of a request whose dataset has been chosen. It may
	// cost money and is called once. A day without a session has no quotes.
	Chain(ctx context.Context, r ChainRequest) (ChainSet, error)
}

// ChainCoster is a vendor whose chains may cost money.
type ChainCoster interface {
	// ChainCost returns what Chain of the same request would be charged, in US
	// dollars; 0 is legal. It costs nothing itself.
	ChainCost(ctx context.Context, r ChainRequest) (float64, error)
}
