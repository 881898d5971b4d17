package httpapi

import (
	"net/http"
	"testing"
)

func BenchmarkPoll(b *testing.B) {
	handler := New(newFake(), testOptions())
	for name, etag := range map[string]string{"job": "", "unchanged": "*"} {
		b.Run(name, func(b *testing.B) {
			r, err := http.NewRequestWithContext(b.Context(), "GET", "http://localhost"+base+"/"+runningID, nil)
			if err != nil {
				b.Fatal(err)
			}
			r.Header.Set("If-None-Match", etag)
			b.ReportAllocs()
			for b.Loop() {
				w := newDiscard()
				handler.ServeHTTP(w, r)
				if w.status >= 400 {
					b.Fatalf("status %d", w.status)
				}
			}
		})
	}
}
