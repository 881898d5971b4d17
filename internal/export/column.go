package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// column is one figure of a day. Its name is the field's name on the wire.
type column struct {
	name string
	kind columnKind
	unit unit
	of   func(d *lombard.Day) cell
}

// columnKind is what the cells of a column are, whatever the result.
type columnKind int

const (
	kindNumber columnKind = iota + 1 // with nulls
	kindBool
	kindText // with nulls; lists are JSON
	kindDate // with nulls
)

// unit is what a column's numbers count.
type unit string

const (
	unitMoney     unit = "money"     // of the instrument's currency
	unitPrice     unit = "price"     // money a unit of the underlying
	unitFraction  unit = "fraction"  // 0.75 is 75 %
	unitUnits     unit = "units"     // of the underlying
	unitContracts unit = "contracts" // of options
	unitRatio     unit = "ratio"
)

// cell is one value of a table.
type cell struct {
	kind   cellKind
	number float64
	date   lombard.Date
	text   string
	events []lombard.Event
	marks  []lombard.OptionMark
}

type cellKind int

const (
	cellNone cellKind = iota + 1
	cellNumber
	cellBool // number is 0 or 1
	cellText
	cellEvents
	cellMarks
	cellDate
)

func number(x float64) cell { return cell{kind: cellNumber, number: x} }

func optional(x *float64) cell {
	if x == nil {
		return cell{kind: cellNone}
	}
	return number(*x)
}

// dated is no cell for no date.
func dated(d lombard.Date) cell {
	if d.IsZero() {
		return cell{kind: cellNone}
	}
	return cell{kind: cellDate, date: d}
}

// orNone is no cell for an empty text.
func orNone(s string) cell {
	if s == "" {
		return cell{kind: cellNone}
	}
	return text(s)
}

func text(s string) cell { return cell{kind: cellText, text: s} }

func flag(b bool) cell {
	c := cell{kind: cellBool}
	if b {
		c.number = 1
	}
	return c
}

// unless leaves out a number while it is another one, as the document does.
func unless(x, same float64) cell {
	if x == same {
		return cell{kind: cellNone}
	}
	return number(x)
}

func unlessZero(x float64) cell { return unless(x, 0) }

func marks(list []lombard.OptionMark) cell {
	if len(list) == 0 {
		return cell{kind: cellNone}
	}
	return cell{kind: cellMarks, marks: list}
}

func events(list []lombard.Event) cell {
	if len(list) == 0 {
		return cell{kind: cellNone}
	}
	return cell{kind: cellEvents, events: list}
}

// dayColumns lists every field of a day in the order of the wire, of a request
// over so many units.
func dayColumns(asked float64) []column {
	return []column{
		{"date", kindDate, "", func(d *lombard.Day) cell { return dated(d.Date) }},
		{"spot_open", kindNumber, unitPrice, func(d *lombard.Day) cell { return number(d.SpotOpen) }},
		{"spot_high", kindNumber, unitPrice, func(d *lombard.Day) cell { return number(d.SpotHigh) }},
		{"spot_low", kindNumber, unitPrice, func(d *lombard.Day) cell { return number(d.SpotLow) }},
		{"spot_close", kindNumber, unitPrice, func(d *lombard.Day) cell { return number(d.SpotClose) }},
		{"underlying_value", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.UnderlyingValue) }},
		{"option_market_value", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.OptionMarketValue) }},
		{"net_portfolio_value", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.NetPortfolioValue) }},
		{"option_contracts", kindNumber, unitContracts, func(d *lombard.Day) cell { return number(d.OptionContracts) }},
		{"ltv_hedged", kindNumber, unitFraction, func(d *lombard.Day) cell { return number(d.LTVHedged) }},
		{"ltv_unhedged", kindNumber, unitFraction, func(d *lombard.Day) cell { return number(d.LTVUnhedged) }},
		{"ltv_recognised", kindNumber, unitFraction, func(d *lombard.Day) cell { return number(d.LTVRecognised) }},
		{"ltv_if_not_recognised", kindNumber, unitFraction, func(d *lombard.Day) cell { return number(d.LTVNotRecognised) }},
		{"ltv_hedged_low", kindNumber, unitFraction, func(d *lombard.Day) cell { return optional(d.LTVHedgedLow) }},
		{"ltv_unhedged_low", kindNumber, unitFraction, func(d *lombard.Day) cell { return optional(d.LTVUnhedgedLow) }},
		{"ltv_if_not_recognised_low", kindNumber, unitFraction, func(d *lombard.Day) cell { return optional(d.LTVNotRecognisedLow) }},
		{"margin_call_hedged", kindBool, "", func(d *lombard.Day) cell { return flag(d.MarginCallHedged) }},
		{"margin_call_unhedged", kindBool, "", func(d *lombard.Day) cell { return flag(d.MarginCallUnhedged) }},
		{"loan_balance", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.LoanBalance) }},
		{"accrued_interest", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.AccruedInterest) }},
		{"option_cash_pledged", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.OptionCashPledged) }},
		{"cash_from_outside", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.CashFromOutside) }},
		{"hedge_cash", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.HedgeCash) }},
		{"frictions", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.Frictions) }},
		{"equity_hedged", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.EquityHedged) }},
		{"equity_unhedged", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.EquityUnhedged) }},
		{"option_delta_units", kindNumber, unitUnits, func(d *lombard.Day) cell { return number(d.OptionDelta) }},
		{"option_vega", kindNumber, unitMoney, func(d *lombard.Day) cell { return number(d.OptionVega) }},
		{"iv_used", kindNumber, unitFraction, func(d *lombard.Day) cell { return optional(d.IVUsed) }},
		{"rate_used", kindNumber, unitFraction, func(d *lombard.Day) cell { return optional(d.RateUsed) }},
		{"yield_used", kindNumber, unitFraction, func(d *lombard.Day) cell { return optional(d.YieldUsed) }},
		{"loan_rate_used", kindNumber, unitFraction, func(d *lombard.Day) cell { return optional(d.LoanRate) }},
		{"mark_source", kindText, "", func(d *lombard.Day) cell { return text(d.MarkSource) }},
		{"bar_quality", kindText, "", func(d *lombard.Day) cell { return text(d.BarQuality) }},
		{"loan_balance_hedged", kindNumber, unitMoney, func(d *lombard.Day) cell { return unless(d.LoanBalanceHedged, d.LoanBalance) }},
		{"underlying_units_hedged", kindNumber, unitUnits, func(d *lombard.Day) cell { return unless(d.UnitsHedged, d.Units) }},
		{"collateral_sold", kindNumber, unitMoney, func(d *lombard.Day) cell { return unlessZero(d.CollateralSold) }},
		{"interest_paid", kindNumber, unitMoney, func(d *lombard.Day) cell { return unlessZero(d.InterestPaid) }},
		{"basel_e_star", kindNumber, unitMoney, func(d *lombard.Day) cell { return unlessZero(d.Exposure) }},
		{"split", kindNumber, unitRatio, func(d *lombard.Day) cell { return unlessZero(d.Split) }},
		{"dividend", kindNumber, unitPrice, func(d *lombard.Day) cell { return unlessZero(d.Dividend) }},
		{"underlying_units", kindNumber, unitUnits, func(d *lombard.Day) cell { return unless(d.Units, asked) }},
		{"option_marks", kindText, "", func(d *lombard.Day) cell { return marks(d.OptionMarks) }},
		{"events", kindText, "", func(d *lombard.Day) cell { return events(d.Events) }},
	}
}

