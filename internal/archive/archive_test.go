package archive_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
)

// box keeps parts in memory.
type box map[string][]byte

func (b box) put(p archive.Part) error {
	if _, twice := b[p.Digest]; twice {
		return fmt.Errorf("part %s comes twice", p.Digest)
	}
	b[p.Digest] = p.Body
	return nil
}

func (b box) load(_ context.Context, digest string) ([]byte, error) { return b[digest], nil }

// keep puts a result into columns.
func keep(r *lombard.Result) (head []byte, parts box, err error) {
	parts = box{}
	w := archive.NewWriter(parts.put)
	for i := len(r.Templates) - 1; i >= 0; i-- { // in whatever order they come
		if err := w.Add(i, &r.Templates[i]); err != nil {
			return nil, nil, err
		}
	}
	head, err = w.Close(r)
	return head, parts, err
}

// numbers are those that a form may lose: signs of 0, the ends of the range,
// prices of some digits and of too many.
var numbers = []float64{
	0, math.Copysign(0, -1), 1, -1, 402.35, 1e-9, 0.1 + 0.2, -22565.2, 1 << 50, 1<<53 + 2, 1e21, 1e308, -1e308,
	math.SmallestNonzeroFloat64, math.MaxFloat64, 123456.789012, 1.0 / 3,
}

func number(t *rapid.T, name string) float64 {
	if rapid.Bool().Draw(t, name+" is awkward") {
		return rapid.SampledFrom(numbers).Draw(t, name)
	}
	return math.Round(rapid.Float64Range(-1e6, 1e6).Draw(t, name)*100) / 100
}

func optional(t *rapid.T, name string) *float64 {
	if rapid.Bool().Draw(t, name+" is there") {
		return new(number(t, name))
	}
	return nil
}

func drawDay(t *rapid.T, date lombard.Date) lombard.Day {
	n := func(name string) float64 { return number(t, name) }
	d := lombard.Day{
		Date: date, SpotOpen: n("open"), SpotHigh: n("high"), SpotLow: n("low"), SpotClose: n("close"), UnderlyingValue: n("value"),
		OptionMarketValue: n("options"), NetPortfolioValue: n("net"), OptionContracts: n("contracts"), LTVHedged: n("ltv"), LTVUnhedged: n("ltv u"),
		LTVRecognised: n("ltv r"), LTVNotRecognised: n("ltv n"), LTVHedgedLow: optional(t, "low h"), LTVUnhedgedLow: optional(t, "low u"),
		LTVNotRecognisedLow: optional(t, "low n"), MarginCallHedged: rapid.Bool().Draw(t, "call"), LoanBalance: n("loan"), AccruedInterest: n("accrued"),
		OptionCashPledged: n("cash"), CashFromOutside: n("outside"), HedgeCash: n("hedge cash"), Frictions: n("frictions"), EquityHedged: n("equity"),
		EquityUnhedged: n("equity u"), OptionDelta: n("delta"), OptionVega: n("vega"), IVUsed: optional(t, "iv"), RateUsed: optional(t, "rate"),
		YieldUsed: optional(t, "yield"), LoanRate: optional(t, "loan rate"), MarkSource: rapid.SampledFrom([]string{"surface", "none", "", "quote_mid"}).Draw(t, "source"),
		BarQuality: rapid.SampledFrom([]string{"full", "close_only"}).Draw(t, "quality"), LoanBalanceHedged: n("loan h"), UnitsHedged: n("units h"),
		CollateralSold: n("sold"), InterestPaid: n("paid"), Exposure: n("exposure"), Split: n("split"), Dividend: n("dividend"), Units: n("units"),
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "marks") {
		d.OptionMarks = append(d.OptionMarks, lombard.OptionMark{Contract: fmt.Sprintf("put#%d", i), Mark: n("mark"), Vol: n("vol"), AgeDays: rapid.IntRange(0, 9).Draw(t, "age"), Bid: n("bid"), Ask: n("ask")})
	}
	if rapid.Bool().Draw(t, "has an event") {
		d.Events = []lombard.Event{{Type: "expiry", Cash: n("event"), Text: "It said \"days\":[ and <b>."}}
	}
	return d
}

