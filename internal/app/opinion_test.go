package app_test

import (
	"math"
	"slices"

	"lombard.example/lombard"
)

// opinion is a second implementation of the figures of a result, written from
// their definitions over the stored days, contracts and events alone. It shares
// nothing with the packages loan and metrics. A figure is NaN where it is
// undefined, dates are their numbers, truths 0 or 1.
type opinion struct {
	s     lombard.Scenario
	t     *lombard.TemplateResult
	days  []lombard.Day
	last  *lombard.Day
	n     int
	years float64 // of 365.25 days
	is    map[string]float64

	units    []float64 // unhedged, by day
	balance  []float64 // of the unhedged loan
	paid     float64   // its interest paid in cash
	charged  float64
	received float64 // dividends in cash, unhedged

	control []debtor // of the account that repays instead, by day
	repaid  float64
}

// debtor is a loan on one day, after its close.
type debtor struct {
	principal, accrued, paid, charged float64
	cash, out                         float64 // pledged cash; dividends paid out
	atLow                             float64 // LTV at the low; NaN without one
}

func (d *debtor) owed() float64 { return d.principal + d.accrued }

// pass lets one calendar day of interest pass.
func (d *debtor) pass(day lombard.Date, rate float64, f *lombard.Facility) {
	mode, count := lombard.InterestMode(""), lombard.DayCount("")
	if f.Interest != nil {
		mode, count = f.Interest.Mode, f.Interest.DayCount
	}
	part := 1.0 / 360
	switch count {
	case lombard.DayCountAct360:
	case lombard.DayCountAct365:
		part = 1.0 / 365
	case lombard.DayCount30360:
		y, m, to := day.Civil()
		py, pm, from := (day - 1).Civil()
		part = float64(360*(y-py)+30*(int(m)-int(pm))+min(to, 30)-min(from, 30)) / 360
	}
	interest := d.principal * rate * part
	d.accrued, d.charged = d.accrued+interest, d.charged+interest
	_, month, _ := day.Civil()
	_, next, _ := (day + 1).Civil()
	switch ends := month != next; {
	case mode == lombard.InterestBullet:
	case mode == lombard.InterestCash && ends:
		d.paid, d.accrued = d.paid+d.accrued, 0
	case mode == lombard.InterestCash:
	case mode == lombard.InterestDaily || ends:
		d.principal, d.accrued = d.principal+d.accrued, 0
	}
}

// take repays the loan, interest first, and returns what is left.
func (d *debtor) take(money float64) float64 {
	first := math.Min(money, d.accrued)
	second := math.Min(money-first, d.principal)
	d.accrued, d.principal = d.accrued-first, d.principal-second
	return money - first - second
}

// ledger follows a loan without options; outside is the money that repays it.
func (o *opinion) ledger(outside func(d *lombard.Day) float64) []debtor {
	at := debtor{principal: o.s.LoanAmount}
	all := make([]debtor, o.n)
	date := o.days[0].Date
	for i := range o.days {
		d := &o.days[i]
		rate := value(o.s.Facility.LoanRate)
		if d.LoanRate != nil {
			rate = *d.LoanRate
		}
		for date < d.Date {
			date++
			at.pass(date, rate, &o.s.Facility)
		}
		if d.Dividend != 0 {
			before := o.units[i-1]
			if d.Split != 0 {
				before *= d.Split
			}
			switch o.s.Facility.Dividends {
			case lombard.DividendsRepay:
				at.out += at.take(d.Dividend * before)
			case lombard.DividendsReinvest:
			case lombard.DividendsCash:
				at.out += d.Dividend * before
			}
		}
		at.atLow = math.NaN()
		if d.LTVUnhedgedLow != nil {
			at.atLow = ltvOf(at.owed(), o.units[i]*d.SpotLow+at.cash)
		}
		at.cash += at.take(outside(d))
		all[i] = at
	}
	return all
}

func ltvOf(owed, collateral float64) float64 {
	if collateral <= 0 {
		return 1e6
	}
	return math.Min(1e6, owed/collateral)
}

func value(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}

