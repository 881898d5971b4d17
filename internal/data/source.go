package data

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Limits are what may be spent.
type Limits struct{ DayUSD float64 } // by a workspace on one UTC day

// Source is a vendor with the store in front of it. It is safe for concurrent
// use: identical fetches happen once.
type Source struct {
	vendor  market.Vendor
	library Library
	limits  Limits
	now     func() time.Time
	turns   *turns
}

var _ market.Source = (*Source)(nil)

// NewSource returns a vendor's source over a library; now is the clock.
func NewSource(v market.Vendor, library Library, limits Limits, now func() time.Time) *Source {
	return &Source{vendor: v, library: library, limits: limits, now: now, turns: &turns{held: map[string]chan struct{}{}}}
}

// Describe implements market.Source.
func (s *Source) Describe() market.Description { return s.vendor.Describe() }

var _ market.InstrumentSource = (*Source)(nil)

// Instrument implements market.InstrumentSource.
func (s *Source) Instrument(symbol string) market.Instrument {
	return market.InstrumentAt(s.vendor, symbol)
}

// Symbols implements market.Source: what is stored. A vendor's catalogue is not
// listed.
func (s *Source) Symbols(ctx context.Context, _ market.Caller) ([]market.Listing, error) {
	holdings, err := s.library.Holdings(ctx)
	if err != nil {
		return nil, err
	}
	licence, origin := s.vendor.Licence()
	listings := []market.Listing{}
	for _, h := range holdings {
		if h.Source != s.Describe().Slug || h.Schema != SchemaBars || h.Sessions == 0 {
			continue
		}
		instrument := s.Instrument(h.Symbol)
		listings = append(listings, market.Listing{
			Symbol: h.Symbol, Title: instrument.Title, Dataset: h.Dataset, Range: h.Range, Sessions: h.Sessions, Intraday: true, Origin: origin, Licence: licence,
		})
	}
	return listings, nil
}

// plan is what has to be fetched to answer a query.
type plan struct {
	key     Key
	want    market.Range // with the warm-up
	fetch   []market.Range
	mark    []market.Range // the stretches that fetching completes, as wide as was looked at
	costs   []float64
	costUSD float64

	covered  []market.Range    // what is here
	warnings []lombard.Warning // about what is missing and cannot be had
}

// Bars implements market.Source.
func (s *Source) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	series, err := s.bars(ctx, q, progress)
	return series, asAsked(err, q)
}

func (s *Source) bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	instrument := s.Instrument(q.Symbol)
	if err := emptyWindow(instrument, q); err != nil {
		return market.Series{}, err
	}
	release, err := s.turns.take(ctx, s.Describe().Slug+" "+q.Symbol)
	if err != nil {
		return market.Series{}, err
	}
	defer release()
	p, err := s.plan(ctx, q, instrument)
	if err != nil {
		return market.Series{}, err
	}
	if err := s.afford(p.costUSD, q.MaxCostUSD); err != nil {
		return market.Series{}, err
	}
	series := market.Series{Symbol: q.Symbol, Source: s.Describe().Slug, Dataset: p.key.Dataset, Instrument: instrument}
	series.Licence, series.Origin = s.vendor.Licence()
	series.Warnings = p.warnings
	fetched := int64(0)
	for i := range p.fetch {
		most := int64(0)
		usd, err := s.buy(ctx, q, p, i, func(done, _ int64) {
			most = max(most, done)
			progress(fetched+most, 0)
		})
		if first, ok := later(err, p.fetch[i], q); ok {
			p.fetch[i].First = first
			if c, costs := s.vendor.(market.Coster); costs {
				if usd, unknown := c.Cost(ctx, request(p.key, p.fetch[i])); unknown == nil {
					p.costs[i] = min(usd, p.costs[i])
				}
			}
			usd, err = s.buy(ctx, q, p, i, func(int64, int64) {})
		}
		fetched += most
		remark, fine := p.leave(p.mark[i], q, err)
		if err != nil && !fine {
			return market.Series{}, err
		}
		series.Warnings = append(series.Warnings, remark...)
		series.CostUSD += usd
	}
	said, err := s.library.Remarks(ctx, p.key, p.want)
	if err != nil {
		return market.Series{}, err
	}
	series.Warnings = append(said, series.Warnings...)
	if series.Bars, err = s.library.StoredBars(ctx, p.key, p.want); err != nil {
		return market.Series{}, err
	}
	if market.TradesOnWeekends(series.Bars) && !market.CalendarOf(instrument.Calendar).HasRules() {
		series.Instrument.SevenDay, series.Instrument.Calendar = true, "always"
	}
	progress(int64(len(series.Bars)), int64(len(series.Bars)))
	return take(series, q)
}

