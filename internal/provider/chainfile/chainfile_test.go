package chainfile_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/chainfile"
	"lombard.example/lombard/market"
)

// show writes chains as lines of "date expiry kind strike bid ask".
func show(chains []market.Chain) string {
	var all []string
	for _, c := range chains {
		for _, q := range c.Quotes {
			kind := "call"
			if q.Put {
				kind = "put"
			}
			all = append(all, fmt.Sprintf("%s %s %s %v %v %v", c.Date, q.Expiry, kind, q.Strike, q.Bid, q.Ask))
		}
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

const (
	ownHeader      = "quote_date,underlying,underlying_close,expiration,strike,right,bid,ask,last,volume,open_interest,iv,delta,occ_symbol\n"
	dataShopHeader = "underlying_symbol,quote_date,root,expiration,strike,option_type,open,high,low,close,trade_volume,bid_size_1545,bid_1545,ask_size_1545,ask_1545,underlying_bid_1545,underlying_ask_1545,bid_size_eod,bid_eod,ask_size_eod,ask_eod,underlying_bid_eod,underlying_ask_eod,vwap,open_interest,delivery_code\n"
	dxHeader       = "[QUOTE_UNIXTIME], [QUOTE_READTIME], [QUOTE_DATE], [QUOTE_TIME_HOURS], [UNDERLYING_LAST], [EXPIRE_DATE], [EXPIRE_UNIX], [DTE], [C_DELTA], [C_VOLUME], [C_LAST], [C_SIZE], [C_BID], [C_ASK], [STRIKE], [P_BID], [P_ASK], [P_SIZE], [P_LAST], [P_DELTA], [P_VOLUME]\n"
	hodHeader      = ",underlying,underlying_last,optionroot,type,expiration,quotedate,strike,last,bid,ask,volume,openinterest,impliedvol,delta,gamma,theta,vega,optionalias,dte\n"
)

var twoOptions = "2024-01-03 2024-02-16 call 190 2.5 2.6\n2024-01-03 2024-02-16 put 190 0 2.25"

func TestLayouts(t *testing.T) {
	for name, c := range map[string]struct{ file, layout, symbol, want, warns, closes string }{
		"our own": {
			ownHeader + "2024-01-03,GLD,189.28,2024-02-16,190,P,,2.25,,,,,,GLD240216P00190000\n2024-01-03,GLD,189.28,2024-02-16,190,C,2.5,2.6,,,,,,GLD240216C00190000\n",
			"lombard", "GLD", twoOptions, "", "2024-01-03 189.28",
		},
		"our own, the least of it, in any order and case": {
			"ASK,Right,Strike,Expiration,BID,Quote_Date\n2.25,put,190,20240216,,01/03/2024\n\n# a remark\n\"2.6\",CALL,\"190.00\",2024-02-16 00:00:00,2.5,20240103\n",
			"lombard", "", twoOptions, "", "",
		},
		"no underlying but in the symbol": {
			"quote_date,expiration,strike,right,bid,ask,occ_symbol\n2024-01-03,2024-02-16,190,P,,2.25,SPX   240216P00190000\n2024-01-03,2024-02-16,190,P,,2.25,SPXW  240216P00190000\n" +
				"2024-01-03,2024-02-16,190,C,2.5,2.6,SPXW  240216C00190000\n2024-01-03,2024-02-16,191,C,2.5,2.6,SPX1  240216C00191000\n",
			"lombard", "SPX", twoOptions, "adjusted_contracts_left_out settled_at_the_open", "",
		},
		"the end of the day at Cboe": {
			dataShopHeader +
				"^SPX,2024-01-03,SPXW,2024-02-16,190,C,0,0,0,0,0,5,9,5,9,0,0,5,2.5,5,2.6,4704.8,4704.8,0,10,\n" +
				"^SPX,2024-01-03,SPXW,2024-02-16,190.000,P,0,0,0,0,0,5,0,5,2.25,0,0,5,0,5,0,4704.8,4704.8,0,10,\n" +
				"^SPX,2024-01-03,SPX,2024-02-16,190.000,P,0,0,0,0,0,5,0,5,2.25,0,0,5,1,5,2,4704.8,4704.8,0,10,\n",
			"cboe_datashop", "SPX", twoOptions, "end_of_day_quotes quotes_of_1545 settled_at_the_open", "",
		},
		"a call and a put a row": {
			dxHeader + "1704315600, 2024-01-03 16:00, 2024-01-03, 16.000000, 189.280000, 2024-02-16, 1708117200, 44.00, 0.5, , 2.5, 1 x 2, 2.5, 2.6, 190.000000, , 2.25, 1 x 2, 2.2, -0.5, 3\n",
			"optionsdx", "", twoOptions, "", "2024-01-03 189.28",
		},
		"a data frame with aliases": {
			hodHeader + "5,GLD,189.28,GLD240216C00190000,call,2024-02-16,2024-01-03,190.0,0.0,2.5,2.6,0,0,0.2,0.9,0.0,25.1,0.3,GLD240216C00190000,44\n" +
				"6,GLD,189.28,GLD240216P00190000,put,2024-02-16,2024-01-03,190.0,0.0,0.0,2.25,0,0,0.2,0.9,0.0,25.1,0.3,GLD240216P00190000,44\n",
			"historicaloptiondata", "GLD", twoOptions, "", "2024-01-03 189.28",
		},
		"its older form": {
			"UnderlyingSymbol,UnderlyingPrice,Exchange,OptionSymbol,OptionExt,Type,Expiration,DataDate,Strike,Last,Bid,Ask,Volume,OpenInterest,T1OpenInterest\n" +
				"GLD,189.28,*,GLD240216C00190000,,call,02/16/2024,01/03/2024,190,0,2.5,2.6,0,1,1\nGLD,189.28,*,GLD240216P00190000,,put,02/16/2024,01/03/2024,190,0,0,2.25,0,1,1\n",
			"historicaloptiondata", "GLD", twoOptions, "", "2024-01-03 189.28",
		},
		"roots and aliases": {
			"underlying,underlying_last,exchange,optionroot,optionalias,type,expiration,quotedate,strike,bid,ask\n" +
				"BRK.B,360,*,BRKB,x,call,2024-02-16,2024-01-03,190,2.5,2.6\nBRK.B,360,*,BRKB,x,put,2024-02-16,2024-01-03,190,0,2.25\n",
			"historicaloptiondata", "BRK.B", twoOptions, "", "2024-01-03 360",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := chainfile.Parse(strings.NewReader(c.file), chainfile.Name{Name: "chains.csv"})
			if err != nil {
				t.Fatal(err)
			}
			closes := ""
			for _, b := range got.Closes {
				closes += fmt.Sprintf("%s %v", b.Date, b.Close)
			}
			if got.Layout != c.layout || got.Symbol != c.symbol || show(got.Chains) != c.want || codes(got.Warnings) != c.warns || closes != c.closes {
				t.Errorf("%s of %q:\n%s\nwarnings %q, closes %q", got.Layout, got.Symbol, show(got.Chains), codes(got.Warnings), closes)
			}
			if !chainfile.Recognises(strings.NewReader(c.file)) {
				t.Error("it is not recognised")
			}
		})
	}
}

func TestWhatIsLeftOut(t *testing.T) {
	row := func(underlying, date, expiry, strike, right, quotes, symbol string) string {
		return strings.Join([]string{date, underlying, "500", expiry, strike, right, quotes, ",,,,", symbol}, ",") + "\n"
	}
	for name, c := range map[string]struct{ file, want, warns, says string }{
		"adjusted contracts and minis": {
			row("AAPL", "2014-06-06", "2014-06-27", "645", "C", "9,9.2", "AAPL140627C00645000") +
				row("AAPL", "2014-06-06", "2014-06-27", "645", "C", "8,9.9", "AAPL7 140627C00645000") +
				row("AAPL", "2014-06-06", "2014-06-27", "no", "C", "?,9.9", "AAPL1 140627C00645000"),
			"2014-06-06 2014-06-27 call 645 9 9.2", "adjusted_contracts_left_out", "2 rows of adjusted or other contracts (AAPL7, AAPL1) were left out, the first on line 3",
		},
		"a Saturday, and one after Good Friday": {
			row("AAPL", "2014-03-03", "2014-06-21", "645", "C", "9,9.2", "") + row("AAPL", "2014-03-03", "2014-04-19", "645", "C", "8,8.2", ""),
			"2014-03-03 2014-04-17 call 645 8 8.2\n2014-03-03 2014-06-20 call 645 9 9.2", "", "",
		},
		"crossed, empty and zero": {
			row("AAPL", "2014-03-03", "2014-06-20", "645", "C", "9,8", "") + row("AAPL", "2014-03-03", "2014-06-20", "645", "P", ",", "") + row("AAPL", "2014-03-03", "2014-06-20", "650", "P", "0,n/a", ""),
			"2014-03-03 2014-06-20 call 645 9 8\n2014-03-03 2014-06-20 put 645 0 0\n2014-03-03 2014-06-20 put 650 0 0", "", "",
		},
		"rows twice, dates in any order": {
			row("AAPL", "2014-03-04", "2014-06-20", "645", "C", "7,8", "") + row("AAPL", "2014-03-03", "2014-06-20", "645", "C", "9,10", "") + row("AAPL", "2014-03-04", "2014-06-20", "645", "C", "7,8", ""),
			"2014-03-03 2014-06-20 call 645 9 10\n2014-03-04 2014-06-20 call 645 7 8", "", "",
		},
		"another close": {
			row("AAPL", "2014-03-04", "2014-06-20", "645", "C", "7,8", "") + strings.Replace(row("AAPL", "2014-03-04", "2014-06-20", "650", "C", "6,7", ""), "500", "501", 1),
			"2014-03-04 2014-06-20 call 645 7 8\n2014-03-04 2014-06-20 call 650 6 7", "underlying_close_differs", "In 1 row the underlying's close differs",
		},
		"the morning's and the afternoon's": {
			row("SPX", "2024-01-03", "2024-02-16", "4700", "P", "70,71", "SPX   240216P04700000") + row("SPX", "2024-01-03", "2024-02-16", "4700", "P", "72,73", "SPXW  240216P04700000") +
				row("SPX", "2024-01-03", "2024-02-16", "4800", "P", "90,91", "SPX   240216P04800000"),
			"2024-01-03 2024-02-16 put 4700 72 73\n2024-01-03 2024-02-16 put 4800 90 91", "settled_at_the_open", "1 row of options that settle at the open was left out, the first on line 2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := chainfile.Parse(strings.NewReader(ownHeader+c.file), chainfile.Name{Name: "chains.csv"})
			if err != nil {
				t.Fatal(err)
			}
			if show(got.Chains) != c.want || codes(got.Warnings) != c.warns {
				t.Errorf("got\n%s\n%v", show(got.Chains), got.Warnings)
			}
			if c.says != "" && !strings.Contains(got.Warnings[0].Message, c.says) {
				t.Errorf("the warning is %q, want %q in it", got.Warnings[0].Message, c.says)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	const good = "2024-01-03,GLD,189,2024-02-16,190,P,2,2.25\n"
	for name, c := range map[string]struct{ file, says string }{
		"empty":                   {"", "It is empty."},
		"the header alone":        {ownHeader, "There are no options in it, only the header."},
		"blank lines":             {"\n\n,,\n", "only blank lines"},
		"no expiration":           {"quote_date,strike,right,bid,ask\n", `No column is recognised as the expiration. The columns found are: "quote_date"`},
		"no right":                {"quote_date,expiration,strike,bid,ask\n", `Please name one of them "right".`},
		"a half of the wide form": {"[QUOTE_DATE],[EXPIRE_DATE],[C_BID],[C_ASK],[STRIKE],[P_BID]\n", "No column is recognised as the put's ask."},
		"two times of a day": {
			dxHeader + "1, 2024-01-03 15:30, 2024-01-03, 15.5, 189, 2024-02-16, 1, 44, 0.5, , 2.5, x, 2.5, 2.6, 190, , 2.25, x, 2.2, -0.5, 3\n1, 2024-01-03 16:00, 2024-01-03, 16.0, 189, 2024-02-16, 1, 44, 0.5, , 2.5, x, 2.5, 2.7, 190, , 2.25, x, 2.2, -0.5, 3\n",
			"On 2024-01-03 it has quotes of several times of the day, 15.5 and 16.0 among them; the second stands on line 3. Please keep the quotes of the close.",
		},
		"a column twice":         {"quote_date,expiration,strike,right,bid,ask,Bid\n", `Two of its columns are called "bid".`},
		"two underlyings":        {ownHeader + good + "2024-01-03,SPY,470,2024-02-16,190,P,2,2.25\n2024-01-03,AAPL,470,2024-02-16,190,P,2,2.25\n", "It holds options on more than one underlying: GLD, SPY, AAPL."},
		"many underlyings":       {ownHeader + strings.Join(strings.Split("ABCDEFGHIJKLMNOPQRSTUVWXYZ", ""), ",\n2024-01-03,"), "and others"},
		"nothing standard":       {ownHeader + "2024-01-03,GLD,189,2024-02-16,190,P,2,2.25,,,,,,GLD1240216P00190000\n", "None of its options is a standard one on GLD: they are GLD1."},
		"a strike that is none":  {ownHeader + "2024-01-03,GLD,189,2024-02-16,much,P,2,2.25\n", `chains.csv, line 2: The strike "much" is not a number.`},
		"no strike":              {ownHeader + "2024-01-03,GLD,189,2024-02-16,,P,2,2.25\n", `The strike "" is not a positive number.`},
		"a strike with a comma":  {ownHeader + "2024-01-03,GLD,189,2024-02-16,\"190,5\",P,2,2.25\n", `The ask "2.25" is not a number here: the rest of the file has a decimal comma.`},
		"a negative bid":         {ownHeader + "2024-01-03,GLD,189,2024-02-16,190,P,-2,2.25\n", `The bid "-2" is negative; leave the cell empty where there is no price.`},
		"a bid without end":      {ownHeader + "2024-01-03,GLD,189,2024-02-16,190,P,inf,2.25\n", `The bid "inf" is not a finite number.`},
		"an ask that is huge":    {ownHeader + "2024-01-03,GLD,189,2024-02-16,190,P,2,2e30\n", `is not a plausible price`},
		"another right":          {ownHeader + "2024-01-03,GLD,189,2024-02-16,190,X,2,2.25\n", `The right (call or put) "X" is neither C, call, P nor put.`},
		"no date":                {ownHeader + ",GLD,189,2024-02-16,190,P,2,2.25\n", `The quote date "" is not a date`},
		"a day that is none":     {ownHeader + "2024-02-30,GLD,189,2024-02-16,190,P,2,2.25\n", `"2024-02-30" does not exist`},
		"an option of last week": {ownHeader + "2024-01-03,GLD,189,2023-12-29,190,P,2,2.25\n", "comes before the quote date 2024-01-03"},
		"too many columns":       {"quote_date,expiration,strike,right,bid,ask\n2024-01-03,2024-02-16,1,190,P,2,2.25\n", "There are 7 columns where 6 are named"},
		"two quotes":             {ownHeader + good + good + strings.Replace(good, "2.25", "2.5", 1), "On 2024-01-03 the put at 190 until 2024-02-16 stands on lines 2 and 4, with different quotes"},
		"an open quotation mark": {ownHeader + "\"2024-01-03,GLD\n" + good, "A quotation mark is opened and never closed."},
		"many problems":          {ownHeader + strings.Repeat("x,GLD,189,2024-02-16,190,P,2,2.25\n", 30), "has 30 problems, of which the first 20 are listed."},
		"JSON":                   {`[{"quote_date":1}]`, "It is JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := chainfile.Parse(strings.NewReader(c.file), chainfile.Name{Name: "chains.csv"})
			own, ok := errors.AsType[*lombard.Error](err)
			if !ok || own.Kind != lombard.KindValidation || len(own.Fields) == 0 || !strings.Contains(own.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

type option struct {
	Day    int32    `parquet:"quote_date,date"`
	On     string   `parquet:"underlying"`
	Close  float64  `parquet:"underlying_close"`
	Expiry int32    `parquet:"expiration,date"`
	Strike float64  `parquet:"strike"`
	Right  string   `parquet:"right"`
	Bid    *float64 `parquet:"bid,optional"`
	Ask    *float64 `parquet:"ask,optional"`
}

// TestPackedAndParquet: whatever a file is packed in, its chains are the same.
func TestPackedAndParquet(t *testing.T) {
	plain := []byte(ownHeader + "2024-01-03,GLD,189.28,2024-02-16,190,P,,2.25\n2024-01-03,GLD,189.28,2024-02-16,190,C,2.5,2.6\n")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err1 := z.Write(plain)
	err2 := z.Close()
	e, err3 := zstd.NewWriter(nil)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	w := parquet.NewGenericWriter[option](&table)
	bid, ask, callAsk := 2.5, 2.25, 2.6
	day, expiry := int32(19725), int32(19769) // days since 1970
	_, err1 = w.Write([]option{{day, "GLD", 189.28, expiry, 190, "P", nil, &ask}, {day, "GLD", 189.28, expiry, 190, "C", &bid, &callAsk}})
	if err := errors.Join(err1, w.Close()); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"plain": plain, "gzip": packed.Bytes(), "zstd": e.EncodeAll(plain, nil), "parquet": table.Bytes()} {
		got, err := chainfile.Parse(bytes.NewReader(data), chainfile.Name{Name: name})
		if err != nil || show(got.Chains) != twoOptions || got.Symbol != "GLD" || len(got.Closes) != 1 || got.Closes[0].Close != 189.28 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if !chainfile.Recognises(bytes.NewReader(data)) {
			t.Errorf("%s is not recognised", name)
		}
	}
	if _, err := chainfile.Parse(bytes.NewReader(table.Bytes()[:table.Len()/2]), chainfile.Name{Name: "cut"}); err == nil || !strings.Contains(err.Error(), "damaged Parquet") {
		t.Errorf("a cut file: %v", err)
	}
}

func TestPriceFilesAreNotRecognised(t *testing.T) {
	for _, text := range []string{"date,open,high,low,close,volume\n2024-01-02,1,1,1,1,1\n", "date,gvz\n", "", "2024-01-02,5\n", "{}", "PK\x03\x04xxxx", "DATE,VIX\n", "date,close,contract\n"} {
		if chainfile.Recognises(strings.NewReader(text)) {
			t.Errorf("%q is taken as a file of chains", text)
		}
	}
}

func TestErrorsOfTheReaderArePassedOn(t *testing.T) {
	broken := errors.New("the line is dead")
	_, err := chainfile.Parse(io.MultiReader(strings.NewReader(ownHeader), failing{broken}), chainfile.Name{Name: "chains.csv"})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
