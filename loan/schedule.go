package loan

import "lombard.example/lombard"

// Schedule is a list of sessions cut into the spans that interest is charged for:
// what accruing has to know of the calendar, computed once for every loan on the
// same terms. It does not change any more and is safe for concurrent use.
type Schedule struct {
	spans []Span
	ends  []int32 // by session: how many spans there are up to it
}

// NewSchedule returns the schedule of an account's terms, its mode and day count,
// over sessions in ascending order. The first session has no spans: nothing is
// known of a day before it.
func NewSchedule(terms Account, sessions []lombard.Date) *Schedule {
	s := &Schedule{ends: make([]int32, len(sessions))}
	for i := 1; i < len(sessions); i++ {
		for from := sessions[i-1]; from < sessions[i]; {
			var span Span
			span, from = next(&terms, from, sessions[i])
			s.spans = append(s.spans, span)
		}
		s.ends[i] = int32(len(s.spans))
	}
	return s
}

// Debt is a loan at each of many closes: columns of one length.
type Debt struct {
	Balance []float64
	Accrued []float64 // neither capitalised nor paid yet
	Paid    []float64 // interest paid in cash so far
	Charged []float64 // interest of the days since the session before
}

// AccrueSessions accrues over the sessions from one on, as many as the columns are
// long, and writes the loan at each: to the last bit what Accrue does session by
// session. first is at least 1.
func AccrueSessions(a *Account, s *Schedule, first int, to Debt) {
	n := len(to.Balance)
	accrued, paid, charges := to.Accrued[:n], to.Paid[:n], to.Charged[:n]
	if free(a) {
		for k := range to.Balance {
			to.Balance[k], accrued[k], paid[k], charges[k] = a.Balance(), a.Accrued, a.Paid, 0
		}
		return
	}
	yearly, open := a.Principal*a.Rate, a.Accrued
	at := s.ends[first-1]
	for k, end := range s.ends[first : first+n] {
		charged := 0.0
		for _, span := range s.spans[at:end] {
			interest := yearly * span.Years
			charged += interest
			open += interest
			if span.Due {
				a.Accrued = open
				collect(a)
				yearly, open = a.Principal*a.Rate, a.Accrued
			}
		}
		at = end
		to.Balance[k], accrued[k], paid[k], charges[k] = a.Principal+open, open, a.Paid, charged
	}
	a.Accrued = open
}
