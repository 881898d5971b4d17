package lombard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// dayBytes is about what one day takes as text.
const dayBytes = 960

// AppendJSON appends the result document to b: the bytes that encoding/json
// writes with SetEscapeHTML(false), one line with its newline. The days, which
// are nearly all of it, are written without reflection, and without the loan
// and the units of the hedged branch while they are those of the unhedged one,
// and its units while they are the request's. It returns an error for a number
// that JSON cannot hold: NaN and the infinities.
func (r *Result) AppendJSON(b []byte) ([]byte, error) {
	if r.Templates == nil {
		whole := *r
		return appendLine(b, &whole)
	}
	b, err := r.appendTop(b)
	if err != nil {
		return nil, err
	}
	for i := range r.Templates {
		if i > 0 {
			b = append(b, ',')
		}
		w := dayWriter{b: b}
		if err := r.Templates[i].write(&w, r.Request.Units()); err != nil {
			return nil, err
		}
		b = w.b
	}
	return append(b, documentEnd...), nil
}

// documentEnd closes the list of answers and the document.
const documentEnd = "]}\n"

// appendTop appends the document up to its first answer.
func (r *Result) appendTop(b []byte) ([]byte, error) {
	whole := *r
	whole.Templates = []TemplateResult{}
	return appendOpen(b, &whole, documentEnd)
}

// WriteJSON writes the document that AppendJSON makes, with the answers that
// next returns, one after another, until it returns nil: those of r are not
// looked at. It holds one answer and a piece of its text at a time.
func (r *Result) WriteJSON(out io.Writer, next func() (*TemplateResult, error)) error {
	b, err := r.appendTop(nil)
	if err != nil {
		return err
	}
	w := dayWriter{b: b, out: out}
	for first := true; ; first = false {
		t, err := next()
		if err != nil {
			return err
		}
		if t == nil {
			break
		}
		if !first {
			w.b = append(w.b, ',')
		}
		if err := t.write(&w, r.Request.Units()); err != nil {
			return err
		}
	}
	w.b = append(w.b, documentEnd...)
	return w.flush()
}

// storedTemplate and storedDay tell what a document left out from what is 0: a
// field of the outer struct hides the embedded one of the same name.
type (
	storedTemplate struct {
		TemplateResult
		DailyPath []storedDay `json:"daily_path"`
	}
	storedDay struct {
		Day
		LoanBalanceHedged *float64 `json:"loan_balance_hedged"`
		UnitsHedged       *float64 `json:"underlying_units_hedged"`
		Units             *float64 `json:"underlying_units"`
	}
)