// emptyWindow refuses a window without sessions before anything is asked: a
// vendor would say that the symbol is unknown.
func emptyWindow(i market.Instrument, q market.Query) error {
	if c := market.CalendarOf(i.Calendar); c.HasRules() {
		if n := c.Sessions(q.Start, q.End); n < 2 {
			return market.TooFewSessions(q.Start, q.End, n)
		}
	}
	return nil
}

// plan finds out what is missing. A fully cached range makes no vendor call.
func (s *Source) plan(ctx context.Context, q market.Query, i market.Instrument) (plan, error) {
	slug := s.Describe().Slug
	p := plan{key: Key{Source: slug, Dataset: q.Dataset, Schema: SchemaBars, Symbol: q.Symbol}}
	p.want = market.Range{First: q.Start - sessionsBack(q.Warmup, i.SevenDay), Last: q.End}
	datasets := []string{q.Dataset}
	if q.Dataset == "" {
		var err error
		if datasets, err = s.library.Datasets(ctx, slug, SchemaBars, q.Symbol); err != nil {
			return p, err
		}
	}
	for _, dataset := range datasets {
		key := p.key
		key.Dataset = dataset
		covered, err := s.library.Covered(ctx, key)
		if err != nil {
			return p, err
		}
		if within(p.want, covered) {
			p.key = key
			return p, nil
		}
	}
	if q.OnlyStored {
		return p, market.ErrNotStored
	}
	offer, err := s.vendor.Offer(ctx, market.BarRequest{Dataset: q.Dataset, Symbol: q.Symbol, Start: q.Start, End: q.End})
	if err != nil {
		return p, err
	}
	have := offer.Range
	if have.Last == 0 { // the vendor does not say: at most up to yesterday
		have = market.Range{First: 1, Last: max(1, lombard.DateOf(s.now())-1)}
	}
	_, end, err := market.Snap(have, q.Start, q.End)
	if err != nil {
		return p, err
	}
	if offer.Range.Last != 0 {
		if err := market.EnoughHistory(i, have.First, q); err != nil {
			return p, err
		}
	}
	p.want.Last = end // later days may still get prices, and are asked for again then
	p.key.Dataset = offer.Dataset
	covered, err := s.library.Covered(ctx, p.key)
	if err != nil {
		return p, err
	}
	p.covered = covered
	for _, gap := range missing(p.want, covered) {
		part := market.Range{First: max(gap.First, have.First), Last: min(gap.Last, have.Last)}
		if part.First > part.Last {
			continue
		}
		cost := 0.0
		if c, ok := s.vendor.(market.Coster); ok {
			cost, err = c.Cost(ctx, request(p.key, part))
			if first, ok := later(err, part, q); ok {
				part.First = first
				cost, err = c.Cost(ctx, request(p.key, part))
			}
			if err != nil {
				remark, fine := p.leave(gap, q, err)
				if !fine {
					return p, err
				}
				p.warnings = append(p.warnings, remark...)
				continue
			}
		}
		p.fetch, p.mark, p.costs = append(p.fetch, part), append(p.mark, gap), append(p.costs, cost)
		p.costUSD += cost
	}
	return p, nil
}

func request(k Key, r market.Range) market.BarRequest {
	return market.BarRequest{Dataset: k.Dataset, Symbol: k.Symbol, Start: r.First, End: r.Last}
}

