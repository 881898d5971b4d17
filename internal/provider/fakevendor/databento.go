// Package fakevendor is a vendor of market data in the test's own process: a
// server on the loopback interface that knows what is right, keeps a ledger of
// what it bills, and does wrong by script. Only tests use it.
package fakevendor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"lombard.example/lombard"
)

// Paths of the methods that are answered.
const (
	RangePath = "/v0/metadata.get_dataset_range"
	CostPath  = "/v0/metadata.get_cost"
	DataPath  = "/v0/timeseries.get_range"
)

// Key is the only key that is accepted.
const Key = "db-0123456789abcdef0123456789abcd"

// dayUSD is the price of a day of anything.
const dayUSD = 0.01

// Script answers a call of a path in place of the vendor; n counts the calls of
// the path from 1. Where it returns false, it has not answered.
type Script func(n int, w http.ResponseWriter, r *http.Request) bool

// Databento is the fake. It is safe for concurrent use.
type Databento struct {
	*httptest.Server

	running sync.WaitGroup

	mutex   sync.Mutex
	scripts map[string]Script
	calls   map[string]int // by path
	asked   map[string]int // by question
	billed  map[string]int // by selection
	usd     float64
	whole   map[string]bool // days that were delivered whole
	again   int             // days that were billed after that
}

// New starts a vendor that answers properly.
func New(t testing.TB) *Databento {
	t.Helper()
	v := newDatabento()
	v.Server = httptest.NewServer(v)
	t.Cleanup(func() { v.Close() })
	return v
}

func newDatabento() *Databento {
	return &Databento{
		scripts: map[string]Script{}, calls: map[string]int{}, asked: map[string]int{},
		billed: map[string]int{}, whole: map[string]bool{},
	}
}

// Break answers the calls of a path by a script, until Heal.
func (v *Databento) Break(path string, s Script) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.scripts[path] = s
}

// Heal answers properly again, and starts to count anew. It waits for what is
// being answered, so that a caller who gave up gets nothing that is counted as
// delivered.
func (v *Databento) Heal() {
	v.running.Wait()
	v.mutex.Lock()
	defer v.mutex.Unlock()
	clear(v.scripts)
	clear(v.calls)
	clear(v.asked)
}

// Restart heals at another address, with the same ledger. Calls that were given up
// before they were read are lost with the old one, and bill nothing.
func (v *Databento) Restart() {
	v.Close()
	v.Server = httptest.NewServer(v)
	v.Heal()
}

// Calls returns how often a path was asked since the start or the last Heal.
func (v *Databento) Calls(path string) int {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.calls[path]
}

// MostAsked returns how often the same question was asked at most, likewise.
func (v *Databento) MostAsked() int {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	most := 0
	for _, n := range v.asked {
		most = max(most, n)
	}
	return most
}

// Billed returns what was billed in all, and the days that were billed again
// after they had been delivered whole.
func (v *Databento) Billed() (usd float64, again int) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.usd, v.again
}

// ServeHTTP implements http.Handler.
func (v *Databento) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.running.Add(1)
	defer v.running.Done()
	if err := r.ParseForm(); err != nil {
		Reject(400, "validation_failed", "bad form", "")(w)
		return
	}
	v.mutex.Lock()
	v.calls[r.URL.Path]++
	n, script := v.calls[r.URL.Path], v.scripts[r.URL.Path]
	v.asked[r.URL.Path+"?"+r.Form.Encode()]++
	v.mutex.Unlock()
	w.Header().Set("Request-Id", fmt.Sprintf("fake-%d", n))
	if r.URL.Path == DataPath {
		w = &meter{ResponseWriter: w, vendor: v, form: r.PostForm}
	}
	if script != nil && script(n, w, r) {
		return
	}
	if user, _, ok := r.BasicAuth(); !ok || user != Key {
		Reject(401, "auth_authentication_failed", "Authentication failed.", "")(w)
		return
	}
	switch r.URL.Path {
	case RangePath:
		v.ranges(w, r.Form.Get("dataset"))
	case CostPath:
		if refuse(w, r.PostForm) {
			return
		}
		_ = json.NewEncoder(w).Encode(dayUSD * float64(len(daysOf(r.PostForm))))
	case DataPath:
		if refuse(w, r.PostForm) {
			return
		}
		_, _ = w.Write(Pack(Table(r.PostForm))) //nolint:gosec // the table is packed, and only tests read it
		v.delivered(r.PostForm)
	default:
		http.NotFound(w, r)
	}
}

// meter bills a selection with the first byte of data that is sent for it.
type meter struct {
	http.ResponseWriter
	vendor *Databento
	form   url.Values
	status int
	billed bool
}

