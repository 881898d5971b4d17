package fakevendor

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Today is the clock of the fake: the day after the last that it has.
func Today() time.Time { return time.Date(2024, 12, 2, 12, 0, 0, 0, time.UTC) }

// sessions are the days on which a symbol trades: New York's.
func sessions(_ string, first, last lombard.Date) []lombard.Date {
	nyse := market.CalendarOf("nyse")
	var out []lombard.Date
	for d := first; d <= last; d++ {
		if nyse.IsSession(d) {
			out = append(out, d)
		}
	}
	return out
}

// Bar is the right bar of a symbol on a day. A future's close is its settlement.
func Bar(symbol string, d lombard.Date) market.Bar {
	const cents = 100
	round := func(x float64) float64 { return math.Round(x*cents) / cents }
	name := float64(len(symbol))
	if isFuture(symbol) {
		name = 2000 // whatever its symbol, it is gold
	}
	base := 100 + name + 30*math.Sin(float64(d)/40) + math.Mod(float64(d)*7919, 1000)/1000
	b := market.Bar{Date: d, Open: round(base), High: round(base + 1.5), Low: round(base - 1.25), Close: round(base + 0.5), Volume: 1000 + float64(d%500)}
	if isFuture(symbol) {
		b.Contract = contract(d)
		b.Close = round(base + 0.75)
	}
	return b
}

// Bars are the right bars between two days.
func Bars(symbol string, r market.Range) []market.Bar {
	var out []market.Bar
	for _, d := range sessions(symbol, r.First, r.Last) {
		out = append(out, Bar(symbol, d))
	}
	return out
}

func isFuture(symbol string) bool { return symbol == "GC" || strings.HasPrefix(symbol, "GC.") }

// contract is the number of the contract in front: a new one every two months.
func contract(d lombard.Date) string {
	year, month, _ := d.Civil()
	return fmt.Sprint(year*10 + (int(month)-1)/2)
}

// closeOf is the day of a selection of quotes; false: it is of something else.
func closeOf(form url.Values) (lombard.Date, bool) {
	at, err := time.Parse(time.RFC3339Nano, form.Get("end"))
	return lombard.DateOf(at), err == nil && strings.HasSuffix(form.Get("schema"), "bbo-1m")
}

// QuoteHeader starts a table of quotes.
const QuoteHeader = "ts_recv,ts_event,rtype,publisher_id,instrument_id,side,price,size,flags,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_pb_00,ask_pb_00,symbol\n"

// QuoteRow is a quote as the vendor writes it.
func QuoteRow(stamp, name, bid, ask string) string {
	return fmt.Sprintf("%s,,193,30,7,N,,0,194,%s,%s,10,12,30,31,%s\n", stamp, bid, ask, name)
}

// Quotes are the right quotes of a stock's options on a day.
func Quotes(d lombard.Date) []market.OptionQuote {
	const days, strikes = 28, 5
	expiry := d + days
	var out []market.OptionQuote
	for _, put := range []bool{false, true} {
		for i := range strikes {
			strike := 90 + 5*float64(i)
			out = append(out, market.OptionQuote{Expiry: expiry, Put: put, Strike: strike, Bid: 1 + float64(i)/4, Ask: 1.5 + float64(i)/4})
		}
	}
	return out
}

// quotesTable is the right answer to a selection of quotes, with a record of
// after the close that nobody may use.
func quotesTable(form url.Values, d lombard.Date) string {
	root, _, _ := strings.Cut(form.Get("symbols"), ".")
	at, _ := market.CalendarOf("nyse").Closing(d)
	var b strings.Builder
	b.WriteString(QuoteHeader)
	for _, q := range Quotes(d) {
		kind := "C"
		if q.Put {
			kind = "P"
		}
		name := fmt.Sprintf("%-6s%s%s%08.0f", root, q.Expiry.Time().Format("060102"), kind, q.Strike*1000)
		b.WriteString(QuoteRow(at.Format(time.RFC3339Nano), name, fmt.Sprintf("%.9f", q.Bid), fmt.Sprintf("%.9f", q.Ask)))
		b.WriteString(QuoteRow(at.Add(time.Minute).Format(time.RFC3339Nano), name, "99.000000000", "100.000000000"))
	}
	return b.String()
}

// Table is the right answer to a selection, as CSV.
func Table(form url.Values) string {
	if d, ok := closeOf(form); ok {
		return quotesTable(form, d)
	}
	first, last, _ := datesOf(form)
	symbol := form.Get("symbols")
	days := sessions(symbol, first, last)
	var b strings.Builder
	if form.Get("schema") == "statistics" {
		b.WriteString("ts_recv,ts_event,rtype,publisher_id,instrument_id,ts_ref,price,quantity,sequence,ts_in_delta,stat_type,channel_id,update_action,stat_flags,symbol\n")
		for _, d := range days {
			fmt.Fprintf(&b, "%sT19:00:00.000000000Z,,24,1,%s,%sT00:00:00.000000000Z,%.9f,,1,0,3,0,1,3,%s\n", d, contract(d), d, Bar("GC", d).Close, symbol)
		}
		return b.String()
	}
	b.WriteString(Header)
	for _, d := range days {
		b.WriteString(Row(symbol, Bar(symbol, d)))
	}
	return b.String()
}

// Header starts a table of bars.
const Header = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n"

// Row is a bar as the vendor writes it; the close of a future is its last trade.
func Row(symbol string, x market.Bar) string {
	instrument, last := "1", x.Close
	if x.Contract != "" {
		instrument, last = x.Contract, x.Open
	}
	return fmt.Sprintf("%sT00:00:00.000000000Z,35,90,%s,%.9f,%.9f,%.9f,%.9f,%.0f,%s\n", x.Date, instrument, x.Open, x.High, x.Low, last, x.Volume, symbol)
}

// Pack packs a text with zstd.
func Pack(text string) []byte {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err) // the options are constants
	}
	return e.EncodeAll([]byte(text), nil)
}