// afford asks the run's own budget.
func (s *Source) afford(costUSD, maxUSD float64) error {
	if costUSD <= maxUSD {
		return nil
	}
	message := fmt.Sprintf("The data would cost about $%.2f and this run may spend $%.2f.", costUSD, maxUSD)
	hint := fmt.Sprintf("Set max_cost_usd to %.2f or more, choose a shorter period, or use another source. Nothing was bought.", ceilCent(costUSD))
	return &lombard.Error{
		Kind: lombard.KindDataCost, Code: "over_budget", Message: message, Hint: hint,
		Fields: []lombard.FieldError{{Field: "max_cost_usd", Value: maxUSD, Code: lombard.CodeInvalid, Message: message + " " + hint, Suggestion: fmt.Sprintf("%.2f", ceilCent(costUSD))}},
	}
}

func ceilCent(x float64) float64 {
	const cents = 100
	whole := float64(int64(x * cents))
	if whole < x*cents {
		whole++
	}
	return whole / cents
}

// buy fetches one missing stretch: on record first, checked, then stored. It
// returns what the stretch cost.
func (s *Source) buy(ctx context.Context, q market.Query, p plan, i int, progress func(done, total int64)) (float64, error) {
	spend, err := s.reserve(ctx, Spend{Caller: q.Caller, Key: p.key, Range: p.fetch[i], USD: p.costs[i]})
	if err != nil {
		return 0, err
	}
	asked := p.fetch[i]
	set, err := s.vendor.DailyBars(ctx, request(p.key, asked), progress)
	if err == nil {
		if set.Covered != (market.Range{}) {
			asked = set.Covered
		}
		set.Bars, err = s.check(set.Bars, asked)
	}
	if err != nil {
		return 0, s.failed(ctx, spend, err)
	}
	// What has arrived whole is stored, whoever gave up meanwhile: it is paid.
	ctx = context.WithoutCancel(ctx)
	usd, mark := p.costs[i], p.mark[i]
	if asked != p.fetch[i] {
		if spend, usd, err = s.reprice(ctx, q, p, i, asked, spend); err != nil {
			return 0, err
		}
		mark = narrowed(mark, p.fetch[i], asked)
	}
	return usd, s.library.StoreBars(ctx, p.key, mark, set.Bars, Purchase{Spend: spend, USD: usd, Warnings: set.Warnings, At: s.now()})
}

// reprice replaces a spend by that of the part that was served, where the vendor
// prices it lower. The new one is on record before the old one is void: a crash
// between them counts too much and never too little.
func (s *Source) reprice(ctx context.Context, q market.Query, p plan, i int, served market.Range, spend string) (string, float64, error) {
	c, ok := s.vendor.(market.Coster)
	if !ok || spend == "" {
		return spend, p.costs[i], nil
	}
	usd, err := c.Cost(ctx, request(p.key, served))
	if err != nil || !(usd < p.costs[i]) {
		return spend, p.costs[i], nil //nolint:nilerr // the data is here; without a new price the first one stands
	}
	if usd == 0 {
		return "", 0, s.library.Void(ctx, spend, NotePart)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", 0, fmt.Errorf("name a spend: %w", err)
	}
	part := Spend{Caller: q.Caller, ID: id.String(), Key: p.key, Range: served, USD: usd, At: s.now()}
	if _, _, err := s.library.Reserve(ctx, part, math.Inf(1)); err != nil { // beyond any cap: it has been bought
		return "", 0, err
	}
	return part.ID, usd, s.library.Void(ctx, spend, NotePart)
}

// narrowed is what fetching completes when only a part was served.
func narrowed(mark, asked, served market.Range) market.Range {
	if served.First > asked.First {
		mark.First = served.First
	}
	if served.Last < asked.Last {
		mark.Last = served.Last
	}
	return mark
}

// check validates what a vendor sent. Nothing of an answer that is wrong in one
// place is used.
func (s *Source) check(bars []market.Bar, asked market.Range) ([]market.Bar, error) {
	bars = distinct(bars)
	fixed, problems := market.Check(bars, market.Repair)
	for i := range bars {
		b := &bars[i]
		if b.Date < asked.First || b.Date > asked.Last || b.Date > lombard.DateOf(s.now()) {
			problems = append(problems, market.Problem{Index: i, Message: fmt.Sprintf("the date %s was not asked for", b.Date)})
		}
	}
	if len(problems) == 0 {
		return fixed, nil
	}
	first := problems[0]
	return nil, &lombard.Error{
		Kind: lombard.KindDataUnavailable, Code: "vendor_data",
		Message: fmt.Sprintf("%s sent prices that cannot be right: on %s %s. Nothing of them was stored.", s.Describe().Title, bars[first.Index].Date, first.Message),
		Hint:    "Try again later, choose other dates, or use another source.",
	}
}

