package vendorhttp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// forms are ways in which a vendor, a library or a log may repeat a key.
var forms = map[string]func(key, before, after string) string{
	"plain":          func(k, b, a string) string { return b + k + a },
	"upper case":     func(k, b, a string) string { return b + strings.Map(upper, k) + a },
	"base64":         func(k, b, a string) string { return base64.StdEncoding.EncodeToString([]byte(b + k + a)) },
	"base64 raw":     func(k, b, a string) string { return base64.RawStdEncoding.EncodeToString([]byte(b + k + a)) },
	"base64 url":     func(k, b, a string) string { return base64.URLEncoding.EncodeToString([]byte(b + k + a)) },
	"base64 raw url": func(k, b, a string) string { return base64.RawURLEncoding.EncodeToString([]byte(b + k + a)) },
	"basic":          func(k, _, _ string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(k+":")) },
	"base64, escaped": func(k, b, a string) string {
		return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(b + k + a)))
	},
	"base64, in lines": func(k, b, a string) string { return lined(base64.StdEncoding.EncodeToString([]byte(b + k + a))) },
	"hex":              func(k, b, a string) string { return hex.EncodeToString([]byte(b + k + a)) },
	"HEX":              func(k, b, a string) string { return strings.ToUpper(hex.EncodeToString([]byte(b + k + a))) },
	"hex, spaced":      func(k, _, _ string) string { return fmt.Sprintf("% x", k) },
	"hex, as in C":     func(k, _, _ string) string { return fmt.Sprintf("%# x", k) },
	"hex, as Go":       func(k, _, _ string) string { return fmt.Sprintf("%#v", []byte(k)) },
	"list of bytes":    func(k, b, a string) string { return fmt.Sprint([]byte(b + k + a)) },
	"query":            func(k, b, a string) string { return "https://x/y?api_key=" + url.QueryEscape(b+k+a) + "&z=1" },
	"path":             func(k, b, a string) string { return url.PathEscape(b + k + a) },
	"all percent":      func(k, _, _ string) string { return each(k, "%%%02X") },
	"all percent, low": func(k, _, _ string) string { return each(k, "%%%02x") },
	"percent twice":    func(k, b, a string) string { return url.QueryEscape(url.QueryEscape(b + k + a)) },
	"JSON":             func(k, b, a string) string { return quoted(b + k + a) },
	"JSON twice":       func(k, b, a string) string { return quoted(quoted(b + k + a)) },
	"all of \\u":       func(k, _, _ string) string { return each(k, `\u%04x`) },
	"all of \\U":       func(k, _, _ string) string { return each(k, `\u%04X`) },
	"all of \\x":       func(k, _, _ string) string { return each(k, `\x%02x`) },
	"all octal":        func(k, _, _ string) string { return each(k, `\%03o`) },
	"Go":               func(k, b, a string) string { return fmt.Sprintf("%q", b+k+a) },
	"HTML":             func(k, b, a string) string { return html.EscapeString(b + k + a) },
	"HTML twice":       func(k, b, a string) string { return html.EscapeString(html.EscapeString(b + k + a)) },
	"all of &#":        func(k, _, _ string) string { return each(k, "&#%d;") },
	"all of &#x":       func(k, _, _ string) string { return each(k, "&#x%X;") },
	"header":           func(k, b, a string) string { return "Authorization: Token " + k + "\r\nX: " + b + a },
}

// upper is that of the letters of a key, which are ASCII.
func upper(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

func each(k, format string) string {
	var out strings.Builder
	for i := range len(k) {
		fmt.Fprintf(&out, format, k[i])
	}
	return out.String()
}

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text
	}
	return string(text)
}

func lined(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i += 8 {
		out.WriteString(s[i:min(i+8, len(s))] + "\r\n")
	}
	return out.String()
}

