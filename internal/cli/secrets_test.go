package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/httpapi"
	"lombard.example/lombard/internal/provider/databento"
	fake "lombard.example/lombard/internal/provider/fakevendor"
	"lombard.example/lombard/internal/tier"
	"lombard.example/lombard/internal/vendorhttp"
)

// pen is a log that several goroutines write and a test reads.
type pen struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (p *pen) Write(b []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.text.Write(b)
}

func (p *pen) String() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.text.String()
}

// vendorSite is the whole program behind HTTP, with the fake vendor and a log at
// debug level in a form.
func vendorSite(t *testing.T, v *fake.Databento, form string) (*site, *pen) {
	t.Helper()
	log := &pen{}
	c := config.Config{
		DataDir: t.TempDir(), DayCapUSD: 25, LogLevel: "debug", LogFormat: form,
		DatabentoURL: v.URL, VendorKeys: map[string]string{databento.Variable: fake.Key},
	}
	p := &program{world: &World{Stderr: log}}
	l, err := openLocal(t.Context(), c, holder{purpose: "test", log: p.logger(c, slog.LevelWarn), working: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, dir: c.DataDir, l: l}
	stopping, hang := context.WithCancel(context.WithoutCancel(t.Context()))
	s.http = httptest.NewServer(httpapi.New(httpapi.Serving(l.service), httpapi.Options{Stopping: stopping, Log: p.logger(c, slog.LevelWarn)}))
	t.Cleanup(func() {
		hang()
		s.stop()
	})
	return s, log
}

// everything makes a request and returns all that is answered, headers included.
func (s *site) everything(method, path, body string, headers map[string]string) (status int, text string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, fmt.Sprint(answer.Header) + string(all)
}

// TestAVendorThatRepeatsTheKeyIsNotRepeated: neither the log at debug level, nor
// a job, its events, an estimate, a symbol or the ledger has the key, in
// whatever form the vendor sends it.
func TestAVendorThatRepeatsTheKeyIsNotRepeated(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine after another, which needs no race detector")
	}
	key := vendorhttp.Hide(fake.Key)
	for form, echo := range map[string]string{
		"plain": fake.Key, "basic": "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(fake.Key+":")),
		"within": base64.RawURLEncoding.EncodeToString([]byte("key=" + fake.Key + "!")), "hex": strings.ToUpper(hex.EncodeToString([]byte(fake.Key))),
		"address": "https://x/?k=" + url.QueryEscape(url.QueryEscape(fake.Key)),
	} {
		if others := form != "plain" && form != "within"; others && !tier.Long() {
			continue // internal/vendorhttp tries all of them on every answer of every vendor
		}
		v := fake.New(t)
		s, log := vendorSite(t, v, map[bool]string{true: "json", false: "text"}[form != "plain"])
		for i, path := range []string{fake.DataPath, fake.CostPath, fake.RangePath} {
			for _, status := range [][]int{{200, 422}, {402}, {403}}[i] {
				v.Heal()
				v.Break(path, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
					w.Header().Set("Request-Id", echo)
					w.Header().Set("X-Warning", fmt.Sprintf("[%q]", echo))
					fake.Reject(status, "x", echo, "")(w)
					return true
				})
				_, submitted := s.everything("POST", "/api/v1/workspaces/desk/backtests", boughtGold, map[string]string{"Prefer": "wait=20"})
				_, job := s.everything("GET", "/api/v1/workspaces/desk/backtests/current", "", nil)
				if !strings.Contains(job, `"failed"`) || !strings.Contains(job, `"error_detail"`) {
					t.Fatalf("%s, %d of %s: the job is %s", form, status, path, job)
				}
				_, list := s.everything("GET", "/api/v1/workspaces/desk/backtests", "", nil)
				var last lombard.Job
				s.call("GET", "/backtests/current", "", nil, http.StatusOK, &last)
				_, events := s.everything("GET", "/api/v1/workspaces/desk/backtests/"+last.JobID+"/events", "", nil)
				_, estimate := s.everything("POST", "/api/v1/sources/databento/estimate?workspace=desk", boughtGold, nil)
				_, symbol := s.everything("GET", "/api/v1/sources/databento/symbols/GLD", "", nil)
				_, ledger := s.everything("GET", "/api/v1/ledger?workspace=desk", "", nil)
				for where, text := range map[string]string{
					"the answer": submitted, "the job": job, "the list": list, "the events": events, "the estimate": estimate, "the symbol": symbol, "the ledger": ledger,
				} {
					if key.Holds(text) {
						t.Errorf("%s, %d of %s: %s repeats the key: %s", form, status, path, where, text)
					}
				}
			}
		}
		if text := log.String(); key.Holds(text) || !strings.Contains(text, "vendor answer") {
			t.Errorf("%s: the log repeats the key, or has no answers", form)
		}
	}
}

// TestOtherSitesReachNoVendor walks every route that reads, of the whole program
// over a vendor that counts.
func TestOtherSitesReachNoVendor(t *testing.T) {
	v := fake.New(t)
	s, _ := vendorSite(t, v, "text")
	place := strings.NewReplacer("{ws}", "desk", "{slug}", "databento", "{symbol}", "GLD", "{job_id}", "01a21df4-e0aa-7d6c-b61f-9db7b6ed5fe8", "{date}", "2024-08-01")
	var spec struct {
		Paths map[string]map[string]any
	}
	_, text := s.everything("GET", "/openapi.json", "", nil)
	_, body, _ := strings.Cut(text, `{"`)
	if err := json.Unmarshal([]byte(`{"`+body), &spec); err != nil {
		t.Fatal(err)
	}
	calls := func() int { return v.Calls(fake.RangePath) + v.Calls(fake.CostPath) + v.Calls(fake.DataPath) }
	refused, walked := 0, 0
	for path, methods := range spec.Paths {
		if methods["get"] == nil {
			continue
		}
		for _, headers := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Referer": "https://evil.example/"}} {
			walked++
			if status, _ := s.everything("GET", place.Replace(path), "", headers); status == http.StatusForbidden {
				refused++
			}
			if calls() != 0 {
				t.Fatalf("GET %s with %v reached the vendor", path, headers)
			}
		}
	}
	if walked < 60 || refused != 2*4 {
		t.Errorf("%d requests were made, %d refused", walked, refused)
	}
	if status, text := s.everything("GET", "/api/v1/sources/databento/symbols/GLD", "", nil); status != http.StatusOK || calls() == 0 || !strings.Contains(text, "ARCX.PILLAR") {
		t.Errorf("without a browser: %d after %d calls, %s", status, calls(), text)
	}
}
