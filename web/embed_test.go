package web_test

import (
	"io/fs"
	"regexp"
	"testing"

	"lombard.example/lombard/web"
)

func TestIndexIsAtTheRoot(t *testing.T) {
	page, err := fs.ReadFile(web.FS(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(page[:15]), "<!doctype html>"; got != want {
		t.Errorf("the page starts with %q, want %q", got, want)
	}
}

func TestPageObeysAStrictContentSecurityPolicy(t *testing.T) {
	page, err := fs.ReadFile(web.FS(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	inline := regexp.MustCompile(`(?i)<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<script(?:[^>]*)>[^<]+</script>`)
	if got := inline.FindString(string(page)); got != "" {
		t.Errorf("the page has %q; default-src 'self' forbids inline script and style", got)
	}
	remote := regexp.MustCompile(`(?i)<(?:script|link|img|iframe)[^>]+(?:src|href)\s*=\s*"(?:https?:)?//`)
	if got := remote.FindString(string(page)); got != "" {
		t.Errorf("the page loads %q from another host", got)
	}
}
