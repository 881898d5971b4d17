package fakevendor_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	fake "lombard.example/lombard/internal/provider/fakevendor"
)

// always answers every call the same.
func always(status int, contentType, body string) fake.Script {
	return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

// reject answers every call with an error as the vendor writes it.
func reject(status int, kind, message, payload string) fake.Script {
	return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		fake.Reject(status, kind, message, payload)(w)
		return true
	}
}

// first answers the first calls by a script, and then properly.
func first(calls int, s fake.Script) fake.Script {
	return func(n int, w http.ResponseWriter, r *http.Request) bool { return n <= calls && s(n, w, r) }
}

// spoilt answers with what becomes of the right table.
func spoilt(change func(table string) string) fake.Script {
	return func(_ int, w http.ResponseWriter, r *http.Request) bool {
		_, _ = w.Write([]byte(change(fake.Table(r.PostForm))))
		return true
	}
}

// lines changes the lines of a table, header included.
func lines(change func([]string) []string) func(string) string {
	return func(table string) string {
		return strings.Join(change(strings.Split(strings.TrimSuffix(table, "\n"), "\n")), "\n") + "\n"
	}
}

// cell replaces a cell of the row in the middle.
func cell(column int, value string) func(string) string {
	return lines(func(all []string) []string {
		i := len(all) / 2
		cells := strings.Split(all[i], ",")
		cells[column] = value
		all[i] = strings.Join(cells, ",")
		return all
	})
}

// busy answers with 429 and what to wait for.
func busy(headers map[string]string) fake.Script {
	return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
}

// raw writes bytes to the connection and closes it: hard resets it.
func raw(text string, hard bool) fake.Script {
	return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		connection, buffer, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return true
		}
		defer connection.Close()
		_, _ = buffer.WriteString(text)
		_ = buffer.Flush()
		if l, ok := connection.(interface{ SetLinger(int) error }); ok && hard {
			_ = l.SetLinger(0)
		}
		return true
	}
}

// breaksOff promises more than it sends.
func breaksOff(_ int, w http.ResponseWriter, r *http.Request) bool {
	body := fake.Pack(fake.Table(r.PostForm))
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body[:len(body)/2])
	panic(http.ErrAbortHandler)
}

// cutShort says that a packed answer is shorter than it is.
func cutShort(n int, w http.ResponseWriter, r *http.Request) bool {
	body := fake.Pack(fake.Table(r.PostForm))
	_, _ = w.Write(body[:len(body)-len(body)/4])
	return n > 0
}

// endless never ends.
func endless(_ int, w http.ResponseWriter, r *http.Request) bool {
	out := bufio.NewWriterSize(w, 1<<16)
	_, _ = out.WriteString(fake.Header)
	for r.Context().Err() == nil {
		if _, err := out.WriteString("2024-06-03T00:00:00.000000000Z,35,90,1,1,1,1,1,1,X\n"); err != nil {
			break
		}
	}
	return true
}

// silent never begins, slow sends a byte now and then.
func silent(_ int, _ http.ResponseWriter, r *http.Request) bool {
	<-r.Context().Done()
	return true
}

func slow(_ int, w http.ResponseWriter, r *http.Request) bool {
	for i := range len(fake.Header) {
		if _, err := w.Write([]byte{fake.Header[i]}); err != nil {
			return true
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return true
		case <-time.After(100 * time.Millisecond):
		}
	}
	return true
}

// Bombs unpack to far more than any answer holds.
const bombBytes = 200 << 20

func zstdBomb() []byte {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	e.Reset(&out)
	block := make([]byte, 1<<20)
	for range bombBytes >> 20 {
		if _, err := e.Write(block); err != nil {
			panic(err)
		}
	}
	if err := e.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// gzipBomb is unpacked by the transport, which asked for gzip by itself.
func gzipBomb(_ int, w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Type", "text/csv")
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return false
	}
	block := make([]byte, 1<<20)
	for range bombBytes >> 20 {
		if _, err := z.Write(block); err != nil {
			return true
		}
	}
	_ = z.Close()
	return true
}

// quiet is a log that nobody reads: of handshakes that fail on purpose.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
