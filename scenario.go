package lombard

import "encoding/json"

// Scenario is one question: what is pledged, the loan, the dates, the hedge
// and where prices come from. It is the body of a submit, the document that
// `lombard run -f` reads and, with every default filled in, what a result
// echoes. Pointers are optional fields; nil asks for the default.
type Scenario struct {
	ScenarioName string `json:"scenario_name,omitempty"` // A name for people, at most 200 bytes. Default: "<symbol> <start> to <end>".

	Symbol    string `json:"symbol"`     // What is pledged: A–Z, 0–9, '.', '_' and '-', at most 32
	StartDate Date   `json:"start_date"` // The entry is the close of the first session on or after it
	EndDate   Date   `json:"end_date"`   // The last session on or before it ends the path

	// Exactly one of the three names the hedge. The first of TemplateSlugs is
	// the primary one, whose summary stands at the top of the result.
	TemplateSlug string `json:"template_slug,omitempty"` // The hedge. Exactly one of template_slug, template_slugs and template is given.
	// Several hedges on the same history; the first is the primary one, whose summary stands at the
	// top of the result.
	TemplateSlugs []string        `json:"template_slugs,omitempty"`
	Template      json.RawMessage `json:"template,omitempty"` // A hedge of your own, in the template schema

	// Exactly one of the two states the collateral. An amount of 0 is one that is
	// not given.
	UnderlyingUnits float64 `json:"underlying_units,omitzero"` // Quantity pledged, above 0. Exactly one of underlying_units and collateral_value is given.
	// The value of what is pledged at the price of the entry, in the currency of the symbol, above 0: as
	// many units as that buys.
	CollateralValue *float64 `json:"collateral_value,omitempty"`

	// Exactly one of the two states the loan.
	LoanAmount float64 `json:"loan_amount,omitzero"` // Principal, in the currency of the symbol, above 0. Exactly one of loan_amount and loan_to_value is given.
	// The loan as a fraction of the collateral's value at the price of the entry, above 0 and below
	// margin_call_ltv.
	LoanToValue *float64 `json:"loan_to_value,omitempty"`

	// What collateral_value and loan_to_value come to at the price of the entry. The echo of a request
	// says it; where it stands in a request it is computed anew.
	Position *Position `json:"position,omitempty"`

	MarginCallLTV float64 `json:"margin_call_ltv"`   // The lender calls at or above this loan-to-value; a fraction between 0 and 1
	DataSource    string  `json:"data_source"`       // Slug of a source of prices
	Dataset       string  `json:"dataset,omitempty"` // A collection within the source; of the file source, the digest of an imported file

	MaxCostUSD  *float64    `json:"max_cost_usd,omitempty"` // Most that the run may spend on data, in US dollars. Default 5.
	DataQuality DataQuality `json:"data_quality,omitempty"` // What findings in the prices do to the run

	Force bool `json:"force,omitempty"` // Compute again although an identical run is stored
	// What becomes of a live run of the workspace. It is not part of the question: scenario_id and
	// the cache do not know it.
	OnConflict OnConflict `json:"on_conflict,omitempty"`

	Facility    Facility    `json:"facility,omitzero"`    // The lender's terms
	Assumptions Assumptions `json:"assumptions,omitzero"` // Inputs of pricing and execution that the question itself does not carry
}

// Assumptions are the inputs of pricing and execution that the question
// itself does not carry.
type Assumptions struct {
	Vol  *VolModel `json:"vol,omitempty"`  // Where option volatility comes from. Default: realised.
	Rate *float64  `json:"rate,omitempty"` // Risk-free rate, continuously compounded, per year. Default: the symbol's illustrative carry.
	// A published rate instead, such as DGS1 or SOFR, as published by that day, updated with the vol;
	// rate is then the first one.
	RateSeries string `json:"rate_series,omitempty"`
	RateSource string `json:"rate_source,omitempty"` // Slug of the source that publishes it. Default: the run's own when it is local, else fred.
	// Dividend or lease yield, continuously compounded, per year. Default: that of the dividends on
	// record, or the symbol's where there are none.
	DividendYield *float64     `json:"dividend_yield,omitempty"`
	YieldFrom     YieldSource  `json:"dividend_yield_from,omitempty"`    // What the dividend yield follows in place of a number; dividend_yield is then the first one
	OptionStyle   Style        `json:"option_style,omitempty"`           // When an option may be exercised. Default: the symbol's.
	ContractMode  ContractMode `json:"contract_mode,omitempty"`          // What contracts can be bought
	Execution     Execution    `json:"execution,omitempty"`              // At what price options are traded
	HalfSpread    *float64     `json:"half_spread_vol_points,omitempty"` // Half of the bid-offer spread, in points of vol. Default: the symbol's.
	FillFraction  *float64     `json:"fill_fraction,omitempty"`          // Of the half-spread that a fill gives up. Default 1.
	CrashSpreads  bool         `json:"crash_spreads,omitempty"`          // Half-spreads widen with vol above its median of five years. Default false.
	PricingMode   PricingMode  `json:"pricing_mode,omitempty"`           // Where the prices of options come from
	QuoteSource   string       `json:"quote_source,omitempty"`           // With quotes: slug of the source of option chains. Default: the run's.
	QuoteDataset  string       `json:"quote_dataset,omitempty"`          // With quotes: collection within it. Default: the source's choice.
}

// Slugs returns the hedges asked for, the primary one first. It is empty when
// the scenario carries an inline template.
func (s *Scenario) Slugs() []string {
	if s.TemplateSlug != "" {
		return []string{s.TemplateSlug}
	}
	return s.TemplateSlugs
}
