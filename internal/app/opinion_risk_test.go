package app_test

import (
	"math"
	"slices"
)

// vols: the mean vol paid, weighted by Black–Scholes vega.
func (o *opinion) vols() {
	sum, weight := 0.0, 0.0
	for i := range o.t.Contracts {
		c := &o.t.Contracts[i]
		years := float64(c.Expiry-c.Opened) / 365
		root := c.IV * math.Sqrt(years)
		d1 := (math.Log(c.SpotAtOpen/c.Strike)+(value(o.s.Assumptions.Rate)-value(o.s.Assumptions.DividendYield))*years)/root + root/2
		vega := math.Abs(c.Quantity) * c.SpotAtOpen * math.Exp(-value(o.s.Assumptions.DividendYield)*years-d1*d1/2) * math.Sqrt(years)
		sum, weight = sum+vega*c.IV, weight+vega
	}
	o.is["metrics.cost_of_protection.vol_paid"] = sum / weight // NaN without options
	o.is["metrics.cost_of_protection.breakeven_vol"] = math.Inf(1)
}

// wealth is net wealth at every close of the three accounts, before the first
// trade on the first day.
func (o *opinion) wealth() (unhedged, hedged, control []float64) {
	for i := range o.days {
		d, c := &o.days[i], o.control[i]
		spent := 0.0
		for k := range o.days[:i+1] {
			spent += o.days[k].CashFromOutside
		}
		unhedged, hedged = append(unhedged, d.EquityUnhedged), append(hedged, d.EquityHedged)
		control = append(control, o.units[i]*d.SpotClose+c.cash+c.out-c.owed()-c.paid-spent)
	}
	start := o.s.UnderlyingUnits*o.days[0].SpotClose - o.s.LoanAmount
	end := control[o.n-1]
	unhedged[0], hedged[0], control[0] = start, start, start
	last := func(key string) float64 { return o.is[key] }
	v := "metrics.hedge_quality.vs_deleverage."
	o.is[v+"end_wealth"] = o.last.EquityHedged - end
	o.is[v+"max_ltv"] = last("metrics.loan.hedged.max_ltv") - last("metrics.loan.deleveraged.max_ltv")
	o.is[v+"margin_call_days"] = last("metrics.loan.hedged.margin_call_days") - last("metrics.loan.deleveraged.margin_call_days")
	o.is[v+"repaid"] = o.repaid
	return unhedged, hedged, control
}

// quality: what the hedge did for the wealth, and the statistics of each account.
func (o *opinion) quality() {
	u, h, c := o.wealth()
	o.risk("metrics.risk.unhedged.", u)
	o.risk("metrics.risk.hedged.", h)
	o.risk("metrics.risk.deleveraged.", c)
	key := func(name string) string { return "metrics.hedge_quality." + name }
	for _, name := range []string{"hedge_efficiency_var", "trough_protection", "dd_per_cost", "ltv_points_per_cost", "crisis_beta", "payoff_to_premium"} {
		o.is[key(name)] = math.NaN()
	}
	gross, credit := o.is["premiums_paid"], o.is["premiums_received"]
	if gross == 0 && credit == 0 {
		return
	}
	ru, rh := changes(u), changes(h)
	if len(ru) == len(rh) {
		if v := spread(ru); v > 0 {
			o.is[key("hedge_efficiency_var")] = 1 - spread(rh)/v
		}
		o.is[key("crisis_beta")] = beta(ru, rh)
	}
	fallU, p, q := fall(u)
	fallH, _, _ := fall(h)
	if fallU < 0 {
		o.is[key("trough_protection")] = 1 + (h[q]-h[p])/(u[p]-u[q])
	}
	if gross > 0 {
		o.is[key("payoff_to_premium")] = o.is["payoff"] / gross
	}
	if cost := o.is["cost_pa_pct"]; !math.IsNaN(cost) && o.is["hedge_cost_net_of_mark"] > 1e-9*(gross+credit) {
		o.is[key("dd_per_cost")] = (fallH - fallU) / cost
		o.is[key("ltv_points_per_cost")] = 100 * (o.is["metrics.loan.unhedged.max_ltv"] - o.is["metrics.loan.hedged.max_ltv"]) / cost
	}
}

// changes are the daily returns, until wealth has fallen to nothing.
func changes(wealth []float64) (r []float64) {
	for i := 1; i < len(wealth) && wealth[i-1] > 0; i++ {
		r = append(r, math.Max(0, wealth[i])/wealth[i-1]-1)
	}
	return r
}

