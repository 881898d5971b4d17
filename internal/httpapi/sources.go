package httpapi

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/market"
)

type sourcesOutput struct {
	Body struct {
		Sources []market.Description `json:"sources" doc:"Every source of prices."`
	} `nameHint:"Sources"`
}

func (s *server) sources(context.Context, *struct{}) (*sourcesOutput, error) {
	out := &sourcesOutput{}
	out.Body.Sources = []market.Description{}
	for _, src := range s.backend.Sources() {
		out.Body.Sources = append(out.Body.Sources, src.Describe())
	}
	return out, nil
}

// workspacePattern is the form of a workspace's name in a query.
const workspacePattern = "^[A-Za-z0-9._-]{1,64}$"

// InSource are the parameters of an operation on a source.
type InSource struct {
	Slug      string `path:"slug" maxLength:"64" doc:"The source." example:"sample"`
	Workspace string `query:"workspace" pattern:"^[A-Za-z0-9._-]{1,64}$" default:"default" doc:"Whose imported price files the file source shows."`
}

type symbolsOutput struct {
	Body struct {
		Symbols []market.Listing `json:"symbols" doc:"What the source has."`
	} `nameHint:"Symbols"`
}

func (s *server) symbols(ctx context.Context, in *InSource) (*symbolsOutput, error) {
	listings, err := s.listings(ctx, in)
	out := &symbolsOutput{}
	out.Body.Symbols = listings
	return out, err
}

func (s *server) listings(ctx context.Context, in *InSource) ([]market.Listing, error) {
	src, err := s.source(in.Slug)
	if err != nil {
		return nil, err
	}
	listings, err := src.Symbols(ctx, market.Caller{Workspace: in.Workspace})
	if listings == nil {
		listings = []market.Listing{}
	}
	return listings, err
}

// source finds a source by its slug. What is a bad field within a request is
// a thing that does not exist within a path.
func (s *server) source(slug string) (market.Source, error) {
	src, err := s.backend.Source(slug)
	if err != nil {
		return nil, asMissing(err, "unknown_source")
	}
	return src, nil
}

type symbolInput struct {
	InSource

	Symbol  string `path:"symbol" maxLength:"32" doc:"The symbol." example:"XAU"`
	Dataset string `query:"dataset" maxLength:"64" doc:"Of which collection to tell what is available. Default: the one that reaches back furthest."`
}

// Symbol is what is known of one symbol of a source.
type Symbol struct {
	Symbol     string            `json:"symbol"` // The symbol
	Instrument market.Instrument `json:"instrument" doc:"What the symbol denotes, with the conventions and the carry that a request gets by default."`
	Listings   []market.Listing  `json:"listings" doc:"What the source has of it here, one entry a dataset; empty when the symbol is only a label, or nothing was bought yet."`

	Available   []market.Availability `json:"available" doc:"What can be had of it and of which dates, as the source says; nothing is bought. Empty where it does not say."`
	Unavailable string                `json:"unavailable,omitempty" doc:"Why that is not known, in a sentence: such as that a key is missing."`
}

type symbolOutput struct{ Body Symbol }

func (s *server) symbol(ctx context.Context, in *symbolInput) (*symbolOutput, error) {
	listings, err := s.listings(ctx, &in.InSource)
	if err != nil {
		return nil, err
	}
	src, err := s.source(in.Slug)
	if err != nil {
		return nil, err
	}
	instrument := market.InstrumentAt(src, in.Symbol)
	out := &symbolOutput{Symbol{Symbol: in.Symbol, Instrument: instrument, Listings: []market.Listing{}, Available: []market.Availability{}}}
	known := make([]string, 0, len(listings))
	for _, l := range listings {
		known = append(known, l.Symbol)
		if l.Symbol == in.Symbol {
			out.Body.Listings = append(out.Body.Listings, l)
		}
	}
	if len(out.Body.Listings) == 0 && !(src.Describe().AnySymbol && lombard.ValidSymbol(in.Symbol)) {
		e := &lombard.Error{Kind: lombard.KindNotFound, Code: "unknown_symbol", Message: fmt.Sprintf("The %s source has no symbol %q.", in.Slug, in.Symbol)}
		if len(known) > 0 {
			e.Hint = "It has " + strings.Join(known, ", ") + "."
		}
		return nil, e
	}
	asking, cancel := context.WithTimeout(ctx, rangePatience)
	defer cancel()
	if out.Body.Available, err = s.backend.Available(asking, app.AvailableQuery{Workspace: in.Workspace, Source: in.Slug, Symbol: in.Symbol, Dataset: in.Dataset}); err != nil {
		out.Body.Available, out.Body.Unavailable = []market.Availability{}, sentenceOf(err)
	}
	return out, nil
}

// rangePatience is how long a vendor may take to say what it has.
const rangePatience = 10 * time.Second

// sentenceOf is an error in words for people.
func sentenceOf(err error) string {
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		return own.Error()
	}
	return "The source did not answer in time."
}

type estimateInput struct {
	InSource
	InBody
}

type estimateOutput struct{ Body app.Estimate }

func (s *server) estimate(ctx context.Context, in *estimateInput) (*estimateOutput, error) {
	if _, err := s.source(in.Slug); err != nil {
		return nil, err
	}
	estimate, err := s.backend.Estimate(ctx, in.Workspace, in.Slug, in.text)
	return &estimateOutput{estimate}, err
}

type datasetsOutput struct {
	Body struct {
		Datasets []app.PriceFile `json:"datasets" doc:"The files, newest first."`
	} `nameHint:"Datasets"`
}

func (s *server) datasets(ctx context.Context, in *InWorkspace) (*datasetsOutput, error) {
	files, err := s.backend.PriceFiles(ctx, in.Workspace)
	out := &datasetsOutput{}
	out.Body.Datasets = files
	if files == nil {
		out.Body.Datasets = []app.PriceFile{}
	}
	return out, err
}

type importInput struct {
	InWorkspace
	InFile

	Symbol string `query:"symbol" required:"true" maxLength:"32" doc:"What to keep the prices under." example:"MINE"`
	Name   string `query:"name" maxLength:"200" doc:"Name of the file, for messages and lists. Default: the symbol."`
}

type datasetOutput struct{ Body app.PriceFile }

func (s *server) importDataset(ctx context.Context, in *importInput) (*datasetOutput, error) {
	name := filepath.Base(in.Name)
	if strings.Trim(name, "./ ") == "" {
		name = "" // none was given: the symbol's
	}
	f, err := s.backend.Import(ctx, in.Workspace, strings.ToUpper(in.Symbol), name, in.file)
	return &datasetOutput{f}, err
}

type datasetInput struct {
	InWorkspace

	Dataset string `path:"dataset" doc:"Digest of the file: 64 hexadecimal digits."`
}

func (s *server) deleteDataset(ctx context.Context, in *datasetInput) (*struct{}, error) {
	return nil, s.backend.DeletePrices(ctx, in.Workspace, in.Dataset)
}
