package document

import (
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard"
)

// Scenario reads a request strictly. A document that is not JSON, or that
// repeats a key, is an error of KindMalformed. Unknown keys, values of the wrong
// type, missing required fields and values that cannot be right are one error of
// KindValidation with every bad field.
func Scenario(data []byte) (lombard.Scenario, error) {
	var s lombard.Scenario
	r := &Reader{}
	if fault := r.Read(data, "", func(o *Object) { o.required = true; scenario(o, &s) }); fault != nil {
		return lombard.Scenario{}, fault.Of("The request")
	}
	unread := r.Bad
	for _, f := range s.Validate() {
		if !slices.ContainsFunc(unread, func(u lombard.FieldError) bool { return tells(u, f) }) {
			r.Bad = append(r.Bad, f)
		}
	}
	return s, lombard.Invalid(r.Bad)
}

// tells reports whether a field that could not be read explains a fault that
// was found without it: each is reported once, where it is.
func tells(unread, found lombard.FieldError) bool {
	if found == lombard.NoTemplate() {
		return unread.Code != lombard.CodeUnknownField && strings.HasPrefix(unread.Field, "template") // one was given that cannot be read
	}
	if found.Code == lombard.CodeRequired && unread.Field == lombard.OtherOf(found.Field) {
		return true
	}
	return unread.Field == found.Field || strings.HasPrefix(unread.Field, found.Field+"[")
}

// scenario reads the fields of a backtest; those without a default are required
// where the object requires its fields.
func scenario(f *Object, s *lombard.Scenario) {
	f.Slug("symbol", &s.Symbol)
	f.Date("start_date", &s.StartDate)
	f.Date("end_date", &s.EndDate)
	whole := f.required
	f.required = false
	amount(f, "underlying_units", &s.UnderlyingUnits, lombard.MaxUnits)
	f.Optional("collateral_value", &s.CollateralValue)
	amount(f, "loan_amount", &s.LoanAmount, lombard.MaxLoan)
	f.Optional("loan_to_value", &s.LoanToValue)
	f.Object("position", func(in *Object) {
		s.Position = &lombard.Position{}
		amount(in, "underlying_units", &s.Position.UnderlyingUnits, lombard.MaxUnits)
		amount(in, "loan_amount", &s.Position.LoanAmount, lombard.MaxLoan)
	})
	f.required = whole
	f.Number("margin_call_ltv", &s.MarginCallLTV)
	f.Slug("data_source", &s.DataSource)
	f.required = false
	f.Slug("template_slug", &s.TemplateSlug)
	f.Strings("template_slugs", &s.TemplateSlugs, lombard.MaxTemplates)
	f.Value("template", func(path string, n Node) {
		if n.object == nil {
			f.r.wrongType(path, n, "an object in the template schema")
			return
		}
		if len(n.raw) > maxTemplate {
			f.r.fail(lombard.FieldError{Field: path, Code: lombard.CodeInvalid, Message: fmt.Sprintf("%s is larger than %d KiB.", path, maxTemplate>>10)})
			return
		}
		s.Template = n.raw
	})
	f.Text("scenario_name", &s.ScenarioName, lombard.MaxName)
	f.Text("dataset", &s.Dataset, lombard.MaxName)
	f.Optional("max_cost_usd", &s.MaxCostUSD)
	Word(f, "data_quality", &s.DataQuality)
	f.Boolean("force", &s.Force)
	Word(f, "on_conflict", &s.OnConflict)
	f.Object("facility", func(in *Object) { facility(in, &s.Facility) })
	f.Object("assumptions", func(in *Object) { assumptions(in, &s.Assumptions) })
}

// amount reads a number above 0. A 0 that is given is a fault here, for in a
// scenario it stands for an amount that is not given.
func amount(o *Object, name string, to *float64, most float64) {
	o.Number(name, to)
	if path := join(o.path, name); *to == 0 && o.Has(name) && !slices.ContainsFunc(o.r.Bad, func(f lombard.FieldError) bool { return f.Field == path }) {
		o.r.fail(lombard.AmountFault(path, 0, most))
	}
}

func assumptions(f *Object, to *lombard.Assumptions) {
	f.Object("vol", func(in *Object) {
		to.Vol = &lombard.VolModel{}
		volModel(in, to.Vol)
	})
	f.Optional("rate", &to.Rate)
	f.Optional("dividend_yield", &to.DividendYield)
	Word(f, "dividend_yield_from", &to.YieldFrom)
	Word(f, "option_style", &to.OptionStyle)
	Word(f, "contract_mode", &to.ContractMode)
	Word(f, "execution", &to.Execution)
	f.Optional("half_spread_vol_points", &to.HalfSpread)
	f.Slug("rate_series", &to.RateSeries)
	f.Slug("rate_source", &to.RateSource)
	f.Optional("fill_fraction", &to.FillFraction)
	f.Boolean("crash_spreads", &to.CrashSpreads)
	Word(f, "pricing_mode", &to.PricingMode)
	f.Slug("quote_source", &to.QuoteSource)
	f.Text("quote_dataset", &to.QuoteDataset, lombard.MaxName)
}

