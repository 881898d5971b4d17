package loan

import (
	"math"

	"lombard.example/lombard"
)

// Book is what is pledged at one price.
type Book struct {
	Spot    float64
	Units   float64 // of collateral
	Cash    float64
	Options []Option
}

// Option is one pledged option as the lender sees it.
type Option struct {
	Put      bool
	Quantity float64 // units of the underlying, signed
	Strike   float64
	Value    float64 // per unit, at mid
	Years    float64 // to expiry
}

// Intrinsic returns what exercising one unit at a spot would bring.
func (o Option) Intrinsic(spot float64) float64 {
	if o.Put {
		return math.Max(0, o.Strike-spot)
	}
	return math.Max(0, spot-o.Strike)
}

// overhedged reports whether the book may be worth less at a higher price: with
// more long puts, or short calls, than collateral, or with a put above a call.
func (b Book) overhedged() bool {
	const rounding = 1e-9
	puts, calls, highest, lowest := 0.0, 0.0, 0.0, math.Inf(1)
	for _, o := range b.Options {
		switch {
		case o.Put && o.Quantity > 0:
			puts, highest = puts+o.Quantity, math.Max(highest, o.Strike)
		case !o.Put && o.Quantity < 0:
			calls, lowest = calls-o.Quantity, math.Min(lowest, o.Strike)
		}
	}
	return math.Max(puts, calls) > b.Units*(1+rounding) || highest > lowest
}

// Recognition is how this lender counts a hedge.
type Recognition struct {
	Mode    lombard.Recognition
	Haircut float64 // haircut: fraction of a long option's value that is not counted; protected_floor: fraction of the discounted strike
	MinDays float64 // a long option with fewer calendar days to expiry counts nothing
	Call    float64 // LTV at which the lender calls; turns the requirements of finra_4210 into collateral
	Rate    float64 // continuously compounded, per year; discounts the strikes of protected_floor
	Lending float64 // fraction of the collateral's value that is lent against, with ltv_base lending_value; 0: not asked
}

// RecognitionOf returns the recognition of a resolved facility. call is the
// LTV at which its lender calls, rate the risk-free rate.
func RecognitionOf(f *lombard.Facility, call, rate float64) Recognition {
	r := Recognition{Mode: f.HedgeRecognition, MinDays: float64(f.MinDaysToExpiry), Call: call, Rate: rate}
	if f.Haircut != nil {
		r.Haircut = *f.Haircut
	}
	if f.LTVBase == lombard.BaseLendingValue && f.LendingValue != nil {
		r.Lending = *f.LendingValue
	}
	return r
}

// NotRecognised is a lender that gives long options no value and counts cash.
func NotRecognised(r Recognition) Recognition {
	r.Mode = lombard.RecognitionNone
	return r
}

const daysPerCivilYear = 365

// Recognised returns the collateral as this lender counts it: the denominator
// of the recognised LTV. Short options are a liability at mark in every mode
// but finra_4210, whose requirements stand for them.
func (r Recognition) Recognised(b Book) float64 {
	if r.Mode == lombard.RecognitionFINRA {
		return r.finra(b)
	}
	stock := b.Units * b.Spot
	if r.Mode == lombard.RecognitionFloor {
		stock = r.floored(b)
	}
	if r.Lending > 0 {
		stock *= r.Lending / r.Call // L = lending value is the call
	}
	short, long := 0.0, 0.0
	for i := range b.Options {
		o := &b.Options[i]
		if o.Quantity < 0 {
			short -= o.Quantity * o.Value
			continue
		}
		long += o.Quantity * r.unit(o, b.Spot)
	}
	return stock + b.Cash - short + long
}

// unit is what one unit of a long option counts.
func (r Recognition) unit(o *Option, spot float64) float64 {
	if r.Mode != lombard.RecognitionIntrinsic {
		return r.part(o.Years) * o.Value
	}
	if o.Years*daysPerCivilYear < r.MinDays {
		return 0
	}
	return o.Intrinsic(spot)
}

// part is the fraction of a long option's value that counts.
func (r Recognition) part(years float64) float64 {
	if years*daysPerCivilYear < r.MinDays {
		return 0
	}
	switch r.Mode {
	case lombard.RecognitionMarketValue:
		return 1
	case lombard.RecognitionHaircut:
		return 1 - r.Haircut
	case lombard.RecognitionLongDated:
		// Cboe's margin manual: 25 % loan value on listed options with more than
		// nine months to run.
		const loanValue, nineMonths = 0.25, 0.75
		if years > nineMonths {
			return loanValue
		}
		return 0
	case lombard.RecognitionNone, lombard.RecognitionFloor, lombard.RecognitionFINRA: // counted in the collateral, or not at all
		return 0
	case lombard.RecognitionIntrinsic: // no part of the value
		return math.NaN()
	default:
		return math.NaN() // no such mode: a guess would be an LTV like any other
	}
}

// floored values covered units at the larger of spot and a fraction of the
// discounted strike, the highest strikes first; the rest at spot.
func (r Recognition) floored(b Book) float64 {
	sum, left := b.Units*b.Spot, b.Units
	used := make([]bool, len(b.Options))
	for left > 0 {
		best, floor := -1, 0.0
		for i, o := range b.Options {
			if used[i] || !o.Put || o.Quantity <= 0 || o.Years*daysPerCivilYear < r.MinDays {
				continue
			}
			if worth := (1 - r.Haircut) * o.Strike * math.Exp(-r.Rate*o.Years); best < 0 || worth > floor {
				best, floor = i, worth
			}
		}
		if best < 0 {
			break
		}
		used[best] = true
		covered := math.Min(left, b.Options[best].Quantity)
		sum += covered * math.Max(0, floor-b.Spot)
		left -= covered
	}
	return sum
}

// finra returns (V − Σ requirements)/θ, so that L over it reaches θ where the
// equity V − L falls to the maintenance requirement of FINRA Rule 4210(f)(2):
// 25 % of the stock; under a protective put the lesser of that and 10 % of the
// strike plus what it is out of the money; in a collar the lesser of the
// latter and 25 % of the call's strike; under a short call the stock counts at
// no more than the call's strike. Short puts of a spread are deducted at mark.
func (r Recognition) finra(b Book) float64 {
	const maintenance, ofStrike = 0.25, 0.10
	var puts, calls []Option
	value := b.Cash
	for _, o := range b.Options {
		switch {
		case o.Put && o.Quantity > 0 && o.Years*daysPerCivilYear >= r.MinDays:
			puts = append(puts, o)
		case !o.Put && o.Quantity < 0:
			calls = append(calls, o)
		case o.Quantity < 0:
			value += o.Quantity * o.Value
		}
	}
	p, c, left := 0, 0, b.Units
	for left > 0 {
		covered := left
		var put, call *Option
		if p < len(puts) {
			put = &puts[p]
			covered = math.Min(covered, put.Quantity)
		}
		if c < len(calls) {
			call = &calls[c]
			covered = math.Min(covered, -call.Quantity)
		}
		stock := b.Spot
		if call != nil {
			stock = math.Min(stock, call.Strike)
		}
		requirement := maintenance * stock
		if put != nil {
			protected := ofStrike*put.Strike + math.Max(0, b.Spot-put.Strike)
			if call != nil {
				requirement = maintenance * call.Strike
			}
			requirement = math.Min(requirement, protected)
			if put.Quantity -= covered; put.Quantity <= 0 {
				p++
			}
		}
		if call != nil {
			if call.Quantity += covered; call.Quantity >= 0 {
				c++
			}
		}
		value += covered * (stock - requirement)
		left -= covered
	}
	return value / r.Call
}
