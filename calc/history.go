package calc

import (
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/vol"
)

// History lists everything of a run that looks at sessions before entry, of a
// resolved scenario, its hedges and its instrument; a run takes as many sessions
// as the longest wants (Sessions) and is refused where one has fewer than its
// Least. Empty: no hedge holds an option, and nothing has to be priced.
//
//   - the level of a realised vol: its window;
//   - the long-run vol of a term structure: its window, five years by default,
//     and a year at least;
//   - a dividend yield that follows the dividends: twelve months, where the
//     source records any;
//   - the median vol of crash spreads: five years, where there are so many.
//
// A vol index, a published rate and the rate of a loan are figures of their own
// that are known on the day and look at no session before it.
func History(s lombard.Scenario, hedges []hedge.Template, i market.Instrument) []vol.Lookback {
	if !slices.ContainsFunc(hedges, func(h hedge.Template) bool { return len(h.Legs) > 0 }) {
		return nil
	}
	a := &s.Assumptions
	all := vol.Of(*a.Vol).History()
	if a.YieldFrom == lombard.YieldFromDividends {
		all = append(all, vol.Lookback{What: "dividends of the year before", Most: yearOfSessions})
	}
	if a.CrashSpreads && a.Execution == lombard.ExecutionHalfSpread {
		all = append(all, vol.Lookback{What: "median vol of crash spreads", Most: backtest.StressWindow(i)})
	}
	return all
}

// yearOfSessions is how many sessions hold twelve months, weekends included.
const yearOfSessions = 366

// Sessions is how many sessions before entry a list of lookbacks wants.
func Sessions(all []vol.Lookback) int {
	most := 0
	for _, x := range all {
		most = max(most, x.Most)
	}
	return most
}
