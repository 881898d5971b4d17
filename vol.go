package lombard

import "cmp"

// VolModel says where option volatility comes from.
type VolModel struct {
	Model VolModelName `json:"model"` // "flat", "realised" or "index"

	Value float64 `json:"value,omitzero"` // flat: annual vol, in (0, 5]

	Index  string `json:"index,omitempty"`  // index: its name, such as GVZ or VIX; default by instrument
	Source string `json:"source,omitempty"` // index: slug of the source that publishes it; default the run's, when it is local, else fred

	// The rest belongs to "realised", but for the estimator and the window also
	// to "index", whose risk premium is 1 by default: an estimate over the trailing window,
	// annualised by SessionsPerYear, × RiskPremium, at least Floor.
	Estimator       Estimator `json:"estimator,omitempty"`        // default "cc", close to close, mean not subtracted
	Window          int       `json:"window,omitzero"`            // sessions, default 252
	RiskPremium     float64   `json:"risk_premium,omitzero"`      // default 1.10
	Floor           float64   `json:"floor,omitzero"`             // annual vol, default 0.05
	SessionsPerYear int       `json:"sessions_per_year,omitzero"` // 252, or 365 for seven-day markets; resolved, not asked

	Term     *TermModel  `json:"term,omitempty"`         // default: one vol for every life
	Smile    *SmileModel `json:"smile,omitempty"`        // default: one vol for every strike
	Dynamics Dynamics    `json:"dynamics,omitempty"`     // how the smile moves: "sticky_delta" (default), "sticky_strike" or "spot_vol_beta"
	Beta     float64     `json:"spot_vol_beta,omitzero"` // spot_vol_beta: vol rises by beta × the log fall of spot

	Refresh Refresh `json:"refresh,omitempty"` // "purchase" (default): carried until the next purchase; "daily"
}

// TermModel lets vol revert to its long-run level: options of a year bought in
// a panic are not priced at the panic's vol.
type TermModel struct {
	LongWindow int     `json:"long_window,omitzero"` // sessions of the long-run vol, default five years, at least one
	Kappa      float64 `json:"kappa,omitzero"`       // speed of reversion, per year, default 3
}

// SmileModel bends vol by strike: a preset, or the two numbers of
// 1 + A·z + B·z², z in standard deviations of log-moneyness.
type SmileModel struct {
	Preset SmilePreset `json:"preset,omitempty"`
	A      float64     `json:"a,omitzero"`
	B      float64     `json:"b,omitzero"`

	SVI *SVIModel `json:"svi,omitempty"` // instead: the shape of a raw SVI slice
}

// SVIModel is raw SVI: total variance w(k) = alpha + beta·(rho·(k − m) +
// √((k − m)² + s²)) of log-moneyness k (Gatheral, A parsimonious
// arbitrage-free implied volatility parameterization, 2004). Only its shape is
// used: the level is the model's, and k is scaled with the square root of the
// at-the-money variance.
type SVIModel struct {
	Alpha float64 `json:"alpha"`
	Beta  float64 `json:"beta"`
	Rho   float64 `json:"rho"`
	M     float64 `json:"m"`
	S     float64 `json:"s"`
}

// volMeant is the vol that a number in per cent stands for; a few per cent are
// the vol of nothing that is pledged.
func volMeant(x float64) string {
	const least = 0.06
	return meantInPercent(x, func(y float64) bool { return y >= least && y <= maxVol })
}

func (v *VolModel) validate(c *checks) {
	switch v.Model {
	case VolFlat:
		c.that(v.Value > 0 && v.Value <= maxVol, "assumptions.vol.value", v.Value, "must be an annual fraction above 0 and at most 5, such as 0.16.", volMeant(v.Value))
		c.that(v.Window == 0 && v.RiskPremium == 0 && v.Floor == 0 && v.SessionsPerYear == 0 && v.Estimator == "" && v.Term == nil && v.Refresh == "", "assumptions.vol", nil, "takes only value and smile beside model flat.", "")
	case VolRealised, VolIndex:
		v.validateHistory(c)
	default:
		c.that(v.Model != "", "assumptions.vol.model", nil, "is required beside vol: use "+orWords(NamesOf[VolModelName]())+".", "")
	}
	c.that(v.Model == VolIndex || v.Index == "" && v.Source == "", "assumptions.vol.index", v.Index, "goes with model index only.", "")
	c.that(v.Index == "" || ValidSymbol(v.Index), "assumptions.vol.index", v.Index, "is not the name of an index, such as GVZ or VIX.", "")
	c.that(v.Beta == 0 || v.Dynamics == DynamicsBeta, "assumptions.vol.spot_vol_beta", v.Beta, `goes with dynamics "spot_vol_beta" only.`, "")
	c.that(v.Beta >= 0 && v.Beta <= 5, "assumptions.vol.spot_vol_beta", v.Beta, "must be between 0 and 5, such as 1 for equity indices.", "1")
	if t := v.Term; t != nil {
		c.that(t.LongWindow == 0 || t.LongWindow >= 252 && t.LongWindow <= 10000, "assumptions.vol.term.long_window", t.LongWindow, "must be between 252 and 10,000 sessions, such as 1260.", "1260")
		c.that(t.Kappa >= 0 && t.Kappa <= 100, "assumptions.vol.term.kappa", t.Kappa, "must be above 0 and at most 100 a year, such as 3.", "3")
	}
	if m := v.Smile; m != nil {
		c.that(m.SVI == nil || m.Preset == "" && m.A == 0 && m.B == 0, "assumptions.vol.smile.svi", nil, "cannot stand beside preset, a and b: give one or the other.", "")
		c.that(m.Preset == "" || m.A == 0 && m.B == 0, "assumptions.vol.smile.preset", string(m.Preset), "cannot stand beside a and b: give one or the other.", "")
		c.that(m.A >= -0.3 && m.A <= 0.3, "assumptions.vol.smile.a", m.A, "must be between -0.3 and 0.3.", "")
		c.that(m.B >= -0.05 && m.B <= 0.3, "assumptions.vol.smile.b", m.B, "must be between -0.05 and 0.3.", "")
	}
}

// validateHistory checks what belongs to models that look back.
func (v *VolModel) validateHistory(c *checks) {
	c.that(v.Value == 0, "assumptions.vol.value", v.Value, "goes with model flat only.", "")
	c.that(v.Model == VolIndex || v.Window == 0 || v.Window >= 2 && v.Window <= 10000, "assumptions.vol.window", v.Window, "must be between 2 and 10,000 sessions, such as 252.", "252")
	c.that(v.RiskPremium == 0 || v.RiskPremium > 0 && v.RiskPremium <= 10, "assumptions.vol.risk_premium", v.RiskPremium, "must be above 0 and at most 10, such as 1.10.", "1.10")
	c.that(v.Floor >= 0 && v.Floor <= maxVol, "assumptions.vol.floor", v.Floor, "must be an annual fraction between 0 and 5, such as 0.05.", cmp.Or(volMeant(v.Floor), "0.05"))
	c.that(v.SessionsPerYear == 0 || v.SessionsPerYear == 252 || v.SessionsPerYear == 365, "assumptions.vol.sessions_per_year", v.SessionsPerYear, "is 252, or 365 for seven-day markets.", "")
	c.that(v.Model == VolRealised || v.Window == 0 && v.Estimator == "", "assumptions.vol.window", v.Window, "and estimator go with model realised only.", "")
}
