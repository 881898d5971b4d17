package providertest

import (
	"bytes"
	"io"
	"net/http"
)

// Canned is a network on which every request is answered with the same bytes,
// without leaving the process: for fuzz targets, which ask a thousand times a
// second.
type Canned []byte

// RoundTrip implements http.RoundTripper.
func (c Canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(c)), ContentLength: int64(len(c)), Request: r,
	}, nil
}
