package databento_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/databento"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

const quoteHeader = "ts_recv,ts_event,rtype,publisher_id,instrument_id,side,price,size,flags,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_pb_00,ask_pb_00,symbol\n"

// quote is a row of cbbo-1m.
func quote(stamp, symbol, bid, ask string) string {
	return fmt.Sprintf("%s,,193,30,7,N,,0,194,%s,%s,10,12,30,31,%s\n", stamp, bid, ask, symbol)
}

// exchange is a vendor that sells chains: it answers each day by what the test
// gives it, and keeps the forms that it was sent.
func exchange(t *testing.T, answer http.HandlerFunc) (*databento.Vendor, *[]url.Values) {
	t.Helper()
	forms := &[]url.Values{}
	keep := func(then http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			*forms = append(*forms, r.PostForm)
			then(w, r)
		}
	}
	s := vendortest.New(t, map[string]http.HandlerFunc{
		barsPath: keep(answer), costPath: keep(vendortest.JSON(200, "0.012")),
		rangePath: vendortest.JSON(200, `{"start":"2013-04-01T00:00:00.000000000Z","end":"2026-01-30T00:00:00.000000000Z","schema":{
			"ohlcv-1d":{"start":"2013-04-01T00:00:00.000000000Z","end":"2026-01-30T00:00:00.000000000Z"},
			"cbbo-1m":{"start":"2023-03-28T00:00:00.000000000Z","end":"2026-01-29T20:30:00.000000000Z"},
			"bbo-1m":{"start":"2010-06-06T12:00:00.000000000Z","end":"2026-01-30T00:00:00.000000000Z"}}}`),
	})
	return databento.New(s.URL, secret, vendorhttp.Client{}), forms
}

