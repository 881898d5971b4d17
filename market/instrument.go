package market

import (
	"strings"

	"lombard.example/lombard"
)

// Class is the kind of thing an instrument is.
type Class string

// The classes.
const (
	ClassETF       Class = "etf"
	ClassStock     Class = "stock"
	ClassIndex     Class = "index"
	ClassSpotMetal Class = "spot_metal"
	ClassFuture    Class = "future"
	ClassCrypto    Class = "crypto"
	ClassUnknown   Class = "unknown"
)

// Instrument is what a symbol denotes.
type Instrument struct {
	Symbol        string        `json:"symbol"`                 // The symbol
	Title         string        `json:"title"`                  // What it is
	Class         Class         `json:"class"`                  // Kind of thing: etf, stock, index, spot_metal, future, crypto or unknown
	Currency      string        `json:"currency"`               // Currency of its prices
	Multiplier    float64       `json:"multiplier"`             // units per listed option contract
	OptionStyle   lombard.Style `json:"option_style"`           // The style of its options
	Calendar      string        `json:"calendar"`               // nyse, london, comex, always or none
	SevenDay      bool          `json:"seven_day"`              // trades on weekends
	Rate          float64       `json:"rate"`                   // illustrative carry: continuously compounded, per year
	DividendYield float64       `json:"dividend_yield"`         // Illustrative yield: continuously compounded, per year
	HalfSpreadVP  float64       `json:"half_spread_vol_points"` // illustrative half-spread of its options, in vol points
	VolIndex      string        `json:"vol_index,omitempty"`    // published index of its options' vol

	ListedSince  lombard.Date `json:"listed_since,omitzero"`  // first session of its own; zero: not known
	OptionsSince lombard.Date `json:"options_since,omitzero"` // first session of its listed options; zero: not known, or none are listed
}

// SessionsPerYear returns the constant that annualises daily returns.
func (i Instrument) SessionsPerYear() int {
	if i.SevenDay {
		return 365
	}
	return 252
}

// known is the table of instruments with conventions of their own. Listing dates
// are those of the sponsors and exchanges. The carry
// and the half-spreads are illustrative and echoed in every result.
var known = []Instrument{
	{Symbol: "GLD", Title: "SPDR Gold Shares", Class: ClassETF, Multiplier: 100, OptionStyle: lombard.StyleAmerican, Calendar: "nyse", Rate: 0.04, HalfSpreadVP: 0.30, VolIndex: "GVZ", ListedSince: lombard.MustDate("2004-11-18"), OptionsSince: lombard.MustDate("2008-06-03")},
	{Symbol: "IAU", Title: "iShares Gold Trust", Class: ClassETF, Multiplier: 100, OptionStyle: lombard.StyleAmerican, Calendar: "nyse", Rate: 0.04, HalfSpreadVP: 0.30, VolIndex: "GVZ", ListedSince: lombard.MustDate("2005-01-28")},
	{Symbol: "SPY", Title: "SPDR S&P 500 ETF", Class: ClassETF, Multiplier: 100, OptionStyle: lombard.StyleAmerican, Calendar: "nyse", Rate: 0.04, HalfSpreadVP: 0.10, VolIndex: "VIX", ListedSince: lombard.MustDate("1993-01-29"), OptionsSince: lombard.MustDate("2005-01-10")},
	{Symbol: "SPX", Title: "S&P 500 index", Class: ClassIndex, Multiplier: 100, OptionStyle: lombard.StyleEuropean, Calendar: "nyse", Rate: 0.017, DividendYield: 0.019, HalfSpreadVP: 0.10, VolIndex: "VIX", OptionsSince: lombard.MustDate("1983-07-01")},
	{Symbol: "XAU", Title: "Gold, US dollars a troy ounce", Class: ClassSpotMetal, Multiplier: 100, OptionStyle: lombard.StyleEuropean, Calendar: "london", Rate: 0.065, HalfSpreadVP: 0.50, VolIndex: "GVZ"},
	{Symbol: "GC", Title: "COMEX gold future", Class: ClassFuture, Multiplier: 100, OptionStyle: lombard.StyleAmerican, Calendar: "comex", Rate: 0.04, HalfSpreadVP: 0.40, VolIndex: "GVZ", OptionsSince: lombard.MustDate("1982-10-04")},
	{Symbol: "OG", Title: "COMEX gold options' future", Class: ClassFuture, Multiplier: 100, OptionStyle: lombard.StyleAmerican, Calendar: "comex", Rate: 0.04, HalfSpreadVP: 0.40, VolIndex: "GVZ", OptionsSince: lombard.MustDate("1982-10-04")},
	{Symbol: "BTC-USD", Title: "Bitcoin in US dollars", Class: ClassCrypto, Multiplier: 1, OptionStyle: lombard.StyleEuropean, Calendar: "always", SevenDay: true, Rate: 0.04, HalfSpreadVP: 1.0, VolIndex: "DVOL"},
}