var errNotFinite = errors.New("the number is not finite")

// appendJSON appends the value as encoding/json writes it.
func (c cell) appendJSON(b []byte) ([]byte, error) {
	switch c.kind {
	case cellNumber:
		return appendNumber(b, c.number)
	case cellBool:
		return strconv.AppendBool(b, c.number != 0), nil
	case cellText:
		return appendValue(b, c.text)
	case cellDate:
		return appendValue(b, c.date)
	case cellEvents:
		return appendValue(b, c.events)
	case cellMarks:
		return appendValue(b, c.marks)
	case cellNone:
		return append(b, "null"...), nil
	default:
		panic("a cell has no kind")
	}
}

func appendValue(b []byte, value any) ([]byte, error) {
	encoded, err := json.Marshal(value)
	return append(b, encoded...), err
}

// appendCSV appends the value as a field of a CSV record: empty for null, a
// number with all its digits, text quoted where it must be.
func (c cell) appendCSV(b []byte) ([]byte, error) {
	switch c.kind {
	case cellNumber:
		return appendNumber(b, c.number)
	case cellBool:
		return strconv.AppendBool(b, c.number != 0), nil
	case cellText:
		return appendField(b, c.text), nil
	case cellDate:
		return c.date.AppendText(b)
	case cellMarks:
		parts := make([]string, len(c.marks))
		for i, m := range c.marks {
			parts[i] = fmt.Sprintf("%s %v at vol %v", m.Contract, m.Mark, m.Vol)
		}
		return appendField(b, strings.Join(parts, "; ")), nil
	case cellEvents:
		parts := make([]string, len(c.events))
		for i, e := range c.events {
			parts[i] = e.Text
		}
		return appendField(b, strings.Join(parts, " ")), nil
	case cellNone:
		return b, nil
	default:
		panic("a cell has no kind")
	}
}

// appendNumber appends the shortest text that reads back as x, in the form
// that JSON uses: no exponent between 1e-6 and 1e21.
func appendNumber(b []byte, x float64) ([]byte, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return b, errNotFinite
	}
	if size := math.Abs(x); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.AppendFloat(b, x, 'e', -1, 64), nil
	}
	return lombard.AppendFixed(b, x), nil
}

// appendField appends a text field after RFC 4180. A text that a spreadsheet
// would read as a formula is made harmless by a leading apostrophe.
func appendField(b []byte, s string) []byte {
	if s == "" {
		return b
	}
	if strings.IndexByte("=+-@\t\r\n\x00", s[0]) >= 0 {
		s = "'" + s
	}
	if !strings.ContainsAny(s, "\",\r\n") {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}
