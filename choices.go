package lombard

import (
	"fmt"
	"slices"
	"strings"
)

// choice is a field of a request that takes one of some words.
type choice struct {
	field, value string
	among        []string
	open         bool // a resolved scenario may leave it empty
}

// choices lists every field of the scenario that takes one of some words, of
// the objects that it holds.
func (s *Scenario) choices() []choice {
	all := []choice{{field: "data_quality", value: s.DataQuality, open: true, among: []string{QualityWarn, QualityFail}}}
	all = append(all, s.Facility.choices()...)
	return append(all, s.Assumptions.choices()...)
}

func (f *Facility) choices() []choice {
	all := []choice{
		{field: "facility.preset", value: f.Preset, among: PresetNames()},
		{field: "facility.monitoring", value: f.Monitoring, among: []string{MonitoringClose, MonitoringLow}},
		{field: "facility.premium_funding", value: f.PremiumFunding, among: []string{FundingCash, FundingLoan, FundingSellCollateral}},
		{field: "facility.hedge_recognition", value: f.HedgeRecognition, among: recognitions()},
		{field: "facility.ltv_base", value: f.LTVBase, among: []string{BaseGross, BaseLendingValue}},
		{field: "facility.dividends", value: f.Dividends, among: []string{DividendsCash, DividendsRepay, DividendsReinvest}},
	}
	if i := f.Interest; i != nil {
		all = append(
			all,
			choice{field: "facility.interest.mode", value: i.Mode, among: []string{InterestMonthly, InterestDaily, InterestCash, InterestBullet, InterestNone}},
			choice{field: "facility.interest.day_count", value: i.DayCount, among: []string{DayCountAct360, DayCountAct365, DayCount30360}},
		)
	}
	if t := f.Thresholds; t != nil {
		all = append(all, choice{field: "facility.thresholds.comparison", value: t.Comparison, among: []string{ComparisonGE, ComparisonGT}})
	}
	if u := f.Cure; u != nil {
		all = append(
			all,
			choice{field: "facility.cure.unit", value: u.Unit, among: []string{UnitBusinessDays, UnitCalendarDays, UnitHours}},
			choice{field: "facility.cure.test", value: u.Test, among: []string{TestCureTo, TestBelowCall}},
			choice{field: "facility.cure.cash_mode", value: u.CashMode, among: []string{CashRepay, CashPledge}},
			choice{field: "facility.cure.execute", value: u.Execute, among: []string{ExecuteDeadline, ExecuteNextSession}},
		)
		for i, step := range u.Waterfall {
			all = append(all, choice{field: fmt.Sprintf("facility.cure.waterfall[%d]", i), value: step, among: []string{CureExternalCash, CureMonetiseHedge, CureSellCollateral}})
		}
	}
	if l := f.Liquidation; l != nil {
		all = append(
			all,
			choice{field: "facility.liquidation.monitoring", value: l.Monitoring, among: []string{MonitoringClose, MonitoringIntraday}},
			choice{field: "facility.liquidation.mode", value: l.Mode, among: []string{LiquidateToTarget, LiquidateFull, LiquidateCloseFactor}},
		)
	}
	return all
}

func (a *Assumptions) choices() []choice {
	all := []choice{
		{field: "assumptions.option_style", value: a.OptionStyle, among: []string{StyleEuropean, StyleAmerican}},
		{field: "assumptions.contract_mode", value: a.ContractMode, among: []string{ModeContinuous, ModeListed}},
		{field: "assumptions.execution", value: a.Execution, among: []string{ExecutionHalfSpread, ExecutionMid}},
		{field: "assumptions.dividend_yield_from", value: a.YieldFrom, open: true, among: []string{YieldFromDividends}},
		{field: "assumptions.pricing_mode", value: a.PricingMode, among: []string{PricingSynthetic, PricingQuotes}},
	}
	v := a.Vol
	if v == nil {
		return all
	}
	all = append(
		all,
		choice{field: "assumptions.vol.model", value: v.Model, among: []string{VolFlat, VolRealised, VolIndex}},
		choice{field: "assumptions.vol.estimator", value: v.Estimator, open: v.Model != VolRealised, among: []string{EstimatorClose, EstimatorParkinson, EstimatorGarmanKlass, EstimatorRogersSatchell, EstimatorYangZhang, EstimatorEWMA}},
		choice{field: "assumptions.vol.refresh", value: v.Refresh, open: v.Model == VolFlat, among: []string{RefreshPurchase, RefreshDaily}},
		choice{field: "assumptions.vol.dynamics", value: v.Dynamics, open: v.Model == VolFlat && v.Smile == nil, among: []string{DynamicsDelta, DynamicsStrike, DynamicsBeta}},
	)
	if m := v.Smile; m != nil {
		all = append(all, choice{field: "assumptions.vol.smile.preset", value: m.Preset, open: true, among: []string{SmileEquityIndex, SmileSingleStock, SmileGold, SmileBitcoin}})
	}
	return all
}

// Unresolved returns what keeps a scenario from being computed as it stands: a
// field that takes one of some words and is empty or holds another word, and a
// number that pricing needs and that is missing. calc.Resolve fills in all that
// was left open.
func (s *Scenario) Unresolved() []FieldError {
	c := &checks{}
	for _, x := range s.choices() {
		if x.value == "" && !x.open {
			c.that(false, x.field, nil, "is required: use "+strings.Join(x.among, " or ")+".", x.among[0])
			continue
		}
		c.oneOf(x.field, x.value, x.among...)
	}
	f, a := &s.Facility, &s.Assumptions
	present := func(ok bool, field string) { c.that(ok, field, nil, "is required.", "") }
	present(a.Vol != nil, "assumptions.vol")
	present(a.Rate != nil, "assumptions.rate")
	present(a.DividendYield != nil, "assumptions.dividend_yield")
	present(a.HalfSpread != nil || a.Execution != ExecutionHalfSpread, "assumptions.half_spread_vol_points")
	counted := slices.Contains([]string{RecognitionHaircut, RecognitionFloor}, f.HedgeRecognition)
	present(f.Haircut != nil || !counted, "facility.haircut")
	return c.bad
}