func facility(f *Object, to *lombard.Facility) {
	Word(f, "preset", &to.Preset)
	f.Optional("loan_rate", &to.LoanRate)
	f.Object("interest", func(in *Object) {
		to.Interest = &lombard.Interest{}
		Word(in, "mode", &to.Interest.Mode)
		Word(in, "day_count", &to.Interest.DayCount)
		in.Slug("index", &to.Interest.Index)
		in.Slug("source", &to.Interest.Source)
		in.Number("floor", &to.Interest.Floor)
		in.Object("rate", func(rate *Object) {
			rate.Optional("fixed", &to.LoanRate)
			rate.Optional("spread", &to.LoanRate)
			rate.Slug("index", &to.Interest.Index)
			rate.Slug("source", &to.Interest.Source)
			rate.Number("floor", &to.Interest.Floor)
		})
	})
	Either(f, "monitoring", &to.Monitoring, func(in *Object) {
		Word(in, "call", &to.Monitoring)
		Word(in, "liquidation", &liquidationOf(to).Monitoring)
	})
	Word(f, "premium_funding", &to.PremiumFunding)
	Either(f, "hedge_recognition", &to.HedgeRecognition, func(in *Object) {
		Word(in, "mode", &to.HedgeRecognition)
		in.Optional("haircut", &to.Haircut)
		in.Integer("min_days_to_expiry", &to.MinDaysToExpiry)
	})
	f.Optional("haircut", &to.Haircut)
	f.Integer("min_days_to_expiry", &to.MinDaysToExpiry)
	Word(f, "ltv_base", &to.LTVBase)
	f.Optional("lending_value", &to.LendingValue)
	f.Optional("supervisory_haircut", &to.BaselHaircut)
	f.Integer("basel_holding_days", &to.BaselHoldingDays)
	Word(f, "dividends", &to.Dividends)
	f.Object("thresholds", func(in *Object) {
		to.Thresholds = &lombard.Thresholds{}
		in.Number("initial_max", &to.Thresholds.InitialMax)
		in.Numbers("notify", &to.Thresholds.Notify, lombard.MaxNotify)
		in.Number("call", &to.Thresholds.Call)
		in.Number("accelerated", &to.Thresholds.Accelerated)
		in.Number("cure_to", &to.Thresholds.CureTo)
		in.Number("liquidate", &to.Thresholds.Liquidate)
		Word(in, "comparison", &to.Thresholds.Comparison)
	})
	f.Object("cure", func(in *Object) {
		to.Cure = &lombard.Cure{}
		in.Integer("period", &to.Cure.Period)
		Word(in, "unit", &to.Cure.Unit)
		in.Integer("accelerated_period", &to.Cure.AcceleratedPeriod)
		in.OptionalBoolean("self_cure", &to.Cure.SelfCure)
		Word(in, "test", &to.Cure.Test)
		Words(in, "waterfall", &to.Cure.Waterfall, lombard.MaxWaterfall)
		Word(in, "cash_mode", &to.Cure.CashMode)
		Word(in, "execute", &to.Cure.Execute)
		in.Optional("external_cash_capacity", &to.Cure.ExternalCash)
	})
	f.Object("liquidation", func(in *Object) {
		l := liquidationOf(to)
		Word(in, "monitoring", &l.Monitoring)
		Word(in, "mode", &l.Mode)
		in.Number("target_ltv", &l.TargetLTV)
		in.Number("penalty", &l.Penalty)
		in.Optional("slippage", &l.Slippage)
		in.Number("min_residual", &l.MinResidual)
	})
}

// liquidationOf returns the terms of sale, made if there are none yet.
func liquidationOf(f *lombard.Facility) *lombard.Liquidation {
	if f.Liquidation == nil {
		f.Liquidation = &lombard.Liquidation{}
	}
	return f.Liquidation
}

func volModel(f *Object, to *lombard.VolModel) {
	Word(f, "model", &to.Model)
	f.Number("value", &to.Value)
	Word(f, "estimator", &to.Estimator)
	f.Integer("window", &to.Window)
	f.Number("risk_premium", &to.RiskPremium)
	f.Number("floor", &to.Floor)
	f.Integer("sessions_per_year", &to.SessionsPerYear)
	f.Object("term", func(in *Object) {
		to.Term = &lombard.TermModel{}
		in.Integer("long_window", &to.Term.LongWindow)
		in.Number("kappa", &to.Term.Kappa)
	})
	f.Object("smile", func(in *Object) {
		to.Smile = &lombard.SmileModel{}
		Word(in, "preset", &to.Smile.Preset)
		in.Number("a", &to.Smile.A)
		in.Number("b", &to.Smile.B)
		in.Object("svi", func(in *Object) {
			to.Smile.SVI = &lombard.SVIModel{}
			in.Number("alpha", &to.Smile.SVI.Alpha)
			in.Number("beta", &to.Smile.SVI.Beta)
			in.Number("rho", &to.Smile.SVI.Rho)
			in.Number("m", &to.Smile.SVI.M)
			in.Number("s", &to.Smile.SVI.S)
		})
	})
	f.Slug("index", &to.Index)
	f.Slug("source", &to.Source)
	Word(f, "dynamics", &to.Dynamics)
	f.Number("spot_vol_beta", &to.Beta)
	Word(f, "refresh", &to.Refresh)
}
