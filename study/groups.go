package study

import (
	"math"

	"lombard.example/lombard"
)

const daysPerYear = 365.25

// assemble makes the figures of a group of its rows, which stand in the order of
// their starts.
func (s *Study) assemble(g *group, rows []lombard.StudyRow) lombard.StudyGroup {
	out := lombard.StudyGroup{At: g.at, Starts: len(rows)}
	var whole []*lombard.StudyRow
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Error != "":
			out.Failed++
		case r.Complete:
			whole = append(whole, r)
		default:
			out.Censored++
		}
	}
	out.Complete = len(whole)
	if len(whole) == 0 {
		return out
	}
	if horizon := s.plan.Request.Horizon; horizon == 0 { // these are no starts of one history
		return out
	}
	share := s.share
	if s.simulator != nil {
		share = s.simulatedShare
		out.Paths = len(whole)
		out.ExpectedBadDebt = new(s.estimate(whole, func(r *lombard.StudyRow) float64 { return r.BadDebtHedged / r.LoanAmount }))
	} else {
		out.EffectiveYears = s.years()
	}
	out.CalledHedged = share(whole, func(r *lombard.StudyRow) bool { return r.CalledHedged })
	out.CalledUnhedged = share(whole, func(r *lombard.StudyRow) bool { return r.CalledUnhedged })
	out.CalledIfNotRecognised = share(whole, func(r *lombard.StudyRow) bool { return r.CalledIfNotRecognised })
	if g.plan.Scenario.Facility.Branches() {
		out.LiquidatedHedged = share(whole, func(r *lombard.StudyRow) bool { return r.LiquidatedHedged })
		out.LiquidatedUnhedged = share(whole, func(r *lombard.StudyRow) bool { return r.LiquidatedUnhedged })
	}
	out.SurvivalHedged = survival(lives(rows, func(r *lombard.StudyRow) *int { return r.FirstCallHedged }))
	out.SurvivalUnhedged = survival(lives(rows, func(r *lombard.StudyRow) *int { return r.FirstCallUnhedged }))
	out.Quantiles = quantiles(whole)
	if s.simulator == nil {
		out.RollLuckBP = rollLuck(whole)
	}
	return out
}

// years is how long the data are that the windows lie in, from the first entry on:
// a bound of how much windows that overlap can tell.
func (s *Study) years() float64 {
	bars := s.series.Bars
	return float64(bars[len(bars)-1].Date-bars[s.windows[0].entry].Date) / daysPerYear
}

// share is the share of whole windows with its interval by the stationary
// bootstrap; the mean block is of two horizons.
func (s *Study) share(whole []*lombard.StudyRow, is func(*lombard.StudyRow) bool) *lombard.Share {
	flags, n := make([]bool, len(whole)), 0
	for i, r := range whole {
		if flags[i] = is(r); flags[i] {
			n++
		}
	}
	out := &lombard.Share{Value: float64(n) / float64(len(whole)), Count: n, Of: len(whole)}
	horizons := s.years() / (float64(s.plan.Request.Horizon) / 12)
	block := blocksHorizon * float64(len(s.windows)) / horizons // starts in two horizons
	out.Low, out.High = shareInterval(flags, block, horizons, uint64(s.plan.Request.Seed))
	return out
}

// lives are how long each start was seen, to its first call or to the end of its
// data.
func lives(rows []lombard.StudyRow, first func(*lombard.StudyRow) *int) []life {
	var all []life
	for i := range rows {
		r := &rows[i]
		if r.Error != "" {
			continue
		}
		if days := first(r); days != nil {
			all = append(all, life{*days, true})
		} else {
			all = append(all, life{int(r.LastDate - r.EntryDate), false})
		}
	}
	return all
}

// quantiles are those of the figures of whole windows.
func quantiles(whole []*lombard.StudyRow) map[string]lombard.Quantiles {
	all := map[string]lombard.Quantiles{}
	for name, of := range map[string]func(*lombard.StudyRow) *float64{
		"max_ltv_unhedged":             func(r *lombard.StudyRow) *float64 { return &r.MaxLTVUnhedged },
		"max_ltv_recognised":           func(r *lombard.StudyRow) *float64 { return &r.MaxLTVRecognised },
		"cure_cash_unhedged_share":     func(r *lombard.StudyRow) *float64 { return &r.CureCashUnhedgedShare },
		"cost_pa_pct_of_loan":          func(r *lombard.StudyRow) *float64 { return r.CostPAPctOfLoan },
		"equity_hedged_end_share":      func(r *lombard.StudyRow) *float64 { return &r.EquityHedgedEndShare },
		"equity_unhedged_end_share":    func(r *lombard.StudyRow) *float64 { return &r.EquityUnhedgedEndShare },
		"hedge_cost_net_of_mark_share": func(r *lombard.StudyRow) *float64 { return &r.HedgeCostShare },
	} {
		var values []float64
		for _, r := range whole {
			if x := of(r); x != nil {
				values = append(values, *x)
			}
		}
		if q, ok := quantilesOf(values); ok {
			all[name] = q
		}
	}
	return all
}

// rollLuck is the standard deviation over the starts of the hedged less the
// unhedged growth a year, times 10,000 (roll luck: what the choice of the start is
// worth). nil for fewer than two starts, and where a position is worth less than
// nothing.
func rollLuck(whole []*lombard.StudyRow) *float64 {
	const basisPoints = 1e4
	n, mean, squares := 0.0, 0.0, 0.0
	for _, r := range whole {
		years := float64(r.LastDate-r.EntryDate) / daysPerYear
		gain := math.Pow(r.EndValueHedgedShare, 1/years) - math.Pow(r.EndValueUnhedgedShare, 1/years)
		if math.IsNaN(gain) || math.IsInf(gain, 0) {
			return nil
		}
		n++ // Welford's running variance
		from := gain - mean
		mean += from / n
		squares += from * (gain - mean)
	}
	if n < 2 {
		return nil
	}
	return new(basisPoints * math.Sqrt(squares/(n-1)))
}
