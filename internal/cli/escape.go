package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"lombard.example/lombard"
)

// escaping writes text for people. Everything that does not show is written as
// an escape such as \u202e: what a name, a note or a server's answer holds can
// neither control the terminal nor make a line look like another one. Line
// breaks and tabs pass, and so do the sequences of our own.
type escaping struct {
	out    io.Writer
	colors bool // sequences of our own are wanted
}

// Write writes whole characters.
func (e escaping) Write(text []byte) (int, error) {
	escape := `\xff` // which it is, unless it is ours
	if e.colors {
		escape = "\x1b"
	}
	shown := strings.ReplaceAll(escaped(string(text), "\n\t"), ownEscape, escape)
	if _, err := io.WriteString(e.out, shown); err != nil {
		return 0, err
	}
	return len(text), nil
}

// escaped returns a text with an escape for each character that does not show
// and is not among those allowed. The escapes are those of JSON, so that a
// document stays what it is.
func escaped(text, allowed string) string {
	plain := true
	for i := 0; i < len(text) && plain; i++ {
		plain = text[i] >= ' ' && text[i] <= '~'
	}
	if plain {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		part := text[i : i+size]
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			if part != ownEscape {
				part = fmt.Sprintf(`\x%02x`, part[0])
			}
		case strings.ContainsRune(allowed, r) || lombard.Shows(r):
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			part = fmt.Sprintf(`\u%04x\u%04x`, high, low)
		default:
			part = fmt.Sprintf(`\u%04x`, r)
		}
		b.WriteString(part)
	}
	return b.String()
}
