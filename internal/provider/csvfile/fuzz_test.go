package csvfile

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
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
	for _, layouts := range [][]layout{vendorLayouts, actionLayouts, formLayouts, shapeLayouts, refusedLayouts} {
		for _, l := range layouts {
			f.Add([]byte(l.file))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Parse(bytes.NewReader(data), File{Name: "prices.csv"})
		if err != nil {
			if e, ok := errors.AsType[*lombard.Error](err); !ok || e.Kind != lombard.KindValidation || len(e.Fields) == 0 || len(e.Fields) > tabular.MaxProblems {
				t.Fatalf("Parse = %v, want a validation error with its fields", err)
			}
			return
		}
		if _, problems := market.Check(got.Bars, market.Refuse); len(got.Bars) == 0 || len(problems) > 0 {
			t.Fatalf("%d bars, %v", len(got.Bars), problems)
		}
		for i := range got.Bars {
			b := &got.Bars[i]
			if !(b.Volume >= 0) || math.IsInf(b.Volume, 0) || b.Special && b.Dividend == 0 || got.Intraday && !(b.Low > 0 && b.High > 0) {
				t.Fatalf("bar %d: %+v", i, b)
			}
			if b.Split != 0 && i > 0 && !isSmall(b.Split) && !market.SplitShows(got.Bars[i-1].Close, b) {
				t.Fatalf("bar %d: the split %v does not show between %v and %v", i, b.Split, got.Bars[i-1].Close, b.Close)
			}
		}
		// What was read, written in the plain form, reads as the same.
		again, err := Parse(strings.NewReader(plainly(got.Bars)), File{Name: "again.csv"})
		if err != nil {
			t.Fatalf("the bars written plainly: %v\n%s", err, plainly(got.Bars))
		}
		if this, other := brief(got.Bars), brief(again.Bars); this != other {
			t.Fatalf("bars are\n%s\nand read again\n%s", this, other)
		}
	})
}

// plainly writes bars as a file that nobody can misread.
func plainly(bars []market.Bar) string {
	var s strings.Builder
	s.WriteString("date,open,high,low,close,dividend,special dividend,split,contract\n")
	cell := func(x float64) {
		s.WriteByte(',')
		if x != 0 {
			fmt.Fprintf(&s, "%.17e", x)
		}
	}
	for i := range bars {
		b := &bars[i]
		s.WriteString(b.Date.String())
		for _, x := range [...]float64{b.Open, b.High, b.Low, b.Close} {
			cell(x)
		}
		ordinary, special := b.Dividend, 0.0
		if b.Special {
			ordinary, special = special, ordinary
		}
		cell(ordinary)
		cell(special)
		cell(b.Split)
		s.WriteString(`,"` + strings.ReplaceAll(b.Contract, `"`, `""`) + "\"\n")
	}
	return s.String()
}
