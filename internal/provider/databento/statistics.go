package databento

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// schemaStatistics is the schema of what venues publish about a session.
const schemaStatistics = "statistics"

// What is read of it.
const (
	statSettlement = 3
	actionDelete   = 2
)

// statistic is one published figure.
type statistic struct {
	instrument string
	about      lombard.Date // trade date; zero: not told
	kind       int
	price      float64
	known      bool  // the price is defined
	quantity   int64 // of the binary form, where the kind has one: open interest, which every venue repeats
	deleted    bool
}

// settle puts the settlement prices of futures into their bars: a close is the
// last trade before midnight UTC and no price that anybody marks by. Settlements
// may lie outside the traded range, which is then widened. Days without one keep
// their last trade and are counted in a warning.
func (v *Vendor) settle(ctx context.Context, r market.BarRequest, bars []market.Bar) ([]lombard.Warning, error) {
	if len(bars) == 0 {
		return nil, nil
	}
	s := days(schemaStatistics, r)
	a, _, said, err := v.data(ctx, s)
	if err != nil {
		return nil, v.word(ctx, err, s, r)
	}
	settled, err := readSettlements(a.Body)
	if err != nil {
		return nil, v.malformed(err.Error(), a, err)
	}
	without := 0
	for i := range bars {
		b := &bars[i]
		price, ok := settled[contractDay{b.Contract, b.Date}]
		if !ok {
			without++
			continue
		}
		b.Close = price
		if price > b.High || price < b.Low {
			b.High, b.Low, b.Repaired = max(b.High, price), min(b.Low, price), true
		}
	}
	warnings := slices.Concat(said, v.remarks(a))
	if without > 0 {
		warnings = append(warnings, lombard.Warning{
			Code:    "no_settlement",
			Message: fmt.Sprintf("%d of %d days of %s have no settlement price; their close is the last trade.", without, len(bars), r.Symbol),
		})
	}
	return warnings, nil
}

// contractDay is a contract on a trade date.
type contractDay struct {
	instrument string
	date       lombard.Date
}

// readSettlements reads an answer of statistics. Of several settlements of a day
// the last one counts; one that is deleted counts no more. The error continues a
// sentence.
func readSettlements(body []byte) (map[contractDay]float64, error) {
	data, binary, err := plain(body)
	if err != nil {
		return nil, err
	}
	settled := map[contractDay]float64{}
	take := func(x statistic) error {
		at := contractDay{x.instrument, x.about}
		switch {
		case x.kind != statSettlement || x.about.IsZero():
		case x.deleted || !x.known:
			delete(settled, at)
		case !(x.price > 0 && x.price <= market.MaxPrice):
			return fmt.Errorf("a settlement price of %v on %s", x.price, x.about)
		default:
			settled[at] = x.price
		}
		return nil
	}
	if binary {
		return settled, dbnStatistics(data, take)
	}
	return settled, csvStatistics(data, take)
}

// csvStatistics reads the form with pretty prices and times.
func csvStatistics(body []byte, each func(statistic) error) error {
	return table(body, []string{"instrument_id", "ts_ref", "price", "stat_type", "update_action"}, nil, func(cells []string) error {
		kind, err := strconv.Atoi(cells[3])
		if err != nil {
			return fmt.Errorf("a statistic without a kind: %w", err)
		}
		action, err := strconv.Atoi(cells[4])
		if err != nil {
			return fmt.Errorf("a statistic without an action: %w", err)
		}
		x := statistic{instrument: strings.Clone(cells[0]), kind: kind, deleted: action == actionDelete}
		if cells[1] != "" && cells[1] != undefinedTime {
			at, err := instant(cells[1])
			if err != nil {
				return fmt.Errorf("a statistic without a date: %w", err)
			}
			x.about = lombard.DateOf(at)
		}
		if x.price, x.known, err = price(cells[2]); err != nil {
			return fmt.Errorf("a statistic that is no number: %w", err)
		}
		return each(x)
	})
}

// undefinedTime is how an undefined time is written where times are not pretty.
const undefinedTime = "18446744073709551615"