func orNaN(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// opinionOf recomputes every figure of one hedge.
func opinionOf(s lombard.Scenario, t *lombard.TemplateResult) *opinion {
	o := &opinion{s: s, t: t, days: t.DailyPath, n: len(t.DailyPath), is: map[string]float64{}}
	o.last = &o.days[o.n-1]
	o.years = float64(o.last.Date-o.days[0].Date) / 365.25
	units := s.UnderlyingUnits
	for i := range o.days {
		d := &o.days[i]
		if d.Split != 0 {
			units *= d.Split
		}
		if s.Facility.Dividends == lombard.DividendsReinvest {
			units += d.Dividend * units / d.SpotClose
		}
		o.units = append(o.units, units)
	}
	alone := o.ledger(func(*lombard.Day) float64 { return 0 })
	for i := range alone {
		o.balance = append(o.balance, alone[i].owed())
	}
	end := alone[o.n-1]
	o.paid, o.charged, o.received = end.paid, end.charged, end.out
	o.control = o.ledger(func(d *lombard.Day) float64 { return d.CashFromOutside })
	for i := range o.days {
		o.repaid += o.days[i].CashFromOutside
	}
	o.money()
	o.calls()
	o.yearly()
	seen, drop := o.alone(false)
	o.lender("metrics.loan.unhedged.", seen, drop)
	seen, drop = o.hedged()
	o.lender("metrics.loan.hedged.", seen, drop)
	seen, drop = o.alone(true)
	o.lender("metrics.loan.deleveraged.", seen, drop)
	o.breakevens()
	o.vols()
	o.quality()
	o.branches()
	return o
}

// money: what was paid and received, and what is left. The trades' own fills are
// in the cash of the days; what they were marked at stands in the contracts.
func (o *opinion) money() {
	paid, got, mark, payoff, cash, sold, outside, largest, dividends := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
	day := lombard.Date(0)
	for i := range o.t.Contracts {
		c := &o.t.Contracts[i]
		paid += math.Max(0, c.Quantity) * c.Mid
		got += math.Max(0, -c.Quantity) * c.Mid
		mark += value(c.OpenMark)
		for _, t := range c.Trades {
			payoff -= t.Quantity * t.Mid
		}
		if c.Settled != 0 && c.Settled >= c.Expiry {
			for k := range o.days {
				if d := &o.days[k]; d.Date == c.Settled {
					held, strike := o.held(c, d.Date)
					payoff += held * intrinsic(c.Right, d.SpotClose, strike)
				}
			}
		}
	}
	for i := range o.days {
		d := &o.days[i]
		cash, sold, outside = cash+d.HedgeCash, sold+d.CollateralSold, outside+d.CashFromOutside
		if d.CashFromOutside > largest {
			largest, day = d.CashFromOutside, d.Date
		}
		if d.Dividend != 0 {
			before := o.units[i-1]
			if d.Split != 0 {
				before *= d.Split
			}
			dividends += before * d.Dividend
		}
	}
	frictions := payoff - paid + got - cash
	is, spot := o.is, o.last.SpotClose
	start := o.s.UnderlyingUnits * o.days[0].SpotClose
	is["start_value"], is["end_value_unhedged"] = start, o.units[o.n-1]*spot
	is["end_value_hedged_net"] = o.last.UnitsHedged*spot + mark + cash + sold
	is["total_hedge_cost"], is["hedge_cost_net_of_mark"] = -cash, -cash-mark
	is["premiums_paid"], is["premiums_received"], is["payoff"], is["frictions"], is["open_mark"] = paid, got, payoff, frictions, mark
	is["purchases"], is["sessions"], is["dividends_received"] = float64(len(o.t.Contracts)), float64(o.n), dividends
	is["cash_from_outside"], is["cash_from_outside_largest"], is["cash_from_outside_largest_date"] = outside, largest, float64(day)
	is["option_cash_pledged"] = o.last.OptionCashPledged
	is["interest_charged"], is["loan_balance_at_end"] = o.charged, o.balance[o.n-1]
	is["equity_unhedged_end"] = o.units[o.n-1]*spot - o.balance[o.n-1] - o.paid + o.received
	is["equity_hedged_end"] = o.last.UnitsHedged*spot + mark + o.last.OptionCashPledged - outside - o.last.LoanBalanceHedged - o.last.InterestPaid + o.handed()
	for _, p := range [][2]string{
		{"premium_gross", "premiums_paid"},
		{"premium_credit", "premiums_received"},
		{"payoff", "payoff"},
		{"frictions", "frictions"},
		{"total_hedge_cost", "total_hedge_cost"},
		{"hedge_cost_net_of_mark", "hedge_cost_net_of_mark"},
	} {
		is["metrics.cost_of_protection."+p[0]] = is[p[1]]
	}
}

// handed is what dividends on the hedged branch's units paid out. A loan that
// they repaid to nothing is left to the account.
func (o *opinion) handed() float64 {
	sum := 0.0
	for i := range o.days {
		d := &o.days[i]
		if d.Dividend == 0 || o.s.Facility.Dividends == lombard.DividendsReinvest {
			continue
		}
		if o.s.Facility.Dividends == lombard.DividendsRepay {
			if d.LoanBalanceHedged == 0 {
				return math.Inf(1)
			}
			continue
		}
		split := d.Split
		if split == 0 {
			split = 1
		}
		sum += d.Dividend * split * o.days[i-1].UnitsHedged
	}
	return sum
}

// held follows a contract to a day: what is left of it, and its strike.
func (o *opinion) held(c *lombard.Contract, date lombard.Date) (quantity, strike float64) {
	quantity, strike = c.Quantity, c.Strike
	trades := c.Trades
	for _, a := range c.Adjustments {
		if a.Date > date {
			break
		}
		for len(trades) > 0 && trades[0].Date < a.Date {
			quantity, trades = quantity+trades[0].Quantity, trades[1:]
		}
		if a.Split != 0 {
			quantity, strike = quantity*a.Split, strike/a.Split
		}
		strike -= a.Dividend
	}
	for _, t := range trades {
		if t.Date <= date {
			quantity += t.Quantity
		}
	}
	return quantity, strike
}

func intrinsic(right lombard.Right, spot, strike float64) float64 {
	if right == "put" {
		return math.Max(0, strike-spot)
	}
	return math.Max(0, spot-strike)
}

// calls: the highest LTVs and the days on which the lender calls.
func (o *opinion) calls() {
	call, low := o.s.MarginCallLTV, o.s.Facility.Monitoring == lombard.MonitoringLow
	over := func(ltv float64, atLow *float64) bool { return ltv >= call || low && atLow != nil && *atLow >= call }
	is := o.is
	count := func(key string, when bool) { is[key] += truth(when) }
	for _, key := range []string{"first_margin_call_hedged", "first_margin_call_unhedged", "max_ltv_hedged", "max_ltv_unhedged", "max_ltv_recognised", "cure_cash_unhedged"} {
		is[key] = 0
	}
	lows := false
	lowHedged, lowUnhedged := 0.0, 0.0
	for i := range o.days {
		d := &o.days[i]
		unhedged := ltvOf(o.balance[i], o.units[i]*d.SpotClose)
		economic := ltvOf(d.LoanBalanceHedged, d.UnitsHedged*d.SpotClose+d.OptionMarketValue+d.OptionCashPledged)
		for _, x := range []struct {
			key string
			ltv float64
		}{{"max_ltv_unhedged", unhedged}, {"max_ltv_hedged", economic}} {
			if x.ltv > is[x.key]*(1+1e-12) {
				is[x.key], is[x.key+"_date"] = x.ltv, float64(d.Date)
			}
		}
		is["max_ltv_recognised"] = math.Max(is["max_ltv_recognised"], d.LTVRecognised)
		u, h := over(unhedged, d.LTVUnhedgedLow), over(d.LTVRecognised, d.LTVHedgedLow)
		count("margin_call_days_unhedged", u)
		count("margin_call_days_hedged", h)
		count("margin_call_days_prevented", u && !h)
		count("margin_call_days_added", h && !u)
		count("margin_call_days_if_not_recognised", over(d.LTVNotRecognised, d.LTVNotRecognisedLow))
		if u && is["first_margin_call_unhedged"] == 0 {
			is["first_margin_call_unhedged"] = float64(d.Date)
		}
		if h && is["first_margin_call_hedged"] == 0 {
			is["first_margin_call_hedged"] = float64(d.Date)
		}
		if d.LTVUnhedgedLow != nil {
			lows = true
			lowHedged += truth(*d.LTVHedgedLow >= call)
			lowUnhedged += truth(*d.LTVUnhedgedLow >= call)
		}
		is["cure_cash_unhedged"] = math.Max(is["cure_cash_unhedged"], o.balance[i]-call*o.units[i]*d.SpotClose)
	}
	is["margin_threshold_breached_hedged"], is["margin_threshold_breached_unhedged"] = truth(is["margin_call_days_hedged"] > 0), truth(is["margin_call_days_unhedged"] > 0)
	is["min_headroom_hedged"], is["min_headroom_unhedged"] = 1-is["max_ltv_recognised"]/call, 1-is["max_ltv_unhedged"]/call
	is["margin_call_days_low_hedged"], is["margin_call_days_low_unhedged"] = math.NaN(), math.NaN()
	if lows {
		is["margin_call_days_low_hedged"], is["margin_call_days_low_unhedged"] = lowHedged, lowUnhedged
	}
}

// yearly: costs a year of what is hedged, and the share of marks by the model.
func (o *opinion) yearly() {
	hedged, marked := 0.0, 0.0
	for i := range o.days {
		d := &o.days[i]
		covered := 0.0
		for k := range o.t.Contracts {
			c := &o.t.Contracts[k]
			if c.Right == "put" && c.Quantity > 0 && c.Opened <= d.Date && (c.Settled == 0 || d.Date < c.Settled) {
				held, _ := o.held(c, d.Date)
				covered += held
			}
		}
		hedged += math.Min(covered, o.units[i]) * d.SpotClose
		marked += truth(d.IVUsed != nil)
	}
	hedged /= float64(o.n)
	spent := 0.0
	for k := range o.t.Contracts {
		c := &o.t.Contracts[k]
		life := func(until lombard.Date) float64 {
			return math.Min(1, float64(until-c.Opened)/float64(c.Expiry-c.Opened))
		}
		end := o.last.Date
		if c.Settled != 0 {
			end = min(end, c.Settled)
		}
		part, split, left, done := 0.0, 1.0, 1.0, 0
		for _, t := range c.Trades {
			for ; done < len(c.Adjustments) && c.Adjustments[done].Date <= t.Date; done++ {
				if s := c.Adjustments[done].Split; s != 0 {
					split *= s
				}
			}
			sold := -t.Quantity / split / c.Quantity
			part, left = part+sold*life(t.Date), left-sold
		}
		spent += c.Quantity * c.Mid * (part + left*life(end))
	}
	cost, ofLoan, premium := math.NaN(), math.NaN(), math.NaN()
	if len(o.t.Contracts) > 0 && o.years >= 1.0/12 {
		ofLoan = o.is["hedge_cost_net_of_mark"] / o.years / o.s.LoanAmount
		if hedged > 0 {
			cost, premium = o.is["hedge_cost_net_of_mark"]/o.years/hedged, spent/o.years/hedged
		}
	}
	for key, x := range map[string]float64{"cost_pa_pct": cost, "cost_pa_pct_of_loan": ofLoan, "premium_pa_pct": premium} {
		o.is[key], o.is["metrics.cost_of_protection."+key] = x, x
	}
	o.is["model_marked_share"] = math.NaN()
	if marked > 0 {
		o.is["model_marked_share"] = 1
	}
}

// gain is what the options bought at entry have earned at their expiry, per unit
// pledged; ok is false where they do not expire together.
func (o *opinion) gain() (gain func(spot float64) float64, fv float64, strikes []float64, ok bool) {
	var bought []*lombard.Contract
	for i := range o.t.Contracts {
		if c := &o.t.Contracts[i]; c.Opened == o.days[0].Date {
			bought = append(bought, c)
			strikes = append(strikes, c.Strike)
			fv += c.Quantity * c.Fill / o.days[0].UnitsHedged
		}
	}
	for _, c := range bought {
		if c.Expiry != bought[0].Expiry {
			return nil, 0, nil, false
		}
	}
	if len(bought) == 0 {
		return nil, 0, nil, false
	}
	slices.Sort(strikes)
	fv *= math.Exp(*o.s.Assumptions.Rate * float64(bought[0].Expiry-bought[0].Opened) / 365)
	return func(spot float64) float64 {
		sum := -fv
		for _, c := range bought {
			sum += c.Quantity / o.days[0].UnitsHedged * intrinsic(c.Right, spot, c.Strike)
		}
		return sum
	}, fv, strikes, true
}

// breakevens looks down from far above for the first spot at which the options
// have gained.
func (o *opinion) breakevens() {
	key := func(name string) string { return "metrics.cost_of_protection." + name }
	for _, name := range []string{"breakeven_spot", "breakeven_fall", "breakeven_rise", "upside_cap"} {
		o.is[key(name)] = math.NaN()
	}
	gain, fv, strikes, ok := o.gain()
	if !ok {
		return
	}
	spot, nothing := o.days[0].SpotClose, 1e-9*strikes[len(strikes)-1]
	if fv > nothing {
		o.is[key("breakeven_rise")] = fv / spot
	}
	above := 10 * strikes[len(strikes)-1]
	for i := len(strikes) - 1; i >= -1; i-- {
		below := 0.0
		if i >= 0 {
			below = strikes[i]
		}
		if gain(above) <= nothing && gain(below) > nothing {
			low, high := below, above
			for range 200 {
				if middle := (low + high) / 2; gain(middle) > nothing {
					low = middle
				} else {
					high = middle
				}
			}
			o.is[key("breakeven_spot")], o.is[key("breakeven_fall")] = high, high/spot-1
			break
		}
		above = below
	}
	sold, lowest := 0.0, math.Inf(1)
	for i := range o.t.Contracts {
		if c := &o.t.Contracts[i]; c.Opened == o.days[0].Date && c.Right == "call" && c.Quantity < 0 {
			sold, lowest = sold-c.Quantity, math.Min(lowest, c.Strike)
		}
	}
	if sold >= o.days[0].UnitsHedged*(1-1e-9) {
		o.is[key("upside_cap")] = (lowest-fv)/spot - 1
	}
}
