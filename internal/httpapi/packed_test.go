package httpapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func unpacked(t *testing.T, encoding string, body io.Reader) []byte {
	t.Helper()
	switch encoding {
	case "zstd":
		d, err := zstd.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		body = d
	case "gzip":
		d, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = d
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestAnswersArePacked asks for answers of every kind in each form: the bytes
// are the same, short ones are sent as they are, and the tag of a packed answer
// is one that a client may ask with.
func TestAnswersArePacked(t *testing.T) {
	server := httptest.NewServer(New(newFake(), testOptions()))
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	ask := func(path string, headers map[string]string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	for _, path := range []string{base + "/" + doneID + "/result", base + "/" + doneID + "/result?format=columns", "/openapi.json", "/api/v1/templates"} {
		plain := ask(path, nil)
		want := unpacked(t, "", plain.Body)
		if plain.Header.Get("Content-Encoding") != "" || len(want) < leastPacked {
			t.Fatalf("%s: %d bytes in form %q", path, len(want), plain.Header.Get("Content-Encoding"))
		}
		for accept, form := range map[string]string{"gzip": "gzip", "zstd": "zstd", "gzip, deflate, br, zstd": "zstd", "zstd;q=0, gzip": "gzip", "br": ""} {
			answer := ask(path, map[string]string{"Accept-Encoding": accept})
			if got := answer.Header.Get("Content-Encoding"); got != form || !strings.Contains(answer.Header.Get("Vary"), "Accept-Encoding") {
				t.Errorf("%s for %s is sent as %q, varying by %q", path, accept, got, answer.Header.Get("Vary"))
			}
			if got := unpacked(t, form, answer.Body); !bytes.Equal(got, want) {
				t.Errorf("%s for %s is %d bytes that differ", path, accept, len(got))
			}
			tag := answer.Header.Get("ETag")
			if form != "" && tag != "" && tag == plain.Header.Get("ETag") {
				t.Errorf("%s as %s has the tag %s of the plain answer", path, form, tag)
			}
			if tag != "" && strings.HasPrefix(path, base) {
				if again := ask(path, map[string]string{"Accept-Encoding": accept, "If-None-Match": tag}); again.StatusCode != http.StatusNotModified {
					t.Errorf("%s asked again with %s answers %d", path, tag, again.StatusCode)
				}
			}
		}
	}
	if short := ask("/api/v1/workspaces/w/backtests/current", map[string]string{"Accept-Encoding": "gzip"}); short.ContentLength > 0 && short.ContentLength < leastPacked && short.Header.Get("Content-Encoding") != "" {
		t.Error("a short answer is packed")
	}
}
