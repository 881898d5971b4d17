package chainfile_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/chainfile"
)

// The two quotes of a put that every layout below says: of 2 January and of 1
// February, until 5 July.
const sameQuotes = "2024-01-02 2024-07-05 put 100 5 5.2\n2024-02-01 2024-07-05 put 100 9 9.2"

// form writes a quote in one of the layouts.
type form struct {
	name, header string
	row          func(date, expiry, bid, ask string) string
}

func forms() []form {
	list := func(cells ...string) string { return strings.Join(cells, ",") }
	return []form{
		{"lombard", "quote_date,expiration,strike,right,bid,ask", func(d, e, b, a string) string { return list(d, e, "100", "put", b, a) }},
		{"historicaloptiondata", "underlying,underlying_last,optionroot,type,expiration,quotedate,strike,last,bid,ask", func(d, e, b, a string) string { return list("X", "101.5", "X", "put", e, d, "100", "0", b, a) }},
		{"cboe_datashop", "underlying_symbol,quote_date,root,expiration,strike,option_type,bid_1545,ask_1545,bid_eod,ask_eod,delivery_code", func(d, e, b, a string) string { return list("X", d, "X", e, "100.000", "P", "0", "0", b, a, "") }},
		{"optionsdx", "[QUOTE_DATE],[EXPIRE_DATE],[UNDERLYING_LAST],[STRIKE],[C_BID],[C_ASK],[P_BID],[P_ASK]", func(d, e, b, a string) string { return list(d, e, "101.5", "100", "0.5", "0.7", b, a) }},
	}
}

// dateForms are ways to write 2 January, 1 February and 5 July of 2024, and
// whether they leave the order open.
var dateForms = map[string]struct {
	dates [3]string
	open  bool
}{
	"ISO":            {[3]string{"2024-01-02", "2024-02-01", "2024-07-05"}, false},
	"digits":         {[3]string{"20240102", "20240201", "20240705"}, false},
	"day first":      {[3]string{"02/01/2024", "01/02/2024", "05/07/2024"}, true},
	"day first, -":   {[3]string{"2-1-2024", "1-2-2024", "5-7-2024"}, true},
	"day first, .":   {[3]string{"02.01.2024", "01.02.2024", "05.07.2024"}, false},
	"month first":    {[3]string{"01/02/2024", "02/01/2024", "07/05/2024"}, true},
	"month first, -": {[3]string{"1-2-2024", "2-1-2024", "7-5-2024"}, true},
	"by name":        {[3]string{"2 Jan 2024", "1 Feb 2024", "5 Jul 2024"}, false},
	"with a time":    {[3]string{"2024-01-02 16:00:00", "2024-02-01T16:00:00Z", "2024-07-05 00:00"}, false},
	"seconds":        {[3]string{"1704153600", "1706745600", "1720137600"}, false},
	"milliseconds":   {[3]string{"1704153600000", "1706745600000", "1720137600000"}, false},
	"half open":      {[3]string{"2024-01-02", "2024-02-01", "05/07/2024"}, true},
}

// Every layout, with dates in every form and order, between every delimiter,
// with both decimals, oldest or newest first, says the same.
func TestEveryLayoutInEveryForm(t *testing.T) {
	read := 0
	for _, f := range forms() {
		for kind, d := range dateForms {
			for _, delimiter := range []string{",", ";", "\t", "|"} {
				for _, comma := range []bool{false, true} {
					if comma && delimiter == "," {
						continue
					}
					rows := []string{f.header, f.row(d.dates[0], d.dates[2], "5.0", "5.2"), f.row(d.dates[1], d.dates[2], "9.0", "9.2")}
					text := strings.ReplaceAll(strings.Join(rows, "\n"), ",", delimiter)
					if comma {
						if strings.Contains(kind, ".") {
							continue
						}
						text = strings.ReplaceAll(text, ".", ",")
					}
					name := fmt.Sprintf("%s, %s, between %q, decimal comma %t", f.name, kind, delimiter, comma)
					got, err := chainfile.Parse(strings.NewReader(text), chainfile.Name{Name: "chains.csv"})
					if err != nil {
						t.Errorf("%s: %v\n%s", name, err, text)
						continue
					}
					puts := onlyPuts(show(got.Chains))
					if got.Layout != f.name || puts != sameQuotes {
						t.Errorf("%s is read as %s:\n%s\n%v", name, got.Layout, puts, got.Warnings)
					}
					if warned := strings.Contains(codes(got.Warnings), chainfile.WarnDateOrder); warned != d.open {
						t.Errorf("%s: the order is warned of: %t, want %t (%v)", name, warned, d.open, got.Warnings)
					}
					read++
				}
			}
		}
	}
	if read < 300 {
		t.Errorf("%d files were read, want at least 300", read)
	}
}

