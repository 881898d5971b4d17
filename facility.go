package lombard

import (
	"fmt"
	"slices"
)

// Facility is the lender's terms. The frozen path (what the lender would have
// seen) is always computed; thresholds, cure and liquidation add the branches,
// in which calls are answered and collateral is sold.
type Facility struct {
	Preset         PresetName `json:"preset,omitempty"`          // A lender's published terms by name, which fill in what is left open
	LoanRate       *float64   `json:"loan_rate"`                 // Interest per year. null: no interest.
	Interest       *Interest  `json:"interest,omitempty"`        // What becomes of interest: {mode, day_count}. Default: ACT/360, capitalised at month ends.
	Monitoring     Monitoring `json:"monitoring,omitempty"`      // Which price decides a margin call. Or an object {call, liquidation}.
	PremiumFunding Funding    `json:"premium_funding,omitempty"` // Where the money for premiums comes from

	HedgeRecognition Recognition `json:"hedge_recognition,omitempty"`   // How the lender counts the options. Or an object {mode, haircut, min_days_to_expiry}.
	Haircut          *float64    `json:"haircut,omitempty"`             // With hedge_recognition haircut or protected_floor: the fraction taken off. Default 0.25 and 0.10.
	MinDaysToExpiry  int         `json:"min_days_to_expiry,omitzero"`   // An option with fewer calendar days to run counts nothing. Default 0.
	LTVBase          LTVBase     `json:"ltv_base,omitempty"`            // What the loan is compared with
	LendingValue     *float64    `json:"lending_value,omitempty"`       // With ltv_base lending_value: the fraction of the collateral that is lent against
	BaselHaircut     *float64    `json:"supervisory_haircut,omitempty"` // For basel_e_star: the collateral's haircut over ten days. Default by instrument.
	BaselHoldingDays int         `json:"basel_holding_days,omitempty"`  // For basel_e_star: 20 (default) or 10

	Dividends Dividends `json:"dividends,omitempty"` // What becomes of the dividends of the collateral

	// LTVs at which the lender acts beside margin_call_ltv. With thresholds, cure or liquidation the
	// lender's terms are carried out in facility_branches.
	Thresholds  *Thresholds  `json:"thresholds,omitempty"`
	Cure        *Cure        `json:"cure,omitempty"`        // How a call is answered: deadline and waterfall
	Liquidation *Liquidation `json:"liquidation,omitempty"` // How the lender sells
}

// Interest says what becomes of the interest on the loan.
type Interest struct {
	Mode     InterestMode `json:"mode,omitempty"`      // What becomes of the interest
	DayCount DayCount     `json:"day_count,omitempty"` // How days become parts of a year

	Index  string  `json:"index,omitempty"`  // A published rate, such as SOFR, to which loan_rate is the spread
	Source string  `json:"source,omitempty"` // Slug of the source that publishes it. Default: the run's own when it is local, else fred.
	Floor  float64 `json:"floor,omitzero"`   // The least the index counts, an annual fraction
}

// Thresholds are LTVs at which the lender acts, beside margin_call_ltv.
type Thresholds struct {
	InitialMax  float64    `json:"initial_max,omitzero"` // The most that is lent at entry
	Notify      []float64  `json:"notify,omitempty"`     // Warnings, ascending, not above the call
	Call        float64    `json:"call,omitzero"`        // margin_call_ltv again, for who writes it here too
	Accelerated float64    `json:"accelerated,omitzero"` // A call with the shorter deadline, not below the call
	CureTo      float64    `json:"cure_to,omitzero"`     // What a call asks to get back to. Default: 0.05 below the call; the call itself with comparison gt.
	Liquidate   float64    `json:"liquidate,omitzero"`   // The lender sells, not below the call
	Comparison  Comparison `json:"comparison,omitempty"` // Whether the lender acts at a level or only above it
}

