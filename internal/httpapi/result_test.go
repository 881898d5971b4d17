package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/budget"
)

// inColumns is a stored result of two hedges over so many days.
func inColumns(t *testing.T, days int) app.StoredResult {
	t.Helper()
	parts := map[string][]byte{}
	w := archive.NewWriter(func(p archive.Part) error {
		parts[p.Digest] = p.Body
		return nil
	})
	r := lombard.Result{EntryDate: 1, LastDate: lombard.Date(days)}
	for i, slug := range []string{"first", "second"} {
		answer := lombard.TemplateResult{TemplateSlug: slug}
		for d := range days {
			answer.DailyPath = append(answer.DailyPath, lombard.Day{Date: lombard.Date(d + 1), SpotClose: float64(d), LTVHedged: float64(i)})
		}
		if err := w.Add(i, &answer); err != nil {
			t.Fatal(err)
		}
	}
	head, err := w.Close(&r)
	if err != nil {
		t.Fatal(err)
	}
	return app.StoredResult{
		Digest: archive.Digest(head), Document: head,
		Part: func(_ context.Context, digest string) ([]byte, error) { return parts[digest], nil },
	}
}

const resultOf = base + "/" + doneID + "/result"

// TestOnlySoManyResultsAreReadAtATime: beyond that, and where the memory is in
// use, a reader is told so after a while.
func TestOnlySoManyResultsAreReadAtATime(t *testing.T) {
	back := newFake()
	s := newServer(back, testOptions())
	handler := s.wrap(http.HandlerFunc(s.route))
	read := func(patience time.Duration) *httptest.ResponseRecorder {
		s.queuing = patience
		return call{"GET", resultOf, "", nil}.to(t, handler)
	}
	refused := func(why string) {
		t.Helper()
		w := read(10 * time.Millisecond)
		if p := problemIn(t, w); w.Code != http.StatusServiceUnavailable || p.Code != lombard.CodeTooManyReads || w.Header().Get("Retry-After") != "5" {
			t.Errorf("%s: %d %+v", why, w.Code, p)
		}
	}
	for range mostReads {
		s.reads <- struct{}{}
	}
	refused("all places are taken")
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.place(left); !errors.Is(err, context.Canceled) {
		t.Errorf("of a client that has gone it says %v", err)
	}
	for range mostReads {
		<-s.reads
	}
	if w := read(readPatience); w.Code != http.StatusOK || len(s.reads) != 0 {
		t.Errorf("with all places free: %d, and %d are taken after it", w.Code, len(s.reads))
	}
	s.Budget = budget.New(readBytes)
	release, err := s.Budget.Acquire(t.Context(), readBytes)
	if err != nil {
		t.Fatal(err)
	}
	refused("the memory is in use")
	if release(); len(s.reads) != 0 {
		t.Errorf("%d places are taken for good", len(s.reads))
	}
	if w := read(readPatience); w.Code != http.StatusOK || s.Budget.Used() != 0 {
		t.Errorf("with the memory free: %d, and %d bytes are taken after it", w.Code, s.Budget.Used())
	}
}

// TestDamageIsAnErrorOrTheEnd: what is damaged where the answer begins is an
// error; what is met later ends the connection, so that nobody takes a part for
// the whole.
func TestDamageIsAnErrorOrTheEnd(t *testing.T) {
	back := newFake()
	back.result = inColumns(t, 500) // more than a piece each
	whole, calls, harmed := back.result.Part, 0, 0
	back.result.Part = func(ctx context.Context, digest string) ([]byte, error) {
		if calls++; calls > harmed {
			return nil, &lombard.Error{Kind: lombard.KindStorage, Code: "result_damaged", Message: "It is damaged."}
		}
		return whole(ctx, digest)
	}
	server := httptest.NewServer(New(back, testOptions()))
	defer server.Close()
	for harmed = range 5 {
		calls = 0
		answer, err := http.Get(server.URL + resultOf)
		if err != nil {
			t.Fatal(err)
		}
		text := &strings.Builder{}
		_, err = copyAll(text, answer)
		begun := harmed >= 3 // the answer, the shared columns and the path of the first hedge are here
		switch {
		case !begun && (answer.StatusCode != http.StatusInternalServerError || answer.Header.Get("Content-Type") != problemType || !strings.Contains(text.String(), "result_damaged")):
			t.Errorf("damage in part %d: %d %s", harmed+1, answer.StatusCode, text)
		case begun && (answer.StatusCode != http.StatusOK || err == nil):
			t.Errorf("damage in part %d ends as status %d, %v", harmed+1, answer.StatusCode, err)
		}
	}
	harmed, calls = 5, 0
	if w := (call{"GET", resultOf, "", nil}).to(t, New(back, testOptions())); w.Code != http.StatusOK || !strings.HasSuffix(w.Body.String(), "]}]}\n") {
		t.Errorf("without damage: %d", w.Code)
	}
}

