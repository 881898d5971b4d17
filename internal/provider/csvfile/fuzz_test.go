package csvfile

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tabular"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"date,open,high,low,close,volume\n2024-01-30,10,12,9,11,5\n2024-01-31,11,13,10,12,6\n",
		"2024-01-30,1\n2024-01-31,2\n", "Date;Close\n30.01.2024;1.234,50\n", "\ufeffDate\tClose\r\n01/02/2024\t\"1,234\"\r\n",
		"Date,Close\n2024-01-31,2\n2024-01-30,1\n", "\x1f\x8b\x08\x00\x00\x00\x00\x00", "", "\"", "Date,Close\n2024-01-30,NaN\n",
		"Price,Close,Open\nTicker,GLD,GLD\nDate,,\n2024-01-30,1,2\n", "sep=;\nDate;Close\n01/02/2024;1\n02/02/2024;2\n", "<DATE>\t<CLOSE>\n2024.01.30\t1\n", ",close\n20240130,1\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Parse(bytes.NewReader(data), File{Name: "prices.csv"})
		if err != nil {
			if e, ok := errors.AsType[*lombard.Error](err); !ok || e.Kind != lombard.KindValidation || len(e.Fields) == 0 || len(e.Fields) > tabular.MaxProblems {
				t.Fatalf("Parse = %v, want a validation error with its fields", err)
			}
			return
		}
		if len(got.Bars) == 0 {
			t.Fatal("no bars and no error")
		}
		for i, b := range got.Bars {
			if i > 0 && b.Date <= got.Bars[i-1].Date {
				t.Fatalf("bar %d: %s after %s", i, b.Date, got.Bars[i-1].Date)
			}
			for _, x := range [...]float64{b.Open, b.High, b.Low} {
				if !(x >= 0) || math.IsInf(x, 0) {
					t.Fatalf("bar %d: %+v", i, b)
				}
			}
			if !(b.Close > 0) || math.IsInf(b.Close, 0) || b.High > 0 && b.High < max(b.Open, b.Close) ||
				b.Low > b.Close || b.Open > 0 && b.Low > b.Open || got.Intraday && !(b.Low > 0 && b.High > 0) {
				t.Fatalf("bar %d: %+v", i, b)
			}
			if !(b.Volume >= 0) || math.IsInf(b.Volume, 0) {
				t.Fatalf("bar %d: volume %v", i, b.Volume)
			}
		}
	})
}
