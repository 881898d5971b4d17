package csvfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// bar writes a bar as "date open high low close", with * when it was repaired.
func show(bars []market.Bar) string {
	var all []string
	for _, b := range bars {
		s := fmt.Sprintf("%s %v %v %v %v", b.Date, b.Open, b.High, b.Low, b.Close)
		if b.Repaired {
			s += " *"
		}
		all = append(all, s)
	}
	return strings.Join(all, "\n")
}

func codes(warnings []lombard.Warning) string {
	var all []string
	for _, w := range warnings {
		all = append(all, w.Code)
	}
	return strings.Join(all, " ")
}

func TestParseReads(t *testing.T) {
	const twoDays = "2024-01-30 0 0 0 1234.5\n2024-01-31 0 0 0 1235.5"
	const fourPrices = "2024-01-30 10 12 9 11\n2024-01-31 11 13 10 12"
	for _, c := range []struct {
		name, file, want, warns string
	}{
		{"the plain form", "date,open,high,low,close\n2024-01-30,10,12,9,11\n2024-01-31,11,13,10,12\n", fourPrices, ""},
		{"columns in any order and case", "Close,LOW,Date,High,Open\n11,9,2024-01-30,12,10\n12,10,2024-01-31,13,11", fourPrices, ""},
		{"two columns without a header", "2024-01-30,1234.5\n2024-01-31,1235.5\n", twoDays, "header_assumed close_only"},
		{"closes only", "date,close\n2024-01-30,1234.5\n2024-01-31,1235.5\n", twoDays, "close_only"},
		{"byte order mark, CRLF, blank lines and comments", "\ufeff# from a bank\r\n\r\nDate,Close\r\n2024-01-30,1234.5\r\n,\r\n\r\n2024-01-31,1235.5\r\n", twoDays, "close_only"},
		{"lines that end in CR", "Date,Close\r2024-01-30,1234.5\r2024-01-31,1235.5", twoDays, "close_only"},
		{"thousands in quotation marks", "Date,Close\n2024-01-30,\"1,234.50\"\n2024-01-31,\"1,235.5\"", twoDays, "close_only"},
		{"decimal comma in quotation marks", "Date,Close\n2024-01-30,\"1.234,50\"\n2024-01-31,\"1.235,5\"", twoDays, "close_only"},
		{"semicolons and decimal comma", "Datum;Date;Close\nx;2024-01-30;1.234,50\nx;2024-01-31;1235,5", twoDays, "close_only"},
		{"semicolons and apostrophes", "Date;Close\n2024-01-30;1'234.50\n2024-01-31;1’235.5", twoDays, "close_only"},
		{"tabs and spaces that group", "Date\tClose\n2024-01-30\t1 234.50\n2024-01-31\t1\u00a0235.5", twoDays, "close_only"},
		{"signs of currency", "Date,Close/Last\n2024-01-30,\"$1,234.50\"\n2024-01-31,1235.5 USD", twoDays, "close_only"},
		{"dates with a time of day", "timestamp,price\n2024-01-30T00:00:00Z,1234.5\n2024-01-31 16:00:00-05:00,1235.5", twoDays, "close_only"},
		{"eight digits", "day,last\n20240130,1234.5\n20240131,1235.5", twoDays, "close_only"},
		{"month before day", "Date,Close\n01/30/2024,1234.5\n1/31/2024,1235.5", twoDays, "close_only"},
		{"day before month", "Date,Close\n30/01/2024,1234.5\n31-1-2024,1235.5", twoDays, "close_only"},
		{"day before month with points", "Date,Close\n30.01.2024,1234.5\n31.01.2024,1235.5", twoDays, "close_only"},
		{"names of months", "Date,Close\n\"Jan 30, 2024\",1234.5\n31-Jan-2024,1235.5", twoDays, "close_only"},
		{"the newest first", "Date,Close\n2024-01-31,1235.5\n2024-01-30,1234.5", twoDays, "rows_reversed close_only"},
		{"rows without a close", "Date,Close\n2024-01-29,\n2024-01-30,1234.5\n2024-01-30,null\n2024-01-31,1235.5", twoDays, "rows_without_price close_only"},
		{"an adjusted close", "Date,Adj Close,Close\n2024-01-30,5,1234.5\n2024-01-31,6,1235.5", twoDays, "column_ignored close_only"},
		{"a settlement beside a close", "Date,Close,Settle\n2024-01-30,5,1234.5\n2024-01-31,6,1235.5", twoDays, "column_ignored close_only"},
		{"a future date", "Date,Close\n2199-12-31,1", "2199-12-31 0 0 0 1", "close_only"},
		{"cells that are missing", "Date,Open,High,Low,Close\n2024-01-30,,12,9,11\n2024-01-31,N/A,13,10,12", "2024-01-30 0 12 9 11\n2024-01-31 0 13 10 12", "bars_partly_close"},
		{"a range that does not hold the close", "Date,Open,High,Low,Close\n2024-01-30,10,10.5,10,11\n2024-01-31,11,13,11.5,12", "2024-01-30 10 11 10 11 *\n2024-01-31 11 13 11 12 *", "bars_repaired"},
		{"volumes with letters", "Date,Open,High,Low,Close,Vol.,Change %\n2024-01-30,10,12,9,11,1.5M,1%\n2024-01-31,11,13,10,12,many,2%", fourPrices, "volume_unreadable"},
		{"a data frame whose index has no name", ",Open,High,Low,Close\n2024-01-30,10,12,9,11\n2024-01-31,11,13,10,12", fourPrices, ""},
		{"three lines of header from yfinance", "Price,Close,High,Low,Open,Volume\nTicker,GLD,GLD,GLD,GLD,GLD\nDate,,,,,\n2024-01-30,11,12,9,10,5\n2024-01-31,12,13,10,11,6", fourPrices, ""},
		{"a delimiter for spreadsheets", "sep=;\nDate;Close\n2024-01-30;1.234,50\n2024-01-31;1235,5", twoDays, "close_only"},
		{"names in angle brackets", "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\n2024.01.30\t10\t12\t9\t11\t5\t0\n2024.01.31\t11\t13\t10\t12\t6\t0", fourPrices, ""},
		{"a price beside a date and no close", "Date,Price,Open\n2024-01-30,1234.5,\n2024-01-31,1235.5,", twoDays, "close_only"},
		{"a jump", "Date,Close\n2024-01-30,100\n2024-01-31,10000", "2024-01-30 0 0 0 100\n2024-01-31 0 0 0 10000", "price_jump close_only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse(strings.NewReader(c.file), File{Name: "prices.csv"})
			if err != nil {
				t.Fatalf("Parse: %v", err)
			}
			if s := show(got.Bars); s != c.want {
				t.Errorf("bars are\n%s\nwant\n%s", s, c.want)
			}
			if s := codes(got.Warnings); s != c.warns {
				t.Errorf("warnings are %q, want %q: %v", s, c.warns, got.Warnings)
			}
		})
	}
}

