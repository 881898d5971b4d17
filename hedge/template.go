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
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/option"
)

// Template is a named, immutable hedge in relative terms.
type Template struct {
	Slug   string `json:"slug"`
	Title  string `json:"title"`
	Family string `json:"family"` // control, put, put_spread, ladder, collar, …
	Schema int    `json:"schema"` // of the document, 1
	Legs   []Leg  `json:"legs"`
	Roll   []Roll `json:"roll"`
}

// Leg is one option of a template.
type Leg struct {
	ID     string `json:"id"`
	Right  string `json:"right"` // put or call
	Side   string `json:"side"`  // long or short
	Ratio  Ratio  `json:"ratio"` // options per unit of collateral
	Strike Strike `json:"strike"`
	Expiry Expiry `json:"expiry"`
}

// Strike says how a strike is chosen.
type Strike struct {
	Method string  `json:"method"` // moneyness
	Of     string  `json:"of"`     // spot: the close of the purchase
	Value  float64 `json:"value"`  // strike / spot
}

// Expiry says how an expiry is chosen.
type Expiry struct {
	Tenor Tenor `json:"tenor"` // from entry to the first expiry
}

// Roll says what happens to the hedge in the course of time.
type Roll struct {
	When string `json:"when"` // expiry
	Do   string `json:"do"`   // renew
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
		if r.When == rollExpiry && r.Do == rollRenew {
			return true
		}
	}
	return false
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

// Kind returns the leg's right as the pricing engines name it.
func (l Leg) Kind() option.Kind {
	if l.Right == rightCall {
		return option.Call
	}
	return option.Put
}

// Sign is +1 for a long leg and −1 for a short one.
func (l Leg) Sign() float64 {
	if l.Side == sideShort {
		return -1
	}
	return 1
}

// Contract is a leg resolved on a day.
type Contract struct {
	Leg      Leg
	Strike   float64 // price per unit, unrounded
	Expiry   lombard.Date
	Quantity float64 // units of the underlying, signed
}

// Resolve returns the leg's contract when the hedge is bought at spot on units
// of collateral; number is 1 for the purchase at entry, 2 for its first
// renewal. Expiry is number tenors after entry, whenever the purchase is made.
func (l Leg) Resolve(entry lombard.Date, number int, spot, units float64, sevenDay bool) Contract {
	return Contract{
		Leg:      l,
		Strike:   l.Strike.Value * spot,
		Expiry:   ExpiryDate(entry, l.Expiry.Tenor, number, sevenDay),
		Quantity: l.Sign() * l.Ratio.Of(units),
	}
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

// Words returns the leg in words, such as "long a put at 95 % of spot for 12
// months on 1/2 of the position".
func (l Leg) Words() string {
	share := "the whole position"
	if l.Ratio != (Ratio{1, 1}) {
		share = l.Ratio.String() + " of the position"
	}
	return fmt.Sprintf("%s a %s at %s %% of spot for %d months on %s", l.Side, l.Right,
		strconv.FormatFloat(l.Strike.Value*100, 'g', 6, 64), int(l.Expiry.Tenor), share)
}

// Words returns the template in one sentence.
func (t Template) Words() string {
	if len(t.Legs) == 0 {
		return "No options: the loan and its collateral alone."
	}
	var legs []string
	for _, l := range t.Legs {
		legs = append(legs, l.Words())
	}
	text := strings.Join(legs, "; ")
	text = strings.ToUpper(text[:1]) + text[1:]
	if t.Renews() {
		return text + ". Held to expiry and renewed while the run lasts."
	}
	return text + ". Held to expiry."
}

// Payoff is the position at expiry of a hedge bought at a spot of 1.
type Payoff struct {
	Spot     float64 `json:"spot"`     // at expiry, as a fraction of spot at entry
	Options  float64 `json:"options"`  // what the options pay, as a fraction of spot at entry
	Position float64 `json:"position"` // collateral and options
}

// PayoffPoints returns the payoff at expiry from half to one and a half times
// the entry spot, premiums not counted.
func (t Template) PayoffPoints() []Payoff {
	const points = 41
	curve := make([]Payoff, points)
	for i := range curve {
		p := Payoff{Spot: 0.5 + float64(i)/(points-1)}
		for _, l := range t.Legs {
			p.Options += l.Sign() * l.Ratio.Of(option.Intrinsic(l.Kind(), p.Spot, l.Strike.Value))
		}
		p.Position = p.Spot + p.Options
		curve[i] = p
	}
	return curve
}
