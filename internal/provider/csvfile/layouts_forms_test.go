package csvfile

func dated(first, second string) string {
	return "Date;Close\n" + first + ";11.00\n" + second + ";12.00\n"
}

func priced(first, second string) string {
	return "Date;Close\n2020-01-02;" + first + "\n2020-01-03;" + second + "\n"
}

const large = "2020-01-02 1234.5\n2020-01-03 1235.5"

// formLayouts are the forms of dates and numbers.
var formLayouts = []layout{
	{name: "seconds since 1970", file: dated("1577923200", "1578009600"), want: close2020},
	{name: "seconds with a fraction", file: dated("1577923200.0", "1578009600.0"), want: close2020},
	{name: "seconds of before September 2001", file: dated("999388800", "1000166400"), want: "2001-09-02 11\n2001-09-11 12"},
	{name: "milliseconds", file: dated("1577923200000", "1578009600000"), want: close2020},
	{name: "milliseconds of before September 2001", file: dated("946857600000", "946944000000"), want: "2000-01-03 11\n2000-01-04 12"},
	{name: "microseconds", file: dated("1577923200000000", "1578009600000000"), want: close2020},
	{name: "nanoseconds", file: dated("1577923200000000000", "1578009600000000000"), want: close2020},
	{name: "seconds of evenings, the sessions of the days after", file: dated("1577919600", "1578265200"), want: "2020-01-02 11\n2020-01-06 12", says: []string{
		"evening_times: Its times are of the evening in UTC, on Sundays and never on Fridays, so they begin the session of the day after: line 2 is read as 2020-01-02, not as 2020-01-01.",
	}},
	{name: "seconds of evenings, the closes of New York", file: dated("1577998800", "1578085200"), want: close2020},
	{name: "seconds of evenings that nothing decides", file: dated("1577919600", "1578006000"), want: "2020-01-01 11\n2020-01-02 12", says: []string{
		"line 2 is read as 2020-01-01, not as the day after.",
	}},
	{name: "seconds without a header", file: "1577923200,11\n1578009600,12\n", want: close2020, says: []string{"header_assumed"}},
	{name: "seconds that look like an hour of 1611", file: dated("1611014400", "1611100800"), want: "2021-01-19 11\n2021-01-20 12"},
	{name: "YYYYMMDDhhmmss", file: dated("20200102160000", "20200103160000"), want: close2020},
	{name: "YYYYMMDDhhmm", file: dated("202001021600", "202001031600"), want: close2020},
	{name: "ISO, with a zone", file: dated("2020-01-02T16:00:00-05:00", "2020-01-03T16:00:00-05:00"), want: close2020},
	{name: "ISO, with nanoseconds", file: dated("2020-01-02T00:00:00.000000000Z", "2020-01-03T00:00:00.000000000Z"), want: close2020},
	{name: "slashes and the year first", file: dated("2020/01/02", "2020/1/3"), want: close2020},
	{name: "points and the year first", file: dated("2020.01.02", "2020.01.03"), want: close2020},
	{name: "the month's name before the day", file: dated("Jan 2, 2020", "January 3, 2020"), want: close2020},
	{name: "the day before the month's name", file: dated("02-JAN-2020", "3 Jan 2020"), want: close2020},
	{name: "the day of the week first", file: dated("Thu Jan 2 2020", "Fri, 3 Jan 2020"), want: close2020},
	{name: "as JavaScript writes it", file: dated("Thu Jan 02 2020 00:00:00 GMT+0100 (CET)", "Fri Jan 03 2020 00:00:00 GMT+0100 (CET)"), want: close2020},
	{name: "a time of day in halves", file: dated("1/30/2020 4:00:00 PM", "1/31/2020 4:00 PM"), want: "2020-01-30 11\n2020-01-31 12"},
	{name: "both orders of day and month", file: dated("01/02/2020", "01/03/2020"), want: close2020, says: []string{
		`No date shows whether "01/02/2020" has the day or the month first; it is read as 2020-01-02 and not as 2020-02-01`,
	}},
	{name: "the day first by the order of the rows", file: "Date;Close\n11/01/2020;11.00\n12/01/2020;12.00\n01/02/2020;13.00\n", want: "2020-01-11 11\n2020-01-12 12\n2020-02-01 13", says: []string{
		`"11/01/2020" has the day or the month first; it is read as 2020-01-11 and not as 2020-11-01: as day/month/year, because only so the rows are in order.`, "sessions_far_apart",
	}},

	{name: "commas that group", file: priced("1,234.50", "1,235.5"), want: large},
	{name: "points that group", file: priced("1.234,50", "1.235,5"), want: large},
	{name: "apostrophes that group", file: priced("1'234.50", "1’235.5"), want: large},
	{name: "spaces that group", file: priced("1 234,50", "1\u00a0235,5"), want: large},
	{name: "thin spaces that group", file: priced("1\u2009234.50", "1\u202f235.5"), want: large},
	{name: "Indian groups", file: priced("12,34,567.50", "1,23,45,678.50"), want: "2020-01-02 1.2345675e+06\n2020-01-03 1.23456785e+07", says: []string{"price_jump"}},
	{name: "Indian groups without a fraction", file: "Date,Close\n2020-01-02,\"1,23,950\"\n2020-01-03,\"1,24,950\"\n", want: "2020-01-02 123950\n2020-01-03 124950"},
	{name: "dollars", file: priced("$1,234.50", "1235.5 USD"), want: large},
	{name: "euros", file: priced("1.234,50 €", "€ 1.235,50"), want: large},
	{name: "rupees", file: priced("Rs. 1,234.50", "₹1,235.50"), want: large},
	{name: "rupiah", file: priced("1730000000", "Rp1765000000"), want: "2020-01-02 1.73e+09\n2020-01-03 1.765e+09"},
	{name: "scientific", file: priced("1.2345E3", "1.2355e+03"), want: large},
	{name: "a point that may group, commas between", file: "Date,Close\n2020-01-02,\"9.025\"\n2020-01-03,\"9.050\"\n", want: "2020-01-02 9.025\n2020-01-03 9.05", says: []string{
		`No price shows whether "9.025" has a decimal point or separates thousands; it is read as 9.025, not as 9025.`,
	}},
	{name: "a point that may group, semicolons between", file: priced("9.025", "9.050"), want: "2020-01-02 9.025\n2020-01-03 9.05", says: []string{`it is read as 9.025, not as 9025.`}},
	{name: "a comma that may group, commas between", file: "Date,Close\n2020-01-02,\"9,025\"\n2020-01-03,\"9,050\"\n", want: "2020-01-02 9025\n2020-01-03 9050", says: []string{
		`No price shows whether "9,025" has a decimal comma or separates thousands; it is read as 9025, not as 9.025.`,
	}},
	{name: "a point that groups, by the whole file", file: "Date,Close\n2020-01-02,985\n2020-01-03,1.005\n2020-01-06,1.010\n", want: "2020-01-02 985\n2020-01-03 1005\n2020-01-06 1010", says: []string{
		`it is read as 1005, not as 1.005, because so the prices stay close together.`,
	}},
	{name: "a comma that groups, by the whole file", file: "Date;Close\n2020-01-02;985\n2020-01-03;1,005\n2020-01-06;1,010\n", want: "2020-01-02 985\n2020-01-03 1005\n2020-01-06 1010", says: []string{
		`it is read as 1005, not as 1.005, because so the prices stay close together.`,
	}},
	{name: "a point that another column decides", file: "Date,Close,Open\n2020-01-02,9.025,9.1\n2020-01-03,9.050,9.2\n", want: "2020-01-02 9.1/0/0 9.025\n2020-01-03 9.2/0/0 9.05"},
	{name: "no price in every way", file: "Date,Close\n2020-01-01,\n2020-01-02,11\n2020-01-03,12\n2020-01-04,-\n2020-01-05,N/A\n2020-01-06,null\n2020-01-07,#N/A\n2020-01-08,.\n", want: close2020, says: []string{
		"6 rows without a close were left out, the first on line 2.",
	}},
	{name: "names in Latin-1", file: "Datum;Er\xf6ffnung;Hoch;Tief;Schlusskurs\n02.01.2020;10,0;12,0;9,0;11,0\n03.01.2020;11,0;13,0;10,0;12,0\n", want: ohlc2020},
	{name: "euros in Windows-1252", file: "Datum;Schluss (\x80)\n02.01.2020;11,00 \x80\n03.01.2020;12,00 \x80\n", want: close2020},
}