// Cure is how a call is answered.
type Cure struct {
	Period            int             `json:"period,omitzero"`                  // Until the deadline, in unit. Default 0: the close of the call.
	Unit              CureUnit        `json:"unit,omitempty"`                   // What period and accelerated_period are counted in
	AcceleratedPeriod int             `json:"accelerated_period,omitzero"`      // The deadline above the accelerated threshold
	SelfCure          *bool           `json:"self_cure,omitempty"`              // A recovery of prices ends a call. Default true.
	Test              CureTest        `json:"test,omitempty"`                   // Where a call counts as cured
	Waterfall         []WaterfallStep `json:"waterfall,omitempty"`              // The ways to answer a call, in order. Default external_cash, then sell_collateral.
	CashMode          CashMode        `json:"cash_mode,omitempty"`              // What cash that answers a call does
	Execute           CureExecution   `json:"execute,omitempty"`                // When the waterfall is carried out
	ExternalCash      *float64        `json:"external_cash_capacity,omitempty"` // The most that can be paid in over the run. null: any amount.
}

// Liquidation is how the lender sells: pledged cash first, then recognised
// long options, then collateral.
type Liquidation struct {
	Monitoring  LiquidationMonitoring `json:"monitoring,omitempty"`  // Which price decides a liquidation
	Mode        LiquidationMode       `json:"mode,omitempty"`        // How much the lender sells
	TargetLTV   float64               `json:"target_ltv,omitzero"`   // LTV down to which the lender sells. Default: cure_to.
	Penalty     float64               `json:"penalty,omitzero"`      // Fraction of what is sold. Default 0.
	Slippage    *float64              `json:"slippage,omitempty"`    // Fraction of what is sold. Default 0.005.
	MinResidual float64               `json:"min_residual,omitzero"` // A loan left with less is repaid whole. Default 0.
}

// Branches reports whether the terms ask for more than the frozen path.
func (f *Facility) Branches() bool {
	return f.Thresholds != nil || f.Cure != nil || f.Liquidation != nil
}

func (f *Facility) validate(c *checks) {
	c.fraction("facility.loan_rate", f.LoanRate, 0, maxRate, "a year, such as 0.065")
	c.fraction("facility.haircut", f.Haircut, 0, 1, "of the option's value")
	c.that(f.Haircut == nil || f.HedgeRecognition == RecognitionHaircut || f.HedgeRecognition == RecognitionFloor, "facility.haircut", f.Haircut, `goes with hedge_recognition "haircut" or "protected_floor" only.`, "")
	c.that(f.MinDaysToExpiry >= 0 && f.MinDaysToExpiry <= maxPeriod, "facility.min_days_to_expiry", f.MinDaysToExpiry, fmt.Sprintf("must be between 0 and %d.", maxPeriod), "")
	c.fraction("facility.lending_value", f.LendingValue, 0.01, 1, "of the collateral's value")
	c.that(f.LendingValue == nil || f.LTVBase == BaseLendingValue, "facility.lending_value", f.LendingValue, `goes with ltv_base "lending_value" only.`, "")
	c.that(f.LendingValue != nil || f.LTVBase != BaseLendingValue || f.Preset != "" && f.Preset != PresetSimple, "facility.lending_value", nil, `is required with ltv_base "lending_value", such as 0.6 for shares.`, "0.6")
	c.fraction("facility.supervisory_haircut", f.BaselHaircut, 0, 1, "of the collateral's value")
	c.that(f.BaselHoldingDays == 0 || f.BaselHoldingDays == 10 || f.BaselHoldingDays == 20, "facility.basel_holding_days", f.BaselHoldingDays, "is 20, or 10 for a loan that is remargined daily.", "20")
	if i := f.Interest; i != nil {
		c.that(i.Index == "" || ValidSymbol(i.Index), "facility.interest.index", i.Index, "is not the name of a rate, such as SOFR.", "")
		c.that(i.Source == "" || i.Index != "", "facility.interest.source", i.Source, "goes with an index only.", "")
		c.fraction("facility.interest.floor", &i.Floor, -maxRate, maxRate, "a year")
		c.that(i.Index == "" || i.Mode != InterestNone, "facility.interest.index", i.Index, `cannot stand beside interest mode "none".`, "")
		c.that(i.Floor == 0 || i.Index != "", "facility.interest.floor", i.Floor, "goes with an index only.", "")
		c.that(i.Mode == InterestNone || f.LoanRate != nil, "facility.loan_rate", nil, "is required beside interest: the rate per year, such as 0.065.", "0.065")
		c.that(i.Mode != InterestNone || f.LoanRate == nil || *f.LoanRate == 0, "facility.loan_rate", f.LoanRate, `cannot stand beside interest mode "none".`, "")
	}
	f.validateCure(c)
	if l := f.Liquidation; l != nil {
		c.fraction("facility.liquidation.penalty", &l.Penalty, 0, 0.5, "of what is sold, such as 0.02")
		c.fraction("facility.liquidation.slippage", l.Slippage, 0, 0.4, "of what is sold")
		c.that(l.TargetLTV >= 0 && l.TargetLTV < 1, "facility.liquidation.target_ltv", l.TargetLTV, "must be a fraction between 0 and 1, such as 0.5.", ltvMeant(l.TargetLTV))
		c.that(l.MinResidual >= 0 && l.MinResidual <= MaxLoan, "facility.liquidation.min_residual", l.MinResidual, "must be an amount of 0 or more.", "")
	}
}

