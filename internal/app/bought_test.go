package app_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/market"
)

// stall is a vendor of a falling stock, at half a dollar a fetch, with the
// options on it at a dime a day.
type stall struct{ fetches, chains atomic.Int64 }

var stallRange = market.Range{First: lombard.MustDate("2023-01-02"), Last: lombard.MustDate("2024-05-31")}

func (*stall) Describe() market.Description {
	return market.Description{Slug: "stall", Title: "The stall", Capabilities: []string{"bars", "chains"}, AnySymbol: true}
}
func (*stall) Licence() (licence, origin string) { return "ours", "The stall." }
func (*stall) Offer(context.Context, market.BarRequest) (market.Offer, error) {
	return market.Offer{Dataset: "ALL", Range: stallRange}, nil
}

func (*stall) Cost(context.Context, market.BarRequest) (float64, error) { return 0.5, nil }

func (*stall) close(d lombard.Date) float64 { return 100 - float64(d-stallRange.First)/20 }

func (s *stall) DailyBars(_ context.Context, r market.BarRequest, _ func(int64, int64)) (market.BarSet, error) {
	s.fetches.Add(1)
	var out []market.Bar
	for d := r.Start; d <= r.End; d++ {
		if !d.IsWeekend() {
			out = append(out, market.Bar{Date: d, Close: s.close(d)})
		}
	}
	return market.BarSet{Bars: out}, nil
}

func (*stall) ChainOffer(context.Context, market.BarRequest) (market.Offer, error) {
	return market.Offer{Dataset: "OPTIONS", Range: stallRange}, nil
}
func (*stall) ChainCost(context.Context, market.ChainRequest) (float64, error) { return 0.1, nil }

func (s *stall) Chain(_ context.Context, r market.ChainRequest) (market.ChainSet, error) {
	s.chains.Add(1)
	var set market.ChainSet
	spot := s.close(r.Date)
	for k := range 8 {
		first := lombard.NewDate(2024, 1, 1).AddMonths(k)
		year, month, _ := first.Civil()
		if expiry := market.ThirdFriday(year, month); expiry > r.Date {
			for strike := 60.0; strike <= 100; strike += 5 {
				bid := max(0.05, strike-spot) + 1
				set.Quotes = append(set.Quotes, market.OptionQuote{Expiry: expiry, Put: true, Strike: strike, Bid: bid, Ask: bid + 0.2})
			}
		}
	}
	return set, nil
}

// atTheStall is the service with the stall as a source.
func atTheStall(t *testing.T) (*program, *stall) {
	t.Helper()
	v := &stall{}
	now := func() time.Time { return time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC) }
	return startWith(t, t.TempDir(), settings{}, func(db *sqlite.DB) []market.Source {
		return []market.Source{data.NewSource(v, db, data.Limits{DayUSD: 100}, now)}
	}), v
}

const stallBody = `{"symbol":"MINE","start_date":"2024-01-16","end_date":"2024-03-28","template":{"slug":"put","title":"Put","legs":[{"id":"put","right":"put","strike":{"value":0.95},"expiry":{"tenor":"3m"}}]},
	"underlying_units":1000,"loan_amount":40000,"margin_call_ltv":0.75,"data_source":"stall","assumptions":{"vol":{"model":"flat","value":0.2}}}`

// TestBoughtDataIsAnsweredFromTheCache: the same question on covered data has
// the first run's bytes and costs nothing; other data of the same question is
// another key.
func TestBoughtDataIsAnsweredFromTheCache(t *testing.T) {
	p, v := atTheStall(t)
	defer p.stop()
	first := p.wait(p.submit("w", stallBody))
	if first.Status != lombard.StatusComplete || first.DataCostUSD != 0.5 || first.Cached {
		t.Fatalf("%+v", first)
	}
	again := p.submit("w", stallBody)
	if again.Status != lombard.StatusComplete || !again.Cached || again.DataCostUSD != 0 || *again.ResultDigest != *first.ResultDigest || v.fetches.Load() != 1 {
		t.Errorf("again: %+v after %d fetches", again, v.fetches.Load())
	}
	other := p.wait(p.submit("else", stallBody))
	if other.Cached || other.DataCostUSD != 0 || v.fetches.Load() != 1 {
		t.Errorf("another workspace: %+v after %d fetches", other, v.fetches.Load())
	}
}

