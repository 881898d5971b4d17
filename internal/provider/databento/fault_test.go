package databento_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/databento"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendor"
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

// bomb unpacks to 300 MiB of zeros.
func bomb() string {
	e, err := zstd.NewWriter(nil, zstd.WithWindowSize(1<<20))
	if err != nil {
		panic(err)
	}
	return string(e.EncodeAll(make([]byte, 300<<20), nil))
}

func detail(kind, message, payload string) string {
	if payload != "" {
		payload = `,"payload":` + payload
	}
	return fmt.Sprintf(`{"detail":{"case":%q,"message":%q,"status_code":0,"docs":""%s}}`, kind, message, payload)
}

// fault is one thing that a vendor may do, and what becomes of it.
type fault struct {
	name   string
	handle http.HandlerFunc
	kind   lombard.Kind // empty: it is no error
	says   string
	calls  int // 0: 1
}

func answers(name string, status int, body string, kind lombard.Kind, says string, calls int) fault {
	return fault{name, vendortest.JSON(status, body), kind, says, calls}
}

func faults() []fault {
	const (
		auth, cost, busy, bad, data = lombard.KindVendorAuth, lombard.KindDataCost, lombard.KindVendorBusy, lombard.KindValidation, lombard.KindDataUnavailable
	)
	list := []fault{
		{"plain", vendortest.Answer(200, "text/csv", good), "", "", 0},
		{"packed", vendortest.Answer(200, "application/zstd", packed(good)), "", "", 0},
		{"partly resolved", vendortest.Answer(206, "text/csv", good), "", "", 0},
		{"Windows line ends", vendortest.Answer(200, "text/csv", strings.ReplaceAll(good, "\n", "\r\n")), "", "", 0},
		answers("401", 401, detail("auth_authentication_failed", "Authentication failed.", ""), auth, "The Databento key was rejected.", 0),
		answers("401 in one text", 401, `{"detail":"Authorization failed: bad key."}`, auth, "The Databento key was rejected.", 0),
		answers("401 without a body", 401, "", auth, "The Databento key was rejected.", 0),
		answers("402", 402, detail("account_insufficient_funds", "Insufficient funds.", ""), cost, "Account out of credit.", 0),
		answers("403 with a date", 403, detail("license_not_found_unauthorized", "A live data license is required to access OPRA.PILLAR data after 2024-07-02T13:30:00Z.", ""), data, "Not licensed for this data after 2024-07-01. Please set end date to 2024-07-01 or earlier.", 0),
		answers("403 without", 403, detail("auth_account_locked", "Locked.", ""), auth, "Not licensed for this data.", 0),
		answers("404", 404, `{"detail":"Not found"}`, bad, "Symbol unknown in this dataset for these dates.", 0),
		answers("400", 400, detail("validation_failed", "bad input", ""), data, "refused the request (status 400)", 0),
		answers("409", 409, `{}`, data, "refused the request (status 409)", 0),
		answers("413", 413, `{}`, data, "refused the request (status 413)", 0),
		answers("418", 418, `{}`, data, "refused the request (status 418)", 0),
		answers("451", 451, `{}`, data, "refused the request (status 451)", 0),
		answers("408", 408, `{}`, busy, "not available", 3),
		answers("429", 429, `{}`, busy, "busy", 3),
		answers("500", 500, `{"detail":"oops"}`, busy, "not available", 3),
		answers("501", 501, "", busy, "not available", 3),
		answers("503", 503, "", busy, "not available", 3),
		answers("504", 504, `{"detail":"The remote gateway timed out."}`, busy, "not available", 3),
		{"502 as a page", vendortest.Answer(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"), busy, "not available", 3},
		{"a page with 200", vendortest.Answer(200, "text/html", "<html>hello</html>"), data, "a web page instead of data", 0},
		{"a page that says it is CSV", vendortest.Answer(200, "text/csv", "  <!doctype html>"), data, "a web page instead of data", 0},
		answers("start too early", 422, detail("data_start_before_available_start", "`start` in query ('2010-01-11 00:00:00+00:00') was before the available start of dataset EQUS.SUMMARY ('2024-07-02 00:00:00+00:00').",
			`{"available_start":"2024-07-02T00:00:00.000000000Z","available_end":"2026-01-29T00:00:00.000000000Z"}`), data, "Data not available before 2024-07-02. Please set start date to 2024-07-02 or later.", 0),
		answers("start too early, in words only", 422, detail("data_start_before_available_start", "`start` was before the available start of dataset EQUS.SUMMARY ('2024-07-02 00:00:00+00:00').", ""), data, "Please set start date to 2024-07-02 or later.", 0),
		answers("start too early, in the payload only", 422, detail("data_start_before_available_start", "`start` was before the available start.", `{"available_start":"2024-07-03T00:00:00Z"}`), data, "Please set start date to 2024-07-03 or later.", 0),
		answers("start too early, no date anywhere", 422, detail("data_start_before_available_start", "`start` was before the available start.", ""), data, "refused the request", 0),
		answers("end too late", 422, detail("data_end_after_available_end", "has data available up to '2024-07-03 00:00:00+00:00'.", `{"available_end":"2024-07-03T00:00:00.000000000Z"}`), data, "Data is available up to 2024-07-02.", 2),
		answers("end too late, in words only", 422, detail("data_end_after_available_end", "The dataset X has data available up to '2024-07-03 00:00:00+00:00'.", ""), data, "Data is available up to 2024-07-02.", 2),
		answers("start after the end", 422, detail("data_start_after_available_end", "`start` was after the available end of dataset X ('2024-06-01 00:00:00+00:00').", `{"available_end":"2024-06-01T00:00:00Z"}`), data, "Data ends at 2024-05-31; choose an earlier start.", 0),
		answers("no time between", 422, detail("data_time_range_start_on_or_after_end", "Invalid time range", ""), bad, "Start must be before end.", 0),
		answers("schema not whole", 422, detail("data_schema_not_fully_available", "", `{"available_start":"2024-07-02T00:00:00Z","available_end":"2026-03-07T00:00:00Z"}`), data, "This kind of data exists only from 2024-07-02 to 2026-03-06.", 2),
		answers("a plan that ends", 422, detail("dataset_unavailable_range", "Try again with an end time before 2024-07-02T08:36:14.380325000Z.", ""), data, "Your plan covers data up to 2024-07-01.", 2),
		answers("a plan that ends, no date", 422, detail("dataset_unavailable_range", "requires a subscription", ""), auth, "Not licensed for this data.", 0),
		answers("no such symbol", 422, detail("symbology_invalid_request", "None of the symbols could be resolved", ""), bad, "Symbol unknown in this dataset for these dates. Check how GLD is written in EQUS.SUMMARY, and when it was listed.", 0),
		answers("no symbol at all", 422, detail("symbology_invalid_symbol", "malformed", ""), bad, "Symbol format not valid for this dataset.", 0),
		answers("422 of a new kind", 422, detail("something_new", "?", ""), data, "refused the request (status 422)", 0),
		answers("422 that is no JSON", 422, "nope", data, "refused the request (status 422)", 0),
		{"empty", vendortest.Answer(200, "text/csv", ""), "", "", 0},
		{"the header alone", vendortest.Answer(200, "text/csv", header), "", "", 0},
		{"no header", vendortest.Answer(200, "text/csv", line("2024-07-01", "1,1,1,1,1")), data, "without the column", 0},
		{"a column short", vendortest.Answer(200, "text/csv", "ts_event,open,high,low,volume\n"), data, "without the column close", 0},
		{"JSON", vendortest.JSON(200, `{"hd":{}}`), data, "a table without", 0},
		{"a row short", vendortest.Answer(200, "text/csv", header+"2024-07-01T00:00:00Z,35,90\n"), data, "breaks off", 0},
		{"no price", vendortest.Answer(200, "text/csv", header+line("2024-07-01", ",1,1,1,1")), data, "no number", 0},
		{"a price in words", vendortest.Answer(200, "text/csv", header+line("2024-07-01", "one,1,1,1,1")), data, "no number", 0},
		{"no date", vendortest.Answer(200, "text/csv", header+",35,90,1,1,1,1,1,1,GLD\n"), data, "without a date", 0},
		{"a number for a date", vendortest.Answer(200, "text/csv", header+"1719792000000000000,35,90,1,1,1,1,1,1,GLD\n"), data, "without a date", 0},
		{"a day before", vendortest.Answer(200, "text/csv", header+line("2024-06-28", "1,1,1,1,1")), data, "which was not asked for", 0},
		{"a day after", vendortest.Answer(200, "text/csv", header+line("2024-07-05", "1,1,1,1,1")), data, "which was not asked for", 0},
		{"a future day", vendortest.Answer(200, "text/csv", header+line("2199-01-01", "1,1,1,1,1")), data, "which was not asked for", 0},
		{"a packed text cut", vendortest.Answer(200, "application/zstd", packed(good)[:60]), data, "damaged", 0},
		{"a packed text flipped", vendortest.Answer(200, "application/zstd", flip(packed(strings.Repeat(good, 50)))), data, "", 0},
		{"a bomb", vendortest.Answer(200, "application/zstd", bomb()), data, "", 0},
		{"binary of a later version", vendortest.Answer(200, "application/octet-stream", "DBN\x09\x00\x00\x00\x00"), data, "binary data of version 9", 0},
		{"binary cut in its metadata", vendortest.Answer(200, "application/octet-stream", "DBN\x02\xff\x00\x00\x00"), data, "breaks off", 0},
		{"binary cut in a record", vendortest.Answer(200, "application/octet-stream", "DBN\x02\x00\x00\x00\x00\x0e\x23"), data, "breaks off", 0},
		{"binary with a record of no length", vendortest.Answer(200, "application/octet-stream", "DBN\x02\x00\x00\x00\x00"+strings.Repeat("\x00", 16)), data, "breaks off", 0},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		}, data, "a redirect, which is not followed", 0},
		{"a lost connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, busy, "not available", 3},
		{"a body that breaks off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write([]byte(good))
		}, busy, "not available", 3},
		{"a body without end", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("2024-07-01"), 1<<16)); err != nil {
					return
				}
			}
		}, data, "more than", 0},
		{"silence", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(2 * time.Second):
			}
		}, busy, "not available", 1},
		{"the key in the answer", vendortest.JSON(400, `{"detail":"bad key `+secret+`"}`), data, "refused the request", 0},
		{"busy once", once(429, good), "", "", 2},
		{"down once", once(503, good), "", "", 2},
		{"down twice", twice(good), "", "", 3},
		{"busy, for long", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, busy, "Try again in 1h0m0s", 1},
		{"busy, until a date", func(w http.ResponseWriter, _ *http.Request) {
			now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("Retry-After", now.Add(10*time.Minute).Format(http.TimeFormat))
			w.WriteHeader(http.StatusTooManyRequests)
		}, busy, "Try again in 10m0s", 1},
		{"busy, in words", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "soon")
			w.WriteHeader(http.StatusTooManyRequests)
		}, busy, "busy", 3},
		{"busy, for longer than time", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "99999999999999999999")
			w.WriteHeader(http.StatusTooManyRequests)
		}, busy, "busy", 3},
	}
	return list
}