func onlyPuts(text string) string {
	var puts []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, " put ") {
			puts = append(puts, line)
		}
	}
	return strings.Join(puts, "\n")
}

// What decides the order of day and month, and what is said where it is a guess.
func TestTheOrderOfDayAndMonth(t *testing.T) {
	const header = "quote_date,expiration,strike,right,bid,ask,occ_symbol\n"
	for name, c := range map[string]struct{ rows, want, says string }{
		"a day above 12 in a quote date decides, for the expiries too": {
			"02/01/2024,05/07/2024,100,P,5,5.2,\n31/01/2024,05/07/2024,100,P,9,9.2,\n", "2024-01-02 2024-07-05 put 100 5 5.2\n2024-01-31 2024-07-05 put 100 9 9.2", "",
		},
		"a day above 12 in an expiry decides for the quote dates": {
			"02/01/2024,07/19/2024,100,P,5,5.2,\n", "2024-02-01 2024-07-19 put 100 5 5.2", "",
		},
		"the option's symbol decides": {
			"05/03/2024,05/07/2024,100,P,5,5.2,X240705P00100000\n", "2024-03-05 2024-07-05 put 100 5 5.2", "",
		},
		"an option does not expire before its quote": {
			"01/02/2024,05/01/2024,100,P,5,5.2,\n", "2024-01-02 2024-05-01 put 100 5 5.2", "",
		},
		"rows in order": {
			"05/01/2024,06/12/2025,100,P,5,5.2,\n08/01/2024,06/12/2025,100,P,5,5.2,\n05/02/2024,06/12/2025,100,P,5,5.2,\n08/02/2024,06/12/2025,100,P,5,5.2,\n",
			"2024-01-05 2025-12-05 put 100 5 5.2\n2024-01-08 2025-12-05 put 100 5 5.2\n2024-02-05 2025-12-05 put 100 5 5.2\n2024-02-08 2025-12-05 put 100 5 5.2",
			`"05/01/2024" has the day or the month first; it is read as 2024-01-05 and not as 2024-05-01: as day/month/year, because so fewer rows are out of order.`,
		},
		"fewer quotes of a weekend": { // 3 February 2024 is a Saturday, 2 March too; 5 February and 2 May are not
			"05/02/2024,03/12/2025,100,P,5,5.2,\n06/02/2024,03/12/2025,100,P,5,5.2,\n", "2024-02-05 2025-12-03 put 100 5 5.2\n2024-02-06 2025-12-03 put 100 5 5.2", "as day/month/year",
		},
		"a Friday": {
			"02/01/2024,05/07/2024,100,P,5,5.2,\n", "2024-01-02 2024-07-05 put 100 5 5.2", "because so more of its options expire on a Friday",
		},
		"nothing decides": {
			"02/01/2024,03/07/2024,100,P,5,5.2,\n", "2024-02-01 2024-03-07 put 100 5 5.2", `No date shows whether "02/01/2024" has the day or the month first; it is read as 2024-02-01 and not as 2024-01-02: as month/day/year.`,
		},
		"ISO beside open ones on one day": {
			"2024-01-02,05/07/2024,100,P,5,5.2,\n02/01/2024,2024-07-05,110,P,9,9.2,\n31/01/2024,2024-07-05,110,P,9,9.2,\n",
			"2024-01-02 2024-07-05 put 100 5 5.2\n2024-01-02 2024-07-05 put 110 9 9.2\n2024-01-31 2024-07-05 put 110 9 9.2", "",
		},
	} {
		got, err := chainfile.Parse(strings.NewReader(header+c.rows), chainfile.Name{Name: "chains.csv"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		said := ""
		for _, w := range got.Warnings {
			said += w.Message
		}
		if show(got.Chains) != c.want || (c.says == "") != (said == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s:\n%s\nwant\n%s\nsaid %q, want %q", name, show(got.Chains), c.want, said, c.says)
		}
	}
}

// What a chain cannot be read from is refused with the line or the columns that
// it needs; what only looks like a standard option is left out.
func TestWhatAChainIsNotReadFrom(t *testing.T) {
	const header = "quote_date,underlying,underlying_close,expiration,strike,right,bid,ask"
	for name, c := range map[string]struct{ text, symbol, says string }{
		"each order has a witness": {header + "\n13/01/2024,X,100,2024-07-05,100,P,5,5.2\n01/14/2024,X,100,2024-07-05,100,P,5,5.2\n", "", `line 3: The quote date, which could be 2024-01-14, does not exist in the order of day and month that the rest of the file has.`},
		"expired by its own order": {header + "\n13/01/2024,X,100,05/01/2024,100,P,5,5.2\n", "", "The expiration 2024-01-05 comes before the quote date 2024-01-13; an option that has expired has no quote."},
		"a year of two digits":     {header + "\n02/01/24,X,100,2024-07-05,100,P,5,5.2\n", "", `The quote date "02/01/24" has a year of two digits; write it with four.`},
		"a year long gone":         {header + "\n02/01/1901,X,100,2024-07-05,100,P,5,5.2\n", "", "is not a date between 1970 and 2200"},
		"no bid and ask":           {"date,expiration,cp_flag,strike_price,best_bid,best_offer\n", "", "A file of option chains has the columns quote_date, expiration, strike, right (call or put), bid and ask, one option a row."},
		"strikes times 1,000":      {header + "\n2024-01-02,X,100,2024-07-05,100000,P,5,5.2\n2024-01-02,X,100,2024-07-05,95000,P,4,4.2\n", "", "Its strikes are not in the currency of the quotes"},
		"strikes by the symbol":    {"quote_date,expiration,strike_price,right,bid,ask,occ_symbol\n2024-01-02,2024-07-05,95000,P,4,4.2,X240705P00095000\n", "", "OptionMetrics and some others write strikes times 1,000."},
		"several underlyings":      {header + "\n2024-01-02,X,100,2024-07-05,100,P,5,5.2\n2024-01-02,Y,100,2024-07-05,100,P,5,5.2\n", "Z", "It holds options on more than one underlying: X, Y, and none of them is Z. Please import it under one of these symbols, and only its options are taken."},
		"two decimals":             {strings.ReplaceAll(header, ",", ";") + "\n2024-01-02;X;100;2024-07-05;100;P;5,0;5,2\n2024-01-02;X;100;2024-07-05;95;P;4.0;4,2\n", "", `line 3: The bid "4.0" is not a number here: the rest of the file has a decimal comma.`},
	} {
		_, err := chainfile.Parse(strings.NewReader(c.text), chainfile.Name{Name: "chains.csv", Symbol: c.symbol})
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok || !strings.Contains(own.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func TestWhatIsNoStandardContract(t *testing.T) {
	const header = "quote_date,underlying,expiration,strike,right,bid,ask,"
	const one = "2024-01-02 2024-07-05 put 100 5 5.2"
	for name, c := range map[string]struct{ text, symbol, want, code, says string }{
		"another multiplier":     {header + "multiplier\n2024-01-02,X,2024-07-05,100,P,5,5.2,100\n2024-01-02,X,2024-07-05,95,P,4,4.2,10\n", "", one, chainfile.WarnAdjusted, "1 row of adjusted or other contracts (of 10 units) was left out, the first on line 3"},
		"a delivery of its own":  {header + "deliverable\n2024-01-02,X,2024-07-05,100,P,5,5.2,\n2024-01-02,X,2024-07-05,95,P,4,4.2,\"57 X + 3.2 cash\"\n", "", one, chainfile.WarnAdjusted, `marked "57 X + 3.2 cash"`},
		"a flag":                 {header + "adjusted\n2024-01-02,X,2024-07-05,100,P,5,5.2,false\n2024-01-02,X,2024-07-05,95,P,4,4.2,true\n", "", one, chainfile.WarnAdjusted, `marked "true"`},
		"contracts of ten":       {header + "contract_size\n2024-01-02,X,2024-07-05,100,P,5,5.2,10\n", "", one, chainfile.WarnSize, "The contracts of the file are of 10 units."},
		"a column nobody knows":  {header + "adjustment_method\n2024-01-02,X,2024-07-05,100,P,5,5.2,7\n", "", one, chainfile.WarnUnknownColumn, `"adjustment_method" is not understood`},
		"of several the one":     {header + "\n2024-01-02,Y,2024-07-05,90,P,1,1.2,\n2024-01-02,X,2024-07-05,100,P,5,5.2,\n2024-01-02,Z,2024-07-05,90,P,1,1.2,\n", "x", one, chainfile.WarnSymbolRows, "only those on X are taken. Left out are those on Y, Z."},
		"under another name":     {header + "\n2024-01-02,X,2024-07-05,100,P,5,5.2,\n", "MINE", one, chainfile.WarnOtherSymbol, "The file says that its options are on X; they are taken as those on MINE."},
		"two decimals, unproven": {"quote_date;expiration;strike;right;bid;ask\n2024-01-02;2024-07-05;100;P;5;5.200\n", "", one, chainfile.WarnDecimal, `"5.200"`},
	} {
		got, err := chainfile.Parse(strings.NewReader(c.text), chainfile.Name{Name: "chains.csv", Symbol: c.symbol})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		said := ""
		for _, w := range got.Warnings {
			said += w.Code + ": " + w.Message + "\n"
		}
		if show(got.Chains) != c.want || !strings.Contains(said, c.code) || !strings.Contains(said, c.says) {
			t.Errorf("%s:\n%s\nsaid %q, want %q of %s", name, show(got.Chains), said, c.says, c.code)
		}
	}
}

// endless repeats a text for ever and counts what was read of it.
type endless struct {
	text string
	n    int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[(e.n+i)%len(e.text)]
	}
	e.n += len(p)
	return len(p), nil
}

// A file that cannot be read is given up where that is seen: what follows is not
// looked at, however much it is.
func TestAHopelessFileIsGivenUpAtOnce(t *testing.T) {
	const header = "quote_date,expiration,strike,right,bid,ask\n"
	for name, c := range map[string]struct {
		start, rest, says string
		most              int
	}{
		"a quotation mark that is never closed":       {header + "\"2024-01-02,2024-07-05,100,P,5,5.2\n", "2024-01-03,2024-07-05,100,P,5,5.2\n", "chains.csv, line 2: A quotation mark is opened and never closed.", 1 << 18},
		"a line without end in it":                    {header + "\"", "2024-01-02", "Line 2 is longer than 64 KiB.", 1 << 18},
		"one in the first line":                       {"\"", "quote_date,", "Line 1 is longer than 64 KiB.", 1 << 18},
		"lines that cannot be read, one like another": {header, "never,2024-07-05,100,P,5,5.2\n", "of which the first 20 are listed", 1 << 20},
	} {
		rest := &endless{text: c.rest}
		_, err := chainfile.Parse(io.MultiReader(strings.NewReader(c.start), rest), chainfile.Name{Name: "chains.csv"})
		if err == nil || !strings.Contains(err.Error(), c.says) || rest.n > c.most {
			t.Errorf("%s: %d bytes were read, at most %d are enough: %v, want %q", name, rest.n, c.most, err, c.says)
		}
	}
}
