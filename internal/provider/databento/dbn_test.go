package databento

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
)

// little writes fields one after the other, the lowest byte first.
func little(fields ...any) []byte {
	var out []byte
	for _, f := range fields {
		switch f := f.(type) {
		case string:
			out = append(out, f...)
		case []byte:
			out = append(out, f...)
		default:
			var err error
			if out, err = binary.Append(out, binary.LittleEndian, f); err != nil {
				panic(err)
			}
		}
	}
	return out
}

// padded is a name in so many bytes.
func padded(name string, n int) []byte { return append([]byte(name), make([]byte, n-len(name))...) }

// file is a binary answer of a version with one mapping, and records.
func file(version uint8, symbol, instrument string, records ...[]byte) []byte {
	width := 71
	fixed := little(padded("TEST.SET", 16), uint16(8), uint64(0), uint64(math.MaxUint64), uint64(0))
	if version == 1 {
		width = 22
		fixed = append(fixed, little(uint64(len(records)), uint8(1), uint8(0), uint8(0))...)
	} else {
		fixed = append(fixed, little(uint8(1), uint8(0), uint8(0), uint16(71))...)
	}
	fixed = padded(string(fixed), 100)
	meta := little(fixed, uint32(0), uint32(1), padded(symbol, width), uint32(0), uint32(0),
		uint32(1), padded(symbol, width), uint32(1), uint32(20240119), uint32(20240120), padded(instrument, width))
	out := little("DBN", version, uint32(len(meta)), meta)
	for _, r := range records {
		out = append(out, r...)
	}
	return out
}

// record puts a header before a body.
func record(kind uint8, event uint64, body []byte) []byte {
	return little(uint8((16+len(body))/4), kind, uint16(30), uint32(77), event, body)
}

var noon = uint64(time.Date(2024, 1, 19, 12, 0, 0, 0, time.UTC).UnixNano())

func statRecord(version uint8, kind uint16, about uint64, price int64, action uint8) []byte {
	if version == 3 {
		return record(rtypeStatistics, noon, little(noon, about, price, int64(5), uint32(1), int32(0), kind, uint16(0), action, make([]byte, 19)))
	}
	return record(rtypeStatistics, noon, little(noon, about, price, int32(5), uint32(1), int32(0), kind, uint16(0), action, make([]byte, 7)))
}

// TestStatisticsOfEveryVersion: the third made the quantity wider.
func TestStatisticsOfEveryVersion(t *testing.T) {
	for version := uint8(1); version <= 3; version++ {
		data := file(version, "GCG4", "77", statRecord(version, 3, noon, 2029_300000000, 1), statRecord(version, 9, math.MaxUint64, math.MaxInt64, 2))
		var got []statistic
		if err := dbnStatistics(data, func(x statistic) error { got = append(got, x); return nil }); err != nil {
			t.Fatal(err)
		}
		want := []statistic{
			{instrument: "77", about: lombard.MustDate("2024-01-19"), kind: 3, price: 2029.3, known: true, quantity: 5},
			{instrument: "77", kind: 9, deleted: true, quantity: 5},
		}
		if !slices.Equal(got, want) {
			t.Errorf("version %d: got %+v, want %+v", version, got, want)
		}
	}
}

// definitionBody places the fields that are read by the published layout of
// each version, counted from the start of the record.
func definitionBody(version uint8) []byte {
	size, strike, multiplier, asset, underlying, class := 360, 328, 160, 248, 300, 325
	symbol := 200
	switch version {
	case 2:
		size, strike, multiplier, asset, underlying, class = 400, 112, 164, 297, 349, 374
	case 3:
		size, strike, multiplier, symbol, asset, underlying, class = 520, 104, 176, 238, 335, 391, 487
	}
	whole := make([]byte, size)
	copy(whole[40:], little(noon))
	copy(whole[strike:], little(int64(180_500000000)))
	copy(whole[multiplier:], little(int32(math.MaxInt32)))
	copy(whole[symbol:], "GLD   240119P00180500")
	copy(whole[asset:], "GLD")
	copy(whole[underlying:], "GLD")
	whole[class] = 'P'
	return whole[recordHeader:]
}

func TestDefinitionsOfEveryVersion(t *testing.T) {
	for version := uint8(1); version <= 3; version++ {
		count := 0
		err := Definitions(file(version, "x", "77", record(rtypeDefinition, noon, definitionBody(version))), func(d Definition) error {
			count++
			want := Definition{Instrument: 77, Symbol: "GLD   240119P00180500", Underlying: "GLD", Asset: "GLD", Class: 'P', Strike: 180.5, Expiration: at(noon)}
			if d != want {
				t.Errorf("version %d: got %+v, want %+v", version, d, want)
			}
			return nil
		})
		if err != nil || count != 1 {
			t.Errorf("version %d: %d definitions, %v", version, count, err)
		}
	}
}

