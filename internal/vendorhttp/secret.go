package vendorhttp

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Secrets finds keys in texts in whatever form a vendor, a library or a log may
// repeat them: as they are, escaped for an address, for JSON, for Go or for
// HTML, in hexadecimal, as a list of bytes, and in base64 wherever they stand in
// what was encoded. The zero value finds nothing.
type Secrets struct{ needles []needle }

// needle is one spelling of a key. Every letter of it may be escaped in a text.
type needle struct {
	text string
	kind spelling
}

type spelling int

const (
	letters spelling = iota + 1 // upper and lower case alike
	pairs                       // of hexadecimal digits, likewise, with or without something between them
	list                        // of decimal numbers with something between them
	base64s                     // either alphabet, broken into lines or not
)

// shortestSecret is the length below which a text is no key: it would be found
// in every sentence.
const shortestSecret = 4

// Hide returns what finds the secrets. Those of fewer than four bytes are none.
func Hide(secrets ...string) Secrets {
	var s Secrets
	for _, secret := range secrets {
		if len(secret) < shortestSecret {
			continue
		}
		raw := []byte(secret)
		numbers := strings.Trim(fmt.Sprint(raw), "[]")
		s.needles = append(s.needles, needle{secret, letters}, needle{hex.EncodeToString(raw), pairs}, needle{numbers, list})
		// A byte of base64 is three quarters of a letter: what a letter shares
		// with what stands before or after the key cannot be known.
		for before := range 3 {
			const bits, wide = 6, 8
			encoded := base64.StdEncoding.EncodeToString(append(make([]byte, before), raw...))
			first, last := (wide*before+bits-1)/bits, wide*(before+len(raw))/bits
			s.needles = append(s.needles, needle{encoded[first:last], base64s})
		}
	}
	return s
}

// hidden stands in place of a key.
const hidden = "…"

// Redact returns a text of about most bytes at the longest, on one line and
// without the secrets. What is cut off has been searched before, so that no
// part of a key stays.
func (s Secrets) Redact(text string, most int) string {
	return s.redact(text, most, func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	})
}

// Writer returns a writer in front of another, for a log: what is written at
// once goes on without the secrets.
func (s Secrets) Writer(w io.Writer) io.Writer { return writer{s, w} }

type writer struct {
	secrets Secrets
	to      io.Writer
}

