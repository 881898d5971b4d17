package thetadata_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/thetadata"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

const path = "/v3/option/history/eod"

func clock() time.Time { return time.Date(2024, 11, 20, 2, 0, 0, 0, time.UTC) }

var asked = market.ChainRequest{Dataset: "option/eod", Symbol: "GLD", Date: lombard.MustDate("2024-11-04")}

const header = "symbol,expiration,strike,right,created,last_trade,open,high,low,close,volume,count,bid_size,bid_exchange,bid,bid_condition,ask_size,ask_exchange,ask,ask_condition\n"

// row is one option of the report of a day.
func row(symbol, expiry, strike, right, day, bid, ask string) string {
	return fmt.Sprintf("%q,%q,%s,%q,%sT17:16:56.102,%sT15:49:48.021,2.10,2.35,2.01,2.20,512,88,20,5,%s,50,35,5,%s,50\n", symbol, expiry, strike, right, day, day, bid, ask)
}

var good = header + row("GLD", "2024-11-15", "250.000", "PUT", "2024-11-04", "2.18", "2.22") + row("GLD", "2024-11-15", "250.000", "CALL", "2024-11-04", "3.1", "3.2")

func with(rows string) http.HandlerFunc { return vendortest.Answer(200, "text/csv", header+rows) }

// fault is one thing that a terminal may do, and what becomes of it.
type fault struct {
	name   string
	handle http.HandlerFunc
	kind   lombard.Kind // empty: it is no error
	says   string
	calls  int // 0: 1
}

func faults() []fault {
	const auth, busy, bad, data = lombard.KindVendorAuth, lombard.KindVendorBusy, lombard.KindValidation, lombard.KindDataUnavailable
	status := func(code int, body string) http.HandlerFunc { return vendortest.Answer(code, "text/plain", body) }
	one := func(expiry, strike, right, day, bid, ask string) http.HandlerFunc {
		return with(row("GLD", expiry, strike, right, day, bid, ask))
	}
	return []fault{
		{"plain", vendortest.Answer(200, "text/csv", good), "", "", 0},
		{"Windows line ends", vendortest.Answer(200, "text/csv", strings.ReplaceAll(good, "\n", "\r\n")), "", "", 0},
		{"the same rows twice", with(strings.TrimPrefix(good, header) + strings.TrimPrefix(good, header)), "", "", 0},
		{"429, for good", status(429, "OS_LIMIT"), busy, "ThetaData is busy", 3},
		{"429, once", once(429), "", "", 2},
		{"571, for good", status(571, "SERVER_STARTING"), busy, "The ThetaData terminal is still starting. Wait a minute", 3},
		{"571, once", once(571), "", "", 2},
		{"570", status(570, "LARGE_REQUEST"), data, "refused the request (status 570)", 3},
		{"572", status(572, "UNCAUGHT_ERROR"), busy, "not available", 3},
		{"500", status(500, ""), busy, "not available", 3},
		{"400", status(400, ""), data, "refused the request (status 400)", 0},
		{"401", status(401, ""), auth, "not licensed for this data", 0},
		{"402", status(402, ""), auth, "not licensed for this data", 0},
		{"403", status(403, ""), auth, "not licensed for this data", 0},
		{"404", status(404, "NO_IMPL"), data, "refused the request (status 404)", 0},
		{"410", status(410, ""), data, "refused the request (status 410)", 0},
		{"470", status(470, "GENERAL"), data, "refused the request (status 470)", 0},
		{"471", status(471, "PERMISSION"), auth, "not licensed for this data", 0},
		{"472 on a session", status(472, "NO_DATA"), bad, "symbol GLD is unknown in ThetaData", 0},
		{"473", status(473, "INVALID_PARAMS"), data, "refused the request (status 473)", 0},
		{"474", status(474, "DISCONNECTED"), busy, "has lost its connection", 0},
		{"476", status(476, "WRONG_IP"), auth, "refuses this session", 0},
		{"478", status(478, "INVALID_SESSION_ID"), auth, "Run one terminal only", 0},
		{"nothing", status(200, ""), bad, "symbol GLD is unknown", 0},
		{"the header alone", with(""), bad, "symbol GLD is unknown", 0},
		{"a page", vendortest.Answer(200, "text/html", "<html>hello</html>"), data, "a web page instead of data", 0},
		{"JSON", vendortest.JSON(200, `{"header":{"error_type":null}}`), data, "a table without", 0},
		{"no bid", vendortest.Answer(200, "text/csv", strings.Replace(good, ",bid,", ",offer,", 1)), data, "without the column bid", 0},
		{"a row short", with(`"GLD","2024-11-15"` + "\n"), data, "breaks off", 0},
		{"an open quotation mark", with(`"GLD,` + "\n"), data, "breaks off", 0},
		{"another symbol", with(row("SLV", "2024-11-15", "25", "PUT", "2024-11-04", "1", "2")), data, `options on "SLV", which was not asked for`, 0},
		{"another day", one("2024-11-15", "250", "PUT", "2024-11-05", "1", "2"), data, "a quote of 2024-11-05, which was not asked for", 0},
		{"no day", one("2024-11-15", "250", "PUT", "today", "1", "2"), data, "a quote without its day", 0},
		{"no expiry", one("soon", "250", "PUT", "2024-11-04", "1", "2"), data, "a quote without an expiry", 0},
		{"an expiry long past", one("2024-10-18", "250", "PUT", "2024-11-04", "1", "2"), data, "which had expired on 2024-11-04", 0},
		{"another right", one("2024-11-15", "250", "BOTH", "2024-11-04", "1", "2"), data, "neither put nor call", 0},
		{"no strike", one("2024-11-15", "", "PUT", "2024-11-04", "1", "2"), data, "whose strike is no price", 0},
		{"a strike of zero", one("2024-11-15", "0", "PUT", "2024-11-04", "1", "2"), data, "whose strike is 0", 0},
		{"a bid that is no number", one("2024-11-15", "250", "PUT", "2024-11-04", "NaN", "2"), data, "whose bid is no price", 0},
		{"a bid below zero", one("2024-11-15", "250", "PUT", "2024-11-04", "-1", "2"), data, "whose bid is no price", 0},
		{"an ask without end", one("2024-11-15", "250", "PUT", "2024-11-04", "1", "Inf"), data, "whose ask is no price", 0},
		{"two quotes of one option", with(row("GLD", "2024-11-15", "250", "PUT", "2024-11-04", "1", "2") + row("GLD", "2024-11-15", "250", "P", "2024-11-04", "1", "3")), data, "twice, with different quotes", 0},
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
	}
}

