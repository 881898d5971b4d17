package loan

import "lombard.example/lombard"

// Books is what is pledged at each of many closes between which nothing is traded.
// Its columns have one length.
type Books struct {
	Dates   []lombard.Date
	Spot    []float64
	Units   float64 // of collateral
	Cash    float64
	Options []Column

	short, long []float64 // working memory of RecognisedEach
	book        Book      // likewise
}

// Column is one pledged option at each of the closes.
type Column struct {
	Option              // Value and Years are not read
	Value  []float64    // per unit, at mid
	Until  lombard.Date // its expiry
}

// years is the time to expiry on a date, ACT/365F, 0 from the expiry on.
func (o *Column) years(on lombard.Date) float64 {
	return float64(max(0, o.Until-on)) / daysPerCivilYear
}

// needsYears reports whether what an option counts depends on its time to expiry.
func (r Recognition) needsYears() bool {
	switch r.Mode {
	case lombard.RecognitionMarketValue, lombard.RecognitionHaircut, lombard.RecognitionIntrinsic:
		return r.MinDays > 0
	case lombard.RecognitionNone:
		return false
	case lombard.RecognitionFloor, lombard.RecognitionLongDated, lombard.RecognitionFINRA:
		return true
	default:
		return true
	}
}

// RecognisedEach writes what Recognised returns at each close, to the last bit.
// It uses working memory of the books.
func (r Recognition) RecognisedEach(b *Books, to []float64) {
	spot, n := b.Spot[:len(to)], len(to)
	if r.Mode == lombard.RecognitionFloor || r.Mode == lombard.RecognitionFINRA {
		for k := range to {
			to[k] = r.Recognised(b.at(k))
		}
		return
	}
	share := 1.0
	if r.Lending > 0 {
		share = r.Lending / r.Call
	}
	for k := range to {
		to[k] = b.Units*spot[k]*share + b.Cash
	}
	if len(b.Options) == 0 {
		return
	}
	b.short, b.long = cleared(b.short, n), cleared(b.long, n)
	for i := range b.Options {
		r.add(&b.Options[i], b.Dates, spot, b.short, b.long)
	}
	short, long := b.short, b.long
	for k := range to {
		to[k] = to[k] - short[k] + long[k]
	}
}

// add adds what an option counts, or is owed for, at each close.
func (r Recognition) add(o *Column, dates []lombard.Date, spot, short, long []float64) {
	value := o.Value[:len(spot)]
	switch {
	case o.Quantity < 0:
		for k := range short {
			short[k] -= o.Quantity * value[k]
		}
	case r.Mode == lombard.RecognitionIntrinsic || r.needsYears():
		one := o.Option
		for k := range long {
			one.Value, one.Years = value[k], o.years(dates[k])
			long[k] += o.Quantity * r.unit(&one, spot[k])
		}
	default:
		part := r.part(0) // the same at every close
		for k := range long {
			long[k] += o.Quantity * (part * value[k])
		}
	}
}

// at is one of the books, valid until the next call.
func (b *Books) at(k int) Book {
	b.book = Book{Spot: b.Spot[k], Units: b.Units, Cash: b.Cash, Options: b.book.Options[:0]}
	for i := range b.Options {
		o := b.Options[i].Option
		o.Value, o.Years = b.Options[i].Value[k], b.Options[i].years(b.Dates[k])
		b.book.Options = append(b.book.Options, o)
	}
	return b.book
}

// cleared returns n zeros, in the memory of a column where that is long enough.
func cleared(column []float64, n int) []float64 {
	if cap(column) < n {
		return make([]float64, n)
	}
	column = column[:n]
	clear(column)
	return column
}
