package data

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Chains come a day a call and are stored a day a row: what has arrived is
// never bought again, however the run ends.

// callsAtOnce is how many days are asked for at the same time.
const callsAtOnce = 8

// mostQuotes bounds what a run may hold in memory: about a gigabyte.
const mostQuotes = 25_000_000

var _ market.ChainSource = (*Source)(nil)

// Chains implements market.ChainSource.
func (s *Source) Chains(ctx context.Context, q market.ChainQuery, progress func(done, total int64)) (market.Chains, error) {
	release, err := s.turns.take(ctx, s.Describe().Slug+" chains "+q.Symbol)
	if err != nil {
		return market.Chains{}, err
	}
	defer release()
	p, err := s.planChains(ctx, q)
	if err != nil {
		return market.Chains{}, err
	}
	if err := s.afford(p.costUSD, q.MaxCostUSD); err != nil {
		return market.Chains{}, err
	}
	out := market.Chains{Source: s.Describe().Slug, Dataset: p.key.Dataset, CostUSD: p.costUSD}
	out.Licence, out.Origin = s.vendor.Licence()
	if err := s.buyChains(ctx, q, p, progress); err != nil {
		return market.Chains{}, err
	}
	if len(q.Dates) > 0 {
		if out.Warnings, err = s.library.Remarks(ctx, p.key, market.Range{First: q.Dates[0], Last: q.Dates[len(q.Dates)-1]}); err != nil {
			return market.Chains{}, err
		}
	}
	out.Days, err = ReadChains(ctx, s.library, p.key, q)
	return out, err
}

// EstimateChains implements market.ChainSource.
func (s *Source) EstimateChains(ctx context.Context, q market.ChainQuery) (market.Estimate, error) {
	p, err := s.planChains(ctx, q)
	e := market.Estimate{Dataset: p.key.Dataset, USD: p.costUSD}
	for _, d := range p.days {
		e.Missing = append(e.Missing, market.Range{First: d, Last: d})
	}
	e.Missing = Join(e.Missing)
	return e, err
}

// chainPlan is which days have to be fetched.
type chainPlan struct {
	key     Key
	days    []lombard.Date
	costs   []float64 // by day
	costUSD float64
}

// planChains finds out which days are missing and what they cost. Days that are
// all stored make no vendor call.
func (s *Source) planChains(ctx context.Context, q market.ChainQuery) (chainPlan, error) {
	slug := s.Describe().Slug
	p := chainPlan{key: Key{Source: slug, Dataset: q.Dataset, Schema: SchemaChains, Symbol: q.Symbol}}
	v, ok := s.vendor.(market.ChainVendor)
	if !ok {
		return p, NoChains(s.Describe())
	}
	if len(q.Dates) == 0 {
		return p, nil
	}
	datasets, err := s.library.Datasets(ctx, slug, SchemaChains, q.Symbol)
	if err != nil {
		return p, err
	}
	for _, dataset := range datasets {
		if q.Dataset != "" && dataset != q.Dataset {
			continue
		}
		key := p.key
		key.Dataset = dataset
		missing, err := s.missingDays(ctx, key, q.Dates)
		if err != nil || len(missing) == 0 {
			p.key = key
			return p, err
		}
	}
	if q.OnlyStored {
		return p, market.ErrNotStored
	}
	first, last := q.Dates[0], q.Dates[len(q.Dates)-1]
	offer, err := v.ChainOffer(ctx, market.BarRequest{Dataset: q.Dataset, Symbol: q.Symbol, Start: first, End: last})
	if err != nil {
		return p, err
	}
	if offer.Range.Last != 0 {
		if err := chainsOutOfRange(s.Describe().Title, offer.Range, first, last); err != nil {
			return p, err
		}
	}
	p.key.Dataset = offer.Dataset
	if p.days, err = s.missingDays(ctx, p.key, q.Dates); err != nil {
		return p, err
	}
	return p, s.costChains(ctx, &p)
}

// costChains asks what the days of a plan cost.
func (s *Source) costChains(ctx context.Context, p *chainPlan) error {
	p.costs = make([]float64, len(p.days))
	coster, ok := s.vendor.(market.ChainCoster)
	if !ok {
		return nil
	}
	g, each := errgroup.WithContext(ctx)
	g.SetLimit(callsAtOnce)
	for i, d := range p.days {
		g.Go(func() (err error) {
			p.costs[i], err = coster.ChainCost(each, market.ChainRequest{Dataset: p.key.Dataset, Symbol: p.key.Symbol, Date: d})
			return err
		})
	}
	err := g.Wait()
	for _, usd := range p.costs {
		p.costUSD += usd
	}
	return err
}

