package hedge

// LeastUnits returns how many units of collateral a template needs for every leg
// of every purchase to be at least one listed contract of that many units, and
// the leg that needs the most. It is 0 for a template without options.
func (t Template) LeastUnits(multiplier float64) (units float64, leg Leg) {
	parts := float64(max(1, t.Tranches.Count))
	for _, l := range t.Legs {
		if need := multiplier * parts / (l.Ratio.Of(1) * t.ratio()); need > units {
			units, leg = need, l
		}
	}
	return units, leg
}
