package databento_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/databento"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

const (
	rangePath = "/v0/metadata.get_dataset_range"
	costPath  = "/v0/metadata.get_cost"
	barsPath  = "/v0/timeseries.get_range"
	secret    = "db-0123456789abcdef0123456789abcd"
)

var asked = market.BarRequest{Dataset: "EQUS.SUMMARY", Symbol: "GLD", Start: lombard.MustDate("2024-07-01"), End: lombard.MustDate("2024-07-03")}

const header = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n"

func line(day, prices string) string {
	return day + "T00:00:00.000000000Z,35,90,1," + prices + ",GLD\n"
}

var good = header + line("2024-07-01", "215.0,216.5,214.2,216.1,5000000") + line("2024-07-02", "216.0,217.5,215.2,217.1,4000000") + line("2024-07-03", "217.0,218.5,216.2,218.1,3000000")

func packed(text string) string {
	e, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(e.EncodeAll([]byte(text), nil))
}

func detail(kind, message, payload string) string {
	if payload != "" {
		payload = `,"payload":` + payload
	}
	return fmt.Sprintf(`{"detail":{"case":%q,"message":%q,"status_code":0,"docs":""%s}}`, kind, message, payload)
}

// TestVenuesOfADayAreOneBar: the venues of a day are merged, a Sunday's evening
// of a future is left out.
func TestVenuesOfADayAreOneBar(t *testing.T) {
	other := strings.Replace(line("2024-07-01", "214.9,216.9,214.0,216.2,9000"), ",90,", ",91,", 1)
	body := header + line("2024-07-01", "215.0,216.5,214.2,216.1,1000") + other + line("2024-07-02", "216.0,217.5,215.2,217.1,4000")
	s := vendortest.New(t, map[string]http.HandlerFunc{barsPath: vendortest.Answer(200, "text/csv", body)})
	set, err := databento.New(s.URL, secret, vendorhttp.Client{}).DailyBars(t.Context(), asked, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	if want := (market.Bar{Date: lombard.MustDate("2024-07-01"), Open: 214.9, High: 216.9, Low: 214, Close: 216.2, Volume: 10000}); len(set.Bars) != 2 || set.Bars[0] != want {
		t.Errorf("got %+v, want %+v first", set.Bars, want)
	}
}

// TestTheDatasetIsTheFirstThatCovers: by the order of the specification, else
// the one that reaches back furthest.
func TestTheDatasetIsTheFirstThatCovers(t *testing.T) {
	ranges := map[string]string{
		"EQUS.SUMMARY": `{"start":"2023-01-01T00:00:00Z","end":"2026-01-01T00:00:00Z","schema":{"ohlcv-1d":{"start":"2024-07-01T00:00:00.000000000Z","end":"2026-01-01T00:00:00.000000000Z"}}}`,
		"EQUS.MINI":    `{"start":"2023-03-28T00:00:00Z","end":"2026-01-01T00:00:00Z"}`,
		"ARCX.PILLAR":  `{"start":"2018-05-01","end":"2026-01-01"}`,
		"XNAS.ITCH":    `{"start":"2018-05-01 00:00:00+00:00","end":"2026-01-01 00:00:00+00:00"}`,
	}
	s := vendortest.New(t, map[string]http.HandlerFunc{rangePath: func(w http.ResponseWriter, r *http.Request) {
		if user, _, ok := r.BasicAuth(); !ok || user != secret {
			t.Error("the key is not sent as the user's name")
		}
		_, _ = w.Write([]byte(ranges[r.URL.Query().Get("dataset")]))
	}})
	v := databento.New(s.URL, secret, vendorhttp.Client{})
	for start, want := range map[string]string{"2024-08-01": "EQUS.SUMMARY", "2023-06-01": "EQUS.MINI", "2019-01-02": "ARCX.PILLAR", "2010-01-04": "ARCX.PILLAR"} {
		r := market.BarRequest{Symbol: "GLD", Start: lombard.MustDate(start), End: lombard.MustDate("2025-06-02")}
		offer, err := v.Offer(t.Context(), r)
		if err != nil || offer.Dataset != want {
			t.Errorf("from %s: %q, %v; want %q", start, offer.Dataset, err, want)
		}
	}
}

func TestWithoutAKeyNobodyIsAsked(t *testing.T) {
	s := vendortest.New(t, nil)
	_, err := databento.New(s.URL, "", vendorhttp.Client{}).Offer(t.Context(), asked)
	if lombard.KindOf(err) != lombard.KindVendorAuth || !strings.Contains(err.Error(), "DATABENTO_API_KEY") {
		t.Errorf("got %v", err)
	}
}

func asError(err error) (*lombard.Error, bool) { return errors.AsType[*lombard.Error](err) }
