package lombard

import "encoding/json"

// Scenario is one question: what is pledged, the loan, the dates, the hedge
// and where prices come from. It is the body of a submit, the document that
// `lombard run -f` reads and, with every default filled in, what a result
// echoes. Pointers are optional fields; nil asks for the default.
type Scenario struct {
	ScenarioName string `json:"scenario_name,omitempty"` // default "<symbol> <start> to <end>"

	Symbol    string `json:"symbol"`
	StartDate Date   `json:"start_date"` // entry is the close of the first session on or after it
	EndDate   Date   `json:"end_date"`   // the last session on or before it ends the path

	// Exactly one of the three names the hedge. The first of TemplateSlugs is
	// the primary one, whose summary stands at the top of the result.
	TemplateSlug  string          `json:"template_slug,omitempty"`
	TemplateSlugs []string        `json:"template_slugs,omitempty"`
	Template      json.RawMessage `json:"template,omitempty"` // an inline template, in the schema of package hedge

	UnderlyingUnits float64 `json:"underlying_units"`  // quantity pledged, > 0
	LoanAmount      float64 `json:"loan_amount"`       // principal, in the instrument's currency, > 0
	MarginCallLTV   float64 `json:"margin_call_ltv"`   // fraction of collateral value; the lender calls at or above it
	DataSource      string  `json:"data_source"`       // slug of a source
	Dataset         string  `json:"dataset,omitempty"` // a collection within the source; the file source pins the digest it used

	MaxCostUSD  *float64    `json:"max_cost_usd,omitempty"` // most that the run may spend on data, default 5
	DataQuality DataQuality `json:"data_quality,omitempty"` // "warn" (default), or "fail": findings in the prices refuse the run

	Force      bool       `json:"force,omitempty"`       // compute again although an identical run is stored
	OnConflict OnConflict `json:"on_conflict,omitempty"` // what becomes of a live run of the workspace: "replace" (default), "queue" or "refuse"

	Facility    Facility    `json:"facility,omitzero"`
	Assumptions Assumptions `json:"assumptions,omitzero"`
}

// Assumptions are the inputs of pricing and execution that the question
// itself does not carry.
type Assumptions struct {
	Vol           *VolModel    `json:"vol,omitempty"`                 // default realised
	Rate          *float64     `json:"rate,omitempty"`                // continuously compounded, per year
	RateSeries    string       `json:"rate_series,omitempty"`         // a published rate, such as DGS1 or SOFR, taken anew with the vol; rate is then its first
	RateSource    string       `json:"rate_source,omitempty"`         // slug of the source that publishes it; default as that of a vol index
	DividendYield *float64     `json:"dividend_yield,omitempty"`      // dividend or lease yield, continuously compounded, per year
	YieldFrom     YieldSource  `json:"dividend_yield_from,omitempty"` // "dividends": those of the 12 months before each purchase, over its spot; dividend_yield is then its first
	OptionStyle   Style        `json:"option_style,omitempty"`        // "european" or "american"
	ContractMode  ContractMode `json:"contract_mode,omitempty"`       // "continuous_units" (default) or "listed_contracts"
	Execution     Execution    `json:"execution,omitempty"`           // "half_spread" (default) or "mid"
	HalfSpread    *float64     `json:"half_spread_vol_points,omitempty"`
	FillFraction  *float64     `json:"fill_fraction,omitempty"` // of the half-spread that a fill gives up, default 1
	CrashSpreads  bool         `json:"crash_spreads,omitempty"` // half-spreads widen with vol above its median of five years
	PricingMode   PricingMode  `json:"pricing_mode,omitempty"`  // "synthetic" (default) or "quotes": the bid and ask of listed options
	QuoteSource   string       `json:"quote_source,omitempty"`  // quotes: slug of the source of option chains; default the run's
	QuoteDataset  string       `json:"quote_dataset,omitempty"` // quotes: collection within it; default the source's choice
}

// Slugs returns the hedges asked for, the primary one first. It is empty when
// the scenario carries an inline template.
func (s *Scenario) Slugs() []string {
	if s.TemplateSlug != "" {
		return []string{s.TemplateSlug}
	}
	return s.TemplateSlugs
}
