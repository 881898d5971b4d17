package app_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/provider/sample"
)

// kept puts a result into columns and returns how it is stored.
func kept(t testing.TB, r *lombard.Result) (head []byte, parts map[string][]byte) {
	t.Helper()
	parts = map[string][]byte{}
	w := archive.NewWriter(func(p archive.Part) error {
		parts[p.Digest] = p.Body
		return nil
	})
	for i := range r.Templates {
		if err := w.Add(i, &r.Templates[i]); err != nil {
			t.Fatal(err)
		}
	}
	head, err := w.Close(r)
	if err != nil {
		t.Fatal(err)
	}
	return head, parts
}

func loader(parts map[string][]byte) archive.Loader {
	return func(_ context.Context, digest string) ([]byte, error) { return parts[digest], nil }
}

// keepsEverything puts a result into columns and back and compares the
// documents, written at once and as a stream.
func keepsEverything(t testing.TB, r *lombard.Result) {
	t.Helper()
	want, err := r.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	head, parts := kept(t, r)
	stored, err := archive.Open(head, loader(parts))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := stored.Whole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := whole.AppendJSON(nil); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("out of columns come %d bytes that differ from %d, %v: %s", len(got), len(want), err, difference(got, want))
	}
	var stream bytes.Buffer
	err = stored.WriteRows(t.Context(), &stream)
	if err != nil || !bytes.Equal(stream.Bytes(), want) {
		t.Fatalf("the stream differs, %v: %s", err, difference(stream.Bytes(), want))
	}
}

func difference(a, b []byte) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			from := max(0, i-60)
			return fmt.Sprintf("…%s… and …%s…", a[from:min(len(a), i+60)], b[from:min(len(b), i+60)])
		}
	}
	return "one ends early"
}

func tenYearsOf(t testing.TB, style string) lombard.Result {
	t.Helper()
	scenario, err := document.Scenario(fmt.Appendf(nil, tenYears, 1, style))
	if err != nil {
		t.Fatal(err)
	}
	result, err := only(sample.New()).Run(t.Context(), load.Caller{Workspace: "w"}, scenario)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// BenchmarkColumns puts a ten-year result into columns, compressed as the store
// does, and reports what it takes at rest.
func BenchmarkColumns(b *testing.B) {
	for _, style := range []string{"european", "american"} {
		b.Run(style, func(b *testing.B) {
			result := tenYearsOf(b, style)
			pack, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var raw, packed int
			for b.Loop() {
				raw, packed = 0, 0
				count := func(body []byte) {
					raw += len(body)
					packed += len(pack.EncodeAll(body, nil))
				}
				w := archive.NewWriter(func(p archive.Part) error {
					count(p.Body)
					return nil
				})
				for i := range result.Templates {
					if err := w.Add(i, &result.Templates[i]); err != nil {
						b.Fatal(err)
					}
				}
				head, err := w.Close(&result)
				if err != nil {
					b.Fatal(err)
				}
				count(head)
			}
			b.ReportMetric(float64(raw)/1024, "KiB-raw")
			b.ReportMetric(float64(packed)/1024, "KiB-packed")
		})
	}
}
