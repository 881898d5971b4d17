package httpapi

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/zstd"
)

// leastPacked is the size from which an answer is packed.
const leastPacked = 1 << 10

// packable are the media types that take less room packed. Event streams are not
// among them: each event is to arrive at once. Parquet files and workbooks are
// packed inside.
func packable(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && slices.Contains([]string{
		"application/json", problemType, "application/merge-patch+json", "application/vnd.apache.arrow.file", "application/openapi+json",
		"text/csv", "text/html", "text/plain", "text/css", "text/javascript", "image/svg+xml",
	}, media)
}

// compressed packs what a handler answers with zstd or gzip, as the client takes
// them. The entity tag gets the name of the form, which conditional requests may
// repeat.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(leastPacked), gzhttp.ContentTypeFilter(packable), gzhttp.SuffixETag(packedTag), gzhttp.EnableZstd(true), gzhttp.PreferZstd(true),
		gzhttp.CompressionLevel(3), gzhttp.ZstdCompressionLevel(int(zstd.SpeedFastest)),
	)
	if err != nil {
		panic(fmt.Errorf("configure the packing of answers: %w", err)) // the options are constants
	}
	pack := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The page's files were packed when it was built; events are not held back.
		if isAPI := strings.HasPrefix(r.URL.Path, apiRoot) || r.URL.Path == "/openapi.json"; !isAPI || strings.HasSuffix(r.URL.Path, "/events") {
			next.ServeHTTP(w, r)
			return
		}
		pack.ServeHTTP(w, r)
	})
}

// The ends of an entity tag whose answer was packed.
const (
	packedTag = "-gzip"
	zstdTag   = "-zstd"
)

// unpackedTag is an entity tag without the name of the form in which its answer
// was sent.
func unpackedTag(tag string) string {
	inner, ok := strings.CutSuffix(tag, `"`)
	if !ok {
		return tag
	}
	return strings.TrimSuffix(strings.TrimSuffix(inner, zstdTag), packedTag) + `"`
}