// distinct drops rows that a vendor sent twice; different rows of one day stay,
// to be refused.
func distinct(bars []market.Bar) []market.Bar {
	return slices.CompactFunc(slices.Clone(bars), func(a, b market.Bar) bool { return a == b })
}

// take cuts the query out of what is stored. A stretch without prices at either
// end that is longer than any holiday means that the vendor has no more.
func take(full market.Series, q market.Query) (market.Series, error) {
	if len(full.Bars) == 0 {
		return full, market.TooFewSessions(q.Start, q.End, 0)
	}
	have := market.Range{First: min(full.Bars[0].Date, q.Start), Last: max(full.Bars[len(full.Bars)-1].Date, q.End)}
	if first := full.Bars[0].Date; first-q.Start > market.SnapDays {
		have.First = first
	}
	if last := full.Bars[len(full.Bars)-1].Date; q.End-last > market.SnapDays {
		have.Last = last
	}
	if err := market.OutOfRange(have, q.Start, q.End); err != nil {
		return full, err
	}
	return market.Take(full, q)
}

// Estimate tells what a query would cost. It costs nothing itself.
func (s *Source) Estimate(ctx context.Context, q market.Query) (market.Estimate, error) {
	instrument := s.Instrument(q.Symbol)
	if err := emptyWindow(instrument, q); err != nil {
		return market.Estimate{}, err
	}
	p, err := s.plan(ctx, q, instrument)
	return market.Estimate{Dataset: p.key.Dataset, USD: p.costUSD, Missing: p.fetch}, asAsked(err, q)
}

// Refresh fetches everything that is stored of a series again, with the vendor's
// corrections, and returns what that cost. What is stored is replaced stretch by
// stretch, each only when all of it has arrived.
func (s *Source) Refresh(ctx context.Context, workspace string, k Key, maxCostUSD float64) (float64, error) {
	if k.Schema == SchemaChains {
		return s.refreshChains(ctx, workspace, k, maxCostUSD)
	}
	release, err := s.turns.take(ctx, s.Describe().Slug+" "+k.Symbol)
	if err != nil {
		return 0, err
	}
	defer release()
	covered, err := s.library.Covered(ctx, k)
	if err != nil || len(covered) == 0 {
		return 0, err
	}
	offer, err := s.vendor.Offer(ctx, request(k, covered[len(covered)-1]))
	if err != nil {
		return 0, err
	}
	p := plan{key: k}
	for _, r := range covered {
		part := r
		if offer.Range.Last != 0 {
			part = market.Range{First: max(r.First, offer.Range.First), Last: min(r.Last, offer.Range.Last)}
		}
		cost := 0.0
		if c, ok := s.vendor.(market.Coster); ok {
			if cost, err = c.Cost(ctx, request(k, part)); err != nil {
				return 0, err
			}
		}
		p.fetch, p.mark, p.costs = append(p.fetch, part), append(p.mark, r), append(p.costs, cost)
		p.costUSD += cost
	}
	q := market.Query{Caller: market.Caller{Workspace: workspace}, MaxCostUSD: maxCostUSD}
	if err := s.afford(p.costUSD, q.MaxCostUSD); err != nil {
		return 0, err
	}
	spent := 0.0
	for i := range p.fetch {
		usd, err := s.buy(ctx, q, p, i, func(int64, int64) {})
		if err != nil {
			return 0, err
		}
		spent += usd
	}
	return spent, nil
}

// turns lets one caller at a time work on a name.
type turns struct {
	mutex sync.Mutex
	held  map[string]chan struct{}
}

// take waits for the turn and returns what ends it.
func (t *turns) take(ctx context.Context, name string) (release func(), err error) {
	for {
		t.mutex.Lock()
		busy, taken := t.held[name]
		if !taken {
			mine := make(chan struct{})
			t.held[name] = mine
			t.mutex.Unlock()
			return func() {
				t.mutex.Lock()
				delete(t.held, name)
				t.mutex.Unlock()
				close(mine)
			}, nil
		}
		t.mutex.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
