package lombard

import (
	"fmt"
	"slices"
)

// chosen is a field of a request that takes one of the values of a table.
type chosen struct {
	field, value string
	among        []string
	open         bool                      // a resolved scenario may leave it empty
	meant        func(value string) string // what another value stands for; nil: nobody knows
}

// choose returns a field with its value.
func choose[T Chosen](field string, value T) chosen {
	return chosen{field: field, value: string(value), among: NamesOf[T]()}
}

// optional lets a resolved scenario leave the field empty when that is so.
func (c chosen) optional(when bool) chosen {
	c.open = when
	return c
}

// choices lists every field of the scenario that takes one of the values of a
// table, of the objects that it holds.
func (s *Scenario) choices() []chosen {
	conflict := choose("on_conflict", s.OnConflict).optional(true) // how to run it: no scenario that is resolved holds it
	conflict.meant = conflictMeant
	all := []chosen{choose("data_quality", s.DataQuality).optional(true), conflict}
	all = append(all, s.Facility.choices()...)
	return append(all, s.Assumptions.choices()...)
}

func (f *Facility) choices() []chosen {
	all := []chosen{
		choose("facility.preset", f.Preset),
		choose("facility.monitoring", f.Monitoring),
		choose("facility.premium_funding", f.PremiumFunding),
		choose("facility.hedge_recognition", f.HedgeRecognition),
		choose("facility.ltv_base", f.LTVBase),
		choose("facility.dividends", f.Dividends),
	}
	if i := f.Interest; i != nil {
		all = append(all, choose("facility.interest.mode", i.Mode), choose("facility.interest.day_count", i.DayCount))
	}
	if t := f.Thresholds; t != nil {
		all = append(all, choose("facility.thresholds.comparison", t.Comparison))
	}
	if u := f.Cure; u != nil {
		all = append(
			all,
			choose("facility.cure.unit", u.Unit),
			choose("facility.cure.test", u.Test),
			choose("facility.cure.cash_mode", u.CashMode),
			choose("facility.cure.execute", u.Execute),
		)
		for i, step := range u.Waterfall {
			all = append(all, choose(fmt.Sprintf("facility.cure.waterfall[%d]", i), step))
		}
	}
	if l := f.Liquidation; l != nil {
		all = append(all, choose("facility.liquidation.monitoring", l.Monitoring), choose("facility.liquidation.mode", l.Mode))
	}
	return all
}

func (a *Assumptions) choices() []chosen {
	all := []chosen{
		choose("assumptions.option_style", a.OptionStyle),
		choose("assumptions.contract_mode", a.ContractMode),
		choose("assumptions.execution", a.Execution),
		choose("assumptions.dividend_yield_from", a.YieldFrom).optional(true),
		choose("assumptions.pricing_mode", a.PricingMode),
	}
	v := a.Vol
	if v == nil {
		return all
	}
	all = append(
		all,
		choose("assumptions.vol.model", v.Model),
		choose("assumptions.vol.estimator", v.Estimator).optional(v.Model != VolRealised),
		choose("assumptions.vol.refresh", v.Refresh).optional(v.Model == VolFlat),
		choose("assumptions.vol.dynamics", v.Dynamics).optional(v.Model == VolFlat && v.Smile == nil),
	)
	if m := v.Smile; m != nil {
		all = append(all, choose("assumptions.vol.smile.preset", m.Preset).optional(true))
	}
	return all
}

// Unresolved returns what keeps a scenario from being computed as it stands: a
// field that takes one of the values of a table and is empty or holds another
// one, and a number that pricing needs and that is missing. calc.Resolve fills
// in all that was left open.
func (s *Scenario) Unresolved() []FieldError {
	c := &checks{}
	for _, x := range s.choices() {
		if x.value == "" && !x.open {
			c.that(false, x.field, nil, "is required: use "+orWords(x.among)+".", x.among[0])
			continue
		}
		c.oneOf(x)
	}
	f, a := &s.Facility, &s.Assumptions
	present := func(ok bool, field string) { c.that(ok, field, nil, "is required.", "") }
	present(a.Vol != nil, "assumptions.vol")
	present(a.Rate != nil, "assumptions.rate")
	present(a.DividendYield != nil, "assumptions.dividend_yield")
	present(a.HalfSpread != nil || a.Execution != ExecutionHalfSpread, "assumptions.half_spread_vol_points")
	counted := slices.Contains([]Recognition{RecognitionHaircut, RecognitionFloor}, f.HedgeRecognition)
	present(f.Haircut != nil || !counted, "facility.haircut")
	present(s.Position != nil || s.CollateralValue == nil && s.LoanToValue == nil, "position")
	return c.bad
}