func TestParseRefusesTheFile(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"empty", "", "It is empty."},
		{"blank lines only", "\n\n \n", "only blank lines"},
		{"a header only", "Date,Close\n", "only the header"},
		{"no close", "Date,Bid,foo\n2024-01-30,1,2", `No column is recognised as the close. The columns found are: "Date", "Bid", "foo".`},
		{"no date", "when,close\n2024-01-30,1", `No column is recognised as the date. The columns found are: "when", "close".`},
		{"many columns without a header", "2024-01-30,1,2,3,4\n", "a row of 5 columns"},
		{"the close twice", "Date,Close,close\n2024-01-30,1,2", `Two of its columns are called "close".`},
		{"no price in any row", "Date,Close\n2024-01-30,\n", "No row has a close."},
		{"a web page", "<!DOCTYPE html><html>", "It is a web page"},
		{"a caption where the prices should be", "Price,Close\nTicker,GLD\nDate,\n", "only the header"},
		{"a spreadsheet", "PK\x03\x04rest", "a zip archive or a spreadsheet"},
		{"JSON", `{"date":1}`, "It is JSON"},
		{"binary data", "Date,Close\n2024-01-30,\x00\x01", "Line 2 holds binary data."},
		{"a line without end", "Date,Close\n" + strings.Repeat("1", 64<<10+1), "Line 2 is longer than 64 KiB."},
		{"an open quotation mark in the header", "\"Date,Close\n", "quotation mark"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(strings.NewReader(c.file), File{Name: "prices.csv"})
			e, ok := errors.AsType[*lombard.Error](err)
			if !ok || e.Kind != lombard.KindValidation {
				t.Fatalf("Parse = %v, want a validation error", err)
			}
			if !strings.Contains(e.Message, c.want) || !strings.Contains(e.Message, "prices.csv") {
				t.Errorf("message is %q, want %q in it and the name of the file", e.Message, c.want)
			}
		})
	}
}

