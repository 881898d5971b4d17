package csvfile_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/csvfile"
	"lombard.example/lombard/market"
)

type dated struct {
	Date  int32    `parquet:"date,date"`
	High  float64  `parquet:"high"`
	Low   float64  `parquet:"low"`
	Close float64  `parquet:"close"`
	Open  *float64 `parquet:"open,optional"`
}

type stamped struct {
	Timestamp time.Time `parquet:"timestamp,timestamp(millisecond)"`
	Close     float64   `parquet:"close"`
}

func file[T any](t *testing.T, rows []T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestParquetFiles(t *testing.T) {
	open := 100.5
	plain := file(t, []dated{{Date: 18263, High: 103, Low: 99, Close: 101.25, Open: &open}, {Date: 18264, High: 104, Low: 100, Close: 100.1 + 0.2}})
	parsed, err := csvfile.Parse(bytes.NewReader(plain), csvfile.File{Name: "p.parquet"})
	if err != nil {
		t.Fatal(err)
	}
	if b := parsed.Bars; len(b) != 2 || b[0].Date != lombard.MustDate("2020-01-02") || b[0].Open != 100.5 || b[0].High != 103 || b[1].Open != 0 || b[1].Close != 100.1+0.2 {
		t.Errorf("bars = %+v", b)
	}
	instants := file(t, []stamped{{time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC), 1}, {time.Date(2020, 1, 3, 21, 0, 0, 0, time.UTC), 2}})
	if parsed, err = csvfile.Parse(bytes.NewReader(instants), csvfile.File{Name: "p.parquet"}); err != nil || parsed.Bars[1].Date != lombard.MustDate("2020-01-03") {
		t.Errorf("instants: %+v, %v", parsed.Bars, err)
	}
	for name, damaged := range map[string][]byte{"cut": plain[:len(plain)/2], "only its mark": []byte("PAR1"), "flipped": flipped(plain)} {
		if _, err := csvfile.Parse(bytes.NewReader(damaged), csvfile.File{Name: "p.parquet"}); err == nil || !strings.Contains(err.Error(), "Parquet") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func flipped(data []byte) []byte {
	out := bytes.Clone(data)
	for i := len(out) - 40; i < len(out)-8; i++ {
		out[i] ^= 0x5a
	}
	return out
}

// FuzzParquet: a file that looks like Parquet is read or refused, like any
// other, and never brings the reader down.
func FuzzParquet(f *testing.F) {
	var b bytes.Buffer
	w := parquet.NewGenericWriter[dated](&b)
	open := 100.5
	_, err1 := w.Write([]dated{{Date: 18263, High: 103, Low: 99, Close: 101.25, Open: &open}, {Date: 18264, High: 104, Low: 100, Close: 100.25}})
	if err := errors.Join(err1, w.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(flipped(b.Bytes()))
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !bytes.HasPrefix(data, []byte("PAR1")) {
			data = append([]byte("PAR1"), data...)
		}
		got, err := csvfile.Parse(bytes.NewReader(data), csvfile.File{Name: "p.parquet"})
		if err != nil {
			if own, ok := errors.AsType[*lombard.Error](err); !ok || own.Kind != lombard.KindValidation || len(own.Fields) == 0 {
				t.Fatalf("Parse = %v, want a validation error with its fields", err)
			}
			return
		}
		if _, problems := market.Check(got.Bars, market.Refuse); len(got.Bars) == 0 || len(problems) > 0 {
			t.Fatalf("%d bars, %v", len(got.Bars), problems)
		}
	})
}
