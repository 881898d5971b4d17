package csvfile

// split7 are the prices around a split of 7 for 1 that they show.
const (
	split7     = "2014-06-06 645\n2014-06-09 93 split 7\n2014-06-10 94"
	unsplit7   = "2014-06-06 92\n2014-06-09 93\n2014-06-10 94"
	notApplied = "split_not_applied: The prices are adjusted already for the split of 7 for 1 on 2014-06-09 (line 3), where the price went from 92 to 93, so it is not applied again."
)

// traded and adjusted write the file of a split in a column of some name.
func traded(column, value string) string {
	return "Date,Close," + column + "\n2014-06-06,645,\n2014-06-09,93," + value + "\n2014-06-10,94,\n"
}

func adjusted(column, value string) string {
	return "Date,Close," + column + "\n2014-06-06,92,\n2014-06-09,93," + value + "\n2014-06-10,94,\n"
}

func paid(column, value string) string {
	return "Date,Close," + column + "\n2020-01-02,11,0\n2020-01-03,12," + value + "\n"
}

const dividend = "2020-01-02 11\n2020-01-03 12 dividend 0.25"

// actionLayouts are splits and dividends under the names and in the forms that
// vendors give them.
var actionLayouts = []layout{
	{name: "split as a number", file: traded("split", "7"), want: split7},
	{name: "Splits, 7:1", file: traded("Splits", "7:1"), want: split7},
	{name: "Stock Splits, 7/1", file: traded("Stock Splits", "7/1"), want: split7},
	{name: "Split Ratio, 7-for-1", file: traded("Split Ratio", "7-for-1"), want: split7},
	{name: "split_factor, 7 for 1", file: traded("split_factor", "7 for 1"), want: split7},
	{name: "split_coefficient, 7.0", file: traded("split_coefficient", "7.0"), want: split7},
	{name: "splitFactor, 7 to 1", file: traded("splitFactor", "7 to 1"), want: split7},
	{name: "split, as EODHD writes it", file: traded("split", "7.000000/1.000000"), want: split7},
	{name: "split ratio new for old, with a word", file: traded("Stock Split Ratio", "7:1 stock split"), want: split7},
	{name: "adjusted for a split, with dividends", file: "Date,Close,Dividends,Stock Splits\n2014-06-06,92,0,0\n2014-06-09,93,0,7.0\n2014-06-10,94,0.5,0\n", want: unsplit7 + " dividend 0.5", says: []string{
		"remove the column of dividends",
	}},
	{name: "no split in any way", file: "Date,Close,split\n2020-01-02,11,0\n2020-01-03,12,1:1\n2020-01-06,12,1.0\n2020-01-07,12,-\n", want: close2020 + "\n2020-01-06 12\n2020-01-07 12"},
	{name: "a split backwards, 1:8", file: "Date,Close,splits\n2020-01-02,5,\n2020-01-03,40,1:8\n", want: "2020-01-02 5\n2020-01-03 40 split 0.125"},
	{name: "a split of 3 for 2", file: "Date,Close,splits\n2020-01-02,30,\n2020-01-03,20,3:2\n", want: "2020-01-02 30\n2020-01-03 20 split 1.5"},
	{name: "a split that the prices are adjusted for", file: adjusted("Stock Splits", "7.0"), want: unsplit7, says: []string{notApplied}},
	{
		name: "two splits that the prices are adjusted for", file: "Date,Close,split\n2014-06-06,92,\n2014-06-09,93,7\n2014-06-10,94,\n2014-06-11,94,4\n",
		want: unsplit7 + "\n2014-06-11 94", says: []string{"(line 3), where the price went from 92 to 93 and 1 more"},
	},
	{
		name: "a small split beside one that prices are adjusted for", file: "Date,Close,split\n2014-06-06,92,\n2014-06-09,93,7\n2014-06-10,94,\n2014-06-11,90,1.05\n",
		want: unsplit7 + "\n2014-06-11 90", says: []string{"and 1 more"},
	},
	{name: "a split written the wrong way round", file: traded("split", "0.142857"), says: []string{
		"line 3: The split of 1 for 7 contradicts the price, which went from 645 to 93 as in a split of 7 for 1. Please write the new units for each old one.",
	}},
	{name: "a ratio written the wrong way round", file: traded("splits", "1:7"), says: []string{"line 3: The split of 1 for 7 contradicts the price"}},
	{name: "a split a day early", file: "Date,Close,split\n2014-06-05,640,\n2014-06-06,645,7\n2014-06-09,93,\n", says: []string{"line 3: The split of 7 for 1 shows in the price of 2014-06-09, the session after."}},
	{name: "a split a day late", file: "Date,Close,split\n2014-06-06,645,\n2014-06-09,93,\n2014-06-10,94,7\n", says: []string{"line 4: The split of 7 for 1 shows in the price of 2014-06-09, the session before."}},
	{name: "a split that is a word", file: traded("split", "yes"), says: []string{`line 3: The split "yes" is neither a number such as 7 nor a ratio such as 7:1.`}},
	{name: "a split beyond belief", file: traded("split", "7000"), says: []string{`line 3: The split "7000" is not between 1/1000 and 1000.`}},
	{name: "a factor on every row", file: "Date,Close,split_factor\n2020-01-02,11,28\n2020-01-03,12,28\n", want: close2020, says: []string{
		`actions_not_used: The column "split_factor" is not used: it has a value on one row after the other, first on line 3`,
	}},
	{
		name: "a split on a day without a price", file: "Date,Close,split,dividend\n2014-06-06,645,,\n2014-06-08,,7,0.5\n2014-06-09,93,,\n", want: "2014-06-06 645\n2014-06-09 93 dividend 0.5 split 7",
		says: []string{"rows_without_price"},
	},

	{name: "dividend", file: paid("dividend", "0.25"), want: dividend},
	{name: "Dividends", file: paid("Dividends", "0.25"), want: dividend},
	{name: "Ex-Dividend", file: paid("Ex-Dividend", "0.25"), want: dividend},
	{name: "divCash", file: paid("divCash", "0.25"), want: dividend},
	{name: "div_cash", file: paid("div_cash", "0.25"), want: dividend},
	{name: "cash_dividend", file: paid("cash_dividend", "0.25"), want: dividend},
	{name: "dividend_amount", file: paid("dividend_amount", "$0.25"), want: dividend},
	{name: "Dividend per Share", file: paid("Dividend per Share", "0.25"), want: dividend},
	{name: "Div", file: paid("Div", "0.25"), want: dividend},
	{name: "Gross Cash Dividend (USD)", file: paid("Gross Cash Dividend (USD)", "0.25"), want: dividend},
	{name: "ex_dividend_amount", file: paid("ex_dividend_amount", "0.25"), want: dividend},
	{name: "two dividends of which neither is the one", file: "Date,Close,Gross Dividend USD,Gross Dividend EUR\n2020-01-02,11,0,0\n2020-01-03,12,0.25,0.2\n", want: close2020, says: []string{
		`The columns "Gross Dividend USD", "Gross Dividend EUR" are not understood`,
	}},
	{name: "special dividend", file: paid("Special Dividend", "0.25"), want: dividend + " special"},
	{name: "a dividend that is negative", file: paid("dividend", "-0.25"), says: []string{`line 3: The dividend "-0.25" is not between 0 and`}},
	{
		name: "a yearly figure on every row", file: "Date,Close,Dividends\n2020-01-02,11,2\n2020-01-03,12,2\n2020-01-06,12,2\n2020-01-07,12,2\n", want: close2020 + "\n2020-01-06 12\n2020-01-07 12",
		says: []string{`The column "Dividends" is not used: it has an amount on one day after the other, first on line 3`},
	},
	{
		name: "a few amounts", file: "Date,Close,Amount\n" + "2020-01-02,11,0\n2020-01-03,12,0.25\n2020-01-06,12,0\n2020-01-07,12,0\n2020-01-08,12,0\n2020-01-09,12,0\n2020-01-10,12,0\n2020-01-13,12,0\n2020-01-14,12,0\n2020-01-15,12,0\n",
		want: dividend + "\n2020-01-06 12\n2020-01-07 12\n2020-01-08 12\n2020-01-09 12\n2020-01-10 12\n2020-01-13 12\n2020-01-14 12\n2020-01-15 12",
		says: []string{`The column "Amount" is read as cash dividends per unit, 1 of them.`},
	},
	{name: "columns that are not understood", file: "Date,Close,Dividend Yield,Split From,symbol_type,cumAdjFactor\n2020-01-02,11,0.1,1,ETF,1\n2020-01-03,12,0.1,1,ETF,1\n", want: close2020, says: []string{
		`column_unknown: The columns "Dividend Yield", "Split From", "symbol_type", "cumAdjFactor" are not understood and not used.`,
	}},
	{name: "only an adjusted close", file: "Date,Adj Close\n2020-01-02,11\n2020-01-03,12\n", want: close2020, says: []string{`close_adjusted: The only close of the file is "Adj Close"`}},
	{name: "only an adjusted close, beside actions", file: "Date,adjusted_close,dividend,split\n2014-06-06,92,,\n2014-06-09,93,0.5,7\n2014-06-10,94,,\n", want: unsplit7, says: []string{"Dividends and splits of the file are not counted again."}},
	{name: "last where settlement and close are blank", file: "Date,Settle,Close,Last\n2020-01-02,11,1,1\n2020-01-03,,12,1\n2020-01-06,,,13\n", want: close2020 + "\n2020-01-06 13", says: []string{
		`"Settle", the settlement price`, `close_stands_in: In 2 rows "Settle" is blank and the close is taken from another column; the first is line 3.`,
	}},
}
