package vendorhttp

import (
	"net/http"
	"testing"
	"time"
)

// FuzzRetryAfter: whatever a vendor wishes, the wait is none or ahead, and in
// words that say so.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Format(http.TimeFormat)
	for _, text := range []string{"", "7", " 7 ", "-1", "+5", "0x10", "1e3", "99999999999999999999", "soon", "Fri, 02 Jan 2026 03:14:05 GMT", "Friday, 02-Jan-26 03:14:05 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"} {
		f.Add(text, now)
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, text, now string) {
		wait := retryAfter(text, now)
		if wait < 0 {
			t.Fatalf("retryAfter(%q, %q) = %v", text, now, wait)
		}
		if err := Busy("The vendor", wait, nil); err.Error() == "" {
			t.Fatal("no words")
		}
	})
}

// FuzzIsPage: what begins like a page is one whatever it says it is, and what
// begins like data is not.
func FuzzIsPage(f *testing.F) {
	f.Add("text/html", []byte("a,b"))
	f.Add("text/csv", []byte("  \n<html>"))
	f.Add("", []byte("{}"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		header := http.Header{}
		header.Set("Content-Type", kind)
		page := isPage(Answer{Header: header, Body: body})
		if len(body) > 0 && body[0] == '<' && !page {
			t.Fatalf("%q, %q is no page", kind, body)
		}
		if len(body) > 0 && (body[0] == '{' || body[0] == '[') && kind == "application/json" && page {
			t.Fatalf("%q is a page", body)
		}
	})
}
