package databento

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"lombard.example/lombard"
)

// The binary form: "DBN", a version, the length of the metadata, the metadata,
// then records, each with its own length in words of four bytes.
const (
	dbnPrelude   = 8  // bytes before the metadata
	recordHeader = 16 // length, type, publisher, instrument, time
	wordBytes    = 4
	firstVersion = 1
	lastVersion  = 3

	undefined = math.MaxInt64
)

// Layout of the metadata.
const (
	fixedBytes     = 100 // before the lists
	datasetBytes   = 16
	atSchema       = 16
	atStart        = 18
	atEnd          = 26
	atSymbolBytes  = 45 // since version 2
	symbolBytesOld = 22 // of version 1
	mostEntries    = 1 << 20
)

var errShort = errors.New("binary data that breaks off")

// Metadata is what a binary answer says of itself.
type Metadata struct {
	Version    uint8
	Dataset    string
	Schema     uint16
	Start, End time.Time // the end is excluded; zero: not told

	Symbols, Partial, NotFound []string
	Mappings                   []Mapping
}

// Mapping is the name of an instrument in a stretch of days, the last excluded.
type Mapping struct {
	Symbol, Instrument string
	First, End         lombard.Date
}

// names finds the symbol of an instrument on a day.
func (m *Metadata) names() func(instrument string, on lombard.Date) string {
	byInstrument := make(map[string][]Mapping, len(m.Mappings))
	for _, x := range m.Mappings {
		byInstrument[x.Instrument] = append(byInstrument[x.Instrument], x)
	}
	return func(instrument string, on lombard.Date) string {
		for _, x := range byInstrument[instrument] {
			if x.First <= on && on < x.End {
				return x.Symbol
			}
		}
		return ""
	}
}

// reader takes fields from the front of a text; once it is too short it stays
// so, and everything read is zero.
type reader struct {
	left  []byte
	short bool
}

func (r *reader) bytes(n int) []byte {
	if r.short || n < 0 || n > len(r.left) {
		r.short = true
		return make([]byte, min(max(n, 0), fixedBytes))
	}
	out := r.left[:n]
	r.left = r.left[n:]
	return out
}

func (r *reader) count() int { return int(binary.LittleEndian.Uint32(r.bytes(wordBytes))) }

// text reads a name that is padded with zeros.
func (r *reader) text(n int) string { return letters(r.bytes(n)) }

// letters are the text before the first zero.
func letters(padded []byte) string {
	text, _, _ := bytes.Cut(padded, []byte{0})
	return string(text)
}

// split reads the prelude: the version, the metadata and the records.
func split(data []byte) (version uint8, meta, records []byte, err error) {
	if len(data) < dbnPrelude || string(data[:3]) != "DBN" {
		return 0, nil, nil, errors.New("data that is not of the binary form")
	}
	if version = data[3]; version < firstVersion || version > lastVersion {
		return 0, nil, nil, fmt.Errorf("binary data of version %d", version)
	}
	length := uint64(binary.LittleEndian.Uint32(data[4:]))
	if dbnPrelude+length > uint64(len(data)) {
		return 0, nil, nil, errShort
	}
	return version, data[dbnPrelude : dbnPrelude+length], data[dbnPrelude+length:], nil
}

// ReadMetadata reads what an unpacked binary answer says of itself. Versions 1
// to 3 are understood. The error continues a sentence.
func ReadMetadata(data []byte) (Metadata, error) {
	version, meta, _, err := split(data)
	if err != nil {
		return Metadata{}, err
	}
	if len(meta) < fixedBytes+wordBytes {
		return Metadata{}, errShort
	}
	m := Metadata{
		Version: version, Dataset: letters(meta[:datasetBytes]), Schema: binary.LittleEndian.Uint16(meta[atSchema:]),
		Start: at(binary.LittleEndian.Uint64(meta[atStart:])), End: at(binary.LittleEndian.Uint64(meta[atEnd:])),
	}
	symbolBytes := symbolBytesOld
	if version > firstVersion {
		symbolBytes = int(binary.LittleEndian.Uint16(meta[atSymbolBytes:]))
	}
	if symbolBytes == 0 {
		return Metadata{}, errShort
	}
	r := &reader{left: meta[fixedBytes:]}
	r.bytes(r.count()) // a definition of the schema, which is reserved
	list := func() []string {
		var out []string
		for n := r.count(); n > 0 && !r.short; n-- {
			out = append(out, r.text(symbolBytes))
		}
		return out
	}
	m.Symbols, m.Partial, m.NotFound = list(), list(), list()
	for n := r.count(); n > 0 && !r.short; n-- {
		symbol := r.text(symbolBytes)
		for k := r.count(); k > 0 && !r.short; k-- {
			first, end := civil(r.count()), civil(r.count())
			m.Mappings = append(m.Mappings, Mapping{Symbol: symbol, Instrument: r.text(symbolBytes), First: first, End: end})
			if len(m.Mappings) > mostEntries {
				return Metadata{}, errors.New("binary data with more names than a market has")
			}
		}
	}
	if r.short {
		return Metadata{}, errShort
	}
	return m, nil
}

// civil reads a date written as a number such as 20250221.
func civil(n int) lombard.Date {
	const month, year = 100, 10000
	return lombard.NewDate(n/year, time.Month(n/month%month), n%month)
}

// at is an instant in nanoseconds since 1970; zero: it is undefined.
func at(nanoseconds uint64) time.Time {
	if nanoseconds > math.MaxInt64 {
		return time.Time{}
	}
	return time.Unix(0, int64(nanoseconds)).UTC()
}

// Record is one record of a binary file: its header and its body.
type Record struct {
	Type       uint8
	Publisher  uint16
	Instrument uint32
	Event      uint64 // nanoseconds since 1970; the largest number is unknown
	Body       []byte // valid until the next record
}

// Records calls each for the records of an unpacked binary answer, in order.
// Versions 1 to 3 are understood. The error continues a sentence.
func Records(data []byte, each func(Record) error) error {
	_, _, data, err := split(data)
	if err != nil {
		return err
	}
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
