package databento

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// The binary form: "DBN", a version, the length of the metadata, the metadata,
// then records, each with its own length in words of four bytes.
const (
	dbnPrelude   = 8  // bytes before the metadata
	recordHeader = 16 // length, type, publisher, instrument, time
	wordBytes    = 4
	ohlcvBytes   = 56
	rtypeDaily   = 0x23
	rtypeEOD     = 0x24
	priceUnit    = 1e-9
	undefined    = math.MaxInt64
)

var errShort = errors.New("binary data that breaks off")

// Record is one record of a binary file: its header and its body.
type Record struct {
	Type       uint8
	Publisher  uint16
	Instrument uint32
	Event      uint64 // nanoseconds since 1970; the largest number is unknown
	Body       []byte
}

// Records calls each for the records of an unpacked binary answer, in order.
// Versions 1 to 3 are understood. The error continues a sentence.
func Records(data []byte, each func(Record) error) error {
	if len(data) < dbnPrelude || string(data[:3]) != "DBN" {
		return errors.New("data that is not of the binary form")
	}
	if version := data[3]; version < 1 || version > 3 {
		return fmt.Errorf("binary data of version %d", version)
	}
	length := uint64(binary.LittleEndian.Uint32(data[4:]))
	if dbnPrelude+length > uint64(len(data)) {
		return errShort
	}
	data = data[dbnPrelude+length:]
	for len(data) > 0 {
		if len(data) < recordHeader {
			return errShort
		}
		size := int(data[0]) * wordBytes
		if size < recordHeader || size > len(data) {
			return errShort
		}
		err := each(Record{
			Type: data[1], Publisher: binary.LittleEndian.Uint16(data[2:]), Instrument: binary.LittleEndian.Uint32(data[4:]),
			Event: binary.LittleEndian.Uint64(data[8:]), Body: data[recordHeader:size],
		})
		if err != nil {
			return err
		}
		data = data[size:]
	}
	return nil
}

// dbnRows reads the daily bars of a binary answer.
func dbnRows(data []byte) ([]row, error) {
	var rows []row
	err := Records(data, func(r Record) error {
		if r.Type != rtypeDaily && r.Type != rtypeEOD {
			return nil
		}
		if len(r.Body) < ohlcvBytes-recordHeader {
			return errShort
		}
		if r.Event > math.MaxInt64 {
			return errors.New("a bar without a date")
		}
		x := row{date: dateOf(time.Unix(0, int64(r.Event)).UTC()), instrument: strconv.FormatUint(uint64(r.Instrument), 10)}
		for i, to := range []*float64{&x.open, &x.high, &x.low, &x.close} {
			price := int64(binary.LittleEndian.Uint64(r.Body[8*i:]))
			if price == undefined {
				return errors.New("a bar without a price")
			}
			*to = float64(price) * priceUnit
		}
		x.volume = float64(binary.LittleEndian.Uint64(r.Body[32:]))
		rows = append(rows, x)
		return nil
	})
	return rows, err
}
