package databento

import (
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"time"

	"lombard.example/lombard"
)

// Types of records that are read.
const (
	rtypeDefinition = 0x13
	rtypeStatistics = 0x18
	rtypeDaily      = 0x23
	rtypeEOD        = 0x24
)

// rtypeQuotes are those of the best bid and ask: cmbp-1, cbbo and bbo of a
// second and of a minute. Their fields stand at the same places.
var rtypeQuotes = []uint8{0xb1, 0xc0, 0xc1, 0xc3, 0xc4}

// dollars reads a price; false: it is undefined.
func dollars(field []byte) (float64, bool) {
	units := int64(binary.LittleEndian.Uint64(field))
	if units == undefined {
		return 0, false
	}
	return nanos(units), true
}

// nanos turns billionths into units. Dividing rounds once; multiplying by 1e-9,
// which no float holds, would give another number than the text form does.
func nanos(units int64) float64 { return float64(units) / 1e9 }

func number(id uint32) string { return strconv.FormatUint(uint64(id), 10) }

// dbnBars reads the daily bars of a binary answer.
func dbnBars(data []byte) ([]row, error) {
	const bodyBytes, atVolume = 40, 32
	var rows []row
	err := Records(data, func(r Record) error {
		if r.Type != rtypeDaily && r.Type != rtypeEOD {
			return nil
		}
		if len(r.Body) < bodyBytes {
			return errShort
		}
		event := at(r.Event)
		if event.IsZero() {
			return errors.New("a bar without a date")
		}
		x := row{date: lombard.DateOf(event), venue: number(uint32(r.Publisher)), instrument: number(r.Instrument)}
		for i, to := range []*float64{&x.open, &x.high, &x.low, &x.close} {
			var known bool
			if *to, known = dollars(r.Body[8*i:]); !known {
				return errors.New("a bar without a price")
			}
		}
		x.volume = float64(binary.LittleEndian.Uint64(r.Body[atVolume:]))
		rows = append(rows, x)
		return nil
	})
	return rows, err
}

// dbnQuotes calls each for the quotes of a binary answer.
func dbnQuotes(data []byte, each func(quoteRow) error) error {
	const bodyBytes, atReceived, atBid, atAsk = 64, 16, 32, 40
	m, err := ReadMetadata(data)
	if err != nil {
		return err
	}
	name := m.names()
	return Records(data, func(r Record) error {
		if !slices.Contains(rtypeQuotes, r.Type) {
			return nil
		}
		if len(r.Body) < bodyBytes {
			return errShort
		}
		stamped := at(binary.LittleEndian.Uint64(r.Body[atReceived:]))
		if stamped.IsZero() {
			return nil
		}
		x := quoteRow{stamped: stamped, symbol: name(number(r.Instrument), lombard.DateOf(stamped))}
		x.bid, _ = dollars(r.Body[atBid:])
		x.ask, _ = dollars(r.Body[atAsk:])
		return each(x)
	})
}

// dbnStatistics calls each for the statistics of a binary answer. The third
// version made the quantity wider, and with it everything behind it moved.
func dbnStatistics(data []byte, each func(statistic) error) error {
	const atAbout, atPrice, atQuantity = 8, 16, 24
	bodyBytes, atKind, atAction := 48, 36, 40
	version, _, _, err := split(data)
	if err != nil {
		return err
	}
	if version == lastVersion {
		bodyBytes, atKind, atAction = 64, 40, 44
	}
	return Records(data, func(r Record) error {
		if r.Type != rtypeStatistics {
			return nil
		}
		if len(r.Body) < bodyBytes {
			return errShort
		}
		x := statistic{
			instrument: number(r.Instrument), kind: int(binary.LittleEndian.Uint16(r.Body[atKind:])),
			deleted: r.Body[atAction] == actionDelete,
		}
		if about := at(binary.LittleEndian.Uint64(r.Body[atAbout:])); !about.IsZero() {
			x.about = lombard.DateOf(about)
		}
		x.price, x.known = dollars(r.Body[atPrice:])
		if x.quantity = int64(int32(binary.LittleEndian.Uint32(r.Body[atQuantity:]))); version == lastVersion {
			x.quantity = int64(binary.LittleEndian.Uint64(r.Body[atQuantity:]))
		}
		return each(x)
	})
}

// Definition is what a venue says of an instrument.
type Definition struct {
	Instrument uint32
	Symbol     string
	Underlying string
	Asset      string
	Class      byte // C and P: options, F: future, K: stock, S: spread
	Strike     float64
	Expiration time.Time // zero: it never expires
	Multiplier int32     // units of a contract; 0: not told, which means 100 of an unadjusted stock option
}

// layout is where a version keeps the fields of a definition, from the start of
// its body.
type layout struct {
	bytes, strike, multiplier, symbol, symbolBytes, asset, assetBytes, underlying, class int
}

// layouts are those of versions 1 to 3.
var layouts = [...]layout{
	{bytes: 344, strike: 312, multiplier: 144, symbol: 184, symbolBytes: 22, asset: 232, assetBytes: 7, underlying: 284, class: 309},
	{bytes: 384, strike: 96, multiplier: 148, symbol: 184, symbolBytes: 71, asset: 281, assetBytes: 7, underlying: 333, class: 358},
	{bytes: 504, strike: 88, multiplier: 160, symbol: 222, symbolBytes: 71, asset: 319, assetBytes: 11, underlying: 375, class: 471},
}

// Definitions calls each for the definitions of an unpacked binary answer. The
// error continues a sentence.
func Definitions(data []byte, each func(Definition) error) error {
	const atExpiration, underlyingBytes = 24, 21
	const noMultiplier = 1<<31 - 1
	version, _, _, err := split(data)
	if err != nil {
		return err
	}
	l := layouts[version-1]
	return Records(data, func(r Record) error {
		if r.Type != rtypeDefinition {
			return nil
		}
		if len(r.Body) < l.bytes {
			return errShort
		}
		d := Definition{
			Instrument: r.Instrument, Symbol: letters(r.Body[l.symbol : l.symbol+l.symbolBytes]),
			Underlying: letters(r.Body[l.underlying : l.underlying+underlyingBytes]),
			Asset:      letters(r.Body[l.asset : l.asset+l.assetBytes]), Class: r.Body[l.class],
			Expiration: at(binary.LittleEndian.Uint64(r.Body[atExpiration:])),
			Multiplier: int32(binary.LittleEndian.Uint32(r.Body[l.multiplier:])),
		}
		d.Strike, _ = dollars(r.Body[l.strike:])
		if d.Multiplier == noMultiplier {
			d.Multiplier = 0
		}
		return each(d)
	})
}