// WriteHeader implements http.ResponseWriter.
func (m *meter) WriteHeader(status int) {
	m.status = status
	m.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (m *meter) Write(b []byte) (int, error) {
	if (m.status == 0 || m.status < http.StatusMultipleChoices) && !m.billed && len(b) > 0 {
		m.billed = true
		m.vendor.bill(m.form)
	}
	return m.ResponseWriter.Write(b)
}

// Unwrap lets a script reach the connection.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }

func (v *Databento) bill(form url.Values) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	selection := url.Values{}
	for _, field := range []string{"dataset", "schema", "symbols", "stype_in", "start", "end"} {
		selection.Set(field, form.Get(field))
	}
	digest := sha256.Sum256([]byte(selection.Encode()))
	v.billed[hex.EncodeToString(digest[:])]++
	for _, day := range daysOf(form) {
		v.usd += dayUSD
		if v.whole[day] {
			v.again++
		}
	}
}

// delivered notes that a proper answer was sent to its end.
func (v *Databento) delivered(form url.Values) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	for _, day := range daysOf(form) {
		v.whole[day] = true
	}
}

// daysOf names the days of a selection.
func daysOf(form url.Values) []string {
	first, last, ok := datesOf(form)
	if d, chain := closeOf(form); chain {
		first, last, ok = d, d, true
	}
	if !ok {
		return nil
	}
	var out []string
	for _, d := range sessions(form.Get("symbols"), first, last) {
		out = append(out, strings.Join([]string{form.Get("dataset"), form.Get("schema"), form.Get("symbols"), d.String()}, " "))
	}
	return out
}

// starts are the first days of the datasets.
var starts = map[string]string{
	"EQUS.SUMMARY": "2024-07-01", "EQUS.MINI": "2023-03-28", "ARCX.PILLAR": "2010-05-01", "XNAS.ITCH": "2018-05-01",
	"GLBX.MDP3": "2010-06-06", "OPRA.PILLAR": "2013-04-01",
}

// end is the first day that no dataset has.
const end = "2024-12-01"

func (v *Databento) ranges(w http.ResponseWriter, dataset string) {
	start, ok := starts[dataset]
	if !ok {
		Reject(422, "validation_failed", "unknown dataset", "")(w)
		return
	}
	span := fmt.Sprintf(`{"start":"%sT00:00:00.000000000Z","end":"%sT00:00:00.000000000Z"}`, start, end)
	_, _ = fmt.Fprintf(w, `{"start":"2000-01-01T00:00:00.000000000Z","end":"2030-01-01T00:00:00.000000000Z","schema":{"ohlcv-1d":%s,"statistics":%s,"cbbo-1m":%s,"bbo-1m":%s}}`, span, span, span, span)
}

// Reject returns what writes an error as the vendor does.
func Reject(status int, kind, message, payload string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if payload != "" {
			payload = `,"payload":` + payload
		}
		_, _ = fmt.Fprintf(w, `{"detail":{"case":%q,"message":%q,"status_code":%d,"docs":""%s}}`, kind, message, status, payload)
	}
}

// refuse answers selections that the vendor does not serve.
func refuse(w http.ResponseWriter, form url.Values) bool {
	start := starts[form.Get("dataset")]
	_, _, dates := datesOf(form)
	_, chain := closeOf(form)
	switch {
	case chain:
		return false
	case !dates || form.Get("start") >= form.Get("end"):
		Reject(422, "data_time_range_start_on_or_after_end", "Invalid time range query.", "")(w)
	case form.Get("start") < start:
		Reject(422, "data_start_before_available_start", "`start` was before the available start.", fmt.Sprintf(`{"available_start":"%sT00:00:00.000000000Z"}`, start))(w)
	case form.Get("end") > end:
		Reject(422, "data_end_after_available_end", "", fmt.Sprintf(`{"available_end":"%sT00:00:00.000000000Z"}`, end))(w)
	case form.Get("symbols") == "NOPE":
		Reject(422, "symbology_invalid_request", "None of the symbols could be resolved", "")(w)
	default:
		return false
	}
	return true
}

// datesOf are the days of a selection of whole days, both included.
func datesOf(form url.Values) (first, last lombard.Date, ok bool) {
	first, err1 := lombard.ParseDate(form.Get("start"))
	last, err2 := lombard.ParseDate(form.Get("end"))
	return first, last - 1, err1 == nil && err2 == nil
}

// Selections returns how many selections were billed, each counted as often as
// it was.
func (v *Databento) Selections() []int {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	var out []int
	for _, n := range v.billed {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