func drawResult(t *rapid.T) lombard.Result {
	r := lombard.Result{ScenarioName: "Gold <winter>", Request: lombard.Scenario{UnderlyingUnits: 1000}, Templates: []lombard.TemplateResult{}}
	days := rapid.IntRange(0, 6).Draw(t, "days")
	for h := range rapid.IntRange(0, 3).Draw(t, "hedges") {
		answer := lombard.TemplateResult{TemplateSlug: fmt.Sprintf("hedge-%d", h), DailyPath: []lombard.Day{}}
		for i := range days {
			answer.DailyPath = append(answer.DailyPath, drawDay(t, lombard.MustDate("2009-01-01")+lombard.Date(i*3)))
		}
		for b := range rapid.IntRange(0, 2).Draw(t, "branches") {
			branch := lombard.Branch{Branch: fmt.Sprintf("branch %d", b)}
			for i := range days {
				branch.Days = append(branch.Days, lombard.BranchDay{Date: lombard.Date(i + 1), State: "normal", LTV: number(t, "ltv"), CallSpot: number(t, "spot"), Equity: number(t, "equity")})
			}
			answer.Branches = append(answer.Branches, branch)
		}
		r.Templates = append(r.Templates, answer)
	}
	return r
}

// TestNothingIsLost puts results of awkward numbers into columns and back: the
// documents are the same to the last byte, the sign of 0 included.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawResult(t)
		want, err := r.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		head, parts, err := keep(&r)
		if err != nil {
			t.Fatal(err)
		}
		names, err := archive.Names(head)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if parts[name] == nil {
				t.Fatalf("the head names %s, which was not put", name)
			}
		}
		opened, err := archive.Open(head, parts.load)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := opened.WriteRows(t.Context(), &got); err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Fatalf("%v: got\n%s\nwant\n%s", err, got.Bytes(), want)
		}
	})
}

func oneDay() lombard.Result {
	return lombard.Result{Templates: []lombard.TemplateResult{{
		TemplateSlug: "a", DailyPath: []lombard.Day{{Date: 1, SpotClose: 2, IVUsed: new(0.2)}, {Date: 2, SpotClose: 2, IVUsed: new(0.2)}},
		Branches: []lombard.Branch{{Branch: "hedged", Days: []lombard.BranchDay{{Date: 1, LTV: 0.5}, {Date: 2, LTV: 0.5}}}},
	}}}
}

// TestWhatIsNoNumberIsRefused wherever it stands, also where a guess gives the
// same.
func TestWhatIsNoNumberIsRefused(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for name, spoil := range map[string]func(*lombard.TemplateResult){
			"a price": func(a *lombard.TemplateResult) { a.DailyPath[0].SpotClose, a.DailyPath[1].SpotClose = x, x },
			"a guess": func(a *lombard.TemplateResult) { // units times price, which is too much for a number
				for i := range a.DailyPath {
					d := &a.DailyPath[i]
					d.UnitsHedged, d.SpotClose, d.UnderlyingValue = 1e200, math.Copysign(1e200, x), x
				}
			},
			"an option": func(a *lombard.TemplateResult) { a.DailyPath[1].IVUsed = &x },
			"a mark": func(a *lombard.TemplateResult) {
				a.DailyPath[1].OptionMarks = []lombard.OptionMark{{Mark: x, Bid: x, Ask: x}}
			},
			"an event":   func(a *lombard.TemplateResult) { a.DailyPath[1].Events = []lombard.Event{{Cash: x}} },
			"a branch":   func(a *lombard.TemplateResult) { a.Branches[0].Days[1].Equity = x },
			"the answer": func(a *lombard.TemplateResult) { a.Summary.StartValue = x },
		} {
			r := oneDay()
			spoil(&r.Templates[0])
			if _, _, err := keep(&r); err == nil {
				t.Errorf("%s of %v is kept", name, x)
			}
		}
	}
}