func TestMetadataOfEveryVersion(t *testing.T) {
	for version := uint8(1); version <= 3; version++ {
		m, err := ReadMetadata(file(version, "GLD   240119P00180500", "77"))
		if err != nil || m.Dataset != "TEST.SET" || m.Schema != 8 || !m.End.IsZero() || len(m.Mappings) != 1 {
			t.Fatalf("version %d: %+v, %v", version, m, err)
		}
		name := m.names()
		if got := name("77", lombard.MustDate("2024-01-19")); got != "GLD   240119P00180500" {
			t.Errorf("version %d: the instrument is %q", version, got)
		}
		if got := name("77", lombard.MustDate("2024-01-20")); got != "" { // ids change every day
			t.Errorf("version %d: the instrument of the day after is %q", version, got)
		}
	}
}

// TestQuotesOfTheBinaryForm: undefined prices are none, an undefined time says
// nothing, a record of another type is passed over, a short one is refused.
func TestQuotesOfTheBinaryForm(t *testing.T) {
	quote := func(kind uint8, received uint64, bid, ask int64) []byte {
		return record(kind, math.MaxUint64, little(int64(math.MaxInt64), make([]byte, 8), received, make([]byte, 8), bid, ask, make([]byte, 16)))
	}
	data := file(3, "GLD   240119P00180500", "77", quote(0xc1, noon, 1_050000000, 1_150000000), quote(0xc4, noon, math.MaxInt64, 50000000), quote(0xc1, math.MaxUint64, 1, 1), quote(0x01, noon, 7, 7))
	var got []quoteRow
	if err := dbnQuotes(data, func(x quoteRow) error { got = append(got, x); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != (quoteRow{"GLD   240119P00180500", at(noon), 1.05, 1.15}) || got[1].bid != 0 || got[1].ask != 0.05 {
		t.Errorf("got %+v", got)
	}
	if err := dbnQuotes(file(3, "x", "77", record(0xc1, noon, make([]byte, 8))), func(quoteRow) error { return nil }); err == nil {
		t.Error("a short record is read")
	}
}

// testFiles returns the vendor's own files, which are not part of the module.
func testFiles(t testing.TB, pattern string) []string {
	t.Helper()
	folder := os.Getenv("LOMBARD_TESTDATA")
	if folder == "" {
		t.Skip("LOMBARD_TESTDATA is not set: dbn/" + pattern + " is not read")
	}
	files, err := filepath.Glob(filepath.Join(folder, "dbn", filepath.FromSlash(pattern)))
	if err != nil || len(files) == 0 {
		t.Skip("there is no dbn/" + pattern)
	}
	return files
}

func unpacked(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data, isBinary, err := plain(body)
	if err != nil || !isBinary {
		t.Fatalf("%s: binary %v, %v", name, isBinary, err)
	}
	return data
}

// TestEveryFileOfDatabentoIsRead: one instrument each, of a known number of
// records (four, but for one bar or definition), and no decoder complains.
func TestEveryFileOfDatabentoIsRead(t *testing.T) {
	for _, name := range testFiles(t, "*/*.dbn.zst") {
		data := unpacked(t, name)
		m, err := ReadMetadata(data)
		if err != nil || m.Version != 3 || len(m.Symbols) != 1 || len(m.Mappings) != 1 || m.Mappings[0].Symbol != m.Symbols[0] || m.Dataset != filepath.Base(filepath.Dir(name)) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
		count := 0
		if err := Records(data, func(Record) error { count++; return nil }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := 4
		if strings.Contains(name, "definition") || strings.Contains(name, "ohlcv-1d") && !strings.Contains(name, "OPRA") {
			want = 1
		}
		if count != want {
			t.Errorf("%s: %d records, want %d", name, count, want)
		}
		_, err1 := dbnBars(data)
		err2 := dbnQuotes(data, func(quoteRow) error { return nil })
		err3 := dbnStatistics(data, func(statistic) error { return nil })
		err4 := Definitions(data, func(Definition) error { return nil })
		for _, err := range []error{err1, err2, err3, err4} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestBarsOfDatabentosFiles: the values were read from the files' bytes by hand.
func TestBarsOfDatabentosFiles(t *testing.T) {
	for pattern, want := range map[string][]row{
		"EQUS.MINI/*.ohlcv-1d.*": {{date: lombard.MustDate("2023-03-28"), open: 307.83, high: 308.6, low: 304.78, close: 307.5, volume: 3309022, venue: "95", instrument: "13340"}},
		"GLBX.MDP3/*.ohlcv-1d.*": {{date: lombard.MustDate("2020-12-28"), open: 3702.75, high: 3735, low: 3697.25, close: 3735, volume: 718174, venue: "1", instrument: "5482"}},
		"XNAS.ITCH/*.ohlcv-1d.*": {{date: lombard.MustDate("2020-12-28"), open: 521, high: 522.86, low: 510.54, close: 515.6, volume: 1424253, venue: "2", instrument: "6155"}},
		"OPRA.PILLAR/*.ohlcv-1d.*": { // one record for each venue
			{date: lombard.MustDate("2025-02-20"), open: 0.33, high: 0.49, low: 0.10, close: 0.11, volume: 3474, venue: "20", instrument: "16783963"},
			{date: lombard.MustDate("2025-02-20"), open: 0.19, high: 0.49, low: 0.10, close: 0.11, volume: 8223, venue: "22", instrument: "16783963"},
			{date: lombard.MustDate("2025-02-20"), open: 0.24, high: 0.47, low: 0.11, close: 0.13, volume: 2750, venue: "23", instrument: "16783963"},
			{date: lombard.MustDate("2025-02-20"), open: 0.36, high: 0.49, low: 0.10, close: 0.12, volume: 1414, venue: "27", instrument: "16783963"},
		},
	} {
		for _, name := range testFiles(t, pattern) {
			got, err := dbnBars(unpacked(t, name))
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: got %+v, %v; want %+v", name, got, err, want)
			}
			if !strings.Contains(name, "OPRA") {
				continue
			}
			b, err := oneBar(got, kindRaw)
			if err != nil || b.Open != 0.19 || b.High != 0.49 || b.Low != 0.10 || b.Close != 0.11 || b.Volume != 15861 {
				t.Errorf("the venues come to %+v, %v", b, err)
			}
		}
	}
}

// TestQuotesOfDatabentosFiles: likewise.
func TestQuotesOfDatabentosFiles(t *testing.T) {
	type sides struct{ bid, ask float64 }
	for pattern, want := range map[string][]sides{
		"OPRA.PILLAR/*.cbbo-1m.*": {{0, 0}, {0.32, 0.34}, {0.43, 0.45}, {0.34, 0.36}}, // the first is undefined
		"OPRA.PILLAR/*.cbbo-1s.*": {{0, 0}, {0.1, 0.25}, {0.18, 0.21}, {0.22, 0.24}},
		"GLBX.MDP3/*.bbo-1m.*":    {{3702.25, 3702.75}, {3704.5, 3705}, {3704, 3704.25}, {3704.25, 3704.75}},
		"EQUS.MINI/*.bbo-1m.*":    {{0, 0}, {0, 0}, {307.96, 308.04}, {307.93, 308.01}},
	} {
		for _, name := range testFiles(t, pattern) {
			var got []sides
			var last time.Time
			err := dbnQuotes(unpacked(t, name), func(x quoteRow) error {
				got, last = append(got, sides{x.bid, x.ask}), x.stamped
				return nil
			})
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
			}
			if strings.Contains(name, "-1m") && (last.Second() != 0 || last.Nanosecond() != 0) {
				t.Errorf("%s: a minute ends at %v", name, last)
			}
		}
	}
}

// TestFiguresOfDatabentosFiles: likewise; open interest is repeated by every
// venue and is not to be added up.
func TestFiguresOfDatabentosFiles(t *testing.T) {
	for _, name := range testFiles(t, "OPRA.PILLAR/*.statistics.*") {
		err := dbnStatistics(unpacked(t, name), func(x statistic) error {
			if x.kind != 9 || x.quantity != 57924 || x.known || !x.about.IsZero() {
				t.Errorf("got %+v", x)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	for _, name := range testFiles(t, "GLBX.MDP3/*.statistics.*") {
		var prices []float64
		if err := dbnStatistics(unpacked(t, name), func(x statistic) error { prices = append(prices, x.price); return nil }); err != nil || !slices.Equal(prices, []float64{3707.75, 3708, 3708.25, 3708.25}) {
			t.Errorf("got %v, %v", prices, err)
		}
	}
	for pattern, want := range map[string]Definition{
		"OPRA.PILLAR/*.definition.*": {Instrument: 16783963, Symbol: "AAPL  250221C00250000", Underlying: "AAPL", Asset: "AAPL", Class: 'C', Strike: 250, Expiration: lombard.MustDate("2025-02-21").Time()},
		"GLBX.MDP3/*.definition.*":   {Instrument: 5482, Symbol: "ESH1", Asset: "ES", Class: 'F', Expiration: time.Date(2021, 3, 19, 13, 30, 0, 0, time.UTC)},
		"EQUS.MINI/*.definition.*":   {Instrument: 13340, Symbol: "QQQ", Class: 'K'},
		"XNAS.ITCH/*.definition.*":   {Instrument: 6155, Symbol: "NVDA", Class: 'K'},
	} {
		for _, name := range testFiles(t, pattern) {
			if err := Definitions(unpacked(t, name), func(d Definition) error {
				if d != want {
					t.Errorf("%s: got %+v, want %+v", name, d, want)
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
		}
	}
}
