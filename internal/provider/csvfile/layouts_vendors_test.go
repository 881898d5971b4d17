package csvfile

const (
	ohlc2020  = "2020-01-02 10/12/9 11\n2020-01-03 11/13/10 12"
	close2020 = "2020-01-02 11\n2020-01-03 12"
)

// vendorLayouts are files as vendors and programs write them.
var vendorLayouts = []layout{
	{name: "Yahoo Finance", file: `Date,Open,High,Low,Close,Adj Close,Volume
2020-01-02,10.0,12.0,9.0,11.0,5.5,1000
2020-01-03,11.0,13.0,10.0,12.0,6.0,2000
`, want: ohlc2020, says: []string{`column_ignored: The column "Adj Close" is not used`}},
	{name: "Yahoo Finance, copied from the page", file: `Date	Open	High	Low	Close*	Adj Close**	Volume
Jan 3, 2020	11.00	13.00	10.00	12.00	6.00	2,000
Jan 2, 2020	10.00	12.00	9.00	11.00	5.50	1,000
`, want: ohlc2020, says: []string{`"Adj Close**" is not used`}},
	{name: "yfinance, history", file: `Date,Open,High,Low,Close,Volume,Dividends,Stock Splits
2020-01-02 00:00:00-05:00,10,12,9,11,1000,0.0,0.0
2020-01-03 00:00:00-05:00,11,13,10,12,2000,0.25,0.0
`, want: "2020-01-02 10/12/9 11\n2020-01-03 11/13/10 12 dividend 0.25"},
	{name: "yfinance, history of a fund", file: `Date,Open,High,Low,Close,Volume,Dividends,Stock Splits,Capital Gains
2020-01-02 00:00:00-05:00,10,12,9,11,1000,0.0,0.0,0.0
2020-01-03 00:00:00-05:00,11,13,10,12,2000,0.25,0.0,0.5
`, want: "2020-01-02 10/12/9 11\n2020-01-03 11/13/10 12 dividend 0.75"},
	{name: "yfinance, download", file: `Price,Close,High,Low,Open,Volume
Ticker,GLD,GLD,GLD,GLD,GLD
Date,,,,,
2020-01-02,11,12,9,10,1000
2020-01-03,12,13,10,11,2000
`, want: ohlc2020},
	{name: "yfinance, download grouped by ticker", file: `Ticker,GLD,GLD,GLD,GLD,GLD
Price,Open,High,Low,Close,Volume
Date,,,,,
2020-01-02,10,12,9,11,1000
2020-01-03,11,13,10,12,2000
`, want: ohlc2020, says: []string{`The line before the header on line 2`}},
	{name: "Alpha Vantage, adjusted", file: `timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient
2020-01-03,11,13,10,12,6,2000,0.25,1.0
2020-01-02,10,12,9,11,5.5,1000,0.0000,1.0
`, want: "2020-01-02 10/12/9 11\n2020-01-03 11/13/10 12 dividend 0.25", says: []string{`"adjusted_close" is not used`}},
	{name: "Alpha Vantage, its JSON in a data frame", file: `date,1. open,2. high,3. low,4. close,5. adjusted close,6. volume,7. dividend amount,8. split coefficient
2020-01-02,10,12,9,11,5.5,1000,0.0,1.0
2020-01-03,11,13,10,12,6,2000,0.25,1.0
`, want: "2020-01-02 10/12/9 11\n2020-01-03 11/13/10 12 dividend 0.25", says: []string{`"5. adjusted close" is not used`}},
	{name: "Quandl WIKI", file: `Date,Open,High,Low,Close,Volume,Ex-Dividend,Split Ratio,Adj. Open,Adj. High,Adj. Low,Adj. Close,Adj. Volume
2014-06-06,640,650,635,645,1000,0.0,1.0,91,93,90.5,92,7000
2014-06-09,92,94,91,93,7000,0.0,7.0,92,94,91,93,7000
`, want: "2014-06-06 640/650/635 645\n2014-06-09 92/94/91 93 split 7", says: []string{`The columns "Adj. Open", "Adj. High", "Adj. Low", "Adj. Close", "Adj. Volume" are not used`}},
	{name: "Quandl CHRIS", file: `Date,Open,High,Low,Last,Change,Settle,Volume,Previous Day Open Interest
2020-01-02,1521,1534,1519,1531.2,1,1528.1,100,5
2020-01-03,1530,1556,1529,1551.0,1,1552.4,100,5
`, want: "2020-01-02 1521/1534/1519 1528.1\n2020-01-03 1530/1556/1529 1552.4", says: []string{`The close is taken from "Settle", the settlement price; "Last" counts only on lines where that is blank`}},
	{name: "Tiingo", file: `date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor
2020-01-02,11,12,9,10,1000,5.5,6,4.5,5,2000,0.0,1.0
2020-01-03,12,13,10,11,2000,6,6.5,5,5.5,4000,0.25,1.0
`, want: "2020-01-02 10/12/9 11\n2020-01-03 11/13/10 12 dividend 0.25", says: []string{`"adjClose", "adjHigh", "adjLow", "adjOpen", "adjVolume" are not used`}},
	{name: "EODHD", file: `Date,Open,High,Low,Close,Adjusted_close,Volume
2020-01-02,10,12,9,11,5.5,1000
2020-01-03,11,13,10,12,6,2000
`, want: ohlc2020, says: []string{`"Adjusted_close" is not used`}},
	{name: "Stooq", file: `Date,Open,High,Low,Close,Volume
2020-01-02,10,12,9,11,1000
2020-01-03,11,13,10,12,2000
`, want: ohlc2020},
	{name: "Stooq, bulk", symbol: "GLD", file: `<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>
GLD.US,D,20200102,000000,10,12,9,11,1000,0
GLD.US,D,20200103,000000,11,13,10,12,2000,0
`, want: ohlc2020},
	{name: "MetaTrader 5", file: "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n2020.01.02\t10\t12\t9\t11\t5\t0\t3\n2020.01.03\t11\t13\t10\t12\t6\t0\t3\n", want: ohlc2020},
	{name: "MetaStock ASCII", file: `<DTYYYYMMDD>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>
20200102,000000,10,12,9,11,1
20200103,000000,11,13,10,12,1
`, want: ohlc2020},
	{name: "Finam", file: `<TICKER>;<PER>;<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>
SBER;D;20200102;000000;10;12;9;11;1
SBER;D;20200103;000000;11;13;10;12;1
`, want: ohlc2020},
	{name: "Nasdaq", file: `Date,Close/Last,Volume,Open,High,Low
01/31/2020,$12.00,2000,$11.00,$13.00,$10.00
01/30/2020,$11.00,1000,$10.00,$12.00,$9.00
`, want: "2020-01-30 10/12/9 11\n2020-01-31 11/13/10 12"},
	{name: "Investing.com", file: `"Date","Price","Open","High","Low","Vol.","Change %"
"Jan 31, 2020","1,235.50","1,234.00","1,240.00","1,230.00","1.50M","0.08%"
"Jan 30, 2020","1,234.50","1,233.00","1,239.00","1,229.00","2.1K","-0.10%"
`, want: "2020-01-30 1233/1239/1229 1234.5\n2020-01-31 1234/1240/1230 1235.5"},
	{name: "Investing.com, German", file: `"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"
"31.01.2020","1.235,50","1.234,00","1.240,00","1.230,00","1,50M","0,08%"
"30.01.2020","1.234,50","1.233,00","1.239,00","1.229,00","2,1K","-0,10%"
`, want: "2020-01-30 1233/1239/1229 1234.5\n2020-01-31 1234/1240/1230 1235.5"},
	{name: "Investing.com, Spanish", file: `"Fecha","Último","Apertura","Máximo","Mínimo","Vol.","% var."
"31.01.2020","1.235,50","1.234,00","1.240,00","1.230,00","","0,08%"
"30.01.2020","1.234,50","1.233,00","1.239,00","1.229,00","","-0,10%"
`, want: "2020-01-30 1233/1239/1229 1234.5\n2020-01-31 1234/1240/1230 1235.5"},
	{name: "Investing.com, French", file: `"Date"," Dernier","Ouv."," Plus Haut","Plus Bas","Vol.","Variation %"
"31/01/2020","1.235,50","1.234,00","1.240,00","1.230,00","","0,08%"
"30/01/2020","1.234,50","1.233,00","1.239,00","1.229,00","","-0,10%"
`, want: "2020-01-30 1233/1239/1229 1234.5\n2020-01-31 1234/1240/1230 1235.5"},
	{name: "NSE", file: `Date ,series ,OPEN ,HIGH ,LOW ,PREV. CLOSE ,ltp ,close ,vwap ,52W H,52W L ,VOLUME ,VALUE ,No of trades 
"02-Jan-2020",EQ,"1,23,400.00","1,24,500.10","1,22,300.00","1,23,000.00","1,23,900.00","1,23,950.55","1,23,500.00","1,50,000.00","90,000.00","5,000","61,75,00,000.00","1,000"
"03-Jan-2020",EQ,"1,24,000.00","1,25,500.10","1,23,300.00","1,23,950.55","1,24,900.00","1,24,950.55","1,24,500.00","1,50,000.00","90,000.00","5,000","61,75,00,000.00","1,000"
`, want: "2020-01-02 123400/124500.1/122300 123950.55\n2020-01-03 124000/125500.1/123300 124950.55"},
	{name: "Cboe index", file: `DATE,OPEN,HIGH,LOW,CLOSE
01/30/2020,10,12,9,11
01/31/2020,11,13,10,12
`, want: "2020-01-30 10/12/9 11\n2020-01-31 11/13/10 12"},
	{name: "Cboe index of one column", symbol: "PPUT", file: "DATE,PPUT\n01/30/2020,11\n01/31/2020,12\n", want: "2020-01-30 11\n2020-01-31 12", says: []string{
		`close_by_symbol: The column "PPUT" is taken as the close, because it has the name of the symbol.`,
	}},
	{name: "FRED", symbol: "SP500", file: "observation_date,SP500\n2020-01-01,\n2020-01-02,11\n2020-01-03,12\n", want: close2020, says: []string{`The column "SP500" is taken as the close`, `rows_without_price: 1 row`}},
	{name: "Barchart", file: `Time,Open,High,Low,Last,Change,%Chg,Volume
01/31/2020,11,13,10,12,1,+9.09%,2000
01/30/2020,10,12,9,11,1,+1.00%,1000
"Downloaded from Barchart.com as of 02-01-2020 03:15am CST"
`, want: "2020-01-30 10/12/9 11\n2020-01-31 11/13/10 12", says: []string{`lines_left_out: After the prices 1 line of words is left out; line 4`}},
	{name: "CryptoDataDownload", symbol: "BTC", file: `https://www.CryptoDataDownload.com
unix,date,symbol,open,high,low,close,Volume BTC,Volume USD
1578009600,2020-01-03 00:00:00,BTC/USD,11,13,10,12,1,1
1577923200,2020-01-02 00:00:00,BTC/USD,10,12,9,11,1,1
`, want: ohlc2020, says: []string{`line 1 is "https://www.CryptoDataDownload.com"`}},
	{name: "TradingView", file: `time,open,high,low,close,Volume
1577923200,10,12,9,11,1000
1578009600,11,13,10,12,2000
`, want: ohlc2020},
	{name: "Binance, with a header", file: `Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,Number of trades,Taker buy base asset volume,Taker buy quote asset volume,Ignore
1577923200000,10.00000000,12.00000000,9.00000000,11.00000000,5,1578009599999,1,1,1,1,0
1578009600000,11.00000000,13.00000000,10.00000000,12.00000000,6,1578095999999,1,1,1,1,0
`, want: ohlc2020},
	{name: "Polygon flat file", symbol: "GLD", file: `ticker,volume,open,close,high,low,window_start,transactions
GLD,1000,10,11,12,9,1577941200000000000,5
GLD,2000,11,12,13,10,1578027600000000000,6
`, want: ohlc2020},
	{name: "Polygon aggregates", file: "v,vw,o,c,h,l,t,n\n1000,10.5,10,11,12,9,1577941200000,5\n2000,11.5,11,12,13,10,1578027600000,6\n", want: ohlc2020},
	{name: "Databento, pretty prices", symbol: "GLD", file: `ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol
2020-01-02T00:00:00.000000000Z,35,2,5,10.000000000,12.000000000,9.000000000,11.000000000,1000,GLD
2020-01-03T00:00:00.000000000Z,35,2,5,11.000000000,13.000000000,10.000000000,12.000000000,2000,GLD
`, want: ohlc2020},
	{name: "Bloomberg", file: `Dates,PX_OPEN,PX_HIGH,PX_LOW,PX_LAST,PX_VOLUME
1/30/2020,10,12,9,11,1000
1/31/2020,11,13,10,12,2000
`, want: "2020-01-30 10/12/9 11\n2020-01-31 11/13/10 12"},
	{name: "Refinitiv", file: `Date,TRDPRC_1,OPEN_PRC,HIGH_1,LOW_1,ACVOL_UNS
2020-01-02,11,10,12,9,1000
2020-01-03,12,11,13,10,2000
`, want: ohlc2020},
	{name: "Refinitiv Tick History", file: "#RIC,Date-Time,Open,High,Low,Last,Volume\nGLD.P,2020-01-02T00:00:00.000Z,10,12,9,11,1000\nGLD.P,2020-01-03T00:00:00.000Z,11,13,10,12,2000\n", want: ohlc2020},
	{name: "CRSP", symbol: "GLD", file: "PERMNO,date,TICKER,PRC,OPENPRC,ASKHI,BIDLO,VOL\n90000,2020-01-02,GLD,11,10,12,9,1000\n90000,2020-01-03,GLD,12,11,13,10,2000\n", want: ohlc2020},
	{name: "Compustat", file: "gvkey,datadate,tic,prcod,prchd,prcld,prccd\n1,20200102,GLD,10,12,9,11\n1,20200103,GLD,11,13,10,12\n", want: ohlc2020},
	{name: "Dukascopy", file: `Gmt time,Open,High,Low,Close,Volume
02.01.2020 00:00:00.000,10,12,9,11,1000
03.01.2020 00:00:00.000,11,13,10,12,2000
`, want: ohlc2020},
	{name: "quantmod", file: `"","GLD.Open","GLD.High","GLD.Low","GLD.Close","GLD.Volume","GLD.Adjusted"
"2020-01-02",10,12,9,11,1000,11
"2020-01-03",11,13,10,12,2000,12
`, want: ohlc2020, says: []string{`"GLD.Adjusted" is not used`}},
	{name: "pandas, an index without a name", file: ",open,high,low,close\n2020-01-02,10,12,9,11\n2020-01-03,11,13,10,12\n", want: ohlc2020},
	{name: "pandas, an index of numbers before the date", file: ",Date,Open,High,Low,Close\n0,2020-01-02,10,12,9,11\n1,2020-01-03,11,13,10,12\n", want: ohlc2020},
	{name: "numpy, the names in a comment", file: "# date,open,high,low,close\n2020-01-02,10,12,9,11\n2020-01-03,11,13,10,12\n", want: ohlc2020},
	{name: "Kaggle, five years of all stocks", symbol: "GLD", file: `date,open,high,low,close,volume,Name
2020-01-02,1,2,1,2,1000,AAL
2020-01-03,2,3,2,3,1000,AAL
2020-01-02,10,12,9,11,1000,GLD
2020-01-03,11,13,10,12,2000,GLD
`, want: ohlc2020, says: []string{`symbol_rows_taken: The file has several symbols; only the prices of "GLD" are taken. Left out: "AAL".`}},
	{name: "DoltHub stocks", symbol: "gld", file: `date,act_symbol,open,high,low,close,volume
2020-01-02,GLD,10,12,9,11,1000
2020-01-02,SPY,1,2,1,2,1000
2020-01-03,GLD,11,13,10,12,2000
2020-01-03,SPY,2,3,2,3,1000
`, want: ohlc2020, says: []string{`only the prices of "GLD"`}},
	{name: "Baostock, turnover as amount", file: `date,code,open,high,low,close,volume,amount
2020-01-02,sh.600000,10,12,9,11,1000,11000
2020-01-03,sh.600000,11,13,10,12,2000,24000
2020-01-06,sh.600000,11,13,10,12,2000,24000
`, want: ohlc2020 + "\n2020-01-06 11/13/10 12"},
	{name: "Shanghai futures", file: `Date,Pre Settle,Open,High,Low,Close,Settle,Volume
2020-01-02,10,10,12,9,11,10.5,1000
2020-01-03,10.5,11,13,10,12,11.5,2000
`, want: "2020-01-02 10/12/9 10.5\n2020-01-03 11/13/10 11.5", says: []string{`"Settle", the settlement price; "Close" counts only`}},
	{name: "Coin Metrics", file: "time,PriceUSD\n2020-01-02,11\n2020-01-03,12\n", want: close2020},
	{name: "Blockchain.com", file: "Timestamp,market-price\n2020-01-02 00:00:00,11\n2020-01-03 00:00:00,12\n", want: close2020},
	{name: "a bank's names", file: "Trade Date|Opening Price (USD)|Highest Price|Lowest Price|Official Closing Price\n2020-01-02|10|12|9|11\n2020-01-03|11|13|10|12\n", want: ohlc2020},
	{name: "Sharadar", file: `ticker,date,open,high,low,close,volume,closeadj,closeunadj,lastupdated
GLD,2020-01-02,10,12,9,11,1000,5.5,11,2020-02-01
GLD,2020-01-03,11,13,10,12,2000,6,12,2020-02-01
`, want: ohlc2020, says: []string{`"closeadj" is not used`, `column_unknown: The column "closeunadj" is not understood`}},
}
