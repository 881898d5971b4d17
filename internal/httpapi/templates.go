package httpapi

import (
	"context"
	"errors"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
)

// CatalogueTemplate is a template with what a reader wants to see of it.
type CatalogueTemplate struct {
	hedge.Template

	Description string         `json:"description" doc:"The hedge in one sentence."`
	Hash        string         `json:"template_hash" doc:"sha256 of the definition, as results record it."`
	Payoff      []hedge.Payoff `json:"payoff" doc:"What the position is worth at expiry, as fractions of spot at entry; premiums are not counted."`
	FlatYear    *float64       `json:"flat_year_cost" doc:"What it costs over a year in which the price stands still, as a fraction of the collateral: European options at mid, a vol of 16 %, a rate of 4 %. Negative is earned; null: it cannot be said."`
}

func show(t hedge.Template) CatalogueTemplate {
	shown := CatalogueTemplate{Template: t, Description: t.Words(), Hash: t.Hash(), Payoff: t.PayoffPoints(), FlatYear: calc.FlatYear(t)}
	if shown.Legs == nil {
		shown.Legs = []hedge.Leg{}
	}
	if shown.Roll == nil {
		shown.Roll = []hedge.Roll{}
	}
	return shown
}

type templatesOutput struct {
	Body struct {
		Templates []CatalogueTemplate `json:"templates" doc:"The catalogue."`
	} `nameHint:"Templates"`
}

func (s *server) templates(context.Context, *struct{}) (*templatesOutput, error) {
	out := &templatesOutput{}
	out.Body.Templates = s.catalogue()
	return out, nil
}

// catalogue shows every template.
func catalogue() []CatalogueTemplate {
	var all []CatalogueTemplate
	for _, t := range hedge.All() {
		all = append(all, show(t))
	}
	return all
}

type templateInput struct {
	Slug string `path:"slug" maxLength:"200" doc:"The template." example:"protective-put-atm-12m"`
}

type templateOutput struct{ Body CatalogueTemplate }

func (s *server) template(_ context.Context, in *templateInput) (*templateOutput, error) {
	t, err := hedge.Lookup(in.Slug)
	if err != nil {
		return nil, asMissing(err, "unknown_template")
	}
	return &templateOutput{show(t)}, nil
}

// asMissing turns the complaint about a bad field of a request into the one
// about a path that leads nowhere.
func asMissing(err error, code string) error {
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok || own.Kind != lombard.KindValidation {
		return err
	}
	return &lombard.Error{Kind: lombard.KindNotFound, Code: code, Message: own.Message, Hint: own.Hint, Err: own.Err}
}
