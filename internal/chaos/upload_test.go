package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tier"
)

// chainTable is a file of option chains of about so many bytes.
func chainTable(size int) []byte {
	var b bytes.Buffer
	b.WriteString("quote_date,expiration,strike,type,bid,ask,underlying_close\n")
	for date := lombard.NewDate(2010, 1, 4); b.Len() < size; date++ {
		for strike := 50; strike < 150; strike++ {
			for _, right := range []string{"put", "call"} {
				fmt.Fprintf(&b, "%s,%s,%d,%s,%d.%02d,%d.%02d,100.00\n", date, date+90, strike, right, strike/20, strike%100, strike/20+1, strike%100)
			}
		}
	}
	return b.Bytes()
}

// priceTable is a file of daily prices of about so many bytes, or as long as
// one may be: its rows are wide.
func priceTable(size int) []byte {
	var b bytes.Buffer
	b.WriteString("date,open,high,low,close,volume,remark\n")
	const row = 264 // so that 48 MiB have 190,000 rows
	for i := range size / row {
		line := fmt.Sprintf("%s,100.25,101.50,99.75,100.%02d,123456,", lombard.NewDate(1601, 1, 1)+lombard.Date(i), i%100)
		b.WriteString(line)
		for range row - len(line) - 1 {
			b.WriteByte('x')
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// upload sends a file; it takes as long as ctx lets it.
func (s *server) upload(ctx context.Context, path string, file []byte) (a answer) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, *s.address.Load()+"/api/v1"+path, bytes.NewReader(file))
	if err != nil {
		return answer{err: err}
	}
	request.Header.Set("Content-Type", "text/csv")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	a.code = response.StatusCode
	a.body, a.err = io.ReadAll(response.Body)
	return a
}

// TestUploadsAtOnce has eight large files arrive together, chains and prices:
// all are taken, and the memory of the server stays within what it was given.
func TestUploadsAtOnce(t *testing.T) {
	const uploads, ceiling = 8, 512 << 20
	size := tier.Of(8, 48) << 20
	files := [][]byte{chainTable(size), priceTable(size)}
	s := newServer(t, program(t), "LOMBARD_MEMORY=512MiB")
	s.start()
	idle, _ := s.peakMemory()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	var sending sync.WaitGroup
	for i := range uploads {
		file := files[i%len(files)]
		sending.Go(func() {
			a := s.upload(ctx, fmt.Sprintf("/workspaces/w%d/datasets?symbol=UP%d", i, i), file)
			if a.err != nil || a.code != http.StatusCreated {
				t.Errorf("upload %d: status %d, %v\n%.400s", i+1, a.code, a.err, a.body)
			}
		})
	}
	sending.Wait()
	peak, known := s.peakMemory()
	t.Logf("%d uploads of %d MiB at once: peak memory of the server %d MiB, %d before", uploads, size>>20, peak>>20, idle>>20)
	if known && peak > ceiling {
		t.Errorf("the server had %d MiB resident, want at most %d", peak>>20, ceiling>>20)
	}
	if left, err := filepath.Glob(filepath.Join(s.dir, "upload-*")); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}