// refreshChains is Refresh of chains, day by day.
func (s *Source) refreshChains(ctx context.Context, workspace string, k Key, maxCostUSD float64) (float64, error) {
	release, err := s.turns.take(ctx, s.Describe().Slug+" chains "+k.Symbol)
	if err != nil {
		return 0, err
	}
	defer release()
	covered, err := s.library.Covered(ctx, k)
	if err != nil || len(covered) == 0 {
		return 0, err
	}
	p := chainPlan{key: k}
	whole := market.Range{First: covered[0].First, Last: covered[len(covered)-1].Last}
	err = s.library.StoredChains(ctx, k, whole, false, func(c StoredChain) error {
		p.days = append(p.days, c.Date)
		return nil
	})
	if err == nil {
		err = s.costChains(ctx, &p)
	}
	if err == nil {
		err = s.afford(p.costUSD, maxCostUSD)
	}
	if err != nil {
		return 0, err
	}
	err = s.buyChains(ctx, market.ChainQuery{Caller: market.Caller{Workspace: workspace}}, p, func(int64, int64) {})
	return p.costUSD, err
}

// missingDays returns the days of which no chain is here.
func (s *Source) missingDays(ctx context.Context, k Key, dates []lombard.Date) ([]lombard.Date, error) {
	covered, err := s.library.Covered(ctx, k)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(dates), func(d lombard.Date) bool {
		return within(market.Range{First: d, Last: d}, covered)
	}), nil
}

// chainsOutOfRange is market.OutOfRange in words about option quotes.
func chainsOutOfRange(title string, have market.Range, start, end lombard.Date) error {
	if start >= have.First && end <= have.Last {
		return nil
	}
	const synthetic = "or use pricing_mode synthetic."
	e := &lombard.Error{
		Kind: lombard.KindDataUnavailable, Code: lombard.CodeOutOfRange,
		Message: fmt.Sprintf("%s has option quotes from %s to %s.", title, have.First, have.Last),
	}
	report := func(field string, value, works lombard.Date, hint string) {
		e.Hint = hint
		e.Fields = append(e.Fields, lombard.FieldError{Field: field, Value: value, Code: lombard.CodeOutOfRange, Message: e.Message + " " + hint, Suggestion: works.String()})
	}
	if start < have.First {
		report("start_date", start, have.First, fmt.Sprintf("Please set start date to %s or later, %s", have.First, synthetic))
	}
	if end > have.Last {
		report("end_date", end, have.Last, fmt.Sprintf("Please set end date to %s or earlier, %s", have.Last, synthetic))
	}
	if len(e.Fields) > 1 {
		e.Hint = "Please choose dates between, " + synthetic
	}
	return e
}

// NoChains is the refusal of a source without option chains.
func NoChains(d market.Description) error {
	return lombard.Invalid([]lombard.FieldError{{
		Field: "assumptions.quote_source", Value: d.Slug, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("%s has no option quotes. Use quote_source databento, thetadata or file, or pricing_mode synthetic.", d.Title),
	}})
}

// buyChains fetches the missing days, each on record first, checked, stored.
// After a failure no more are asked for, and those that are on their way are
// waited for: the vendor may charge for an answer that nobody takes.
func (s *Source) buyChains(ctx context.Context, q market.ChainQuery, p chainPlan, progress func(done, total int64)) error {
	var mutex sync.Mutex
	var failed atomic.Bool
	var g errgroup.Group
	done := int64(0)
	g.SetLimit(callsAtOnce)
	for i := range p.days {
		g.Go(func() error {
			if failed.Load() {
				return nil
			}
			if err := s.buyChain(ctx, q, p, i); err != nil {
				failed.Store(true)
				return err
			}
			mutex.Lock()
			defer mutex.Unlock()
			done++
			progress(done, int64(len(p.days)))
			return nil
		})
	}
	return g.Wait()
}

