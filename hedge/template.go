// Package hedge describes hedges in relative terms (which options, how far
// from the money, for how long, on how much of the position) and turns them
// into contracts on a day. It prices nothing; the built-in templates are the
// data files of the folder catalogue.
package hedge

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// Template is a named, immutable hedge in relative terms.
type Template struct {
	Slug     string   `json:"slug"`                // Name for programs
	Title    string   `json:"title"`               // Name for people
	Family   string   `json:"family"`              // control, put, put_spread, ladder, collar, …
	Schema   int      `json:"schema"`              // of the document, 1
	Legs     []Leg    `json:"legs"`                // The options; empty for a control
	Solve    []Solve  `json:"solve,omitempty"`     // Strikes that are solved for
	Sizing   Sizing   `json:"sizing,omitzero"`     // How much is hedged
	Budget   Budget   `json:"budget,omitzero"`     // What a purchase may cost
	Tranches Tranches `json:"tranches,omitzero"`   // Parts that are bought one after the other
	Roll     []Roll   `json:"roll"`                // What happens in the course of time
	CreditTo Credit   `json:"credit_to,omitempty"` // Where cash of the hedge goes
	Control  Control  `json:"control,omitempty"`   // What a template does that holds no options
}

// Leg is one option of a template.
type Leg struct {
	ID     string        `json:"id"`     // Name of the leg, such as put
	Right  lombard.Right `json:"right"`  // What the option gives its holder
	Side   Side          `json:"side"`   // Whether it is bought or sold
	Ratio  Ratio         `json:"ratio"`  // options per unit of collateral
	Strike Strike        `json:"strike"` // How the strike is chosen
	Expiry Expiry        `json:"expiry"` // How the expiry is chosen
}

// Strike says how a strike is chosen. Value is in the method's terms: a
// fraction of a price, a delta, a price, standard deviations or a premium.
type Strike struct {
	Method Method  `json:"method"`           // How it is chosen
	Of     Basis   `json:"of,omitempty"`     // moneyness: the price that it is a fraction of
	Value  float64 `json:"value,omitzero"`   // In the method's terms: a fraction of a price, a delta, a price, standard deviations or a premium
	Leg    string  `json:"leg,omitempty"`    // offset: the leg it is counted from
	Unit   Unit    `json:"unit,omitempty"`   // offset and premium: what value is counted in
	Buffer float64 `json:"buffer,omitzero"`  // ltv_floor: how far below the lender's threshold the floor is held, as a difference of LTVs
	Round  Round   `json:"round,omitempty"`  // listed contracts: how it is moved to the grid of strikes
	Bounds *Bounds `json:"bounds,omitempty"` // solve: where a root is looked for
}

// Bounds limit a strike that is solved for, as fractions of spot.
type Bounds struct {
	MinMoneyness float64 `json:"min_moneyness"` // Lowest strike, a fraction of spot
	MaxMoneyness float64 `json:"max_moneyness"` // Highest strike, a fraction of spot
}

// Expiry says how an expiry is chosen.
type Expiry struct {
	Tenor  Tenor        `json:"tenor,omitzero"`    // from entry to the first expiry
	Cycle  market.Cycle `json:"cycle,omitempty"`   // listed contracts: which expiries it may have
	Pick   market.Pick  `json:"pick,omitempty"`    // listed contracts: which of them is taken
	MinDTE int          `json:"min_dte,omitzero"`  // listed contracts: calendar days the expiry is away at least
	SameAs string       `json:"same_as,omitempty"` // the leg whose expiry this one has
}

// Solve chooses one strike so that the purchase meets a target.
type Solve struct {
	Vary      string    `json:"vary"`                 // the strike that is free, such as call.strike
	Target    Target    `json:"target"`               // What is solved for
	Value     float64   `json:"value"`                // the target, a fraction of spot
	PriceSide PriceSide `json:"price_side,omitempty"` // The prices that the legs are counted at
	IfNoRoot  NoRoot    `json:"if_no_root,omitempty"` // What happens where no strike meets the target
}

// Sizing scales the hedge.
type Sizing struct {
	HedgeRatio float64 `json:"hedge_ratio,omitzero"` // Fraction of the collateral that is hedged. Default 1
}

// Budget limits what a purchase may cost, as fractions of the collateral's value.
type Budget struct {
	MaxAnnual float64  `json:"max_annual_pct_of_notional,omitzero"` // Most a year, a fraction of the collateral's value, shared out over the purchases of a year
	MaxRoll   float64  `json:"max_roll_pct,omitzero"`               // Most each purchase, a fraction of the collateral's value
	OnExceed  OnExceed `json:"on_exceed,omitempty"`                 // What happens where a purchase costs more
}