// TestDamageIsFound changes every byte of every part, cuts each off and leaves
// each out: what is read is an error of damage.
func TestDamageIsFound(t *testing.T) {
	r := oneDay()
	head, parts, err := keep(&r)
	if err != nil {
		t.Fatal(err)
	}
	read := func(load archive.Loader) error {
		opened, err := archive.Open(head, load)
		if err == nil {
			_, err = opened.Whole(t.Context())
		}
		return err
	}
	if err := read(parts.load); err != nil {
		t.Fatal(err)
	}
	for name, body := range parts {
		harmed := [][]byte{nil, body[:len(body)/2]}
		for i := range body {
			other := bytes.Clone(body)
			other[i] ^= 1
			harmed = append(harmed, other)
		}
		for _, other := range harmed {
			err := read(func(ctx context.Context, digest string) ([]byte, error) {
				if digest == name {
					return other, nil
				}
				return parts.load(ctx, digest)
			})
			if !archive.IsDamaged(err) {
				t.Fatalf("%.20q in place of %.20q: %v", other, body, err)
			}
		}
	}
	if _, err := archive.Open(head[:len(head)/2], parts.load); !archive.IsDamaged(err) {
		t.Errorf("half a head: %v", err)
	}
	newer := bytes.Replace(head, []byte(`"lombard_columns":1`), []byte(`"lombard_columns":2`), 1)
	if _, err := archive.Open(newer, parts.load); err == nil || archive.IsDamaged(err) || !strings.Contains(err.Error(), "newer lombard") {
		t.Errorf("a newer form: %v", err)
	}
	lost := errors.New("the disk is gone")
	if err := read(func(context.Context, string) ([]byte, error) { return nil, lost }); !errors.Is(err, lost) {
		t.Errorf("a loader that fails: %v", err)
	}
}

// TestHedgesShareTheirDays: another hedge over the same prices takes no room for
// them.
func TestHedgesShareTheirDays(t *testing.T) {
	var r lombard.Result
	for h := range 2 {
		answer := lombard.TemplateResult{TemplateSlug: fmt.Sprint(h)}
		for i := range 500 {
			price := 100 * math.Exp(math.Sin(float64(i*i)))
			answer.DailyPath = append(answer.DailyPath, lombard.Day{Date: lombard.Date(i + 1), SpotOpen: price + 1, SpotClose: price, SpotHigh: price + 2, SpotLow: price / 3})
		}
		r.Templates = append(r.Templates, answer)
	}
	_, parts, err := keep(&r)
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for _, body := range parts {
		sizes = append(sizes, len(body))
	}
	large := 0
	for _, size := range sizes {
		if size > 4000 {
			large++
		}
	}
	if large != 1 {
		t.Errorf("the parts take %v bytes; only one should hold prices", sizes)
	}
	r.Templates[1].DailyPath = r.Templates[1].DailyPath[1:]
	if _, _, err := keep(&r); err == nil {
		t.Error("hedges over different days are kept")
	}
}

// TestAReaderOwnsItsAnswer: what one reader changes, the next one does not see.
func TestAReaderOwnsItsAnswer(t *testing.T) {
	r := oneDay()
	opened := archive.Of(&r)
	for range 2 {
		answer, err := opened.Hedge(t.Context(), 0, archive.All)
		if err != nil || len(answer.Branches[0].Days) != 2 || len(answer.DailyPath) != 2 {
			t.Fatalf("%+v, %v", answer, err)
		}
		answer.Branches[0].Days, answer.DailyPath = nil, nil
	}
	light, err := opened.Hedge(t.Context(), 0, 0)
	if err != nil || light.Branches[0].Days != nil || light.DailyPath != nil || light.Branches[0].Branch != "hedged" {
		t.Errorf("%+v, %v", light, err)
	}
}
