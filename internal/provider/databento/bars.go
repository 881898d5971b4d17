package databento

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Cost implements market.Coster: the bars, and of futures the settlements.
func (v *Vendor) Cost(ctx context.Context, r market.BarRequest) (float64, error) {
	s := days(schemaBars, r)
	usd, s, err := v.price(ctx, s)
	if err != nil || !isFuture(r.Symbol) {
		return usd, v.word(ctx, err, s, r)
	}
	s.schema = schemaStatistics
	more, s, err := v.price(ctx, s)
	return usd + more, v.word(ctx, err, s, r)
}

// price is the cost of a selection, 0 of what arrived before and is kept.
func (v *Vendor) price(ctx context.Context, s selection) (float64, selection, error) {
	if got, ok := v.kept.get(s); ok {
		return 0, got.covered, nil
	}
	return v.cost(ctx, s)
}

// DailyBars implements market.Vendor.
func (v *Vendor) DailyBars(ctx context.Context, r market.BarRequest, progress func(done, total int64)) (market.BarSet, error) {
	s := days(schemaBars, r)
	got, kept := v.kept.get(s)
	if !kept {
		var err error
		if got.answer, got.covered, got.remarks, err = v.data(ctx, s); err != nil {
			return market.BarSet{}, v.word(ctx, err, s, r)
		}
		got.remarks = slices.Concat(got.remarks, v.remarks(got.answer))
	}
	rows, err := readBars(got.answer.Body)
	if err != nil {
		return market.BarSet{}, v.malformed(err.Error(), got.answer, err)
	}
	set := market.BarSet{Warnings: got.remarks}
	if got.covered != s {
		set.Covered = got.covered.covered()
		r.Start, r.End = set.Covered.First, set.Covered.Last
	}
	if set.Bars, err = merge(rows, r); err != nil {
		return market.BarSet{}, v.malformed(err.Error(), got.answer, err)
	}
	if isFuture(r.Symbol) {
		warnings, err := v.settle(ctx, r, set.Bars)
		if err != nil {
			v.kept.put(s, got) // whole, paid and not to be bought again
			if kept {
				return market.BarSet{}, err
			}
			return market.BarSet{}, vendorhttp.Charged(err)
		}
		v.kept.drop(s)
		set.Warnings = slices.Concat(set.Warnings, warnings)
	}
	progress(int64(len(set.Bars)), int64(len(set.Bars)))
	return set, nil
}

// row is one bar of one venue.
type row struct {
	date                           lombard.Date
	open, high, low, close, volume float64
	venue, instrument              string // by their numbers
}

// readBars reads an answer of daily bars, packed or not, CSV or binary. The
// error continues a sentence.
func readBars(body []byte) ([]row, error) {
	data, binary, err := plain(body)
	if err != nil {
		return nil, err
	}
	if binary {
		return dbnBars(data)
	}
	return csvBars(data)
}

// csvBars reads the form with pretty prices and times.
func csvBars(body []byte) ([]row, error) {
	var rows []row
	err := table(body, []string{"ts_event", "open", "high", "low", "close", "volume"}, []string{"publisher_id", "instrument_id"}, func(cells []string) error {
		at, err := instant(cells[0])
		if err != nil {
			return fmt.Errorf("a bar without a date: %w", err)
		}
		r := row{date: lombard.DateOf(at), venue: strings.Clone(cells[6]), instrument: strings.Clone(cells[7])}
		for i, to := range []*float64{&r.open, &r.high, &r.low, &r.close, &r.volume} {
			if *to, err = strconv.ParseFloat(cells[i+1], 64); err != nil {
				return fmt.Errorf("a bar with a price that is no number: %w", err)
			}
		}
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

// sound reports what cannot be right about a row; the text continues a sentence.
func (x row) sound() error {
	for _, p := range []struct {
		name  string
		value float64
	}{{"open", x.open}, {"high", x.high}, {"low", x.low}, {"close", x.close}} {
		if !(p.value > 0 && p.value <= market.MaxPrice) {
			return fmt.Errorf("a bar of %s whose %s is %v", x.date, p.name, p.value)
		}
	}
	if !(x.volume >= 0) || math.IsInf(x.volume, 0) {
		return fmt.Errorf("a bar of %s whose volume is %v", x.date, x.volume)
	}
	return nil
}

// merge makes one bar of each day: of its venues the highest high, the lowest
// low, all of the volume, open and close of the venue that traded most. Of a
// parent symbol it takes the contract that traded most; its spreads have prices
// that are none and are left out. Futures trade on Sunday evenings; that bar
// belongs to Monday's and is left out. Rows that repeat are taken once.
func merge(rows []row, r market.BarRequest) ([]market.Bar, error) {
	_, kind := symbology(r.Symbol)
	future := isFuture(r.Symbol)
	var bars []market.Bar
	for len(rows) > 0 {
		today := rows[:1]
		for len(today) < len(rows) && rows[len(today)].date == today[0].date {
			today = rows[:len(today)+1]
		}
		rows = rows[len(today):]
		date := today[0].date
		switch {
		case date < r.Start || date > r.End:
			return nil, fmt.Errorf("a bar of %s, which was not asked for", date)
		case len(bars) > 0 && date <= bars[len(bars)-1].Date:
			return nil, errors.New("bars that are not in the order of their dates")
		case date.IsWeekend() && future:
			continue
		}
		b, err := oneBar(today, kind)
		if err != nil {
			return nil, err
		}
		if b.Close == 0 {
			continue
		}
		if !future {
			b.Contract = ""
		}
		bars = append(bars, b)
	}
	return bars, nil
}

// oneBar merges the rows of a day; the close is 0 where none of them counts.
func oneBar(today []row, kind string) (market.Bar, error) {
	contracts := map[string][]row{}
	var names []string
	for _, x := range today {
		if err := x.sound(); err != nil {
			if kind == kindParent {
				continue
			}
			return market.Bar{}, err
		}
		before, ok := contracts[x.instrument]
		if !ok {
			names = append(names, x.instrument)
		}
		if i := slices.IndexFunc(before, func(y row) bool { return y.venue == x.venue }); i >= 0 {
			if before[i] != x {
				return market.Bar{}, fmt.Errorf("two different bars of %s", x.date)
			}
			continue
		}
		contracts[x.instrument] = append(before, x)
	}
	if len(names) > 1 && kind != kindParent {
		return market.Bar{}, fmt.Errorf("bars of %d contracts on %s, where one was asked for", len(names), today[0].date)
	}
	var best market.Bar
	for _, name := range names {
		if b := joined(contracts[name]); best.Close == 0 || b.Volume > best.Volume {
			best = b
		}
	}
	return best, nil
}

// joined is the bar of one contract on all its venues.
func joined(venues []row) market.Bar {
	first := venues[0]
	b := market.Bar{Date: first.date, Open: first.open, High: first.high, Low: first.low, Close: first.close, Contract: first.instrument}
	most := first.volume
	for _, x := range venues {
		b.High, b.Low, b.Volume = max(b.High, x.high), min(b.Low, x.low), b.Volume+x.volume
		if x.volume > most {
			most, b.Open, b.Close = x.volume, x.open, x.close
		}
	}
	return b
}