// copyAll reads an answer to its end.
func copyAll(to *strings.Builder, answer *http.Response) (n int64, err error) {
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	buffer := make([]byte, 4096)
	for {
		k, err := answer.Body.Read(buffer)
		to.Write(buffer[:k])
		if n += int64(k); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return n, err
		}
	}
}

// TestASelectionIsAnswered over HTTP, and its faults are named all at once.
func TestASelectionIsAnswered(t *testing.T) {
	back := newFake()
	back.result = inColumns(t, 40)
	handler := New(back, testOptions())
	ask := func(query string) *httptest.ResponseRecorder {
		return call{"GET", resultOf + query, "", nil}.to(t, handler)
	}
	for query, want := range map[string]string{
		"?format=csv&fields=date,ltv_hedged&template=second&from=0001-02-08":       "date,ltv_hedged\r\n0001-02-08,1\r\n0001-02-09,1\r\n",
		"?format=columns&fields=spot_close&template=first&to=0001-01-03":           `"daily_path":{"spot_close":[0,1,2]}}]}`,
		"?fields=date,template_slug&every=month&template=first&from=0001-01-15":    `"daily_path":[{"date":"0001-01-31","template_slug":"first"},{"date":"0001-02-09","template_slug":"first"}]}]}`,
		"?format=csv&fields=date,spot_close&template=first&points=3":               "date,spot_close\r\n0001-01-01,0\r\n",
		"?format=csv&table=metrics&template=first&fields=metric,value":             "metric,value\r\nsummary_metrics.start_value,0\r\n",
		"?fields=summary&template=second":                                          `"template_results":[{"template_slug":"second",`,
		"?format=csv&table=trades":                                                 "template_slug,date,contract,type,",
		"?format=columns&fields=path&template=first&from=0001-01-01&to=0001-01-01": `"spot_close":[0],`,
	} {
		if w := ask(query); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s answers %d without %q: %.600s", query, w.Code, want, w.Body)
		}
	}
	tags := map[string]string{}
	for _, query := range []string{"", "?template=first", "?template=second", "?from=0001-01-02", "?to=0001-01-30", "?every=week", "?points=5", "?fields=date", "?fields=summary", "?format=columns", "?format=csv", "?format=csv&table=trades"} {
		tag := ask(query).Header().Get("ETag")
		if other, twice := tags[tag]; twice || !strings.HasPrefix(tag, `"`+back.result.Digest+"-") {
			t.Errorf("%s has the tag %s, which is also that of %q", query, tag, other)
		}
		tags[tag] = query
	}
	for query, fields := range map[string]string{
		"?fields=ltv_hedge,date,date&points=1&from=x&to=y&table=trades": "table from to points table fields fields",
		"?format=csv&table=trades&every=week":                           "table",
		"?format=csv&table=contracts&from=0001-01-02":                   "table",
		"?fields=summary&points=10":                                     "fields",
		"?from=0001-02-01&to=0001-01-01":                                "from",
		"?from=1990-01-01":                                              "from",
		"?format=html&fields=date":                                      "fields",
	} {
		w := ask(query)
		var names []string
		for _, f := range problemIn(t, w).Errors {
			names = append(names, f.Field)
		}
		if got := strings.Join(names, " "); w.Code != http.StatusUnprocessableEntity || got != fields {
			t.Errorf("%s answers %d and names %s, want %s: %.800s", query, w.Code, got, fields, w.Body)
		}
	}
	if w := ask("?template=third"); w.Code != http.StatusNotFound {
		t.Errorf("a hedge that is not there: %d", w.Code)
	}
}
