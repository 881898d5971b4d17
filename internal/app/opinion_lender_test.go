package app_test

import (
	"math"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/option"
)

// watched is what a lender sees of one account at one close.
type watched struct {
	ltv, low    float64 // NaN without a low
	called      bool
	owed, units float64 // less pledged cash
}

// alone watches the account without options: as it is, or repaying with the cash
// that the hedge took.
func (o *opinion) alone(repays bool) (days []watched, drop float64) {
	call := o.s.MarginCallLTV
	for i := range o.days {
		d := &o.days[i]
		w := watched{ltvOf(o.balance[i], o.units[i]*d.SpotClose), orNaN(d.LTVUnhedgedLow), d.MarginCallUnhedged, o.balance[i], o.units[i]}
		if repays {
			c := o.control[i]
			w.ltv, w.low, w.owed = ltvOf(c.owed(), o.units[i]*d.SpotClose+c.cash), c.atLow, c.owed()-c.cash
			w.called = w.ltv >= call || o.s.Facility.Monitoring == lombard.MonitoringLow && w.low >= call
		}
		days = append(days, w)
	}
	end := days[o.n-1]
	if end.called || end.owed <= 0 {
		return days, math.NaN()
	}
	return days, 1 - end.owed/call/end.units/o.last.SpotClose
}

// hedged watches the account with its options.
func (o *opinion) hedged() (days []watched, drop float64) {
	for i := range o.days {
		d := &o.days[i]
		days = append(days, watched{d.LTVRecognised, orNaN(d.LTVHedgedLow), d.MarginCallHedged, d.LoanBalanceHedged - d.OptionCashPledged, d.UnitsHedged})
	}
	return days, o.drop()
}

// drop walks the price down in steps of a two-hundredth until the lender calls,
// every option priced anew, and halves the last step; NaN where it never calls.
// It knows the modes of recognition that are a weight on long options.
func (o *opinion) drop() float64 {
	weight, plain := map[lombard.Recognition]float64{lombard.RecognitionMarketValue: 1, lombard.RecognitionHaircut: 1 - value(o.s.Facility.Haircut), lombard.RecognitionNone: 0}[o.s.Facility.HedgeRecognition]
	intrinsicOnly := o.s.Facility.HedgeRecognition == lombard.RecognitionIntrinsic
	if !plain && !intrinsicOnly || o.s.Facility.LTVBase == lombard.BaseLendingValue || o.s.Facility.MinDaysToExpiry > 0 {
		return math.Inf(1) // left to the account
	}
	if o.last.MarginCallHedged {
		return math.NaN()
	}
	engine, _ := option.EngineFor(o.s.Assumptions.OptionStyle)
	markers := make([]option.Marker, len(o.t.Contracts))
	called := func(spot float64) bool {
		collateral := o.last.UnitsHedged*spot + o.last.OptionCashPledged
		for i := range o.t.Contracts {
			c := &o.t.Contracts[i]
			held, strike := o.held(c, o.last.Date)
			if c.OpenMark == nil || held == 0 {
				continue
			}
			kind := option.Put
			if c.Right == "call" {
				kind = option.Call
			}
			years := float64(c.Expiry-o.last.Date) / 365
			if markers[i] == nil {
				markers[i] = engine.Marker(kind, option.Inputs{Spot: spot, Strike: strike, Years: years, Rate: value(o.s.Assumptions.Rate), Yield: value(o.s.Assumptions.DividendYield), Vol: *o.last.IVUsed})
			}
			worth := markers[i].Price(spot, years)
			switch {
			case held < 0:
				collateral += held * worth
			case intrinsicOnly:
				collateral += held * intrinsic(c.Right, spot, strike)
			default:
				collateral += held * weight * worth
			}
		}
		return ltvOf(o.last.LoanBalanceHedged, collateral) >= o.s.MarginCallLTV
	}
	const steps = 200
	for i := 1; i <= steps; i++ {
		low, high := o.last.SpotClose*math.Max(1e-6, 1-float64(i)/steps), o.last.SpotClose*(1-float64(i-1)/steps)
		if !called(low) {
			continue
		}
		for range 60 {
			if middle := (low + high) / 2; called(middle) {
				low = middle
			} else {
				high = middle
			}
		}
		return 1 - low/o.last.SpotClose
	}
	return math.NaN()
}

// lender condenses what was watched.
func (o *opinion) lender(key string, days []watched, drop float64) {
	most, intraday, date, called, first, exposure := 0.0, math.NaN(), lombard.Date(0), 0.0, math.NaN(), 0.0
	for i, w := range days {
		d := &o.days[i]
		if w.ltv > most*(1+1e-12) {
			most, date = w.ltv, d.Date
		}
		if !math.IsNaN(w.low) && !(w.low <= intraday) {
			intraday = w.low
		}
		if w.called {
			called++
			if math.IsNaN(first) {
				first = float64(d.Date - o.days[0].Date)
			}
		}
		exposure = math.Max(exposure, o.exposure(w.owed, w.units*d.SpotClose))
	}
	o.is[key+"max_ltv"], o.is[key+"max_ltv_date"], o.is[key+"max_ltv_intraday"] = most, float64(date), intraday
	o.is[key+"margin_call_days"], o.is[key+"time_to_first_call_days"] = called, first
	o.is[key+"min_headroom"], o.is[key+"drop_to_call"], o.is[key+"e_star_max"] = 1-most/o.s.MarginCallLTV, drop, exposure
}