func TestParseNamesBadLines(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"a word", "Date,Close\n2024-01-30,1\n2024-01-31,abc", `line 3|abc|The close "abc" is not a number.`},
		{"not finite", "Date,Close\n2024-01-30,NaN\n2024-01-31,-inf", "line 2|NaN|The close \"NaN\" is not a finite number.\nline 3|-inf|The close \"-inf\" is not a finite number."},
		{"too large for a number", "Date,Close\n2024-01-30,1e999", `line 2|1e999|The close "1e999" is not a finite number.`},
		{"zero", "Date,Close\n2024-01-30,0.00", `line 2|0.00|The close "0.00" is zero; leave the cell empty where there is no price.`},
		{"negative", "Date,Low,Close\n2024-01-30,-37.63,1", `line 2|-37.63|The low "-37.63" is negative.`},
		{"negative in parentheses", "Date,Close\n2024-01-30,(5)", `line 2|(5)|The close "(5)" is negative.`},
		{"absurd", "Date,Close\n2024-01-30,1e13", `line 2|1e13|The close "1e13" is above 1,000,000,000,000, the highest price that is read; quote the prices in millions of the currency.`},
		{"next to nothing", "Date,Close\n2024-01-30,1e-9", `line 2|1e-9|The close "1e-9" is below 0.00000001, the lowest price that is read; quote the prices of a million units.`},
		{"a day that does not exist", "Date,Close\n2024-02-30,1", `line 2|2024-02-30|The date "2024-02-30" does not exist.`},
		{"a year of two digits", "Date,Close\n01/30/24,1", `line 2|01/30/24|The date "01/30/24" has a year of two digits; write it with four.`},
		{"a caption among the prices", "Price,Close\n2024-01-30,1\nTicker,GLD", `line 3|Ticker|The date "Ticker" is not a date such as 2024-01-31 or 01/31/2024.`},
		{"no date", "Date,Close\nyesterday,1", `line 2|yesterday|The date "yesterday" is not a date such as 2024-01-31 or 01/31/2024.`},
		{"both orders of date", "Date,Close\n01/30/2024,1\n01/31/2024,1\n13/02/2024,1", `line 4|13/02/2024|The date "13/02/2024" does not exist in the order that the rest of the file has.`},
		{"a comma that splits a number", "Date,Close\n2024-01-30,1,234.5", `line 2|2024-01-30,1,234.5|There are 3 columns where 2 are named; a comma inside a number needs quotation marks around it.`},
		{"too few columns", "Close,Date\n5", `line 2|5|The date is missing: the line ends after column 1 of 2.`},
		{"duplicates", "Date,Close\n2024-01-30,1\n2024-01-31,2\n2024-01-31,2", `line 4|2024-01-31|The date 2024-01-31 stands on lines 3 and 4; one row a day is needed.`},
		{"duplicates of a falling file", "Date,Close\n2024-01-31,1\n2024-01-30,2\n2024-01-30,2", `line 4|2024-01-30|The date 2024-01-30 stands on lines 3 and 4; one row a day is needed.`},
		{"disorder", "Date,Close\n2024-01-29,1\n2024-01-31,2\n2024-01-30,2\n2024-02-01,2", `line 4|2024-01-30|The date 2024-01-30 follows 2024-01-31 on line 3; the rows have to be in order of date.`},
		{"an open quotation mark", "Date,Close\n2024-01-30,\"1", `line 2|2024-01-30,"1|A quotation mark is opened and never closed.`},
		{"the other decimal separator", "Date;Close\n2024-01-30;1234,5\n2024-01-31;1235.55", `line 3|1235.55|The close "1235.55" is not a number here: the rest of the file has a decimal comma.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(strings.NewReader(c.file), File{Name: "prices.csv"})
			e, ok := errors.AsType[*lombard.Error](err)
			if !ok || e.Kind != lombard.KindValidation {
				t.Fatalf("Parse = %v, want a validation error", err)
			}
			var got []string
			for _, f := range e.Fields {
				message := strings.TrimPrefix(f.Message, "prices.csv, "+f.Field+": ")
				got = append(got, fmt.Sprintf("%s|%v|%s", f.Field, f.Value, message))
			}
			if s := strings.Join(got, "\n"); s != c.want {
				t.Errorf("problems are\n%s\nwant\n%s", s, c.want)
			}
			if !strings.Contains(e.Message, "prices.csv") {
				t.Errorf("message %q does not name the file", e.Message)
			}
		})
	}
}

func TestParseListsTwentyProblems(t *testing.T) {
	file := "Date,Close\n" + strings.Repeat("never,1\n", 57)
	_, err := Parse(strings.NewReader(file), File{Name: "prices.csv"})
	e, ok := errors.AsType[*lombard.Error](err)
	if !ok {
		t.Fatalf("Parse = %v, want a validation error", err)
	}
	if len(e.Fields) != 20 || e.Message != "prices.csv has 57 problems, of which the first 20 are listed." {
		t.Errorf("%d fields and %q, want 20 of 57", len(e.Fields), e.Message)
	}
}

func TestParseDecidesDatesOverTheWholeFile(t *testing.T) {
	for _, c := range []struct{ name, dates, want, warn string }{
		{"a day over twelve at the end", "01/02/2024 02/02/2024 13/02/2024", "2024-02-01 2024-02-02 2024-02-13", ""},
		{"nothing decides", "01/02/2024 01/03/2024", "2024-01-02 2024-01-03", "month/day/year."},
		{"which reading is daily", "01/02/2024 02/02/2024 05/02/2024", "2024-02-01 2024-02-02 2024-02-05", "day/month/year, because so"},
		{"which reading is daily, the newest first", "05/02/2024 02/02/2024 01/02/2024", "2024-02-01 2024-02-02 2024-02-05", "day/month/year, because so"},
		{"the first of each month", "01/01/2023 02/01/2023 11/01/2023 12/01/2023 01/01/2024 02/01/2024", "2023-01-01 2023-02-01 2023-11-01 2023-12-01 2024-01-01 2024-02-01", "month/day/year."},
		{"one row", "01/02/2024", "2024-01-02", "month/day/year."},
		{"the order of the rows", "11/01/2024 12/01/2024 01/02/2024", "2024-01-11 2024-01-12 2024-02-01", "day/month/year, because"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := "Date,Close\n" + strings.ReplaceAll(c.dates, " ", ",5\n") + ",5\n"
			got, err := Parse(strings.NewReader(file), File{Name: "prices.csv"})
			if err != nil {
				t.Fatalf("Parse: %v", err)
			}
			var dates []string
			for _, b := range got.Bars {
				dates = append(dates, b.Date.String())
			}
			if s := strings.Join(dates, " "); s != c.want {
				t.Errorf("dates are %s, want %s", s, c.want)
			}
			said := ""
			for _, w := range got.Warnings {
				if w.Code == WarnDateOrder {
					said = w.Message
				}
			}
			if (c.warn == "") != (said == "") || !strings.Contains(said, c.warn) {
				t.Errorf("the warning is %q, want %q in it", said, c.warn)
			}
		})
	}
}

func TestParseKnowsWhetherLowsAreKnown(t *testing.T) {
	for _, c := range []struct {
		name, rows string
		want       bool
	}{
		{"every low", "2024-01-30,,12,9,11\n2024-01-31,11,13,10,12", true},
		{"one low is missing", "2024-01-30,10,12,9,11\n2024-01-31,11,13,,12", false},
		{"no low", "2024-01-30,,,,11\n2024-01-31,,,,12", false},
	} {
		got, err := Parse(strings.NewReader("Date,Open,High,Low,Close\n"+c.rows), File{Name: "prices.csv"})
		if err != nil || got.Intraday != c.want {
			t.Errorf("%s: Intraday = %v, %v, want %v", c.name, got.Intraday, err, c.want)
		}
	}
}

func pack(t *testing.T, write func(w io.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	write(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestParseUnpacks(t *testing.T) {
	const text = "\ufeffDate,Close\n2024-01-30,5\n"
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, packed := range map[string][]byte{
		"prices.csv.gz":  pack(t, func(w io.Writer) { fmt.Fprint(w, text) }),
		"prices.csv.zst": e.EncodeAll([]byte(text), nil),
	} {
		got, err := Parse(bytes.NewReader(packed), File{Name: name})
		if err != nil || show(got.Bars) != "2024-01-30 0 0 0 5" {
			t.Errorf("Parse of %s = %v, %v, want the one bar", name, got, err)
		}
	}
}

func TestParseRefusesBadGzip(t *testing.T) {
	good := pack(t, func(w io.Writer) {
		fmt.Fprint(w, "Date,Close\n")
		for d := lombard.MustDate("1990-01-01"); d < lombard.MustDate("1995-01-01"); d++ {
			fmt.Fprintf(w, "%s,%v\n", d, math.Sqrt(float64(d)))
		}
	})
	bomb := pack(t, func(w io.Writer) {
		blank := bytes.Repeat([]byte("\n"), 1<<20)
		for range 40 {
			w.Write(blank)
		}
	})
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 0xff
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"cut off", good[:len(good)/2], "damaged or ends early"},
		{"a flipped byte", flipped, "damaged"},
		{"a bomb", bomb, "two hundred times"},
		{"a bad header", []byte("\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "damaged"},
		{"packed twice", pack(t, func(w io.Writer) { w.Write(good) }), "twice"},
	} {
		_, err := Parse(bytes.NewReader(c.file), File{Name: "prices.csv.gz"})
		e, ok := errors.AsType[*lombard.Error](err)
		if !ok || !(strings.Contains(e.Message, c.want) || c.name == "a flipped byte") {
			t.Errorf("%s: Parse = %v, want %q", c.name, err, c.want)
		}
	}
}

func TestParsePassesOnErrorsOfTheReader(t *testing.T) {
	broken := errors.New("the line is dead")
	r := io.MultiReader(strings.NewReader("Date,Close\n2024-01-30,5\n"), failing{broken})
	if _, err := Parse(r, File{Name: "prices.csv"}); !errors.Is(err, broken) {
		t.Errorf("Parse = %v, want the reader's error", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