// shapeLayouts are the ways in which the table stands in its file.
var shapeLayouts = []layout{
	{name: "tabs", file: "Date\tClose\n2020-01-02\t11\n2020-01-03\t12\n", want: close2020},
	{name: "bars", file: "Date|Open|High|Low|Close\n2020-01-02|10|12|9|11\n2020-01-03|11|13|10|12\n", want: ohlc2020},
	{name: "a delimiter at the end of every line", file: "Date;Close;\n2020-01-02;11;\n2020-01-03;12;\n", want: close2020},
	{name: "a delimiter at the end of the rows", file: "Date;Close\n2020-01-02;11;\n2020-01-03;12;;\n", want: close2020},
	{name: "everything in quotation marks", file: "\"Date\",\"Close\"\n\"2020-01-02\",\"11\"\n\"2020-01-03\",\"12\"\n", want: close2020},
	{name: "sep=", file: "sep=;\nDate;Close\n2020-01-02;11,0\n2020-01-03;12,0\n", want: close2020},
	{name: "comments and blank lines", file: "# prices of a bank\n\nDate,Close\n# of the old year\n2020-01-02,11\n\n2020-01-03,12\n", want: close2020},
	{name: "captions of two cells", file: "Ticker:,GLD\nPeriod:,Daily\n\nDate,Close\n2020-01-02,11\n2020-01-03,12\n", want: close2020, says: []string{
		`lines_left_out: The 2 lines before the header on line 4 have no prices and are left out; line 1 is "Ticker:,GLD".`,
	}},
	{name: "a caption with dates", file: "From,2020-01-02,to,2020-01-03\nDate,Close\n2020-01-02,11\n2020-01-03,12\n", want: close2020, says: []string{"The line before the header on line 2"}},
	{name: "a caption above rows without a header", file: "Gold in dollars\n2020-01-02,11\n2020-01-03,12\n", want: close2020, says: []string{"header_assumed", "lines_left_out"}},
	{name: "units below the header", file: "Date,Close\nyyyy-mm-dd,USD\n2020-01-02,11\n2020-01-03,12\n", want: close2020, says: []string{
		"1 row without a date and a number was left out between the header and the prices, the first on line 2.",
	}},
	{name: "a note below the prices", file: "Date,Close\n2020-01-02,11\n2020-01-03,12\nSource: a bank, all rights reserved\nhttps://bank.example/prices\n", want: close2020, says: []string{
		"After the prices 2 lines of words are left out; line 4 is",
	}},
	{name: "one symbol, as asked for", symbol: "BRK-B", file: "symbol,date,close\nBRK.B,2020-01-02,11\nBRK.B,2020-01-03,12\n", want: close2020},
	{name: "one symbol, another than asked for", symbol: "GLD", file: "symbol,date,close\nSPY,2020-01-02,11\nSPY,2020-01-03,12\n", want: close2020, says: []string{
		`symbol_differs: The file says that its prices are of "SPY"; they are taken as those of GLD.`,
	}},
	{name: "one symbol, by its number", symbol: "GLD", file: "symbol_id,date,close\n4,2020-01-02,11\n4,2020-01-03,12\n", want: close2020},
	{name: "several symbols, of which one is asked for", symbol: "GLD", file: "symbol,date,close\nSPY,2020-01-02,never\nGLD,2020-01-02,11\nGLD,2020-01-03,12\nSPY,2020-01-03,471\nQQQ,2020-01-03,5\n", want: close2020, says: []string{
		`only the prices of "GLD" are taken. Left out: "SPY", "QQQ".`,
	}},
	{name: "a column for every symbol", symbol: "GLD", file: "Date,SPY,GLD\n2020-01-02,470,11\n2020-01-03,471,12\n", want: close2020, says: []string{`The column "GLD" is taken as the close`}},
	{name: "the symbol in every name", symbol: "GLD", file: "Date,Open_GLD,Close_GLD,Open_SPY,Close_SPY\n2020-01-02,10,11,1,2\n2020-01-03,11,12,1,2\n", want: "2020-01-02 10/0/0 11\n2020-01-03 11/0/0 12"},
	{name: "symbols side by side, from yfinance", symbol: "GLD", file: "Price,Close,Close,High,High,Low,Low,Open,Open\nTicker,AAPL,GLD,AAPL,GLD,AAPL,GLD,AAPL,GLD\nDate,,,,,,,,\n2020-01-02,300,11,301,12,299,9,300,10\n2020-01-03,300,12,301,13,299,10,300,11\n", want: ohlc2020, says: []string{
		`only the prices of "GLD" are taken. Left out: "AAPL".`,
	}},
	{name: "symbols side by side, grouped by ticker", symbol: "GLD", file: "Ticker,AAPL,AAPL,GLD,GLD\nPrice,Open,Close,Open,Close\nDate,,,,\n2020-01-02,300,300,10,11\n2020-01-03,300,300,11,12\n", want: "2020-01-02 10/0/0 11\n2020-01-03 11/0/0 12", says: []string{
		`only the prices of "GLD" are taken. Left out: "AAPL".`,
	}},
	{name: "contracts one after the other", file: "date,close,contract\n2020-01-02,11,GCG0\n2020-01-03,12,GCJ0\n", want: close2020},
}

