package backtest

import (
	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
)

// sheet is a series in columns, with what every run over it asks of its dates. The
// windows of a series share it.
type sheet struct {
	dates  []lombard.Date
	closes []float64
	lows   []float64 // 0 where it is not known
	acts   []int32   // by bar: the next one from it on with a split or a dividend; the number of bars where there is none

	prices   *market.Bar    // the first: that of every sheet of the same prices
	interest *loan.Schedule // of the scenario's terms
}

func sheetOf(bars []market.Bar, terms loan.Account) *sheet {
	n := len(bars)
	s := &sheet{dates: make([]lombard.Date, n), closes: make([]float64, n), lows: make([]float64, n), acts: make([]int32, n)}
	next := int32(n)
	for i := n - 1; i >= 0; i-- {
		b := &bars[i]
		if b.Split != 0 || b.Dividend != 0 {
			next = int32(i)
		}
		s.dates[i], s.closes[i], s.lows[i], s.acts[i] = b.Date, b.Close, max(0, b.Low), next
	}
	if n > 0 {
		s.prices = &bars[0]
	}
	s.interest = loan.NewSchedule(terms, s.dates)
	return s
}

// from returns the first bar at or after one that is on a date or after it.
func (s *sheet) from(bar int, date lombard.Date) int {
	low, high := bar, len(s.dates)
	for low < high {
		if middle := int(uint(low+high) >> 1); s.dates[middle] < date {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
