package databento

import (
	"math"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

const (
	barTable   = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n2024-01-19T00:00:00.000000000Z,35,90,1,187.1,188.2,186.3,187.9,1000,GLD\n"
	quoteTable = "ts_recv,ts_event,bid_px_00,ask_px_00,symbol\n2024-01-19T21:00:00.000000000Z,,1.05,1.15,GLD   240216P00180000\n"
	statTable  = "ts_recv,instrument_id,ts_ref,price,quantity,stat_type,update_action\n2024-01-19T19:00:00Z,1,2024-01-19T00:00:00Z,2029.3,,3,1\n"
)

// seed gives a fuzz target the answers of every version and what is nearly one.
func seed(f *testing.F, texts ...string) {
	f.Helper()
	for _, text := range texts {
		f.Add([]byte(text))
	}
	for version := uint8(1); version <= 3; version++ {
		f.Add(file(version, "GLD   240216P00180000", "77", statRecord(version, 3, noon, 2029_300000000, 1),
			record(rtypeDefinition, noon, definitionBody(version)),
			record(rtypeDaily, noon, little(int64(1e9), int64(2e9), int64(5e8), int64(1e9), uint64(10))),
			record(0xc1, noon, make([]byte, 64))))
	}
	f.Add([]byte("DBN\x02\x00\x00\x00\x00"))
	f.Add([]byte("DBN\x01\x04\x00\x00\x00abcd" + strings.Repeat("\x0e", 56)))
	f.Add(append([]byte("DBN\x03\xff\x00\x00\x00"), make([]byte, 1<<8)...))
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0})
}

func FuzzRecords(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = Records(data, func(r Record) error {
			if len(r.Body) > len(data) {
				t.Error("a record is longer than its file")
			}
			return nil
		})
	})
}

func FuzzMetadata(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadMetadata(data)
		if err == nil && len(m.Mappings)+len(m.Symbols) > len(data) {
			t.Error("more names than bytes")
		}
	})
}

// FuzzBars: whatever is read and merged is what the rest of the program trusts.
func FuzzBars(f *testing.F) {
	seed(f, "", barTable, barTable+"2024-01-19T00:00:00Z,35,91,1,187,189,186,188,5,GLD\n", strings.ReplaceAll(barTable, "187.1", "NaN"))
	r := market.BarRequest{Symbol: "GLD", Start: lombard.MustDate("2024-01-01"), End: lombard.MustDate("2024-12-31")}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := readBars(data)
		if err != nil {
			return
		}
		for _, symbol := range []string{"GLD", "GC", "GC.FUT"} {
			r.Symbol = symbol
			bars, err := merge(rows, r)
			if err != nil {
				continue
			}
			if _, problems := market.Check(bars, market.Repair); len(problems) > 0 {
				t.Errorf("%s: %v", symbol, problems)
			}
		}
	})
}

func FuzzQuotes(f *testing.F) {
	seed(f, "", quoteTable, strings.ReplaceAll(quoteTable, "1.05", ""))
	l, err := listingOf("GLD")
	if err != nil {
		f.Fatal(err)
	}
	date := lombard.MustDate("2024-01-19")
	f.Fuzz(func(t *testing.T, data []byte) {
		closing, _ := l.closing(date)
		b := newBook(l, date, closing)
		if readQuotes(data, b.add) != nil {
			return
		}
		for _, q := range b.quotes() {
			if q.Expiry < date || !(q.Strike > 0) {
				t.Errorf("an option that cannot be: %v", q)
			}
		}
	})
}

func FuzzStatistics(f *testing.F) {
	seed(f, "", statTable, strings.ReplaceAll(statTable, "2029.3", "-1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		settled, err := readSettlements(data)
		if err != nil {
			return
		}
		for _, price := range settled {
			if !(price > 0) || math.IsInf(price, 0) {
				t.Errorf("a settlement of %v", price)
			}
		}
	})
}

func FuzzDefinitions(f *testing.F) {
	seed(f)
	f.Fuzz(func(_ *testing.T, data []byte) {
		_ = Definitions(data, func(Definition) error { return nil })
	})
}

// FuzzContracts: a symbol that is read is one that the writer of it would know.
func FuzzContracts(f *testing.F) {
	for _, symbol := range []string{"GLD   240119P00180000", "SPXW  240119C04500000", "OGG4 C2000", "OGZ9 P1275.5", "", "GLD   000000P00000000", "OGG4 CNaN", "OGG4 C1e400"} {
		f.Add(symbol, int32(lombard.MustDate("2024-01-19")))
	}
	f.Fuzz(func(t *testing.T, symbol string, day int32) {
		on := lombard.Date(min(max(day, 1), int32(lombard.MustDate("2100-01-01"))))
		for _, read := range []func(string, lombard.Date) (contract, bool){listedOption, goldOption} {
			c, ok := read(symbol, on)
			if ok && (!(c.strike > 0) || math.IsInf(c.strike, 0) || c.expiry.IsZero() || !strings.HasPrefix(symbol, c.root)) {
				t.Errorf("%q on %s is %+v", symbol, on, c)
			}
		}
		if c, ok := goldOption(symbol, on); ok && (c.expiry < on || c.expiry > on+11*366) {
			t.Errorf("%q on %s expires on %s", symbol, on, c.expiry)
		}
	})
}

// FuzzProblem: an error body is never trusted to be one.
func FuzzProblem(f *testing.F) {
	for _, body := range []string{
		`{"detail":"text"}`, `{"detail":{"case":"data_start_before_available_start","message":"m","payload":{"available_start":"2018-05-01T00:00:00Z"}}}`, `{"detail":[1]}`, `[]`, "",
		`{"detail":{"case":"data_end_after_available_end","message":"has data available up to '2024-07-03 00:00:00+00:00'."}}`,
		`{"detail":{"case":"data_schema_not_fully_available","message":"Schema is only available between 2023-03-28T00:00:00Z and 2026-03-07T00:00:00Z."}}`,
	} {
		f.Add([]byte(body))
	}
	s := days(schemaBars, market.BarRequest{Symbol: "GLD", Start: lombard.MustDate("2020-01-02"), End: lombard.MustDate("2024-12-31")})
	f.Fuzz(func(t *testing.T, body []byte) {
		p := problemOf(body)
		if part, _, ok := s.within(p, p.have()); ok && (part.start.Before(s.start) || part.end.After(s.end) || !part.start.Before(part.end)) {
			t.Errorf("%v to %v is no part", part.start, part.end)
		}
	})
}