// UnmarshalJSON reads a result document and fills in what AppendJSON leaves out
// of its days.
func (r *Result) UnmarshalJSON(b []byte) error {
	type plain Result
	document := struct {
		*plain
		Templates []storedTemplate `json:"template_results"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(b, &document); err != nil {
		return fmt.Errorf("read a result: %w", err)
	}
	r.Templates = nil
	if document.Templates != nil {
		r.Templates = make([]TemplateResult, len(document.Templates))
	}
	for i := range document.Templates {
		t := &document.Templates[i]
		r.Templates[i] = t.TemplateResult
		r.Templates[i].DailyPath = daysOf(t.DailyPath, r.Request.Units())
	}
	return nil
}

// daysOf returns complete days, of a request over so many units.
func daysOf(stored []storedDay, asked float64) []Day {
	if stored == nil {
		return nil
	}
	or := func(x *float64, same float64) float64 {
		if x == nil {
			return same
		}
		return *x
	}
	days := make([]Day, len(stored))
	for i := range stored {
		d := &stored[i]
		days[i] = d.Day
		days[i].LoanBalanceHedged = or(d.LoanBalanceHedged, d.LoanBalance)
		days[i].Units = or(d.Units, asked)
		days[i].UnitsHedged = or(d.UnitsHedged, days[i].Units)
	}
	return days
}

// write writes the answer for one hedge, of a request over so many units.
func (t *TemplateResult) write(w *dayWriter, asked float64) error {
	head := *t
	head.Branches, head.DailyPath = nil, nil
	const path = `"daily_path":`
	b, err := appendOpen(w.b, &head, path+"null}\n") // its last field
	if err != nil {
		return err
	}
	w.b = b
	if len(t.Branches) > 0 {
		w.b = append(w.b, `"facility_branches":[`...)
		for i := range t.Branches {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			if err := t.Branches[i].write(w); err != nil {
				return err
			}
		}
		w.b = append(w.b, `],`...)
	}
	if w.b = append(w.b, path...); t.DailyPath == nil {
		w.b = append(w.b, "null}"...)
		return w.err
	}
	if w.out == nil {
		w.b = slices.Grow(w.b, dayBytes*len(t.DailyPath))
	}
	w.b = append(w.b, '[')
	for i := range t.DailyPath {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.day(&t.DailyPath[i], asked)
		if err := w.spill(); err != nil {
			return err
		}
	}
	w.b = append(w.b, "]}"...)
	return w.err
}

// write writes the lender's account of one branch.
func (b *Branch) write(w *dayWriter) error {
	head := *b
	head.Days = []BranchDay{}
	if b.Days == nil {
		head.Days = nil
	}
	const days = `"days":[`
	text, err := appendOpen(nil, &head, "\n")
	if err != nil {
		return err
	}
	// A quote within a text is escaped, so the name is found only as a name; the
	// days come before the events, which have none.
	before, after, found := bytes.Cut(text, []byte(days))
	w.b = append(w.b, before...)
	if !found { // no list of days
		return w.err
	}
	w.b = append(w.b, days...)
	for i := range b.Days {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.branchDay(&b.Days[i])
		if err := w.spill(); err != nil {
			return err
		}
	}
	w.b = append(w.b, after...)
	return w.err
}

func (w *dayWriter) branchDay(d *BranchDay) {
	w.b = append(w.b, `{"date":"`...)
	w.b, _ = d.Date.AppendText(w.b) // never fails
	w.b = append(w.b, '"')
	w.word(`,"session_state":`, d.State)
	w.number(`,"ltv_recognised":`, d.LTV)
	w.number(`,"loan_balance":`, d.LoanBalance)
	w.number(`,"underlying_units":`, d.Units)
	w.number(`,"cash_pledged":`, d.CashPledged)
	w.number(`,"cash_external":`, d.CashExternal)
	w.number(`,"equity":`, d.Equity)
	w.unless(`,"call_spot":`, d.CallSpot, 0)
	w.unless(`,"basel_e_star":`, d.Exposure, 0)
	w.b = append(w.b, '}')
}

// appendLine appends v as encoding/json writes it, with a newline.
func appendLine(b []byte, v any) ([]byte, error) {
	text := bytes.NewBuffer(b)
	e := json.NewEncoder(text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write a result as JSON: %w", err)
	}
	return text.Bytes(), nil
}

// appendOpen is appendLine without the line's end, which the caller writes.
func appendOpen(b []byte, v any, end string) ([]byte, error) {
	b, err := appendLine(b, v)
	if err != nil {
		return nil, err
	}
	open, ok := bytes.CutSuffix(b, []byte(end))
	if !ok {
		return nil, fmt.Errorf("write a result as JSON: %T does not end with its list", v)
	}
	return open, nil
}

// dayWriter appends days to b and keeps the first error. Most numbers of a day
// stand elsewhere in it or in the day before, so the texts of recent numbers
// are copied instead of being made again.
type dayWriter struct {
	b      []byte
	out    io.Writer // where b goes when it is large; nil: b holds everything
	err    error
	recent [256]numberText
}

// pieceBytes is how much text is written at a time.
const pieceBytes = 64 << 10

// spill writes the text so far when it is large.
func (w *dayWriter) spill() error {
	if w.out == nil || len(w.b) < pieceBytes {
		return nil
	}
	return w.flush()
}

func (w *dayWriter) flush() error {
	if w.err != nil {
		return w.err
	}
	_, err := w.out.Write(w.b)
	w.b = w.b[:0]
	w.recent = [256]numberText{} // the places are gone
	return err
}

// numberText says where in the document a number was written last. No number
// has the bits 0 and a text, so the zero value is an empty place.
type numberText struct {
	bits     uint64
	from, to int
}

// unless writes a number that the document leaves out while it is another one.
func (w *dayWriter) unless(key string, x, same float64) {
	if x != same {
		w.number(key, x)
	}
}

func (w *dayWriter) day(d *Day, asked float64) {
	w.b = append(w.b, `{"date":"`...)
	w.b, _ = d.Date.AppendText(w.b) // never fails
	w.b = append(w.b, '"')
	w.number(`,"spot_open":`, d.SpotOpen)
	w.number(`,"spot_high":`, d.SpotHigh)
	w.number(`,"spot_low":`, d.SpotLow)
	w.number(`,"spot_close":`, d.SpotClose)
	w.number(`,"underlying_value":`, d.UnderlyingValue)
	w.number(`,"option_market_value":`, d.OptionMarketValue)
	w.number(`,"net_portfolio_value":`, d.NetPortfolioValue)
	w.number(`,"option_contracts":`, d.OptionContracts)
	w.number(`,"ltv_hedged":`, d.LTVHedged)
	w.number(`,"ltv_unhedged":`, d.LTVUnhedged)
	w.number(`,"ltv_recognised":`, d.LTVRecognised)
	w.number(`,"ltv_if_not_recognised":`, d.LTVNotRecognised)
	w.nullable(`,"ltv_hedged_low":`, d.LTVHedgedLow)
	w.nullable(`,"ltv_unhedged_low":`, d.LTVUnhedgedLow)
	w.nullable(`,"ltv_if_not_recognised_low":`, d.LTVNotRecognisedLow)
	w.truth(`,"margin_call_hedged":`, d.MarginCallHedged)
	w.truth(`,"margin_call_unhedged":`, d.MarginCallUnhedged)
	w.number(`,"loan_balance":`, d.LoanBalance)
	w.number(`,"accrued_interest":`, d.AccruedInterest)
	w.number(`,"option_cash_pledged":`, d.OptionCashPledged)
	w.number(`,"cash_from_outside":`, d.CashFromOutside)
	w.number(`,"hedge_cash":`, d.HedgeCash)
	w.number(`,"frictions":`, d.Frictions)
	w.number(`,"equity_hedged":`, d.EquityHedged)
	w.number(`,"equity_unhedged":`, d.EquityUnhedged)
	w.number(`,"option_delta_units":`, d.OptionDelta)
	w.number(`,"option_vega":`, d.OptionVega)
	w.nullable(`,"iv_used":`, d.IVUsed)
	if d.RateUsed != nil {
		w.number(`,"rate_used":`, *d.RateUsed)
	}
	if d.YieldUsed != nil {
		w.number(`,"yield_used":`, *d.YieldUsed)
	}
	if d.LoanRate != nil {
		w.number(`,"loan_rate_used":`, *d.LoanRate)
	}
	w.word(`,"mark_source":`, d.MarkSource)
	w.word(`,"bar_quality":`, d.BarQuality)
	w.unless(`,"loan_balance_hedged":`, d.LoanBalanceHedged, d.LoanBalance)
	w.unless(`,"underlying_units_hedged":`, d.UnitsHedged, d.Units)
	w.unless(`,"collateral_sold":`, d.CollateralSold, 0)
	w.unless(`,"interest_paid":`, d.InterestPaid, 0)
	w.unless(`,"basel_e_star":`, d.Exposure, 0)
	w.unless(`,"split":`, d.Split, 0)
	w.unless(`,"dividend":`, d.Dividend, 0)
	w.unless(`,"underlying_units":`, d.Units, asked)
	if len(d.OptionMarks) > 0 {
		w.value(`,"option_marks":`, d.OptionMarks)
	}
	if len(d.Events) > 0 {
		w.value(`,"events":`, d.Events)
	}
	w.b = append(w.b, '}')
}

// number writes x as encoding/json does: the shortest text that reads back as
// x, with an exponent below 1e-6 and from 1e21 on.
func (w *dayWriter) number(key string, x float64) {
	w.b = append(w.b, key...)
	if x == 0 && !math.Signbit(x) {
		w.b = append(w.b, '0')
		return
	}
	bits := math.Float64bits(x)
	place := &w.recent[bits*0x9e3779b97f4a7c15>>56] // Knuth, TAOCP vol. 3, 6.4: Fibonacci hashing
	if place.bits == bits {
		w.b = append(w.b, w.b[place.from:place.to]...)
		return
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		w.value("", x) // for encoding/json's error
		return
	}
	from := len(w.b)
	if size := math.Abs(x); size == 0 || 1e-6 <= size && size < 1e21 {
		w.b = AppendFixed(w.b, x)
	} else {
		w.value("", x)
	}
	*place = numberText{bits: bits, from: from, to: len(w.b)}
}

func (w *dayWriter) nullable(key string, x *float64) {
	if x == nil {
		w.b = append(w.b, key...)
		w.b = append(w.b, "null"...)
		return
	}
	w.number(key, *x)
}

func (w *dayWriter) truth(key string, is bool) {
	w.b = append(w.b, key...)
	w.b = strconv.AppendBool(w.b, is)
}

// word writes s, which is one word of a short list; text that needs care goes
// to encoding/json.
func (w *dayWriter) word(key, s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			w.value(key, s)
			return
		}
	}
	w.b = append(w.b, key...)
	w.b = append(w.b, '"')
	w.b = append(w.b, s...)
	w.b = append(w.b, '"')
}

// value writes what is rare with encoding/json.
func (w *dayWriter) value(key string, v any) {
	b, err := appendOpen(append(w.b, key...), v, "\n")
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		return
	}
	w.b = b
}
