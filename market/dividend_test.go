package market_test

import (
	"math"
	"slices"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// paid are bars with what was paid and split on them.
func paid(rows ...market.Bar) []market.Bar { return rows }

func bar(date string, spot, dividend, split float64, special bool) market.Bar {
	return market.Bar{Date: lombard.MustDate(date), Close: spot, Dividend: dividend, Split: split, Special: special}
}

func TestDividendYieldIsThatOfTheTwelveMonthsBefore(t *testing.T) {
	const none, ordinary = 0, false
	for name, c := range map[string]struct {
		bars []market.Bar
		want float64
	}{
		"of four quarters, the last today": {paid(bar("2022-03-15", 100, 2, none, ordinary), bar("2022-06-15", 100, 2, none, ordinary), bar("2022-09-15", 100, 2, none, ordinary), bar("2023-01-03", 100, 2, none, ordinary)), 0.08},
		"of a year and a day before, none": {paid(bar("2022-01-03", 100, 2, none, ordinary), bar("2022-01-04", 100, 1, none, ordinary), bar("2023-01-03", 100, 0, none, ordinary)), 0.01},
		"before a split, divided by it":    {paid(bar("2022-03-15", 400, 8, none, ordinary), bar("2022-06-15", 100, 0, 4, ordinary), bar("2023-01-03", 100, 0, none, ordinary)), 0.02},
		"with a split, in the new units":   {paid(bar("2022-06-15", 100, 2, 4, ordinary), bar("2023-01-03", 100, 0, none, ordinary)), 0.02},
		"a split today counts":             {paid(bar("2022-06-15", 400, 8, none, ordinary), bar("2023-01-03", 100, 0, 4, ordinary)), 0.02},
		"a special one does not come back": {paid(bar("2022-06-15", 100, 10, none, true), bar("2022-09-15", 100, 1, none, ordinary), bar("2023-01-03", 100, 0, none, ordinary)), 0.01},
		"never more than all of the price": {paid(bar("2022-06-15", 100, 90, none, ordinary), bar("2023-01-03", 20, 0, none, ordinary)), 1},
		"of what is never paid":            {paid(bar("2022-06-15", 100, 0, none, ordinary), bar("2023-01-03", 100, 0, none, ordinary)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			last := len(c.bars) - 1
			got, known := market.DividendYield(c.bars, last, c.bars[last].Close)
			if math.Abs(got-c.want) > 1e-15 || known != (c.want > 0) {
				t.Errorf("yield %v (known %v), want %v", got, known, c.want)
			}
			later := append(slices.Clone(c.bars), bar("2023-01-04", 50, 5, 2, false))
			if again, _ := market.DividendYield(later, last, c.bars[last].Close); again != got {
				t.Errorf("with a later dividend %v, want the same %v", again, got)
			}
		})
	}
}

func TestRecordedYieldIsOfWholeYears(t *testing.T) {
	quarters := paid(bar("2020-01-02", 100, 0, 0, false))
	for d := lombard.MustDate("2020-03-16"); d <= lombard.MustDate("2022-12-16"); d = d.AddMonths(3) {
		quarters = append(quarters, bar(d.String(), 100, 1, 0, false))
	}
	for name, c := range map[string]struct {
		bars  []market.Bar
		want  float64
		years int
	}{
		"two years and a part":          {quarters, 0.04, 2},
		"half a year: at least so much": {quarters[:3], 0.02, 0},
		"a special one is not counted":  {append(paid(quarters[0]), bar("2020-02-03", 100, 9, 0, true), bar("2021-01-04", 100, 1, 0, false)), 0.01, 1},
		"on the day of a split":         {append(paid(quarters[0]), bar("2021-01-04", 50, 1, 2, false)), 0.02, 1},
		"nothing":                       {nil, 0, 0},
	} {
		got, years := market.RecordedYield(c.bars)
		if math.Abs(got-c.want) > 1e-15 || years != c.years {
			t.Errorf("%s: %v over %d years, want %v over %d", name, got, years, c.want, c.years)
		}
	}
	if market.PaysDividends(paid(bar("2020-01-02", 100, 3, 0, true), bar("2020-01-03", 100, 0, 2, false))) {
		t.Error("a special dividend and a split are taken for dividends that come again")
	}
}
