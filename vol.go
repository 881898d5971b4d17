package lombard

import "cmp"

// VolModel says where option volatility comes from.
type VolModel struct {
	Model VolModelName `json:"model"` // Where option volatility comes from

	Value float64 `json:"value,omitzero"` // With flat: annual vol, a fraction above 0 and at most 5

	Index  string `json:"index,omitempty"`  // With index: its name, such as GVZ or VIX. Default: that of the symbol.
	Source string `json:"source,omitempty"` // With index: slug of the source that publishes it. Default: the run's own when it is local, else fred.

	// The rest belongs to "realised", but for the estimator and the window also
	// to "index", whose risk premium is 1 by default: an estimate over the trailing window,
	// annualised by SessionsPerYear, × RiskPremium, at least Floor.
	Estimator       Estimator `json:"estimator,omitempty"`        // With realised: how vol is estimated
	Window          int       `json:"window,omitzero"`            // With realised: sessions of the trailing window. Default 252.
	RiskPremium     float64   `json:"risk_premium,omitzero"`      // Factor on the measured vol. Default 1.10 with realised, 1 with index.
	Floor           float64   `json:"floor,omitzero"`             // Least annual vol. Default 0.05.
	SessionsPerYear int       `json:"sessions_per_year,omitzero"` // 252, or 365 for seven-day markets; resolved, not asked

	Term *TermModel `json:"term,omitempty"` // With realised and index: let vol revert to its long-run level, {long_window, kappa}. Default: one vol for every life.
	// Bend vol by strike: {preset}, {a, b}, or the shape of a raw SVI slice, {svi: {alpha, beta, rho,
	// m, s}}, which must be free of arbitrage. Default: one vol for every strike.
	Smile    *SmileModel `json:"smile,omitempty"`
	Dynamics Dynamics    `json:"dynamics,omitempty"`     // How vol moves with spot
	Beta     float64     `json:"spot_vol_beta,omitzero"` // With dynamics spot_vol_beta: vol rises by this times the log fall of spot

	Refresh Refresh `json:"refresh,omitempty"` // With realised and index: how often vol is updated
}

// TermModel lets vol revert to its long-run level: options of a year bought in
// a panic are not priced at the panic's vol.
type TermModel struct {
	LongWindow int     `json:"long_window,omitzero"` // Sessions of the long-run vol, at least a year of them. Default: five years.
	Kappa      float64 `json:"kappa,omitzero"`       // Speed at which vol reverts, per year. Default 3.
}

// SmileModel bends vol by strike: a preset, or the two numbers of
// 1 + A·z + B·z², z in standard deviations of log-moneyness.
type SmileModel struct {
	Preset SmilePreset `json:"preset,omitempty"` // A smile by name, in place of a and b
	A      float64     `json:"a,omitzero"`       // Slope: between -0.3 and 0.3
	B      float64     `json:"b,omitzero"`       // Curvature: between -0.05 and 0.3

	SVI *SVIModel `json:"svi,omitempty"` // The shape of a raw SVI slice, in place of preset, a and b
}

// SVIModel is raw SVI: total variance w(k) = alpha + beta·(rho·(k − m) +
// √((k − m)² + s²)) of log-moneyness k (Gatheral, A parsimonious
// arbitrage-free implied volatility parameterization, 2004). Only its shape is
// used: the level is the model's, and k is scaled with the square root of the
// at-the-money variance.
type SVIModel struct {
	Alpha float64 `json:"alpha"` // Level of the total variance
	Beta  float64 `json:"beta"`  // Slope of the wings
	Rho   float64 `json:"rho"`   // Skew, between -1 and 1
	M     float64 `json:"m"`     // Log-moneyness at the bottom
	S     float64 `json:"s"`     // How round the bottom is, above 0
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