func once(status int) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(status)
			return
		}
		_, _ = w.Write([]byte(good))
	}
}

// TestEveryFaultHasItsSentence scripts what a terminal may answer. Each case has
// its kind, its sentence and its number of calls.
func TestEveryFaultHasItsSentence(t *testing.T) {
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			s := vendortest.New(t, map[string]http.HandlerFunc{path: f.handle})
			v := thetadata.New(s.URL, clock, vendorhttp.Client{Sleep: (&vendortest.Waits{}).Sleep, Patience: 500 * time.Millisecond, Limit: 1 << 16})
			set, err := v.Chain(t.Context(), asked)
			switch {
			case f.kind == "" && (err != nil || len(set.Quotes) != 2 || set.Quotes[1].Bid != 2.18):
				t.Fatal(set, err)
			case f.kind == "":
			default:
				own, ok := errors.AsType[*lombard.Error](err)
				if !ok || own.Kind != f.kind || !strings.Contains(own.Error(), f.says) {
					t.Errorf("got %v %v, want %s with %q", lombard.KindOf(err), err, f.kind, f.says)
				}
				if len(set.Quotes) > 0 {
					t.Error("there are quotes beside the error")
				}
			}
			if want := max(f.calls, 1); s.Calls(path) != want {
				t.Errorf("%d calls, want %d", s.Calls(path), want)
			}
		})
	}
}

func TestATerminalThatDoesNotRun(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	_ = l.Close()
	waits := &vendortest.Waits{}
	_, err = thetadata.New(base, clock, vendorhttp.Client{Sleep: waits.Sleep}).Chain(t.Context(), asked)
	if want := "The ThetaData terminal does not answer at " + base + ". Start it, or set LOMBARD_THETADATA_URL."; lombard.KindOf(err) != lombard.KindVendorBusy || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	if len(waits.All) != 2 {
		t.Errorf("%d waits, want 2", len(waits.All))
	}
}
