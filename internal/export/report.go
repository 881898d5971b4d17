package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"lombard.example/lombard"
)

// ErrNoPage is why there is no report: the program was built without the page.
var ErrNoPage = &lombard.Error{
	Kind: lombard.KindNotFound, Code: "no_page",
	Message: "This program was built without the web page, which a report is made of.", Hint: "Build it with: make web build.",
}

// The page's own script and style, as its index names them.
var (
	scriptTag = regexp.MustCompile(`<script type="module"[^>]* src="/([^"]+)"></script>`)
	styleTag  = regexp.MustCompile(`<link rel="stylesheet"[^>]* href="/([^"]+)">`)
	iconTag   = regexp.MustCompile(`\s*<link rel="icon"[^>]*>`)
	titleTag  = regexp.MustCompile(`<title>[^<]*</title>`)
)

// reportPolicy lets a report show itself and reach nothing else.
const reportPolicy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">`

// Report writes one HTML file that shows a result without a server: the page's
// own script and style and the result in columns, all inside it. It makes no
// request of any kind. page holds the built page; ErrNoPage when it does not,
// and then nothing was written.
func Report(ctx context.Context, w io.Writer, page fs.FS, title string, v *View) error {
	before, after, err := frame(page, title)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, before); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := Path(ctx, inScript{w}, v); err != nil {
		return err
	}
	if _, err := io.WriteString(w, after); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// frame returns the text of a report before the result and after it.
func frame(page fs.FS, title string) (before, after string, err error) {
	index, err := fs.ReadFile(page, "index.html")
	if err != nil {
		return "", "", ErrNoPage
	}
	script, style := scriptTag.FindSubmatch(index), styleTag.FindSubmatch(index)
	if script == nil || style == nil {
		return "", "", ErrNoPage
	}
	code, err1 := fs.ReadFile(page, string(script[1]))
	look, err2 := fs.ReadFile(page, string(style[1]))
	if err := errors.Join(err1, err2); err != nil {
		return "", "", fmt.Errorf("read the page: %w", err)
	}
	text := string(index)
	text = strings.Replace(text, string(script[0]), "", 1)
	text = strings.Replace(text, string(style[0]), reportPolicy+"<style>"+strings.ReplaceAll(string(look), "</style", `<\/style`)+"</style>", 1)
	text = iconTag.ReplaceAllLiteralString(text, "")
	text = titleTag.ReplaceAllLiteralString(text, "<title>"+html.EscapeString(title)+"</title>")
	before, after, found := strings.Cut(text, "</body>")
	if !found {
		return "", "", ErrNoPage
	}
	return before + `<script type="application/json" id="result">`,
		`</script><script type="module">` + strings.ReplaceAll(string(code), "</script", `<\/script`) + "</script></body>" + after, nil
}

// inScript writes JSON that no HTML parser takes for the end of its script.
type inScript struct{ w io.Writer }

// Write implements io.Writer.
func (s inScript) Write(b []byte) (int, error) {
	if _, err := s.w.Write(bytes.ReplaceAll(b, []byte("<"), []byte(`\u003c`))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Title names a result, for people and for files.
func Title(r *lombard.Result) string {
	return fmt.Sprintf("%s %s to %s", r.Symbol, r.StartDate, r.EndDate)
}
