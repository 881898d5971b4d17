package thetadata

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/occ"
	"lombard.example/lombard/market"
)

// The columns that are read.
const (
	columnExpiry = iota
	columnStrike
	columnRight
	columnCreated
	columnBid
	columnAsk
	columnSymbol // may be missing
	columnCount
)

func columnNames() [columnCount]string {
	return [columnCount]string{"expiration", "strike", "right", "created", "bid", "ask", "symbol"}
}

// read takes the report of a day apart: sorted, each option once. An answer
// without rows has no quotes. The error continues a sentence.
func read(body []byte, root string, date lombard.Date) ([]market.OptionQuote, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	in := csv.NewReader(bytes.NewReader(body))
	in.ReuseRecord, in.TrimLeadingSpace = true, true
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("a table without a header: %w", err)
	}
	var at [columnCount]int
	for i, name := range columnNames() {
		if at[i] = slices.Index(header, name); at[i] < 0 && i != columnSymbol {
			return nil, fmt.Errorf("a table without the column %s", name)
		}
	}
	var quotes []market.OptionQuote
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("a table that breaks off: %w", err)
		}
		if i := at[columnSymbol]; i >= 0 && !strings.EqualFold(record[i], root) {
			return nil, fmt.Errorf("options on %q, which was not asked for", record[i])
		}
		q, err := readQuote(record, at, date)
		if err != nil {
			return nil, err
		}
		quotes = append(quotes, q)
	}
	chain, err := market.NewChain(date, quotes)
	if err != nil {
		return nil, fmt.Errorf("quotes that cannot be right: %w", err)
	}
	return chain.Quotes, nil
}

func readQuote(record []string, at [columnCount]int, date lombard.Date) (market.OptionQuote, error) {
	var q market.OptionQuote
	created, err := readDate(record[at[columnCreated]])
	if err != nil {
		return q, fmt.Errorf("a quote without its day: %w", err)
	}
	if created != date {
		return q, fmt.Errorf("a quote of %s, which was not asked for", created)
	}
	expiry, err := readDate(record[at[columnExpiry]])
	if err != nil {
		return q, fmt.Errorf("a quote without an expiry: %w", err)
	}
	q.Expiry = occ.LastDay(expiry)
	switch right := record[at[columnRight]]; strings.ToUpper(right) {
	case "PUT", "P":
		q.Put = true
	case "CALL", "C":
	default:
		return q, fmt.Errorf("an option that is neither put nor call but %q", right)
	}
	for _, c := range [...]struct {
		column int
		to     *float64
	}{{columnStrike, &q.Strike}, {columnBid, &q.Bid}, {columnAsk, &q.Ask}} {
		text := record[at[c.column]]
		if text == "" && c.column != columnStrike {
			continue // nobody bid, nobody asked
		}
		if *c.to, err = strconv.ParseFloat(text, 64); err != nil || !(*c.to >= 0 && *c.to <= market.MaxPrice) {
			return q, fmt.Errorf("a quote whose %s is no price: %q", columnNames()[c.column], text)
		}
	}
	return q, nil
}

// readDate reads the date that a text begins with, with dashes or without.
func readDate(text string) (lombard.Date, error) {
	text, _, _ = strings.Cut(text, "T")
	form := time.DateOnly
	if !strings.Contains(text, "-") {
		form = "20060102"
	}
	t, err := time.Parse(form, text)
	if err != nil || t.Year() < 1 {
		return 0, fmt.Errorf("%q is no date", text)
	}
	return lombard.DateOf(t), nil
}
