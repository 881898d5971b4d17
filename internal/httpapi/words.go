package httpapi

// fieldWords says of every field that a request may have what it means, by
// schema and field.
var fieldWords = map[string]map[string]string{
	"Scenario": {
		"scenario_name":    `A name for people, at most 200 bytes. Default: "<symbol> <start> to <end>".`,
		"symbol":           "What is pledged: A–Z, 0–9, '.', '_' and '-', at most 32.",
		"start_date":       "The entry is the close of the first session on or after it.",
		"end_date":         "The last session on or before it ends the path.",
		"template_slug":    "The hedge. Exactly one of template_slug, template_slugs and template is given.",
		"template_slugs":   "Several hedges on the same history; the first is the primary one, whose summary stands at the top of the result.",
		"template":         "A hedge of your own, in the template schema.",
		"underlying_units": "Quantity pledged, above 0.",
		"loan_amount":      "Principal, in the currency of the symbol, above 0.",
		"margin_call_ltv":  "The lender calls at or above this loan-to-value; a fraction between 0 and 1.",
		"data_source":      "Slug of a source of prices.",
		"dataset":          "A collection within the source; of the file source, the digest of an imported file.",
		"max_cost_usd":     "Most that the run may spend on data, in US dollars. Default 5.",
		"force":            "Compute again although an identical run is stored.",
		"facility":         "The lender's terms.",
		"assumptions":      "Inputs of pricing and execution that the question itself does not carry.",
	},
	"Facility": {
		"preset":            "A named set of terms. Default simple.",
		"loan_rate":         "Interest per year, ACT/360, capitalised at month ends. null: no interest.",
		"monitoring":        "Which price decides a margin call: close (default) or low.",
		"premium_funding":   "Where premiums come from: cash (default), from outside the pledge.",
		"hedge_recognition": "How the lender counts the options: market_value (default), haircut, intrinsic or none.",
		"haircut":           "With hedge_recognition haircut: the fraction taken off. Default 0.25.",
	},
	"Assumptions": {
		"vol":                    "Where option volatility comes from. Default: realised.",
		"rate":                   "Risk-free rate, continuously compounded, per year. Default: the symbol's illustrative carry.",
		"dividend_yield":         "Dividend or lease yield, continuously compounded, per year. Default: the symbol's.",
		"option_style":           "european or american. Default: the symbol's.",
		"contract_mode":          "continuous_units (default): fractional contracts.",
		"execution":              "half_spread (default): bought half a spread above mid; mid: at mid.",
		"half_spread_vol_points": "Half of the bid-offer spread, in points of vol. Default: the symbol's.",
		"pricing_mode":           "synthetic (default): options are priced by a model.",
	},
	"VolModel": {
		"model":             "flat or realised.",
		"value":             "With flat: annual vol, a fraction above 0 and at most 5.",
		"window":            "With realised: sessions of the trailing window. Default 252.",
		"risk_premium":      "With realised: factor on the measured vol. Default 1.10.",
		"floor":             "With realised: least annual vol. Default 0.05.",
		"sessions_per_year": "252, or 365 for seven-day markets; resolved, not asked.",
		"estimator":         "With realised: cc, parkinson, garman_klass, rogers_satchell, yang_zhang or ewma. Default cc.",
		"term":              "With realised: let vol revert to its long-run level, {long_window, kappa}. Default: one vol for every life.",
		"smile":             "Bend vol by strike: {preset: equity_index, single_stock, gold or btc}, or {a, b}. Default: one vol for every strike.",
		"refresh":           "With realised: purchase (default), carried until the next purchase, or daily.",
	},
	"Annotation": {
		"name": "The scenario's name, 1 to 200 bytes.",
		"note": "Free text, at most 10,000 bytes.",
		"tags": "At most 20 labels of 1 to 50 bytes; replaces the ones there are.",
	},
}
