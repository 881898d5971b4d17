package databento

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// quoteRow is one record of the best bid and ask of a minute.
type quoteRow struct {
	symbol   string
	stamped  time.Time // the end of its minute
	bid, ask float64   // 0: there was none
}

// readQuotes calls each for the records of an answer. The error continues a
// sentence.
func readQuotes(body []byte, each func(quoteRow) error) error {
	data, binary, err := plain(body)
	if err != nil {
		return err
	}
	if binary {
		return dbnQuotes(data, each)
	}
	return csvQuotes(data, each)
}

// csvQuotes reads the form with pretty prices and times. A record whose time is
// undefined says nothing and is left out.
func csvQuotes(body []byte, each func(quoteRow) error) error {
	return table(body, []string{"ts_recv", "bid_px_00", "ask_px_00", "symbol"}, nil, func(cells []string) error {
		if cells[0] == "" {
			return nil
		}
		stamped, err := instant(cells[0])
		if err != nil {
			return fmt.Errorf("a quote without a time: %w", err)
		}
		row := quoteRow{symbol: strings.Clone(cells[3]), stamped: stamped}
		bid, _, err1 := price(cells[1])
		ask, _, err2 := price(cells[2])
		if err := errors.Join(err1, err2); err != nil {
			return fmt.Errorf("a quote that is no number: %w", err)
		}
		row.bid, row.ask = bid, ask
		return each(row)
	})
}

// book collects the quotes of a close.
type book struct {
	listing listing
	date    lombard.Date
	close   time.Time

	last   map[string]quoteRow // by symbol: the latest that is not after the close
	others map[string]bool     // series that are not the underlying's standard options
}

func newBook(l listing, date lombard.Date, at time.Time) *book {
	return &book{listing: l, date: date, close: at, last: map[string]quoteRow{}, others: map[string]bool{}}
}

// add takes a record. One that was stamped after the close would look ahead.
func (b *book) add(row quoteRow) error {
	if row.symbol == "" {
		return errors.New("a quote of an option without a name")
	}
	if row.stamped.After(b.close) {
		return nil
	}
	if before, ok := b.last[row.symbol]; !ok || !row.stamped.Before(before.stamped) {
		b.last[row.symbol] = row
	}
	return nil
}

// quotes returns the options of the underlying, each once.
func (b *book) quotes() []market.OptionQuote {
	type key struct {
		expiry lombard.Date
		put    bool
		strike float64
	}
	type entry struct {
		quote market.OptionQuote
		rank  int
	}
	found := make(map[key]entry, len(b.last))
	for _, symbol := range slices.Sorted(maps.Keys(b.last)) {
		row := b.last[symbol]
		c, ok := b.listing.contract(row.symbol, b.date)
		rank, own := b.listing.rank(c.root)
		if !ok || !own || c.expiry < b.date {
			b.others[otherSeries(row.symbol)] = true
			continue
		}
		k := key{c.expiry, c.put, c.strike}
		if before, twice := found[k]; !twice || rank < before.rank {
			found[k] = entry{market.OptionQuote{Expiry: c.expiry, Put: c.put, Strike: c.strike, Bid: row.bid, Ask: row.ask}, rank}
		}
	}
	quotes := make([]market.OptionQuote, 0, len(found))
	for _, e := range found {
		quotes = append(quotes, e.quote)
	}
	return quotes
}

// otherSeries names the series of a symbol that is left out: its root, without
// month and year where it is a future's, or UD of what users define.
func otherSeries(symbol string) string {
	name, _, _ := strings.Cut(symbol, " ")
	if prefix, _, spread := strings.Cut(name, ":"); spread {
		name = prefix
	}
	const monthAndYear, longest = 2, 8
	if len(symbol) != occLetters && len(name) > 2*monthAndYear {
		name = name[:len(name)-monthAndYear]
	}
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return "?" // no name of a series
	}
	return name[:min(len(name), longest)]
}
