//go:build !ui

package web_test

import (
	"io/fs"
	"strings"
	"testing"

	"lombard.example/lombard/web"
)

func TestPlaceholderShowsTheWayOn(t *testing.T) {
	page, err := fs.ReadFile(web.FS(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"not built yet", `href="/openapi.json"`, "lombard run"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the placeholder does not contain %q", want)
		}
	}
}
