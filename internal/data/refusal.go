package data

import (
	"errors"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// leave reports whether a gap may stay open: at either end of what is wanted,
// where the vendor refuses its dates and has given what it had of the others.
// The remark says so, but for the warm-up, which takes what there is.
func (p *plan) leave(gap market.Range, q market.Query, err error) ([]lombard.Warning, bool) {
	if !rejects(err) || lombard.KindOf(err) != lombard.KindDataUnavailable || gap == p.want {
		return nil, false
	}
	switch {
	case gap.Last < q.Start && gap.First == p.want.First:
		return nil, true
	case gap.First > q.Start && gap.Last == p.want.Last:
		last := gap.First - 1
		return []lombard.Warning{{Code: market.CodeClamped, Message: fmt.Sprintf("Data is available up to %s. The end date was set to %s.", last, last)}}, true
	default:
		return nil, false
	}
}

// later returns the first day that the vendor has, where it refuses a request
// for its warm-up alone: the run's own start is not too early.
func later(err error, part market.Range, q market.Query) (first lombard.Date, ok bool) {
	own, ours := errors.AsType[*lombard.Error](err)
	if !ours || !rejects(err) || len(own.Fields) != 1 || own.Fields[0].Field != "start_date" {
		return 0, false
	}
	first, none := lombard.ParseDate(own.Fields[0].Suggestion)
	return first, none == nil && part.First < first && first <= q.Start
}

// asAsked puts the dates of a query into an error's fields: what a vendor was
// asked for begins with the warm-up, which nobody typed.
func asAsked(err error, q market.Query) error {
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		for i := range own.Fields {
			switch own.Fields[i].Field {
			case "start_date":
				own.Fields[i].Value = q.Start
			case "end_date":
				own.Fields[i].Value = q.End
			}
		}
	}
	return err
}