// Lookup returns the instrument a symbol denotes. A symbol nobody knows is a
// stock-like label: multiplier 1, american options, the carry of "others".
func Lookup(symbol string) (Instrument, bool) {
	for _, i := range known {
		if strings.EqualFold(i.Symbol, symbol) {
			i.Currency = "USD"
			return i, true
		}
	}
	return Instrument{
		Symbol: symbol, Title: symbol, Class: ClassUnknown, Currency: "USD", Multiplier: 1,
		OptionStyle: lombard.StyleAmerican, Calendar: "none", Rate: 0.04, HalfSpreadVP: 0.30,
	}, false
}

// InstrumentOf is Lookup with the week that the prices show: prices of a weekend
// make a seven-day market, and two weeks without any make none of it, whatever
// the symbol is called.
func InstrumentOf(symbol string, bars []Bar) Instrument {
	const twoWeeks = 14
	i, _ := Lookup(symbol)
	switch {
	case TradesOnWeekends(bars):
		i.SevenDay, i.Calendar = true, "always"
	case i.SevenDay && len(bars) > 0 && bars[len(bars)-1].Date-bars[0].Date >= twoWeeks:
		i.SevenDay, i.Calendar = false, "none"
	}
	return i
}

// Stock returns the conventions of a US stock or fund that the table does not
// have: listed options on 100, American, the calendar of New York.
func Stock(symbol string) Instrument {
	i, known := Lookup(symbol)
	if !known {
		i.Class, i.Multiplier, i.Calendar = ClassStock, 100, "nyse"
	}
	return i
}

// Coin returns the conventions of a cryptocurrency that the table does not have:
// those of bitcoin.
func Coin(symbol string) Instrument {
	i, known := Lookup(symbol)
	if !known {
		bitcoin, _ := Lookup("BTC-USD")
		bitcoin.Symbol, bitcoin.Title, bitcoin.VolIndex = symbol, symbol, ""
		return bitcoin
	}
	return i
}

// InstrumentSource is a source, or a vendor, whose symbols are of a kind: it
// knows what one denotes where the table of instruments does not.
type InstrumentSource interface {
	Instrument(symbol string) Instrument
}

// InstrumentAt returns what a symbol denotes at a source or vendor.
func InstrumentAt(source any, symbol string) Instrument {
	if s, ok := source.(InstrumentSource); ok {
		return s.Instrument(symbol)
	}
	i, _ := Lookup(symbol)
	return i
}

// SupervisoryHaircut returns the fall in value over ten business days that bank
// supervisors ask for: 15 % for gold and for equities of a main index, 25 % for
// other listed equities and everything else (Basel Committee, International
// Convergence of Capital Measurement, 2006, §151).
func (i Instrument) SupervisoryHaircut() float64 {
	const mainIndexOrGold, other = 0.15, 0.25
	switch i.Symbol {
	case "GLD", "IAU", "SPY":
		return mainIndexOrGold
	}
	switch i.Class {
	case ClassIndex, ClassSpotMetal, ClassFuture:
		return mainIndexOrGold
	case ClassETF, ClassStock, ClassCrypto, ClassUnknown:
	}
	return other
}