// spread is the variance, with n − 1.
func spread(x []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, v := range x {
		sum += v
	}
	for _, v := range x {
		squares += (v - sum/float64(len(x))) * (v - sum/float64(len(x)))
	}
	return squares / float64(len(x)-1)
}

// fall is the largest drawdown: every pair of a peak and what follows it.
func fall(wealth []float64) (worst float64, peak, trough int) {
	for p := range wealth {
		if wealth[p] <= 0 {
			continue
		}
		for q := p + 1; q < len(wealth) && wealth[q] <= wealth[p]; q++ {
			if x := math.Max(0, wealth[q])/wealth[p] - 1; x < worst {
				worst, peak, trough = x, p, q
			}
		}
	}
	return worst, peak, trough
}

// beta is the slope over the worst tenth of days; NaN below five of them.
func beta(x, y []float64) float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(math.Copysign(truth(x[a] != x[b]), x[a]-x[b])) })
	n := len(x) / 10
	if n < 5 {
		return math.NaN()
	}
	sx, sy, sxx, sxy := 0.0, 0.0, 0.0, 0.0
	for _, i := range order[:n] {
		sx, sy = sx+x[i], sy+y[i]
	}
	for _, i := range order[:n] {
		dx := x[i] - sx/float64(n)
		sxx, sxy = sxx+dx*dx, sxy+dx*(y[i]-sy/float64(n))
	}
	return sxy / sxx
}

// risk are the statistics of one account's wealth.
func (o *opinion) risk(key string, wealth []float64) {
	r, n := changes(wealth), float64(len(wealth)-1)
	is := func(name string, x float64) { o.is[key+name] = x }
	sum, below, third, squares := 0.0, 0.0, 0.0, 0.0
	for _, x := range r {
		sum += x
		below += math.Min(0, x) * math.Min(0, x)
	}
	count := float64(len(r))
	average := sum / count
	for _, x := range r {
		squares, third = squares+(x-average)*(x-average)/count, third+(x-average)*(x-average)*(x-average)/count
	}
	wiped := wealth[len(wealth)-1] <= 0 || len(r) < len(wealth)-1
	worst, _, _ := fall(wealth)
	is("wiped_out", truth(wiped))
	is("max_drawdown", worst)
	high, ulcer := 0.0, 0.0
	for _, w := range wealth {
		high = math.Max(high, w)
		ulcer += (math.Max(0, w)/high - 1) * (math.Max(0, w)/high - 1) / (n + 1)
	}
	is("ulcer_index", math.Sqrt(ulcer))
	sorted := slices.Sorted(slices.Values(r))
	tail, left := 0.0, count*0.05
	for _, x := range sorted {
		part := math.Min(1, left)
		if part < 1e-9 {
			break
		}
		tail, left = tail+part*x, left-part
	}
	is("cvar_95", tail/(count*0.05))
	is("skew", third/math.Pow(squares, 1.5))
	if len(r) < 3 {
		is("skew", math.NaN())
	}
	for _, w := range []struct {
		name     string
		sessions int
	}{{"worst_1_day", 1}, {"worst_5_days", 5}, {"worst_20_days", 20}, {"worst_60_days", 60}} {
		least := math.NaN()
		for i := w.sessions; i < len(wealth) && wealth[i-w.sessions] > 0; i++ {
			if x := math.Max(0, wealth[i])/wealth[i-w.sessions] - 1; !(x >= least) {
				least = x
			}
		}
		is(w.name, least)
	}
	for _, name := range []string{"cagr", "vol", "sharpe", "sortino", "calmar"} {
		is(name, math.NaN())
	}
	if o.years < 1.0/12 {
		return
	}
	yearly := n / o.years
	growth := math.Pow(math.Max(0, wealth[len(wealth)-1])/wealth[0], 1/o.years) - 1
	if wiped {
		growth = -1
	}
	deviation := math.Sqrt(spread(r))
	is("cagr", growth)
	is("vol", deviation*math.Sqrt(yearly))
	if deviation > 1e-15 {
		is("sharpe", (average-value(o.s.Assumptions.Rate)/yearly)/deviation*math.Sqrt(yearly))
	}
	if below > 0 {
		is("sortino", average/math.Sqrt(below/count)*math.Sqrt(yearly))
	}
	if worst != 0 {
		is("calmar", growth/-worst)
	}
}