// refusedLayouts are files that cannot be used, and what is said of them.
var refusedLayouts = []layout{
	{name: "several symbols, none asked for", file: "symbol,date,close\nGLD,2020-01-02,190\nSPY,2020-01-02,470\n", says: []string{
		`It has prices of 2 symbols in its column "symbol": "GLD", "SPY".`, "Please import it under one of these symbols",
	}},
	{name: "several symbols, by other words", symbol: "GLD", file: "Security Name,Trade Date,Closing Price\nGold,2020-01-02,190\nSilver,2020-01-03,24\n", says: []string{
		`It has prices of 2 symbols in its column "Security Name": "Gold", "Silver", and none of them is "GLD".`,
	}},
	{name: "several symbols, another asked for", symbol: "X", file: "tic,date,close\nGLD,2020-01-02,190\nSPY,2020-01-03,470\n", says: []string{`"GLD", "SPY", and none of them is "X".`}},
	{name: "symbols side by side, another asked for", symbol: "X", file: "Price,Close,Close\nTicker,AAPL,GLD\nDate,,\n2020-01-02,300,11\n", says: []string{
		`It has prices of 2 symbols in its line "Ticker": "AAPL", "GLD", and none of them is "X".`,
	}},
	{name: "many columns without names", file: "2020-01-02,10,12,9,11\n", says: []string{"is a row of 5 columns, so nothing says what they are", "Please put the names in a line above it"}},
	{name: "seconds and numbers without names", file: "1577836800,100.0,110.0,90.0,105.0,1\n1577923200,1,1,1,1,1\n", says: []string{"is a row of 6 columns"}},
	{name: "numbers without names", file: "1,2,3\n4,5,6\n", says: []string{"is a row of 3 columns"}},
	{name: "a header that is not known, on its line", file: "Gold\nwhen,close\n2020-01-02,11\n", says: []string{`No column is recognised as the date. The columns found on line 2 are: "when", "close".`, `Please name one of them "date".`}},
	{name: "columns apart by spaces", file: "date close\n2020-01-02 11\n2020-01-03 12\n", says: []string{"Please separate the columns by commas, semicolons or tabs"}},
	{name: "a web page", file: "\n<!DOCTYPE html>\n<html>", says: []string{"It is a web page"}},
	{name: "a web page with text in its first line", file: "<html>, <b>prices</b>, and more", says: []string{"is a web page"}},
	{name: "OptionMetrics", file: "date,exdate,cp_flag,strike_price,best_bid,best_offer,last\n2020-01-02,2021-01-15,P,95000,4.00,4.10,4.05\n", says: []string{
		`It is a table of options, by its columns "exdate", "cp_flag", "strike_price"`, "quote_date, expiration, strike, right (call or put), bid and ask", "times 1,000",
	}},
	{name: "NSE options", file: "INSTRUMENT,SYMBOL,EXPIRY_DT,STRIKE_PR,OPTION_TYP,OPEN,HIGH,LOW,CLOSE,SETTLE_PR,TIMESTAMP\nOPTIDX,NIFTY,30-Jan-2020,12000,CE,1,2,1,2,2,02-Jan-2020\n", says: []string{
		`It is a table of options, by its columns "EXPIRY_DT", "STRIKE_PR", "OPTION_TYP"`,
	}},
	{name: "options without a close", file: "Call/Put,Strike,Maturity,Premium\nC,100,2021-01-15,5\n", says: []string{"It is a table of options"}},
	{name: "bars of an option of Deribit", file: "instrument_name,date,close\nBTC-29MAR24-60000-C,2020-01-02,0.1\n", says: []string{`It has prices of options, such as "BTC-29MAR24-60000-C"`}},
	{name: "bars of an option of India", file: "Symbol,date,close\nNIFTY24JAN21500CE,2020-01-02,0.1\n", says: []string{"It has prices of options"}},
	{name: "two prices of which neither is the close", file: "Date,Price USD,Price EUR\n2020-01-02,1,2\n", says: []string{"No column is recognised as the close."}},
	{name: "bars of one option", file: "ticker,date,open,high,low,close\nO:GLD240119P00180000,2020-01-02,1,2,1,2\n", says: []string{`It has prices of options, such as "O:GLD240119P00180000"`}},
	{name: "a year of two digits with the month's name", file: dated("02-Jan-20", "03-Jan-20"), says: []string{`line 2: The date "02-Jan-20" has a year of two digits; write it with four.`}},
	{name: "a year of two digits after the month's name", file: dated("Jan 2, 20", "Jan 3, 20"), says: []string{`"Jan 2, 20" has a year of two digits; write it with four.`}},
	{name: "day numbers of a spreadsheet", file: dated("43832", "43833"), says: []string{`line 2: The date "43832" is not a date; if it is the day number of a spreadsheet`}},
	{name: "seconds beyond 2100", file: dated("9999999999", "9999999999"), says: []string{`"9999999999" is not a date`}},
	{name: "Databento, prices in billionths", file: "ts_event,rtype,open,high,low,close\n1577923200000000000,35,190000000000,191000000000,189000000000,190500000000\n", says: []string{
		`line 2: The close "190500000000" is in billionths; ask Databento for pretty prices, or divide it by 1,000,000,000.`,
	}},
	{name: "words among the prices", file: "Date,Close\n2020-01-02,11\nthese are words\n2020-01-03,12\n", says: []string{"line 3: It is no row of prices, and rows follow it."}},
	{name: "a last line that is cut off", file: "Date,Close\n2020-01-02,11\n2020-0", says: []string{`line 3: The date "2020-0" is not a date`}},
	{name: "a last line that ends in the month's name", file: "Date,Close\n\"Jan 2, 2020\",11\nJan 3", says: []string{`line 3: The date "Jan 3" is not a date`}},
	{name: "groups of no school", file: priced("1,2345,678.50", "1.0"), says: []string{`line 2: The close "1,2345,678.50" is not a number.`}},
	{name: "more than the highest price", file: priced("2e12", "2e12"), says: []string{"is above 1,000,000,000,000, the highest price that is read; quote the prices in millions"}},
}
