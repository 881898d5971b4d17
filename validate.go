package lombard

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of a request: beyond them a number is a mistake, not a position.
const (
	MaxUnits     = 1e12
	MaxLoan      = 1e15
	MaxTemplates = 50
	maxVol       = 5.0
	maxRate      = 1.0 // of carry and of interest, per year, both ways
)

// ValidWorkspace reports whether name can name a workspace.
func ValidWorkspace(name string) bool { return isLabel(name, 64, true) }

// ValidSymbol reports whether symbol can be a symbol: A–Z, digits, '.', '_'
// and '-', at most 32 of them.
func ValidSymbol(symbol string) bool { return isLabel(symbol, MaxSymbol, false) }

func isLabel(s string, limit int, lower bool) bool {
	if s == "" || len(s) > limit {
		return false
	}
	for _, c := range s {
		ok := c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-' || lower && c >= 'a' && c <= 'z'
		if !ok {
			return false
		}
	}
	return true
}

// Validate checks all that can be checked without prices, catalogue or
// sources, and returns every bad field. Missing values of optional fields are
// right: they ask for the default.
func (s *Scenario) Validate() []FieldError {
	c := &checks{}
	c.that(ValidSymbol(s.Symbol), "symbol", s.Symbol, "is not a symbol: use A–Z, 0–9, '.', '_' and '-', at most 32 of them.", symbolMeant(s.Symbol))
	if s.StartDate.IsZero() || s.EndDate.IsZero() {
		c.that(!s.StartDate.IsZero(), "start_date", nil, "is required.", "")
		c.that(!s.EndDate.IsZero(), "end_date", nil, "is required.", "")
	} else if s.EndDate < s.StartDate {
		c.that(false, "end_date", s.EndDate, fmt.Sprintf("is before the start date, %s. Please set it to a later date.", s.StartDate), "")
	}
	s.validateHedge(c)
	s.validatePosition(c)
	c.that(s.MarginCallLTV > 0 && s.MarginCallLTV < 1, "margin_call_ltv", s.MarginCallLTV, "must be a fraction between 0 and 1, such as 0.75.", ltvMeant(s.MarginCallLTV))
	c.that(s.DataSource != "", "data_source", s.DataSource, "is required.", "")
	c.text("data_source", s.DataSource, MaxSlug)
	c.text("scenario_name", s.ScenarioName, MaxName)
	c.text("dataset", s.Dataset, MaxName)
	c.within("max_cost_usd", s.MaxCostUSD, 0, 1e6, "US dollars")
	for _, x := range s.choices() {
		c.oneOf(x)
	}
	s.Facility.validate(c)
	if s.MarginCallLTV > 0 && s.MarginCallLTV < 1 { // else there is nothing to compare with
		s.Facility.validateThresholds(c, s.MarginCallLTV)
	}
	s.Assumptions.validate(c)
	return c.bad
}

func (s *Scenario) validateHedge(c *checks) {
	given := 0
	for _, has := range []bool{s.TemplateSlug != "", s.TemplateSlugs != nil, len(s.Template) > 0} {
		if has {
			given++
		}
	}
	if given == 0 {
		c.bad = append(c.bad, NoTemplate())
	}
	c.that(given <= 1, "template_slug", s.TemplateSlug, "cannot stand beside template_slugs or template: give exactly one of the three.", "")
	c.that(s.TemplateSlugs == nil || len(s.TemplateSlugs) > 0, "template_slugs", s.TemplateSlugs, "must name at least one template, such as "+exampleTemplate+".", "")
	c.text("template_slug", s.TemplateSlug, MaxSlug)
	if len(s.TemplateSlugs) > MaxTemplates {
		c.that(false, "template_slugs", len(s.TemplateSlugs), fmt.Sprintf("holds more than %d templates.", MaxTemplates), "")
		return
	}
	for i, slug := range s.TemplateSlugs {
		field := fmt.Sprintf("template_slugs[%d]", i)
		c.that(slug != "", field, slug, "must name a template, such as "+exampleTemplate+".", exampleTemplate)
		c.text(field, slug, MaxSlug)
		c.that(slug == "" || !slices.Contains(s.TemplateSlugs[:i], slug), field, slug, "appears twice.", "")
	}
}

// exampleTemplate is a hedge of the catalogue that a sentence can name.
const exampleTemplate = "protective-put-95pct-12m"

// NoTemplate is the fault of a request that names no hedge at all.
func NoTemplate() FieldError {
	const field = "template_slug"
	return FieldError{
		Field: field, Code: CodeRequired, Suggestion: exampleTemplate,
		Message: field + " is required (or template_slugs, or an inline template).",
	}
}

