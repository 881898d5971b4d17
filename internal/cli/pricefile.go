package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/provider/chainfile"
	"lombard.example/lombard/internal/provider/csvfile"
	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// rewind goes back to the beginning of a file.
func rewind(file io.Seeker) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return &lombard.Error{Kind: lombard.KindStorage, Code: lombard.CodeIO, Message: "The file could not be read again.", Hint: "Try again.", Err: err}
	}
	return nil
}

// readPrices reads a file of daily prices or of option chains: its header
// tells which. Of the prices of several symbols it takes those of symbol.
func readPrices(file io.ReadSeeker, name, symbol string) (app.PriceFile, error) {
	chains := chainfile.Recognises(file)
	if err := rewind(file); err != nil {
		return app.PriceFile{}, err
	}
	if chains {
		return readChains(file, name, symbol)
	}
	parsed, err := csvfile.Parse(file, csvfile.File{Name: name, Symbol: symbol})
	if err != nil {
		return app.PriceFile{}, err
	}
	return app.PriceFile{
		Digest: (&market.Series{Bars: parsed.Bars}).Digest(), Symbol: parsed.Symbol,
		First: parsed.Bars[0].Date, Last: parsed.Bars[len(parsed.Bars)-1].Date, Sessions: len(parsed.Bars),
		Intraday: parsed.Intraday, Warnings: parsed.Warnings, Bars: parsed.Bars,
	}, nil
}

// readChains reads a file of option chains; of those on several underlyings it
// takes those on symbol.
func readChains(file io.Reader, name, symbol string) (app.PriceFile, error) {
	parsed, err := chainfile.Parse(file, chainfile.Name{Name: name, Symbol: symbol})
	if err != nil {
		return app.PriceFile{}, err
	}
	f := app.PriceFile{
		First: parsed.Chains[0].Date, Last: parsed.Chains[len(parsed.Chains)-1].Date, Sessions: len(parsed.Chains),
		Warnings: parsed.Warnings, Chains: parsed.Chains, Bars: parsed.Closes,
	}
	sum := sha256.New()
	for i := range parsed.Chains {
		f.Quotes += len(parsed.Chains[i].Quotes)
		_, _ = io.WriteString(sum, parsed.Chains[i].Digest()) // a hash takes everything
	}
	f.Digest = hex.EncodeToString(sum.Sum(nil))
	return f, nil
}

// What reading and storing a file takes. BenchmarkImportMemory prints what was
// live at the peak for each row: 750 to 950 bytes of prices, 40 to 63 of chains,
// of which a row may hold two options.
const (
	costOfFileItself = 4 << 20
	costOfPriceRow   = 1200 // they are kept as text until all are read
	costOfChainRow   = 160
	costOfParquet    = 8 // each byte: such a file is held in memory
)

// costOfFile returns the memory that reading and storing a file takes, in bytes.
func costOfFile(file io.ReadSeeker) (int64, error) {
	size := tabular.Measure(file) // of a file that cannot be unpacked what could be; reading it says why
	if err := rewind(file); err != nil {
		return 0, err
	}
	if size.Parquet {
		return costOfFileItself + costOfParquet*size.Bytes, nil
	}
	if chainfile.Recognises(file) {
		return costOfFileItself + costOfChainRow*min(size.Lines, chainfile.MaxRows), nil
	}
	return costOfFileItself + costOfPriceRow*min(size.Lines, csvfile.MaxRows), nil
}
