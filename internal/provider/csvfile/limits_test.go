package csvfile

import (
	"fmt"
	"strings"
	"testing"

	"lombard.example/lombard"
)

// days writes n rows of a close each, from 1700 on.
func days(n int, row func(d lombard.Date, i int) string) string {
	var s strings.Builder
	first := lombard.MustDate("1700-01-01")
	for i := range n {
		s.WriteString(row(first+lombard.Date(i), i) + "\n")
	}
	return s.String()
}

func closing(d lombard.Date, _ int) string { return d.String() + ",5" }

// TestLimits: every count that a file can drive up has an end, and a sentence
// there.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name, symbol, file string
		want               string // words of the refusal; empty: it is read
	}{
		{name: "the most rows", file: "date,close\n" + days(MaxRows, closing)},
		{name: "a row more", file: "date,close\n" + days(MaxRows+1, closing), want: "It has more than 200000 rows."},
		{name: "the most columns", file: "date,close" + strings.Repeat(",x", mostColumns-2) + "\n2020-01-02,5\n"},
		{name: "a column more", file: "date,close" + strings.Repeat(",x", mostColumns-1) + "\n2020-01-02,5\n", want: "Line 1 has 1001 columns, and at most 1000 are read."},
		{name: "many cells in a row", file: "date,close\n2020-01-02,5\n" + strings.Repeat("Jan,", 16_000) + "\n", want: "There are 16000 columns where 2 are named"},
		{name: "the header on the last line that is looked at", file: strings.Repeat("words\n", mostEarly-1) + "date,close\n2020-01-02,5\n"},
		{name: "the header after it", file: strings.Repeat("words\n", mostEarly) + "date,close\n2020-01-02,5\n", want: "No column is recognised as the date."},
		{name: "the most lines of words at the end", file: "date,close\n2020-01-02,5\n" + strings.Repeat("no more prices\n", mostNotes)},
		{name: "a line of words more", file: "date,close\n2020-01-02,5\n" + strings.Repeat("no more prices\n", mostNotes+1), want: "21 problems"},
		{name: "lines that cannot be read, without end", file: "date,close\n" + strings.Repeat("never,1\n", mostBad+2), want: `More than 10000 of its lines cannot be read; the first is line 2: The date "never" is not a date`},
		{name: "rows of other symbols beyond the most rows", symbol: "GLD", file: "symbol,date,close\nSPY,2020-01-02,5\n" + strings.Repeat("QQQ,2020-01-02,5\n", MaxRows+1) + "GLD,2020-01-02,5\n"},
		{
			name: "more symbols than are counted", file: "symbol,date,close\n" + days(mostSymbols+5, func(d lombard.Date, i int) string { return fmt.Sprintf("S%d,%s,5", i, d) }),
			want: `It has prices of more than 99999 symbols in its column "symbol": "S0", "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9" and 99990 more`,
		},
		{name: "a name as long as a line", file: strings.Repeat("n", 60<<10) + ",when\n2020-01-02,5\n", want: `The columns found are: "` + strings.Repeat("n", 60) + "…"},
		{name: "a date as long as a line", file: "date,close\n" + strings.Repeat("2", 60<<10) + ",5\n", want: "is not a date"},
		{name: "a price as long as a line", file: "date,close\n2020-01-02," + strings.Repeat("2", 60<<10) + "\n", want: "is not a number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(strings.NewReader(c.file), File{Name: "prices.csv", Symbol: c.symbol})
			switch {
			case c.want == "" && err != nil:
				t.Fatalf("Parse: %v", err)
			case c.want == "":
				return
			case err == nil:
				t.Fatalf("Parse reads it, want %q", c.want)
			}
			text := err.Error()
			for _, f := range fieldsOf(err) {
				text += " " + f.Field + ": " + f.Message
			}
			if !strings.Contains(text, c.want) {
				t.Errorf("Parse = %.300q, want %q in it", text, c.want)
			}
			if len(text) > 8<<10 {
				t.Errorf("the refusal has %d bytes", len(text))
			}
		})
	}
}