// Write implements io.Writer.
func (w writer) Write(b []byte) (int, error) {
	out := b
	if text := string(b); w.secrets.Holds(text) {
		out = []byte(w.secrets.redact(text, math.MaxInt, func(r rune) rune { return r }))
	}
	if _, err := w.to.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

// redact writes a text without the secrets, letter by letter.
func (s Secrets) redact(text string, most int, show func(rune) rune) string {
	var out strings.Builder
	for i := 0; i < len(text) && out.Len() < most; {
		if n := s.at(text, i, &out); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		out.WriteRune(show(r))
		i += n
	}
	return out.String()
}

// Holds reports whether a text has a secret in it.
func (s Secrets) Holds(text string) bool {
	for i := range len(text) {
		for _, n := range s.needles {
			if n.match(text, i, 0) > 0 {
				return true
			}
		}
	}
	return false
}

// at returns how many bytes of a text are a secret from one place on, and
// writes what stands for them. A text in base64 is hidden from its beginning,
// which is written already, to its end: beside the key it may hold a part of it.
func (s Secrets) at(text string, i int, out *strings.Builder) int {
	for _, n := range s.needles {
		end := n.match(text, i, 0)
		if end == 0 {
			continue
		}
		if n.kind == base64s {
			written := out.String()
			kept := strings.TrimRightFunc(written, isBase64)
			out.Reset()
			out.WriteString(kept)
			end += len(text[end:]) - len(strings.TrimLeftFunc(text[end:], isBase64))
		}
		out.WriteString(hidden)
		return end - i
	}
	return 0
}

func isBase64(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+/-_=", r))
}

// match returns where the needle from its letter j on ends in a text from i on; 0: it
// is not there.
func (n needle) match(text string, i, j int) int {
	for ; j < len(n.text); j++ {
		if i < len(text) && j > 0 {
			i = n.skip(text, i, j)
		}
		if i >= len(text) {
			return 0
		}
		if n.kind == list && n.text[j] == ' ' {
			continue // skipped
		}
		plain := n.same(text[i], n.text[j])
		for _, e := range escapes(text[i:]) {
			if !n.begins(e.letters, j) {
				continue
			}
			if end := n.match(text, i+e.width, j+len(e.letters)); end > 0 {
				return end
			}
		}
		if !plain {
			return 0
		}
		i++
	}
	if n.kind == list && i < len(text) && text[i] >= '0' && text[i] <= '9' {
		return 0 // the last number goes on
	}
	return i
}

// begins reports whether the needle goes on with some letters.
func (n needle) begins(letters string, j int) bool {
	if letters == "" || j+len(letters) > len(n.text) {
		return false
	}
	for k := range len(letters) {
		if !n.same(letters[k], n.text[j+k]) {
			return false
		}
	}
	return true
}

// skip passes over what may stand between two letters of a spelling.
func (n needle) skip(text string, i, j int) int {
	between := ""
	switch n.kind {
	case base64s:
		between = "\r\n"
	case pairs:
		if j%2 == 0 {
			between = " ,:-\r\n\t"
		}
	case list:
		if n.text[j] == ' ' || n.text[j-1] == ' ' {
			between = " ,\r\n\t"
		}
	case letters:
	}
	rest := strings.TrimLeft(text[i:], between)
	if n.kind == pairs && j%2 == 0 {
		rest = strings.TrimPrefix(rest, "0x")
	}
	return len(text) - len(rest)
}

// same reports whether a letter of a text is that of the needle.
func (n needle) same(got, want byte) bool {
	switch n.kind {
	case base64s:
		return got == want || got == '-' && want == '+' || got == '_' && want == '/'
	case letters, pairs:
		return lower(got) == lower(want) || got == '+' && want == ' '
	case list:
		return got == want
	}
	return false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// escape is one way to read the beginning of a text as an escape.
type escape struct {
	letters string // that it stands for, one in UTF-8
	width   int
}

// mostTwice is how often an escape may have been escaped again.
const mostTwice = 2

// escapes are all ways to read the beginning of a text as an escape.
func escapes(text string) []escape {
	var all []escape
	switch text[0] {
	case '%':
		rest := text[1:]
		for range mostTwice + 1 {
			if c, ok := coded(rest, 2, 16); ok {
				all = append(all, escape{string([]byte{byte(c)}), len(text) - len(rest) + 2})
			}
			var again bool
			if rest, again = strings.CutPrefix(rest, "25"); !again {
				break
			}
		}
	case '&':
		rest := text[1:]
		for range mostTwice + 1 {
			const longest = 12 // of an entity that stands for one letter
			name, _, found := strings.Cut(rest[:min(len(rest), longest)], ";")
			if read := html.UnescapeString("&" + name + ";"); found && utf8.RuneCountInString(read) == 1 {
				r, _ := utf8.DecodeRuneInString(read)
				all = append(all, letter(r, len(text)-len(rest)+len(name)+1)...)
			}
			var again bool
			if rest, again = strings.CutPrefix(rest, "amp;"); !again {
				break
			}
		}
	case '\\':
		all = backslashes(text)
	}
	return all
}

// backslashes are the escapes of JSON, Go and C.
func backslashes(text string) []escape {
	rest := strings.TrimLeft(text, `\`)
	run := len(text) - len(rest)
	var all []escape
	for width := 2; width <= min(run, 2<<mostTwice); width *= 2 {
		all = append(all, escape{`\`, width})
	}
	if rest == "" || run > 2<<mostTwice {
		return all
	}
	for _, c := range []struct {
		prefix       string
		digits, base int
	}{{"u", 4, 16}, {"U", 8, 16}, {"x", 2, 16}, {"", 3, 8}} {
		code, prefixed := strings.CutPrefix(rest, c.prefix)
		value, ok := coded(code, c.digits, c.base)
		switch {
		case !prefixed || !ok:
		default:
			all = append(all, letter(rune(value), run+len(c.prefix)+c.digits)...)
		}
	}
	return append(all, escape{rest[:1], run + 1})
}

// letter is an escape that stands for a letter, or for one byte of it.
func letter(r rune, width int) []escape {
	all := []escape{{string(r), width}}
	if r >= utf8.RuneSelf && r <= math.MaxUint8 {
		all = append(all, escape{string([]byte{byte(r)}), width})
	}
	return all
}

// coded reads the digits that a text begins with.
func coded(text string, digits, base int) (value uint64, ok bool) {
	if len(text) < digits {
		return 0, false
	}
	const bits = 32
	value, err := strconv.ParseUint(text[:digits], base, bits)
	return value, err == nil
}
