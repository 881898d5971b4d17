package export

import (
	"bytes"
	"errors"
	"fmt"
	"html"
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

// Report returns one HTML file that shows a result without a server: the page's
// own script and style and the result document, all inside it. It makes no
// request of any kind. page holds the built page; ErrNoPage when it does not.
func Report(page fs.FS, title string, document []byte) ([]byte, error) {
	index, err := fs.ReadFile(page, "index.html")
	if err != nil {
		return nil, ErrNoPage
	}
	script, style := scriptTag.FindSubmatch(index), styleTag.FindSubmatch(index)
	if script == nil || style == nil {
		return nil, ErrNoPage
	}
	code, err1 := fs.ReadFile(page, string(script[1]))
	look, err2 := fs.ReadFile(page, string(style[1]))
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	data := `<script type="application/json" id="result">` + inScript(document) + `</script>`
	text := string(index)
	text = strings.Replace(text, string(script[0]), "", 1)
	text = strings.Replace(text, string(style[0]), reportPolicy+"<style>"+strings.ReplaceAll(string(look), "</style", `<\/style`)+"</style>", 1)
	text = iconTag.ReplaceAllLiteralString(text, "")
	text = titleTag.ReplaceAllLiteralString(text, "<title>"+html.EscapeString(title)+"</title>")
	text = strings.Replace(text, "</body>", data+`<script type="module">`+strings.ReplaceAll(string(code), "</script", `<\/script`)+"</script></body>", 1)
	return []byte(text), nil
}

// inScript is JSON that no HTML parser takes for the end of its script.
func inScript(document []byte) string {
	return string(bytes.ReplaceAll(document, []byte("<"), []byte(`\u003c`)))
}

// Title names a result, for people and for files.
func Title(r *lombard.Result) string {
	return fmt.Sprintf("%s %s to %s", r.Symbol, r.StartDate, r.EndDate)
}