// recovered undoes every encoding that a text may be in, at every place, and
// returns a piece of the key that comes to light; it shares nothing with Redact.
func recovered(text, key string) string {
	const piece = 6 // bytes of a key that are no chance
	flat := strings.NewReplacer("\r", "", "\n", "").Replace(text)
	views := []string{text, flat}
	for range 2 { // escapes, also of escapes
		for _, v := range views {
			if u, err := url.QueryUnescape(v); err == nil {
				views = append(views, u)
			}
			var s string
			if json.Unmarshal([]byte(`"`+strings.Trim(v, `"`)+`"`), &s) == nil {
				views = append(views, s)
			}
			views = append(views, html.UnescapeString(v), strings.NewReplacer(" ", "", "0x", "", ",", "", ":", "").Replace(v))
		}
	}
	for _, v := range views {
		for _, run := range strings.FieldsFunc(v, func(r rune) bool { return r > 127 || !isBase64(r) }) {
			run = strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(run)
			for shift := range min(4, len(run)) {
				part := run[shift:]
				if raw, err := base64.RawStdEncoding.DecodeString(part[:len(part)/4*4]); err == nil {
					views = append(views, string(raw))
				}
				if raw, err := hex.DecodeString(part[:len(part)/2*2]); err == nil {
					views = append(views, string(raw))
				}
			}
		}
	}
	for _, v := range views {
		for i := 0; i+piece <= len(key); i++ {
			if strings.Contains(strings.ToLower(v), strings.ToLower(key[i:i+piece])) {
				return key[i : i+piece]
			}
		}
	}
	return ""
}

// hides checks that nothing of a key can be recovered from a form of it.
func hides(t testing.TB, name, key, before, after string, most int) {
	t.Helper()
	text := forms[name](key, before, after) + " and more"
	got := Hide(key).Redact(text, most)
	if piece := recovered(got, key); piece != "" || Hide(key).Holds(got) {
		t.Fatalf("%s: %q of %q stands in %q, made of %q", name, piece, key, got, text)
	}
	if !Hide(key).Holds(text) {
		t.Fatalf("%s: %q is not found in %q", name, key, text)
	}
}

// TestEveryFormOfAKeyIsHidden, at every alignment and wherever the text is cut.
func TestEveryFormOfAKeyIsHidden(t *testing.T) {
	for name := range forms {
		for _, key := range []string{"db-0123456789abcdef0123456789abcd", "s3cr3t/+=_-key", `a&b<c>"d'e%f\g h:i?j`, "pässwörd123"} {
			for before := range 4 {
				for _, most := range []int{4096, 40, 10} {
					hides(t, name, key, "user:"[:before], ":", most)
				}
			}
		}
	}
}

// TestAnyKeyIsHidden in a form of it, whatever stands around it.
func TestAnyKeyIsHidden(t *testing.T) {
	var names []string
	for name := range forms {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.StringMatching(`[A-Za-z0-9]{4}[A-Za-z0-9+/=_.:&%"<\\-]{8,28}[A-Za-z0-9]`).Draw(rt, "key")
		around := rapid.StringMatching(`[ -$'-\[\]-~]{0,9}`) // without the letters that begin an escape
		hides(t, rapid.SampledFrom(names).Draw(rt, "form"), key, around.Draw(rt, "before"), around.Draw(rt, "after"), rapid.SampledFrom([]int{4096, 512, 40, 10}).Draw(rt, "most"))
	})
}

// TestWhatIsNoKeyStays: words are not changed, nor texts that look like a key.
func TestWhatIsNoKeyStays(t *testing.T) {
	s := Hide("db-0123456789abcdef", "k", "")
	for _, text := range []string{
		"status 422, request abc-def", `{"detail":"Not found."}`, "db-0123", "MDEyMzQ1", "", "näive — “text”", "100 98 45",
	} {
		if got := s.Redact(text, 100); got != text || s.Holds(text) {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := s.Redact("a\nb\x1b[31mc\u202ed", 100); got != "a b [31mc d" {
		t.Errorf("control characters: %q", got)
	}
	if got := s.Redact(strings.Repeat("é", 100), 11); len(got) > 12 {
		t.Errorf("%d bytes of at most 11", len(got))
	}
}

// TestALongTextIsCutBeforeItCosts: only what is shown is searched.
func TestALongTextIsCutBeforeItCosts(t *testing.T) {
	s := Hide("db-0123456789abcdef0123456789abcd")
	body := string(bytes.Repeat([]byte("ZGItMDEy%64\\u0064&#100;"), 1<<20))
	if got := s.Redact(body, bodyBytes); len(got) > bodyBytes+len(hidden) {
		t.Errorf("%d bytes", len(got))
	}
}