// TestWhatIsHereIsCheckedAtTheSubmit: facts that need prices are told at once
// when the prices were bought before, by the job otherwise.
func TestWhatIsHereIsCheckedAtTheSubmit(t *testing.T) {
	p, _ := atTheStall(t)
	defer p.stop()
	inCall := strings.Replace(stallBody, `"loan_amount":40000`, `"loan_amount":90000`, 1)
	failed := p.wait(p.submit("w", inCall))
	if failed.Status != lombard.StatusFailed || failed.ErrorDetail.Kind != lombard.KindValidation {
		t.Fatalf("%+v", failed)
	}
	// What the failed run bought is kept on its record.
	if failed.DataCostUSD != 0.5 {
		t.Errorf("a failed run spent %v, want 0.5", failed.DataCostUSD)
	}
	_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: []byte(inCall)})
	if lombard.KindOf(err) != lombard.KindValidation || !strings.Contains(err.Error(), "in call on the first day") {
		t.Errorf("with the prices here: %v", err)
	}
}

// TestQuotesAreEstimatedBoughtAndOnRecord walks the whole line with chains.
func TestQuotesAreEstimatedBoughtAndOnRecord(t *testing.T) {
	p, v := atTheStall(t)
	defer p.stop()
	body := strings.Replace(stallBody, `"vol":{`, `"pricing_mode":"quotes","vol":{`, 1)
	body = strings.Replace(body, `{`, `{"max_cost_usd":10,`, 1)
	e, err := p.Estimate(t.Context(), "w", "stall", []byte(body))
	if err != nil || e.Covered || e.CostUSD < 5 || v.chains.Load() > 0 {
		t.Fatalf("%+v, %v", e, err)
	}
	job := p.wait(p.submit("w", body))
	if job.Status != lombard.StatusComplete || v.chains.Load() == 0 {
		t.Fatalf("%+v", job)
	}
	if want := 0.5 + 0.1*float64(v.chains.Load()); job.DataCostUSD < want-1e-9 || job.DataCostUSD > want+1e-9 {
		t.Errorf("cost %v, want %v", job.DataCostUSD, want)
	}
	result := p.result("w", job.JobID)
	if result.Provenance.Quotes != "OPTIONS of stall" || result.Templates[0].DailyPath[0].MarkSource != lombard.MarkQuote {
		t.Errorf("%+v", result.Provenance)
	}
	before := v.chains.Load()
	if again := p.submit("w", body); !again.Cached || v.chains.Load() != before {
		t.Errorf("again: cached %v after %d more chains", again.Cached, v.chains.Load()-before)
	}
	if e, err = p.Estimate(t.Context(), "w", "stall", []byte(body)); err != nil || !e.Covered && e.CostUSD > 0.5 {
		t.Errorf("covered: %+v, %v", e, err)
	}
	tight := strings.Replace(body, `"max_cost_usd":10`, `"max_cost_usd":0.6`, 1)
	tight = strings.Replace(tight, "2024-01-16", "2024-01-09", 1)
	if job := p.wait(p.submit("w", tight)); job.Status != lombard.StatusFailed || job.ErrorDetail.Kind != lombard.KindDataCost {
		t.Errorf("above the budget: %+v", job)
	}
}

// TestWhatCanBeSeenIsDecidedByThePast: the strikes that a day's chain shows are
// the same whatever prices come later.
func TestWhatCanBeSeenIsDecidedByThePast(t *testing.T) {
	p, _ := atTheStall(t)
	defer p.stop()
	body := strings.Replace(stallBody, `"vol":{`, `"pricing_mode":"quotes","vol":{`, 1)
	body = strings.Replace(body, `{`, `{"max_cost_usd":20,`, 1)
	path := func(end string) []lombard.Day {
		job := p.wait(p.submit("w", strings.Replace(body, "2024-03-28", end, 1)))
		return p.result("w", job.JobID).Templates[0].DailyPath
	}
	short, long := path("2024-02-29"), path("2024-05-30")
	for i := range short {
		if short[i].NetPortfolioValue != long[i].NetPortfolioValue || len(short[i].OptionMarks) == 0 || short[i].OptionMarks[0] != long[i].OptionMarks[0] {
			t.Fatalf("%s: %+v in the short run, %+v in the long one", short[i].Date, short[i].OptionMarks, long[i].OptionMarks)
		}
	}
}