func (a *Assumptions) validate(c *checks) {
	c.fraction("assumptions.rate", a.Rate, -maxRate, maxRate, "a year, such as 0.04")
	c.fraction("assumptions.dividend_yield", a.DividendYield, -maxRate, maxRate, "a year, such as 0.02")
	c.that(a.RateSeries == "" || ValidSymbol(a.RateSeries), "assumptions.rate_series", a.RateSeries, "is not the name of a rate, such as DGS1 or SOFR.", "")
	c.that(a.RateSource == "" || a.RateSeries != "", "assumptions.rate_source", a.RateSource, "goes with rate_series only.", "")
	c.fraction("assumptions.fill_fraction", a.FillFraction, 0, 1, "of the half-spread")
	c.within("assumptions.half_spread_vol_points", a.HalfSpread, 0, 100, "points of vol, such as 0.3")
	quotes := a.PricingMode == PricingQuotes
	c.that(quotes || a.QuoteSource == "", "assumptions.quote_source", a.QuoteSource, "goes with pricing_mode quotes only.", "")
	c.that(quotes || a.QuoteDataset == "", "assumptions.quote_dataset", a.QuoteDataset, "goes with pricing_mode quotes only.", "")
	c.that(!quotes || a.ContractMode != ModeContinuous, "assumptions.contract_mode", string(a.ContractMode), "cannot be continuous_units with pricing_mode quotes: quotes are those of listed contracts. Use listed_contracts.", string(ModeListed))
	c.that(!quotes || !a.CrashSpreads, "assumptions.crash_spreads", a.CrashSpreads, "does not go with pricing_mode quotes, whose spreads are those of the market.", "false")
	if a.Vol != nil {
		a.Vol.validate(c)
	}
}

// checks collects bad fields.
type checks struct{ bad []FieldError }

// that reports the field unless ok. ok must come from a comparison that NaN
// fails. The message continues the field's name.
func (c *checks) that(ok bool, field string, value any, message, suggestion string) {
	if ok {
		return
	}
	if x, isNumber := number(value); isNumber && suggestion != "" && suggestion == Digits(x/100) {
		message += " Did you mean " + suggestion + "? That is " + Number(x) + " %."
	}
	code := CodeInvalid
	if strings.HasPrefix(message, "is required") {
		code, value = CodeRequired, nil
	}
	c.bad = append(c.bad, FieldError{Field: field, Value: value, Code: code, Message: field + " " + message, Suggestion: suggestion})
}

// text reports a text that is too long or holds what does not show.
func (c *checks) text(field, value string, most int) {
	if problem := TextProblem(value, most); problem != "" {
		c.that(false, field, value, problem, "")
	}
}

// number returns a value that is one, given or optional.
func number(value any) (x float64, ok bool) {
	if p, isPointer := value.(*float64); isPointer && p != nil {
		return *p, true
	}
	x, ok = value.(float64)
	return x, ok
}

// within checks an optional number; unit is what it counts.
func (c *checks) within(field string, x *float64, low, high float64, unit string) {
	if x != nil {
		c.that(*x >= low && *x <= high, field, *x, fmt.Sprintf("must be between %s and %s %s.", Number(low), Number(high), unit), "")
	}
}

// fraction checks an optional fraction, which people also give in per cent; of
// says what of, or adds an example.
func (c *checks) fraction(field string, x *float64, low, high float64, of string) {
	if x == nil {
		return
	}
	fits := func(y float64) bool { return y >= low && y <= high }
	c.that(fits(*x), field, *x, fmt.Sprintf("must be a fraction between %s and %s %s.", Number(low), Number(high), of), meantInPercent(*x, fits))
}

// oneOf reports a field whose value its table does not have.
func (c *checks) oneOf(x chosen) {
	if x.value == "" || slices.Contains(x.among, x.value) {
		return
	}
	suggestion := ""
	switch {
	case x.meant != nil:
		suggestion = x.meant(x.value)
	case len(x.among) == 1:
		suggestion = x.among[0]
	}
	c.that(false, x.field, x.value, "is not available: use "+orWords(x.among)+".", suggestion)
}

// conflictMeant is what a word for on_conflict stands for. For one that resembles
// none of the choices it is the one that ends no run and refuses none.
func conflictMeant(value string) string {
	suggestion, most := string(ConflictQueue), 0
	for _, choice := range NamesOf[OnConflict]() {
		same := 0
		for same < min(len(value), len(choice)) && value[same]|' ' == choice[same] {
			same++
		}
		switch {
		case same > most:
			suggestion, most = choice, same
		case same == most:
			suggestion = string(ConflictQueue)
		}
	}
	return suggestion
}

// ltvMeant is the LTV that a number in per cent stands for; a few per cent are
// no lender's threshold.
func ltvMeant(x float64) string {
	return meantInPercent(x, func(y float64) bool { return y >= leastMeant && y < 1 })
}

// leastMeant is the least LTV that a number in per cent is taken for.
const leastMeant = 0.1

// symbolMeant is a text in the letters of symbols; empty when that makes none.
func symbolMeant(text string) string {
	if upper := strings.ToUpper(strings.TrimSpace(text)); ValidSymbol(upper) {
		return upper
	}
	return ""
}
