// Package csv reads a file of daily prices as people have it into the series
// that calc.Run takes: any order of columns, the usual forms of dates and
// numbers, plain or gzipped, a spreadsheet or Parquet.
package csv

import (
	"io"

	"lombard.example/lombard/internal/provider/csvfile"
	"lombard.example/lombard/market"
)

// Read reads all prices of r, of one symbol: where the file holds several, its
// rows; an empty symbol asks for the one that is in it. The series is in
// ascending order of date and holds splits and dividends where the file has
// them. market.Lookup says what is known of a symbol; one that it does not know
// is taken for a stock that pays no dividends. Errors are *lombard.Error of kind
// validation that name the lines that cannot be read, or that of r, wrapped.
func Read(r io.Reader, symbol string) (market.Series, error) {
	parsed, err := csvfile.Parse(r, csvfile.File{Name: "the file", Symbol: symbol})
	if err != nil {
		return market.Series{}, err
	}
	if symbol == "" {
		symbol = parsed.Symbol
	}
	return market.Series{
		Symbol: symbol, Source: "file", Instrument: market.InstrumentOf(symbol, parsed.Bars), Bars: parsed.Bars,
		Origin: "Read from a file.", Licence: "yours", Warnings: market.LastingWarnings(parsed.Warnings),
	}, nil
}