func flip(s string) string {
	b := []byte(s)
	for i := len(b) / 3; i < len(b); i += len(b) / 3 {
		b[i] ^= 0x55
	}
	return string(b)
}

func once(status int, then string) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(status)
			return
		}
		_, _ = w.Write([]byte(then))
	}
}

func twice(then string) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		if n++; n <= 2 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write([]byte(then))
	}
}

// TestEveryFaultHasItsSentence scripts what a vendor may answer. Each case has
// its kind, its sentence, its number of calls, and never the key in it.
func TestEveryFaultHasItsSentence(t *testing.T) {
	list := faults()
	if len(list) < 70 {
		t.Errorf("%d cases, want at least 70", len(list))
	}
	for _, f := range list {
		t.Run(f.name, func(t *testing.T) {
			s := vendortest.New(t, map[string]http.HandlerFunc{barsPath: f.handle})
			waits := &vendortest.Waits{}
			v := databento.New(s.URL, secret, vendor.Client{Sleep: waits.Sleep, Patience: 300 * time.Millisecond, Limit: 4 << 20})
			set, err := v.DailyBars(t.Context(), asked, func(int64, int64) {})
			switch {
			case f.kind == "" && err != nil:
				t.Fatal(err)
			case f.kind == "":
				for _, b := range set.Bars {
					if !(b.Close > 200 && b.Close < 220) {
						t.Errorf("a wrong bar: %+v", b)
					}
				}
			default:
				own, ok := errors.AsType[*lombard.Error](err)
				if !ok || own.Kind != f.kind || !strings.Contains(own.Error(), f.says) {
					t.Errorf("got %v %v, want %s with %q", lombard.KindOf(err), err, f.kind, f.says)
				}
				if strings.Contains(fmt.Sprintf("%v %v", err, errors.Unwrap(err)), secret) {
					t.Errorf("the key stands in %v", err)
				}
				if len(set.Bars) > 0 {
					t.Error("there are bars beside the error")
				}
			}
			if want := max(f.calls, 1); s.Calls(barsPath) != want {
				t.Errorf("%d calls, want %d", s.Calls(barsPath), want)
			}
		})
	}
}

