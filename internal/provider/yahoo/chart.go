package yahoo

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// chart is an answer, a success or not.
type chart struct {
	Chart struct {
		Result []result
		Error  *problem
	}
}

// problem is what an answer says instead of data.
type problem struct{ Code, Description string }

type result struct {
	Meta struct {
		Offset      int64  `json:"gmtoffset"` // seconds, as it is today
		Granularity string `json:"dataGranularity"`
	}
	Timestamp  []int64
	Indicators struct {
		Quote []struct{ Open, High, Low, Close, Volume []*float64 }
	}
	Events struct {
		Dividends, CapitalGains map[string]payment
		Splits                  map[string]split
	}
}

type payment struct {
	Date   int64
	Amount float64
}

type split struct {
	Date                   int64
	Numerator, Denominator float64
}

// date returns the session of an instant. The offset is today's, so that half
// of the year's instants are an hour off: futures, which are stamped with
// midnight, would fall on the day before. No session opens in the last hour of
// a day.
func (c *result) date(epoch int64) lombard.Date {
	const slack = 3600
	return lombard.DateOf(time.Unix(epoch+c.Meta.Offset+slack, 0).UTC())
}

// read takes an answer apart.
func (v *Vendor) read(body []byte, r market.BarRequest) ([]market.Bar, error) {
	var c chart
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, v.client.Malformed("a chart that is not JSON", err)
	}
	if p := c.Chart.Error; p != nil {
		if err := p.word(r, errors.New("an error inside a success")); err != nil {
			return nil, err
		}
	}
	if c.Chart.Error != nil || len(c.Chart.Result) != 1 || len(c.Chart.Result[0].Indicators.Quote) != 1 {
		return nil, v.client.Malformed("a chart without prices", errors.New("no result"))
	}
	own := &c.Chart.Result[0]
	if g := own.Meta.Granularity; g != "" && g != "1d" {
		return nil, v.client.Malformed("a chart that is not daily", errors.New("granularity"))
	}
	bars, err := own.bars()
	if err != nil {
		return nil, v.client.Malformed(err.Error(), err)
	}
	own.act(bars)
	return asTraded(bars, r), nil
}

// bars reads the columns. Rows without a close are no session. The running
// session stands last, beside the row of its day where there is one already;
// the row of the day counts. The error continues a sentence.
func (c *result) bars() ([]market.Bar, error) {
	quote := c.Indicators.Quote[0]
	n := len(c.Timestamp)
	if len(quote.Close) != n || len(quote.Open) != n || len(quote.High) != n || len(quote.Low) != n || len(quote.Volume) != n {
		return nil, errors.New("columns of different lengths")
	}
	at := func(column []*float64, i int) float64 {
		if column[i] == nil {
			return 0
		}
		return *column[i]
	}
	var bars []market.Bar
	for i, epoch := range c.Timestamp {
		const latest = 1 << 40 // beyond any date
		if epoch < -latest || epoch > latest {
			return nil, errors.New("a time that is none")
		}
		date := c.date(epoch)
		if running := i == n-1 && len(bars) > 0 && bars[len(bars)-1].Date == date; quote.Close[i] == nil || running {
			continue
		}
		bars = append(bars, market.Bar{
			Date: date, Open: at(quote.Open, i), High: at(quote.High, i), Low: at(quote.Low, i), Close: *quote.Close[i], Volume: at(quote.Volume, i),
		})
	}
	return bars, nil
}

// longestPause is how many days an action may come before the session on which
// it shows: the longest that an exchange was closed, and a day.
const longestPause = 8

// act puts dividends and splits on the first session on or after their day.
func (c *result) act(bars []market.Bar) {
	on := func(epoch int64) *market.Bar {
		date := c.date(epoch)
		for i := range bars {
			if b := &bars[i]; b.Date >= date {
				if b.Date-date > longestPause {
					return nil
				}
				return b
			}
		}
		return nil
	}
	for _, payments := range []map[string]payment{c.Events.Dividends, c.Events.CapitalGains} {
		for _, key := range slices.Sorted(maps.Keys(payments)) { // in order: sums of fractions depend on it
			d := payments[key]
			if b := on(d.Date); b != nil {
				b.Dividend += d.Amount
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Events.Splits)) {
		s := c.Events.Splits[key]
		if b := on(s.Date); b != nil && s.Numerator > 0 && s.Denominator > 0 {
			if b.Split == 0 {
				b.Split = 1
			}
			b.Split *= s.Numerator / s.Denominator
		}
	}
}

// asTraded multiplies prices back by the splits that came after them, and keeps
// what was asked for.
func asTraded(bars []market.Bar, r market.BarRequest) []market.Bar {
	factor := 1.0
	for i := len(bars) - 1; i >= 0; i-- {
		b := &bars[i]
		for _, x := range []*float64{&b.Open, &b.High, &b.Low, &b.Close, &b.Dividend} {
			*x = shown(*x * factor)
		}
		if b.Split > 0 {
			factor *= b.Split
		}
	}
	kept := bars[:0]
	for _, b := range bars {
		if b.Date >= r.Start && b.Date <= r.End {
			kept = append(kept, b)
		}
	}
	return kept
}

// shown returns the price that was shown: Yahoo keeps prices in 32 bits, which
// hold seven digits, and writes out what that makes of them.
func shown(x float64) float64 {
	const digits, bits = 7, 64
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, bits), bits)
	if err != nil {
		return x
	}
	return y
}
