package databento

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Limits of what is unpacked.
const (
	unpackedLimit = 256 << 20
	windowLimit   = 64 << 20
)

// zstdMagic starts a packed answer, dbnMagic a binary one.
var (
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	dbnMagic  = []byte("DBN")
)

// readBars reads an answer of daily bars, packed or not, CSV or binary. The
// error continues a sentence.
func readBars(body []byte, r market.BarRequest) ([]market.Bar, error) {
	if bytes.HasPrefix(body, zstdMagic) {
		unpacked, err := unpack(body)
		if err != nil {
			return nil, err
		}
		body = unpacked
	}
	var rows []row
	var err error
	if bytes.HasPrefix(body, dbnMagic) {
		rows, err = dbnRows(body)
	} else {
		rows, err = csvRows(body)
	}
	if err != nil {
		return nil, err
	}
	return merge(rows, r)
}

func unpack(body []byte) ([]byte, error) {
	d, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderMaxMemory(windowLimit), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("packed data that cannot be read: %w", err)
	}
	defer d.Close()
	out, err := io.ReadAll(io.LimitReader(d, unpackedLimit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("packed data that is damaged: %w", err)
	case len(out) > unpackedLimit:
		return nil, errors.New("packed data that unpacks to more than 256 MiB")
	}
	return out, nil
}

// row is one bar of one venue.
type row struct {
	date                           lombard.Date
	open, high, low, close, volume float64
	instrument                     string // whose bar it is, by its number
}

// csvRows reads the form with pretty prices and times.
func csvRows(body []byte) ([]row, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil // no session
	}
	in := csv.NewReader(bytes.NewReader(body))
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("a table without a header: %w", err)
	}
	instrument := slices.Index(header, "instrument_id")
	columns := [6]int{}
	for i, name := range []string{"ts_event", "open", "high", "low", "close", "volume"} {
		if columns[i] = slices.Index(header, name); columns[i] < 0 {
			return nil, fmt.Errorf("a table without the column %s", name)
		}
	}
	var rows []row
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("a table that breaks off: %w", err)
		}
		at, err := instant(record[columns[0]])
		if err != nil {
			return nil, fmt.Errorf("a bar without a date: %w", err)
		}
		r := row{date: dateOf(at)}
		if instrument >= 0 {
			r.instrument = strings.Clone(record[instrument])
		}
		for i, to := range []*float64{&r.open, &r.high, &r.low, &r.close, &r.volume} {
			if *to, err = strconv.ParseFloat(record[columns[i+1]], 64); err != nil {
				return nil, fmt.Errorf("a bar with a price that is no number: %w", err)
			}
		}
		rows = append(rows, r)
	}
}

// merge makes one bar of the venues of a day: the highest high, the lowest low,
// all of the volume, open and close of the venue that traded most. Futures trade
// on Sunday evenings; that bar belongs to Monday's and is left out.
func merge(rows []row, r market.BarRequest) ([]market.Bar, error) {
	slices.SortStableFunc(rows, func(a, b row) int { return int(a.date - b.date) })
	var bars []market.Bar
	most := 0.0
	for _, x := range rows {
		if x.date < r.Start || x.date > r.End {
			return nil, fmt.Errorf("a bar of %s, which was not asked for", x.date)
		}
		if x.date.IsWeekend() && isFuture(r.Symbol) {
			continue
		}
		if n := len(bars); n > 0 && bars[n-1].Date == x.date {
			b := &bars[n-1]
			b.High, b.Low, b.Volume = max(b.High, x.high), min(b.Low, x.low), b.Volume+x.volume
			if x.volume > most {
				most, b.Open, b.Close = x.volume, x.open, x.close
			}
			continue
		}
		most = x.volume
		b := market.Bar{Date: x.date, Open: x.open, High: x.high, Low: x.low, Close: x.close, Volume: x.volume}
		if isFuture(r.Symbol) {
			b.Contract = x.instrument
		}
		bars = append(bars, b)
	}
	return bars, nil
}
