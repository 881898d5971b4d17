package tabular

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func gzipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstded(t *testing.T, text []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.EncodeAll(text, nil)
}

func unpacked(data []byte, most int64) ([]byte, error) {
	text, _, end, err := Unpack(bytes.NewReader(data), Limits{Bytes: most, Hint: "Please keep less."})
	if err != nil {
		return nil, err
	}
	defer end()
	return io.ReadAll(text)
}

func TestUnpack(t *testing.T) {
	plain := []byte("\xef\xbb\xbfa,b\n1,2\n")
	for name, data := range map[string][]byte{"plain": plain, "gzip": gzipped(t, plain), "zstd": zstded(t, plain)} {
		if got, err := unpacked(data, 100); err != nil || string(got) != "a,b\n1,2\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	noise := make([]byte, 0, 1<<16)
	for i := range 1 << 14 {
		noise = append(noise, byte(i), byte(i*i>>3), byte(i>>5), 'x')
	}
	zeros := make([]byte, 40<<20)
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"too long":             {[]byte(strings.Repeat("1,2\n", 30)), "It holds more than 0 MiB."},
		"too long in zstd":     {zstded(t, []byte(strings.Repeat("1,2\n", 30))), "It holds more than"},
		"gzip cut":             {gzipped(t, noise)[:2000], "damaged or ends early"},
		"zstd cut":             {zstded(t, noise)[:2000], "damaged or ends early"},
		"a bomb in gzip":       {gzipped(t, zeros), "two hundred times"},
		"a bomb in zstd":       {zstded(t, zeros), "two hundred times"},
		"packed twice":         {gzipped(t, zstded(t, plain)), "packed twice"},
		"a zstd header alone":  {[]byte("\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff"), "damaged"},
		"JSON":                 {[]byte(`[{"a":1}]`), "JSON"},
		"nothing packed":       {gzipped(t, nil), "empty"},
		"binary columns named": {[]byte("[QUOTE_DATE],\x00"), ""},
	} {
		limit := int64(100)
		if strings.Contains(name, "bomb") || strings.Contains(name, "cut") {
			limit = 1 << 30
		}
		_, err := unpacked(c.data, limit)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
		if _, ok := errors.AsType[Fault](err); err != nil && !ok {
			t.Errorf("%s: %T is no fault", name, err)
		}
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// TestErrorsOfTheFileAreNoFaults: a disk that fails is not a damaged file.
func TestErrorsOfTheFileAreNoFaults(t *testing.T) {
	dead := errors.New("the disk is dead")
	noise := bytes.Repeat([]byte("1,2,3,4\n5,6,7\n"), 1<<12)
	for name, data := range map[string][]byte{"plain": noise, "gzip": gzipped(t, noise), "zstd": zstded(t, noise)} {
		text, _, end, err := Unpack(io.MultiReader(bytes.NewReader(data[:len(data)-20]), broken{dead}), Limits{Bytes: 1 << 20})
		if err == nil {
			_, err = io.ReadAll(text)
			end()
		}
		if !errors.Is(err, dead) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		`a, b ,c`: {"a", "b", "c"}, `"a,""b""",c`: {`a,"b"`, "c"}, ``: {""}, `a,`: {"a", ""}, `" x "y,z`: {"x y", "z"},
	} {
		if got, ok := Split(nil, line, ','); !ok || !slices.Equal(got, want) {
			t.Errorf("Split(%q) = %q, want %q", line, got, want)
		}
	}
	if _, ok := Split(nil, `a,"b`, ','); ok {
		t.Error("an open quotation mark is taken")
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x28\xb5\x2f\xfd\x04\x00\x11\x00\x00a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := unpacked(data, 1<<20)
		if len(got) > 1<<20+1<<16 {
			t.Fatalf("%d bytes", len(got))
		}
		if _, ok := errors.AsType[Fault](err); err != nil && !ok {
			t.Fatalf("%v is no fault", err)
		}
	})
}
