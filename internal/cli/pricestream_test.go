package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// optionRows is a file of options; quoted puts quotes around a field of one row.
func optionRows(n, bad, quoted int) string {
	var b strings.Builder
	b.WriteString("id,style,right,spot,strike,years,vol,rate,dividend_yield\n")
	for i := range n {
		id, spot := strconv.Itoa(i), "100"
		if i == quoted {
			id = `"a, b"`
		}
		if i == bad {
			spot = "none"
		}
		b.WriteString(id + ",european,put," + spot + "," + strconv.Itoa(50+i%100) + ",0.5,0.2,0.04,0.01\n")
	}
	return b.String()
}

func priceText(t *testing.T, in io.Reader) (out, faults string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{world: &World{Stdin: in, Stdout: &stdout, Stderr: &stderr}}
	err = p.priceFile(t.Context(), pricer{}, "-", "")
	return stdout.String(), stderr.String(), err
}

// Rows keep their order and their lines over many blocks, and a quote anywhere
// changes no other row.
func TestAFileOfManyBlocksIsPricedInOrder(t *testing.T) {
	const n, bad = 20_000, 17_000
	plain, faults, err := priceText(t, strings.NewReader(optionRows(n, bad, -1)))
	if err == nil || !strings.HasPrefix(faults, "Line 17002: ") || strings.Count(faults, "\n") != 1 {
		t.Fatalf("faults %q, %v", faults, err)
	}
	lines := strings.Split(strings.TrimSuffix(plain, "\n"), "\n")
	if len(lines) != n {
		t.Fatalf("%d lines, want %d", len(lines), n)
	}
	for i, line := range lines[1:] {
		id := i
		if i >= bad {
			id++
		}
		if !strings.HasPrefix(line, strconv.Itoa(id)+",") {
			t.Fatalf("row %d: %q", i, line)
		}
	}
	for _, quoted := range []int{0, 9_000, n - 1} {
		got, faults, _ := priceText(t, iotest.HalfReader(strings.NewReader(optionRows(n, bad, quoted))))
		want := strings.Replace(plain, "\n"+strconv.Itoa(quoted)+",", "\n\"a, b\",", 1)
		if got != want || !strings.HasPrefix(faults, "Line 17002: ") {
			t.Fatalf("a quote in row %d: other rows, or %q", quoted, faults)
		}
	}
}

// The count on a terminal goes back to the start of its line, and what is wrong
// with a row has a line of its own.
func TestPricedRowsAreCountedOnATerminal(t *testing.T) {
	var stderr bytes.Buffer
	file := filepath.Join(t.TempDir(), "options.csv")
	if err := os.WriteFile(file, []byte(optionRows(20_000, 17_000, -1)), 0o600); err != nil {
		t.Fatal(err)
	}
	Run(t.Context(), World{Args: []string{"price", "--in", file}, Stdout: io.Discard, Stderr: &stderr, StderrTerminal: true})
	if got := stderr.String(); !strings.HasPrefix(got, "\rPriced ") || !strings.Contains(got, " rows\nLine 17002: ") || !strings.HasSuffix(got, "\rPriced 19999 rows\n") {
		t.Errorf("standard error: %q", got)
	}
}

// endless is a file of options that goes on long after end is called.
type endless struct {
	rows string
	end  func()
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	const far = 4 << 20
	if e.read < far && e.read+len(p) >= far {
		e.end()
	}
	if e.read > 2*far {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = e.rows[(e.read+i)%len(e.rows)]
	}
	e.read += len(p)
	return len(p), nil
}

func TestAnInterruptEndsAFileOfOptions(t *testing.T) {
	header, row, _ := strings.Cut(optionRows(1, -1, -1), "\n")
	for name, rows := range map[string]string{"plain": row, "quoted": `"a"` + row[1:]} {
		ctx, end := context.WithCancel(t.Context())
		p := &program{world: &World{Stdin: io.MultiReader(strings.NewReader(header+"\n"), &endless{rows: rows, end: end}), Stdout: io.Discard, Stderr: io.Discard}}
		if err := p.priceFile(ctx, pricer{}, "-", ""); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: err = %v, want canceled", name, err)
		}
	}
}

func TestALineBeyondTheLimitIsRefused(t *testing.T) {
	for name, end := range map[string]string{
		"a long line":           strings.Repeat("x", 2*lineBytes),
		"a long line in quotes": `"` + strings.Repeat("x", 2*lineBytes) + `"`,
		"a quote that stays":    `"` + strings.Repeat(strings.Repeat("x", 99)+"\n", 2*lineBytes/100),
	} {
		in := strings.NewReader(optionRows(3, -1, 1) + end)
		if _, _, err := priceText(t, in); !errors.Is(err, errLongLine) {
			t.Errorf("%s: err = %v, want %v", name, err, errLongLine)
		}
	}
	if _, _, err := priceText(t, strings.NewReader(optionRows(40_000, -1, 1))); err != nil {
		t.Errorf("many rows after a quote: %v", err)
	}
}

func BenchmarkPriceFile(b *testing.B) {
	const n = 100_000
	text := optionRows(n, -1, -1)
	for b.Loop() {
		p := &program{world: &World{Stdin: strings.NewReader(text), Stdout: io.Discard, Stderr: io.Discard}}
		if err := p.priceFile(b.Context(), pricer{}, "-", ""); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