// TestRetryAfterIsHonoured: what a vendor asks for is waited for.
func TestRetryAfterIsHonoured(t *testing.T) {
	s := vendortest.New(t, map[string]http.HandlerFunc{barsPath: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	}})
	waits := &vendortest.Waits{}
	if _, err := databento.New(s.URL, secret, vendor.Client{Sleep: waits.Sleep}).DailyBars(t.Context(), asked, func(int64, int64) {}); err == nil {
		t.Fatal("no error")
	}
	for _, d := range waits.All {
		if d != 7*time.Second {
			t.Errorf("waited %v, want 7 s", d)
		}
	}
}

// TestVenuesOfADayAreOneBar: the venues of a day are merged, a Sunday's evening
// of a future is left out.
func TestVenuesOfADayAreOneBar(t *testing.T) {
	other := strings.Replace(line("2024-07-01", "214.9,216.9,214.0,216.2,9000"), ",90,", ",91,", 1)
	body := header + line("2024-07-01", "215.0,216.5,214.2,216.1,1000") + other + line("2024-07-02", "216.0,217.5,215.2,217.1,4000")
	s := vendortest.New(t, map[string]http.HandlerFunc{barsPath: vendortest.Answer(200, "text/csv", body)})
	set, err := databento.New(s.URL, secret, vendor.Client{}).DailyBars(t.Context(), asked, func(int64, int64) {})
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
	v := databento.New(s.URL, secret, vendor.Client{})
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
	_, err := databento.New(s.URL, "", vendor.Client{}).Offer(t.Context(), asked)
	if lombard.KindOf(err) != lombard.KindVendorAuth || !strings.Contains(err.Error(), "DATABENTO_API_KEY") {
		t.Errorf("got %v", err)
	}
}

func asError(err error) (*lombard.Error, bool) { return errors.AsType[*lombard.Error](err) }
