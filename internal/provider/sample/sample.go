// Package sample is the source inside the program: two real series, gold
// 1985–1989 and the S&P 500 2000–2020, for demonstrations and first runs. The
// folder data holds them with their provenance.
package sample

import (
	"bytes"
	"context"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

//go:embed data/*.csv
var files embed.FS

// Slug names the source in requests.
const Slug = "sample"

// series is one embedded file and where it comes from.
type series struct{ symbol, origin, licence string }

var bundled = []series{
	{"XAU", "Gold, US dollars a troy ounce, London morning fixing, from the series gold of the R package forecast 8.20", "GPL-3"},
	{"SPX", "S&P 500 index, from the file sp500-2000.csv of the npm package vega-datasets 3.2.1, rounded to cents", "BSD-3-Clause"},
}

// Source serves the bundled series.
type Source struct {
	load func() (map[string]market.Series, error)
}

var _ market.Source = (*Source)(nil)

// New returns the source; it reads a series when it is first asked for one.
func New() *Source { return &Source{load: sync.OnceValues(loadAll)} }

// Describe implements market.Source.
func (*Source) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: "Bundled sample", Local: true, Free: true, Capabilities: []string{"bars"},
		Summary: "Two real series inside the program: gold 1985–1989 (closes) and the S&P 500 2000–2020.",
	}
}

// Symbols implements market.Source.
func (s *Source) Symbols(ctx context.Context, _ market.Caller) ([]market.Listing, error) {
	all, err := s.load()
	if err := errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	var listings []market.Listing
	for _, b := range bundled {
		full := all[b.symbol]
		listings = append(listings, market.Listing{
			Symbol: b.symbol, Title: full.Instrument.Title, Sessions: len(full.Bars),
			Range:    market.Range{First: full.Bars[0].Date, Last: full.Bars[len(full.Bars)-1].Date},
			Intraday: full.Bars[0].Quality() != market.QualityCloseOnly, Origin: b.origin, Licence: b.licence,
		})
	}
	return listings, nil
}

// Bars implements market.Source.
func (s *Source) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	all, err := s.load()
	if err := errors.Join(err, ctx.Err()); err != nil {
		return market.Series{}, err
	}
	full, ok := all[q.Symbol]
	if !ok {
		return market.Series{}, unknown(q.Symbol)
	}
	cut, err := market.Cut(full, q)
	if err != nil {
		return market.Series{}, err
	}
	progress(int64(len(cut.Bars)), int64(len(cut.Bars)))
	return cut, nil
}

// standIns says how a bundled series differs from an asset that people look for
// in it. The ratios are those of the listings: SPY is a tenth of the index, and a
// share of GLD held a tenth of an ounce at its start.
var standIns = map[string]string{
	"SPY": "SPX is the index that SPY follows and cannot be pledged itself; it stands at about 10 times the price of SPY, so a stand-in for 100 shares of SPY is 10 units of SPX.",
	"GLD": "XAU is the gold that GLD holds; an ounce stands at about 10 times the price of a share of GLD, so a stand-in for 100 shares of GLD is 10 units of XAU.",
}

func unknown(symbol string) error {
	var have, shown []string
	for _, b := range bundled {
		i, _ := market.Lookup(b.symbol)
		have, shown = append(have, b.symbol), append(shown, fmt.Sprintf("%s (%s)", b.symbol, i.Title))
	}
	same, _ := market.SameSpelled(symbol, have)
	message := fmt.Sprintf("The sample source has no symbol %q. It has %s.", symbol, strings.Join(shown, " and "))
	if differs := standIns[symbol]; differs != "" {
		message += " " + differs
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: "symbol", Value: symbol, Code: lombard.CodeUnknown, Suggestion: same, Message: message,
	}})
}

func loadAll() (map[string]market.Series, error) {
	all := map[string]market.Series{}
	for _, b := range bundled {
		data, err := files.ReadFile("data/" + b.symbol + ".csv")
		if err != nil {
			return nil, fmt.Errorf("read the bundled %s: %w", b.symbol, err)
		}
		bars, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("read the bundled %s: %w", b.symbol, err)
		}
		instrument, _ := market.Lookup(b.symbol)
		all[b.symbol] = market.Series{
			Symbol: b.symbol, Source: Slug, Instrument: instrument, Bars: bars, Origin: b.origin + ".", Licence: b.licence,
		}
	}
	return all, nil
}

// parse reads the bundled layout: a header, then date and prices by column
// name. An empty cell is a missing price.
func parse(data []byte) ([]market.Bar, error) {
	reader := csv.NewReader(bytes.NewReader(data))
	header, err := reader.Read()
	if err != nil {
		return nil, err
	}
	var bars []market.Bar
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		var b market.Bar
		for i, name := range header {
			if err := set(&b, name, cells[i]); err != nil {
				return nil, err
			}
		}
		bars = append(bars, b)
	}
	bars, problems := market.Check(bars, market.Refuse)
	if len(problems) > 0 {
		return nil, fmt.Errorf("session %d: %s", problems[0].Index+1, problems[0].Message)
	}
	return bars, nil
}

func set(b *market.Bar, column, cell string) error {
	if column == "date" {
		date, err := lombard.ParseDate(cell)
		b.Date = date
		return err
	}
	if cell == "" {
		return nil
	}
	x, err := strconv.ParseFloat(cell, 64)
	switch column {
	case "open":
		b.Open = x
	case "high":
		b.High = x
	case "low":
		b.Low = x
	case "close":
		b.Close = x
	case "volume":
		b.Volume = x
	}
	return err
}
