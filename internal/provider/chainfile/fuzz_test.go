package chainfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/chainfile"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		ownHeader + "2024-01-03,GLD,189.28,2024-02-16,190,P,,2.25,,,,,,GLD240216P00190000\n2024-01-03,GLD,189.28,2024-02-16,190,C,2.5,2.6,,,,,,GLD7240216C00190000\n",
		dataShopHeader + "^SPX,2024-01-03,SPXW,2024-02-16,190,C,0,0,0,0,0,5,9,5,9,0,0,5,2.5,5,2.6,4704.8,4704.8,0,10,\n^SPX,2024-01-03,SPX,2024-02-16,190,C,0,0,0,0,0,5,9,5,9,0,0,5,0,5,0,4704.8,4704.8,0,10,\n",
		dxHeader + "1, 2024-01-03 16:00, 2024-01-03, 16.0, 189.28, 2024-02-16, 1, 44.00, 0.5, , 2.5, 1 x 2, 2.5, 2.6, 190.0, , 2.25, 1 x 2, 2.2, -0.5, 3\n",
		hodHeader + "5,GLD,189.28,GLD240216C00190000,call,2024-02-16,2024-01-03,190.0,0.0,2.5,2.6,0,0,0.2,0.9,0.0,25.1,0.3,GLD240216C00190000,44\n",
		"ask;right;strike;expiry;bid;date\n\"1,190.5\";P;$190;2014-04-19;NaN;1/3/2014\n", "PAR1", "\x1f\x8b\x08\x00\x00\x00\x00\x00", "\x28\xb5\x2f\xfd", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := chainfile.Parse(bytes.NewReader(data), chainfile.Name{Name: "chains.csv"})
		if err != nil {
			if e, ok := errors.AsType[*lombard.Error](err); !ok || e.Kind != lombard.KindValidation || len(e.Fields) == 0 || len(e.Fields) > 20 {
				t.Fatalf("Parse = %v, want a validation error with its fields", err)
			}
			return
		}
		if len(got.Chains) == 0 {
			t.Fatal("no chains and no error")
		}
		if !chainfile.Recognises(bytes.NewReader(data)) {
			t.Fatal("it is read and not recognised")
		}
		for i, c := range got.Chains {
			if i > 0 && c.Date <= got.Chains[i-1].Date || len(c.Quotes) == 0 {
				t.Fatalf("chain %d: %s with %d options", i, c.Date, len(c.Quotes))
			}
			for j, q := range c.Quotes {
				if !(q.Strike > 0) || !(q.Bid >= 0 && q.Ask >= 0) || math.IsInf(q.Strike+q.Bid+q.Ask, 0) || q.Expiry < c.Date {
					t.Fatalf("%s: %+v", c.Date, q)
				}
				if found, ok := c.Find(q.Put, q.Strike, q.Expiry); !ok || j > 0 && c.Quotes[j-1].Strike < q.Strike-1 && found != q {
					t.Fatalf("%s: %+v is not found", c.Date, q)
				}
			}
		}
		for i, b := range got.Closes {
			if !(b.Close > 0) || i > 0 && b.Date <= got.Closes[i-1].Date {
				t.Fatalf("close %d: %+v", i, b)
			}
		}
	})
}

// BenchmarkParse reads a hundred days of two thousand options.
func BenchmarkParse(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(ownHeader)
	const rows = 200_000
	for i := range rows {
		date := lombard.MustDate("2024-01-01") + lombard.Date(i/2000)
		fmt.Fprintf(&text, "%s,GLD,189.28,%s,%d,%c,%.2f,%.2f,,12,345,0.1543,0.52,GLD240216C00190000\n", date, date+lombard.Date(7*(1+i%2000/100)), 100+i%50, "PC"[i/50%2], 1+float64(i%77)/10, 1.1+float64(i%77)/10)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := chainfile.Parse(bytes.NewReader(text.Bytes()), chainfile.Name{Name: "chains.csv"}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