// Tranches splits the hedge into parts bought one after the other.
type Tranches struct {
	Count   int   `json:"count,omitzero"`   // How many parts
	Spacing Tenor `json:"spacing,omitzero"` // Time between two parts
}

// Roll says what happens to the hedge in the course of time.
type Roll struct {
	When       When     `json:"when"`                  // What is waited for
	Leg        string   `json:"leg,omitempty"`         // whose option is watched; empty: every long one
	Op         Op       `json:"op,omitempty"`          // How the watched quantity is compared with value
	Value      float64  `json:"value,omitzero"`        // What the watched quantity is compared with
	Do         Do       `json:"do"`                    // What is done
	Cooldown   int      `json:"cooldown,omitzero"`     // calendar days between two actions
	MaxPerYear int      `json:"max_per_year,omitzero"` // actions in a calendar year
	Fraction   float64  `json:"fraction,omitzero"`     // monetise: of the position, default 1
	Proceeds   Proceeds `json:"proceeds,omitempty"`    // monetise: where the cash goes
	Then       Then     `json:"then,omitempty"`        // monetise: what follows
	Long       string   `json:"long,omitempty"`        // cross: the long leg
	Short      string   `json:"short,omitempty"`       // cross: the short leg
}

// Ratio is an exact fraction; three legs of 1/3 cover the whole.
type Ratio struct{ Num, Den int64 }

// Of returns the ratio of x.
func (r Ratio) Of(x float64) float64 { return x * float64(r.Num) / float64(r.Den) }

// String returns the shortest spelling: 1, 1/2 or 1/3.
func (r Ratio) String() string {
	if r.Den == 1 {
		return strconv.FormatInt(r.Num, 10)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

// MarshalJSON writes a number when it is whole, a fraction in a string otherwise.
func (r Ratio) MarshalJSON() ([]byte, error) {
	if r.Den == 1 {
		return []byte(r.String()), nil
	}
	return json.Marshal(r.String())
}

// Tenor is a length in calendar months. Its text form is 12m.
type Tenor int

// String returns the text form.
func (t Tenor) String() string { return strconv.Itoa(int(t)) + "m" }

// MarshalText writes the text form.
func (t Tenor) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Renews reports whether the template is bought again at expiry.
func (t Template) Renews() bool {
	for _, r := range t.Roll {
		if r.When == WhenExpiry && r.Do == DoRenew {
			return true
		}
	}
	return false
}

// Check returns what the schema refuses in a template made in code: unknown
// words, impossible legs, uncovered shorts. A template may have no name.
func (t Template) Check() error {
	t.Schema = schemaNumber
	t.Legs, t.Roll = append([]Leg{}, t.Legs...), append([]Roll{}, t.Roll...)
	for _, name := range []*string{&t.Slug, &t.Title, &t.Family} {
		if *name == "" {
			*name = customName
		}
	}
	text, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("write the template: %w", err) // NaN and infinities
	}
	_, err = Parse(text)
	return err
}

// Hash returns the sha256 of the template's definition, as lower-case hex.
func (t Template) Hash() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // a template is plain data and always encodes
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Kind returns the leg's right as the pricing engines name it; see KindOf.
func (l Leg) Kind() option.Kind { return KindOf(l.Right) }

// KindOf returns a right as the pricing engines name it; 0, which is no kind, for
// one that is neither put nor call.
func KindOf(right lombard.Right) option.Kind {
	switch right {
	case lombard.RightPut:
		return option.Put
	case lombard.RightCall:
		return option.Call
	}
	return 0
}

// Sign is +1 for a long leg and −1 for a short one; NaN for a side that is
// neither.
func (l Leg) Sign() float64 {
	switch l.Side {
	case Long:
		return 1
	case Short:
		return -1
	}
	return math.NaN()
}

// ExpiryDate returns entry plus number tenors in calendar months, the day
// clamped to the end of the month. A Saturday or Sunday becomes the Friday
// before, except in markets that trade seven days a week.
func ExpiryDate(entry lombard.Date, tenor Tenor, number int, sevenDay bool) lombard.Date {
	date := entry.AddMonths(number * int(tenor))
	for !sevenDay && date.IsWeekend() {
		date--
	}
	return date
}