func chain(t *testing.T, v *databento.Vendor, symbol, dataset, day string) (market.Chain, []lombard.Warning) {
	t.Helper()
	r := market.ChainRequest{Dataset: dataset, Symbol: symbol, Date: lombard.MustDate(day)}
	set, err := v.Chain(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	c, err := market.NewChain(r.Date, set.Quotes)
	if err != nil {
		t.Fatal(err)
	}
	return c, set.Warnings
}

// TestAChainIsTheQuotesOfItsClose: the last record of each standard contract at
// or before the close, undefined prices as none, nothing of after the close.
func TestAChainIsTheQuotesOfItsClose(t *testing.T) {
	const before, at, after = "2024-01-19T20:59:00.000000000Z", "2024-01-19T21:00:00.000000000Z", "2024-01-19T21:01:00.000000000Z"
	body := quoteHeader +
		quote(before, "GLD   240216P00180000", "1.000000000", "1.100000000") +
		quote(at, "GLD   240216P00180000", "1.050000000", "1.150000000") +
		quote(after, "GLD   240216P00180000", "9.000000000", "9.100000000") +
		quote(before, "GLD   240216C00190500", "2.000000000", "2.100000000") +
		quote(after, "GLD   240315C00190000", "3.000000000", "3.100000000") +
		quote("", "GLD   240315P00150000", "", "") +
		quote(at, "GLD   250117P00150000", "", "0.050000000") +
		quote(at, "GLD1  240216P00180000", "1.5", "1.6") +
		quote(at, "GLD   240119P00190000", "0.4", "0.5")
	v, forms := exchange(t, vendortest.Answer(200, "application/zstd", packed(body)))
	c, warnings := chain(t, v, "GLD", "OPRA.PILLAR", "2024-01-19")
	d := lombard.MustDate
	want := []market.OptionQuote{
		{Expiry: d("2024-01-19"), Put: true, Strike: 190, Bid: 0.4, Ask: 0.5},
		{Expiry: d("2024-02-16"), Strike: 190.5, Bid: 2, Ask: 2.1},
		{Expiry: d("2024-02-16"), Put: true, Strike: 180, Bid: 1.05, Ask: 1.15},
		{Expiry: d("2025-01-17"), Put: true, Strike: 150, Ask: 0.05},
	}
	if fmt.Sprint(c.Quotes) != fmt.Sprint(want) || len(c.Quotes) != len(want) {
		t.Errorf("got %+v\nwant %+v", c.Quotes, want)
	}
	for i := range want {
		if c.Quotes[i] != want[i] {
			t.Errorf("got %+v, want %+v", c.Quotes[i], want[i])
		}
	}
	if len(warnings) != 1 || warnings[0].Message != "1 other series of options listed with the underlying's deliver something else and were left out: GLD1." {
		t.Errorf("warnings %v", warnings)
	}
	for field, want := range map[string]string{
		"dataset": "OPRA.PILLAR", "schema": "cbbo-1m", "symbols": "GLD.OPT", "stype_in": "parent", "encoding": "csv", "compression": "zstd",
		"pretty_px": "true", "pretty_ts": "true", "map_symbols": "true",
		"start": "2024-01-19T20:59:00.000000001Z", "end": "2024-01-19T21:00:00.000000001Z",
	} {
		if got := (*forms)[0].Get(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
}

// TestTheMinuteOfTheClose: half days and summer time are known, and what is
// priced is what is bought.
func TestTheMinuteOfTheClose(t *testing.T) {
	for _, c := range []struct{ symbol, dataset, day, end, symbols, schema string }{
		{"GLD", "", "2024-07-19", "2024-07-19T20:00:00.000000001Z", "GLD.OPT", "cbbo-1m"},
		{"GLD", "", "2024-11-29", "2024-11-29T18:00:00.000000001Z", "GLD.OPT", "cbbo-1m"},
		{"SPX", "", "2024-07-03", "2024-07-03T17:00:00.000000001Z", "SPXW.OPT,SPX.OPT", "cbbo-1m"},
		{"BRK.B", "", "2024-07-19", "2024-07-19T20:00:00.000000001Z", "BRKB.OPT", "cbbo-1m"},
		{"GC", "", "2024-07-19", "2024-07-19T17:30:00.000000001Z", "OG.OPT", "bbo-1m"},
		{"GC.c.0", "", "2024-01-19", "2024-01-19T18:30:00.000000001Z", "OG.OPT", "bbo-1m"},
		{"GLD", "OTHER.SET", "2024-12-25", "2024-12-25T18:00:00.000000001Z", "GLD.OPT", "cbbo-1m"},
	} {
		v, forms := exchange(t, vendortest.Answer(200, "text/csv", ""))
		r := market.ChainRequest{Dataset: c.dataset, Symbol: c.symbol, Date: lombard.MustDate(c.day)}
		usd, err := v.ChainCost(t.Context(), r)
		if err != nil || usd != 0.012 {
			t.Fatal(usd, err)
		}
		if _, err := v.Chain(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		price, bought := (*forms)[0], (*forms)[1]
		for _, field := range []string{"dataset", "schema", "symbols", "stype_in", "start", "end"} {
			if price.Get(field) != bought.Get(field) {
				t.Errorf("%s: priced %q and bought %q", field, price.Get(field), bought.Get(field))
			}
		}
		if bought.Get("end") != c.end || bought.Get("symbols") != c.symbols || bought.Get("schema") != c.schema || c.dataset != "" && bought.Get("dataset") != c.dataset {
			t.Errorf("%s on %s: bought %v", c.symbol, c.day, bought)
		}
	}
}

// TestSaturdayExpiries: options listed before February 2015 expired on a
// Saturday by name, and on the session before it in fact.
func TestSaturdayExpiries(t *testing.T) {
	body := quoteHeader + quote("2014-01-06T21:00:00Z", "GLD   140118P00110000", "1.0", "1.1") + quote("2014-01-06T21:00:00Z", "GLD   140419P00110000", "2.0", "2.1")
	v, _ := exchange(t, vendortest.Answer(200, "text/csv", body))
	c, _ := chain(t, v, "GLD", "OPRA.PILLAR", "2014-01-06")
	if len(c.Quotes) != 2 || c.Quotes[0].Expiry != lombard.MustDate("2014-01-17") || c.Quotes[1].Expiry != lombard.MustDate("2014-04-17") {
		t.Errorf("got %+v; want the Friday, and the Thursday before Good Friday", c.Quotes)
	}
}

// TestBothRootsOfTheIndex: on a third Friday the root that settles at the close
// is taken.
func TestBothRootsOfTheIndex(t *testing.T) {
	const at = "2024-01-05T21:00:00Z"
	body := quoteHeader + quote(at, "SPX   240119P04500000", "10.0", "10.4") + quote(at, "SPXW  240119P04500000", "11.0", "11.4") +
		quote(at, "SPX   240216P04500000", "20.0", "20.4") + quote(at, "SPXW  240112P04500000", "5.0", "5.4")
	v, _ := exchange(t, vendortest.Answer(200, "text/csv", body))
	c, warnings := chain(t, v, "SPX", "OPRA.PILLAR", "2024-01-05")
	q, ok := c.Find(true, 4500, lombard.MustDate("2024-01-19"))
	if len(c.Quotes) != 3 || !ok || q.Bid != 11 || len(warnings) != 0 {
		t.Errorf("got %+v, %v", c.Quotes, warnings)
	}
}

// TestGoldOptions: month and year of a symbol follow from the day, the expiry
// from the month.
func TestGoldOptions(t *testing.T) {
	const at = "2014-02-10T18:30:00Z"
	body := quoteHeader
	for _, symbol := range []string{"OGH4 C1300", "OGG4 P1250", "OGZ9 P1200", "OGJ4 C1275.5", "UD:GC: VT 123", "OG1H4 C1300", "OGA4 C1300", "OGH4 X1300", "OGH4 C-5"} {
		body += quote(at, symbol, "10.0", "11.0")
	}
	v, _ := exchange(t, vendortest.Answer(200, "text/csv", body))
	c, warnings := chain(t, v, "GC", "GLBX.MDP3", "2014-02-10")
	want := "[the call at 1300 until 2014-02-25 the call at 1275.5 until 2014-03-26 the put at 1200 until 2019-11-25 the put at 1250 until 2024-01-25]"
	if got := fmt.Sprint(c.Quotes); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0].Message, ": OG1, OGA4, OGH4, UD.") {
		t.Errorf("warnings %v", warnings)
	}
}

// TestDaysWithoutAChain: a weekend asks nobody; a holiday on which nothing
// resolves is empty; a session on which nothing resolves is a wrong symbol.
func TestDaysWithoutAChain(t *testing.T) {
	none := vendortest.JSON(422, detail("symbology_invalid_request", "None of the symbols could be resolved", ""))
	v, forms := exchange(t, none)
	for _, day := range []string{"2024-01-20", "2024-12-25"} {
		if c, warnings := chain(t, v, "GLD", "OPRA.PILLAR", day); len(c.Quotes)+len(warnings) > 0 {
			t.Errorf("%s has %v %v", day, c.Quotes, warnings)
		}
	}
	if len(*forms) != 1 {
		t.Errorf("%d calls, want the holiday's alone", len(*forms))
	}
	_, err := v.Chain(t.Context(), market.ChainRequest{Dataset: "OPRA.PILLAR", Symbol: "NOPE", Date: lombard.MustDate("2024-01-19")})
	if lombard.KindOf(err) != lombard.KindValidation || !strings.Contains(err.Error(), "Symbol unknown in this dataset for these dates.") {
		t.Errorf("got %v", err)
	}
}

// TestOffersOfChains: the schema's own range counts, and only closes inside it.
func TestOffersOfChains(t *testing.T) {
	v, _ := exchange(t, nil)
	for _, c := range []struct{ symbol, dataset, first, last string }{
		{"GLD", "OPRA.PILLAR", "2023-03-28", "2026-01-28"},
		{"GC", "GLBX.MDP3", "2010-06-06", "2026-01-29"},
	} {
		offer, err := v.ChainOffer(t.Context(), market.BarRequest{Symbol: c.symbol, Start: lombard.MustDate("2024-01-02"), End: lombard.MustDate("2024-01-31")})
		if err != nil || offer.Dataset != c.dataset || offer.Range.First.String() != c.first || offer.Range.Last.String() != c.last {
			t.Errorf("%s: got %+v, %v", c.symbol, offer, err)
		}
	}
	if _, err := v.ChainOffer(t.Context(), market.BarRequest{Symbol: "ES.c.0"}); lombard.KindOf(err) != lombard.KindValidation {
		t.Errorf("a future whose options are not read: %v", err)
	}
	if _, err := databento.New("http://127.0.0.1:1", "", vendorhttp.Client{}).ChainOffer(t.Context(), market.BarRequest{Symbol: "GLD"}); lombard.KindOf(err) != lombard.KindVendorAuth {
		t.Errorf("without a key: %v", err)
	}
}

// TestWrongChains: what cannot be read is refused, with nothing beside the error.
func TestWrongChains(t *testing.T) {
	const at = "2024-01-19T21:00:00Z"
	for name, body := range map[string]string{
		"a column short":   "ts_recv,bid_px_00,ask_px_00\n",
		"no time":          quoteHeader + quote("soon", "GLD   240216P00180000", "1", "2"),
		"a price in words": quoteHeader + quote(at, "GLD   240216P00180000", "one", "2"),
		"no name":          quoteHeader + quote(at, "", "1", "2"),
		"cut":              quoteHeader + "2024-01-19T21:00:00Z,,193\n",
		"damaged":          packed(quoteHeader)[:20],
	} {
		v, _ := exchange(t, vendortest.Answer(200, "text/csv", body))
		set, err := v.Chain(t.Context(), market.ChainRequest{Dataset: "OPRA.PILLAR", Symbol: "GLD", Date: lombard.MustDate("2024-01-19")})
		if lombard.KindOf(err) != lombard.KindDataUnavailable || len(set.Quotes) > 0 {
			t.Errorf("%s: got %v, %v", name, set, err)
		}
	}
}

// TestQuestionsAreRationed: in no second are more than 20 questions about
// metadata asked.
func TestQuestionsAreRationed(t *testing.T) {
	waits := &vendortest.Waits{}
	s := vendortest.New(t, map[string]http.HandlerFunc{costPath: vendortest.JSON(200, "0")})
	v := databento.New(s.URL, secret, vendorhttp.Client{Sleep: waits.Sleep})
	const asked = 40
	for range asked {
		if _, err := v.ChainCost(t.Context(), market.ChainRequest{Symbol: "GLD", Date: lombard.MustDate("2024-01-19")}); err != nil {
			t.Fatal(err)
		}
	}
	if last := waits.All[len(waits.All)-1].Seconds(); last < 1.8 {
		t.Errorf("the last of %d questions waits %.1f s, want more than 20 a second would", asked, last)
	}
}