// branches: what the lender did, from the days, episodes and events.
func (o *opinion) branches() {
	loss := make([]float64, len(o.t.Branches))
	for i := range o.t.Branches {
		b := &o.t.Branches[i]
		key := func(name string) string { return "facility_branches." + string(rune('0'+i)) + "." + name }
		called, most, sessions := 0.0, 0.0, 0
		for _, e := range b.Episodes {
			called, most, sessions = called+e.Amount, math.Max(most, e.Amount), sessions+e.Days
		}
		paid, hedgeSold, sales := 0.0, 0.0, 0.0
		for _, e := range b.Events {
			switch {
			case e.Type == string(lombard.CureExternalCash):
				paid -= e.Cash
			case e.Type == string(lombard.CureMonetiseHedge):
				hedgeSold += e.Cash
			case strings.HasPrefix(e.Type, "liquidation") && e.Type != "liquidation_due":
				sales++
			}
		}
		exposure := 0.0
		for k := range b.Days {
			exposure = math.Max(exposure, o.exposure(b.Days[k].LoanBalance-b.Days[k].CashPledged, b.Days[k].Units*o.days[k].SpotClose))
		}
		end := b.Days[len(b.Days)-1]
		o.is[key("calls_count")], o.is[key("days_in_call")] = float64(len(b.Episodes)), float64(sessions)
		o.is[key("called_amount_total")], o.is[key("called_amount_max")] = called, most
		o.is[key("cash_paid")], o.is[key("hedge_sold")], o.is[key("liquidations")] = paid, hedgeSold, sales
		o.is[key("e_star_max")], o.is[key("end_wealth")], o.is[key("bad_debt")] = exposure, end.Equity, 0
		if end.Units == 0 {
			o.is[key("bad_debt")] = math.Max(0, end.LoanBalance-end.CashPledged)
		}
		loss[i] = o.sales(b, key)
	}
	o.is["metrics.loan.liquidation_loss_avoided"] = math.NaN()
	if len(loss) > 1 {
		o.is["metrics.loan.liquidation_loss_avoided"] = loss[0] - loss[1]
	}
}

// sales: units are what a day has less than the day before, after its split and
// what its dividend bought, in the terms of the last day; proceeds are the cash of
// the events before what a sale costs. Accounts with options sold, or whose
// collateral pays premiums, are left to the first implementation.
func (o *opinion) sales(b *lombard.Branch, key func(string) string) (loss float64) {
	for _, name := range []string{"units_sold", "units_liquidated", "liquidation_proceeds", "penalties", "liquidation_loss"} {
		o.is[key(name)] = math.Inf(1)
	}
	short := slices.ContainsFunc(o.t.Contracts, func(c lombard.Contract) bool { return c.Quantity < 0 })
	if b.Branch == lombard.BranchHedged && (short || o.s.Facility.PremiumFunding == lombard.FundingSellCollateral) {
		return b.LiquidationLoss
	}
	slippage, penalty := value(o.s.Facility.Liquidation.Slippage), o.s.Facility.Liquidation.Penalty
	before, sold, seized, proceeds, costs, got := o.s.UnderlyingUnits, 0.0, 0.0, 0.0, 0.0, 0.0
	for k := range b.Days {
		d, split := &o.days[k], 1.0
		if d.Split != 0 {
			split = d.Split
		}
		before, sold, seized = before*split, sold*split, seized*split
		if o.s.Facility.Dividends == lombard.DividendsReinvest {
			before *= 1 + d.Dividend/d.SpotClose
		}
		today := before - b.Days[k].Units
		before, sold = b.Days[k].Units, sold+today
		byLender, byBorrower := false, false
		for _, e := range b.Events {
			lender := strings.HasPrefix(e.Type, "liquidation") && e.Type != "liquidation_due"
			if e.Date != d.Date || !lender && e.Type != string(lombard.CureSellCollateral) {
				continue
			}
			value := e.Cash / (1 - slippage)
			if lender {
				value = e.Cash / (1 - slippage - penalty)
				got += value
			}
			proceeds, costs = proceeds+value, costs+value-e.Cash
			byLender, byBorrower = byLender || lender, byBorrower || !lender
		}
		if byLender {
			seized += today
		}
		if byLender && byBorrower {
			return b.LiquidationLoss
		}
	}
	loss = seized*o.last.SpotClose - got + costs
	o.is[key("units_sold")], o.is[key("units_liquidated")] = sold, seized
	o.is[key("liquidation_proceeds")], o.is[key("penalties")], o.is[key("liquidation_loss")] = proceeds, costs, loss
	return loss
}

// exposure is Basel's E* with the facility's haircut, scaled from ten days.
func (o *opinion) exposure(owed, collateral float64) float64 {
	h := value(o.s.Facility.BaselHaircut) * math.Sqrt(float64(o.s.Facility.BaselHoldingDays)/10)
	return math.Max(0, owed-collateral*math.Max(0, 1-h))
}