// Limits of a lender's terms.
const (
	maxPeriod    = 3660 // time to cure, in the unit asked for
	MaxNotify    = 20   // levels of warning
	MaxWaterfall = 3    // ways to answer a call
)

func (f *Facility) validateCure(c *checks) {
	u := f.Cure
	if u == nil {
		return
	}
	c.that(u.Period >= 0 && u.Period <= maxPeriod, "facility.cure.period", u.Period, fmt.Sprintf("must be between 0 and %d.", maxPeriod), "")
	c.that(u.AcceleratedPeriod >= 0 && u.AcceleratedPeriod <= u.Period, "facility.cure.accelerated_period", u.AcceleratedPeriod, "must not be longer than period.", "")
	c.within("facility.cure.external_cash_capacity", u.ExternalCash, 0, MaxLoan, "in the currency of the loan")
	for i, step := range u.Waterfall {
		field := fmt.Sprintf("facility.cure.waterfall[%d]", i)
		c.that(!slices.Contains(u.Waterfall[:i], step), field, string(step), "stands in the waterfall already.", "")
	}
}

// validateThresholds checks that the lender's levels stand in order around the
// one at which it calls.
func (f *Facility) validateThresholds(c *checks, call float64) {
	t := f.Thresholds
	if t == nil {
		return
	}
	level := Number(call)
	c.that(t.Call == 0 || t.Call == call, "facility.thresholds.call", t.Call, fmt.Sprintf("is margin_call_ltv, which is %s: leave it out, or give the same.", level), Digits(call))
	check := func(field string, x float64, message string, fits func(float64) bool) {
		c.that(fits(x), field, x, message, meantInPercent(x, fits))
	}
	below := func(field string, x float64) {
		check(field, x, fmt.Sprintf("must be above 0 and not above margin_call_ltv, %s.", level), func(y float64) bool { return y == 0 || y > 0 && y <= call })
	}
	below("facility.thresholds.initial_max", t.InitialMax)
	below("facility.thresholds.cure_to", t.CureTo)
	last := 0.0
	for i, x := range t.Notify {
		least := last
		check(fmt.Sprintf("facility.thresholds.notify[%d]", i), x, fmt.Sprintf("must be above the one before it and not above margin_call_ltv, %s.", level), func(y float64) bool { return y > least && y <= call })
		last = x
	}
	least, words := call, "margin_call_ltv"
	above := func(field string, x float64) {
		check(field, x, fmt.Sprintf("must be at least %s, %s, and below 1.", words, Number(least)), func(y float64) bool { return y == 0 || y >= least && y < 1 })
	}
	above("facility.thresholds.accelerated", t.Accelerated)
	if t.Accelerated != 0 {
		least, words = t.Accelerated, "the accelerated level"
	}
	if least < 1 {
		above("facility.thresholds.liquidate", t.Liquidate)
	}
}
