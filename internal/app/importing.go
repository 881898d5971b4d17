package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/budget"
	"lombard.example/lombard/market"
)

// maxFiles is how many files may arrive or be read at a time.
const maxFiles = 16

// Spooled is a file that has arrived, to be read from its beginning more than
// once. Close gives back what holds it.
type Spooled interface {
	io.ReadSeeker
	io.Closer
}

// Import reads a file of daily prices or of option chains and keeps it under a
// symbol. Unless it can be read again as it is, it is spooled first: memory is
// taken from the budget only once all of it has arrived.
func (s *Service) Import(ctx context.Context, workspace, symbol, name string, file io.Reader) (PriceFile, error) {
	if !lombard.ValidSymbol(symbol) {
		message := fmt.Sprintf("%q cannot name prices. Use A–Z, 0–9, '.', '_' and '-', at most %d of them.", lombard.Cut(symbol), lombard.MaxSymbol)
		if problem := lombard.TextProblem(symbol, lombard.MaxSymbol); problem != "" {
			message = "symbol " + problem
		}
		return PriceFile{}, lombard.Invalid([]lombard.FieldError{{Field: "symbol", Value: symbol, Code: lombard.CodeInvalid, Message: message}})
	}
	if name == "" {
		name = symbol
	}
	if problem := lombard.TextProblem(name, lombard.MaxName); problem != "" {
		return PriceFile{}, lombard.Invalid([]lombard.FieldError{{Field: "name", Value: name, Code: lombard.CodeInvalid, Message: "name " + problem}})
	}
	select {
	case s.files <- struct{}{}:
		defer func() { <-s.files }()
	default:
		return PriceFile{}, tooManyFiles()
	}
	whole, err := s.spool(ctx, file)
	if err != nil {
		return PriceFile{}, err
	}
	defer func() { _ = whole.Close() }() // it is removed at the next start otherwise
	release, err := s.roomFor(ctx, whole)
	if err != nil {
		return PriceFile{}, err
	}
	defer release()
	f, err := s.ReadPrices(whole, name, symbol)
	if err != nil {
		return PriceFile{}, err
	}
	if f.Warnings == nil {
		f.Warnings = []lombard.Warning{}
	}
	f.Workspace, f.Symbol, f.Name, f.ImportedAt = workspace, symbol, name, s.Clock.Now()
	if f.Quotes > 0 {
		return s.importChains(ctx, f)
	}
	return s.Store.SavePrices(ctx, f)
}

// importChains keeps a file of option chains. The underlying's closes that
// stand in it become prices where the symbol has none yet.
func (s *Service) importChains(ctx context.Context, f PriceFile) (PriceFile, error) {
	closes := f.Bars
	f.Bars = nil
	_, found, err := s.Store.Prices(ctx, f.Workspace, f.Symbol, "")
	if err == nil {
		f, err = s.Store.SavePrices(ctx, f)
	}
	if err != nil {
		return f, err
	}
	if len(closes) > 0 && !found {
		prices := f
		prices.Chains, prices.Quotes, prices.Bars = nil, 0, closes
		prices.Digest, prices.Intraday = (&market.Series{Bars: closes}).Digest(), false
		prices.First, prices.Last, prices.Sessions = closes[0].Date, closes[len(closes)-1].Date, len(closes)
		prices.Warnings = []lombard.Warning{{Code: "closes_of_chains", Message: "These are the closes that stand in a file of option chains; lows are not known."}}
		if _, err := s.Store.SavePrices(ctx, prices); err != nil {
			return f, err
		}
		f.Warnings = append(f.Warnings, lombard.Warning{
			Code: "closes_of_chains", Message: fmt.Sprintf("The closes of %s in it are kept as its prices, for there were none. Import prices with highs and lows for a better run.", f.Symbol),
		})
	}
	return f, nil
}

// spool returns a file that can be read again.
func (s *Service) spool(ctx context.Context, file io.Reader) (Spooled, error) {
	if again, ok := file.(io.ReadSeeker); ok {
		return inPlace{again}, nil
	}
	if s.Spool != nil {
		return s.Spool(ctx, file)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	return inPlace{bytes.NewReader(text)}, nil
}

// inPlace is a file that somebody else closes.
type inPlace struct{ io.ReadSeeker }

// Close implements io.Closer.
func (inPlace) Close() error { return nil }

// roomFor takes the memory that reading a file needs from the budget, in turn.
func (s *Service) roomFor(ctx context.Context, file io.ReadSeeker) (release func(), err error) {
	if s.PriceCost == nil {
		return func() {}, nil
	}
	cost, err := s.PriceCost(file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, err
	}
	release, err = s.Budget.Acquire(ctx, cost)
	if errors.Is(err, budget.ErrTooLarge) {
		return nil, &lombard.Error{
			Kind: lombard.KindResourceLimit, Code: lombard.CodeTooMuchMemory,
			Message: fmt.Sprintf("Reading this file would take about %d MiB of memory, and the server has %d for all that it does.", mebi(cost), s.Budget.Total()>>20),
			Hint:    fmt.Sprintf("Split it by year, or start the server with more memory than now (--memory): %d MiB would do.", mebi(2*cost)+64),
		}
	}
	return release, err
}

func tooManyFiles() error {
	return &lombard.Error{
		Kind: lombard.KindResourceLimit, Code: lombard.CodeTooManyFiles,
		Message: fmt.Sprintf("%d files are being imported, which is as many as this server takes at a time.", maxFiles), Hint: "Try again in a few seconds.",
	}
}
