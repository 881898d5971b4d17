package backtest

import "lombard.example/lombard"

// recorder is where the day loop writes. One that keeps makes a Path; one that
// does not has memory for a single day, which the next one overwrites.
type recorder struct {
	path  Path
	keeps bool
	exact bool // every figure of a day is asked for, and not only what a summary needs

	holdings bool
	today    []Holding // of the day, where holdings are asked for

	numbers slab[float64]
	marks   slab[lombard.OptionMark]
	open    slab[Holding]
}

// keep makes the recorder keep every day of a path.
func (r *recorder) keep(days int) {
	*r = recorder{keeps: true, exact: true, holdings: true, path: Path{
		Days: make([]lombard.Day, days), Held: make([][]Holding, days), Trades: make([][]Trade, days),
	}}
}

// forget makes the recorder keep no day but the one that is computed: with what is
// held at its close, if somebody follows that.
func (r *recorder) forget(holdings, exact bool) {
	r.keeps, r.exact, r.holdings, r.path = false, exact, holdings, Path{}
}

// begin makes room for a day where none is kept.
func (r *recorder) begin() {
	r.today = nil
	if !r.keeps {
		r.numbers.reuse()
		r.marks.reuse()
		r.open.reuse()
	}
}

// number returns a place that holds x for as long as the day is kept.
func (r *recorder) number(x float64) *float64 {
	place := r.numbers.take(1)
	place[0] = x
	return &place[0]
}

// trades returns an empty list for the trades of a day; last is that of the day
// before.
func (r *recorder) trades(last []Trade) []Trade {
	if r.keeps && len(last) > 0 {
		return nil // the day before keeps its list
	}
	return last[:0]
}

// closed keeps what was held at the close of a day and traded until then.
func (r *recorder) closed(day int, trades []Trade) {
	if !r.keeps {
		return
	}
	r.path.Held[day] = r.today
	if len(trades) > 0 {
		r.path.Trades[day] = trades
	}
}

// event notes what happened on a day; text is called only where that is kept.
func (r *recorder) event(day *lombard.Day, e lombard.Event, text func() string) {
	if r.keeps {
		e.Text = text()
		day.Events = append(day.Events, e)
	}
}

// slab hands out parts of large pieces of memory.
type slab[T any] struct{ all, left []T }

// pieces is how many are allocated at once.
const pieces = 1024

// take returns room for n values, and no more. What they hold is to be written
// anew.
func (s *slab[T]) take(n int) []T {
	if n > len(s.left) {
		s.all = make([]T, max(n, pieces))
		s.left = s.all
	}
	part := s.left[:n:n]
	s.left = s.left[n:]
	return part
}

// reuse takes all back that was handed out of the last piece.
func (s *slab[T]) reuse() { s.left = s.all }