// buyChain fetches one day.
func (s *Source) buyChain(ctx context.Context, q market.ChainQuery, p chainPlan, i int) error {
	day := market.Range{First: p.days[i], Last: p.days[i]}
	spend, err := s.reserve(ctx, Spend{Caller: q.Caller, Key: p.key, Range: day, USD: p.costs[i]})
	if err != nil {
		return err
	}
	set, err := s.vendor.(market.ChainVendor).Chain(ctx, market.ChainRequest{Dataset: p.key.Dataset, Symbol: p.key.Symbol, Date: day.First})
	if err != nil {
		return s.failed(ctx, spend, err)
	}
	chain, err := market.NewChain(day.First, set.Quotes)
	if err != nil {
		return s.failed(ctx, spend, &lombard.Error{
			Kind: lombard.KindDataUnavailable, Code: "vendor_data",
			Message: fmt.Sprintf("%s sent option quotes that cannot be right: of %s, %s. Nothing of that day was stored.", s.Describe().Title, day.First, err),
			Hint:    "Try again later, choose other dates, or use another source.",
		})
	}
	// What has arrived whole is stored, whoever gave up meanwhile: it is paid.
	return s.library.StoreChain(context.WithoutCancel(ctx), p.key, chain, Purchase{Spend: spend, USD: p.costs[i], Warnings: set.Warnings, At: s.now()})
}

// reserve puts a call that may cost money on record and returns the record's
// id, empty for one that costs nothing.
func (s *Source) reserve(ctx context.Context, spend Spend) (string, error) {
	if spend.USD <= 0 {
		return "", nil
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("name a spend: %w", err)
	}
	spend.ID, spend.At = id.String(), s.now()
	day, ok, err := s.library.Reserve(ctx, spend, s.limits.DayUSD)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", &lombard.Error{
			Kind: lombard.KindDataCost, Code: "over_day_cap",
			Message: fmt.Sprintf("The data would cost about $%.2f, which brings today's spending of this workspace to $%.2f; its cap is $%.2f a day.", spend.USD, day, s.limits.DayUSD),
			Hint:    "Wait until tomorrow (UTC), or raise LOMBARD_DAY_CAP_USD.",
		}
	}
	return spend.ID, nil
}

func has(dates []lombard.Date, d lombard.Date) bool {
	_, found := slices.BinarySearch(dates, d)
	return found
}

// ReadChains reads the chains of a query that are stored.
func ReadChains(ctx context.Context, l ChainReader, k Key, q market.ChainQuery) ([]market.Chain, error) {
	var days []market.Chain
	if len(q.Dates) == 0 {
		return days, nil
	}
	total := 0
	err := l.StoredChains(ctx, k, market.Range{First: q.Dates[0], Last: q.Dates[len(q.Dates)-1]}, !q.OnlyNamed, func(stored StoredChain) error {
		if stored.Quotes == 0 || !has(q.Dates, stored.Date) {
			return nil
		}
		if q.OnlyNamed {
			days = append(days, market.Chain{Date: stored.Date, Sum: stored.Digest})
			return nil
		}
		c, err := Unpack(stored.Packed, q.Keep)
		if err != nil {
			return err
		}
		c.Sum = stored.Digest
		if total += len(c.Quotes); total > mostQuotes {
			return &lombard.Error{
				Kind: lombard.KindResourceLimit, Code: "too_many_quotes",
				Message: fmt.Sprintf("The run would look at more than %d million option quotes, which is too many at once.", mostQuotes/1_000_000),
				Hint:    "Choose a shorter period, or hedges with shorter options.",
			}
		}
		days = append(days, c)
		return nil
	})
	return days, err
}

var _ market.Ranger = (*Source)(nil)

// Available implements market.Ranger. A vendor that does not say is left out.
func (s *Source) Available(ctx context.Context, symbol, dataset string) ([]market.Availability, error) {
	var out []market.Availability
	yesterday := lombard.DateOf(s.now()) - 1
	add := func(holds string, offer func(context.Context, market.BarRequest) (market.Offer, error)) error {
		if !slices.Contains(s.Describe().Capabilities, holds) {
			return nil
		}
		have, err := offer(ctx, market.BarRequest{Dataset: dataset, Symbol: symbol, Start: 1, End: yesterday})
		if err == nil && have.Range.Last != 0 {
			out = append(out, market.Availability{Holds: holds, Dataset: have.Dataset, Range: have.Range})
		}
		return err
	}
	err := add(market.HoldsBars, s.vendor.Offer)
	if v, ok := s.vendor.(market.ChainVendor); ok {
		if refusal := add(market.HoldsChains, v.ChainOffer); err == nil {
			err = refusal
		}
	}
	if len(out) > 0 {
		return out, nil // what else there may be is said when it is asked for
	}
	return out, err
}
