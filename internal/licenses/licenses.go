// Package licenses holds the licences of the parts that the program is made of:
// Go modules, and what the web page has of npm. They are collected when the
// program is built (make build) and embedded; a plain go build leaves them out.
package licenses

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
)

// Part is one module or package with its licence.
type Part struct {
	Name    string `json:"name"`              // as its registry has it
	Version string `json:"version"`           // that is built in
	From    string `json:"from"`              // Go or npm
	License string `json:"license,omitempty"` // SPDX identifiers, joined by " AND "
	Text    string `json:"text,omitempty"`    // the licence and the notices, whole
}

// The registries.
const (
	FromGo  = "Go"
	FromNPM = "npm"
)

// ErrLeftOut is the answer of a program that was built without the notices.
var ErrLeftOut = errors.New("the licence notices are not in this build")

// All returns every part, ordered by name. Where they were not built in, the error
// is ErrLeftOut, with the names of the Go modules as far as the program knows them.
func All() ([]Part, error) {
	if len(packed) == 0 {
		return modules(), ErrLeftOut
	}
	return Unpack(packed)
}

// Unpack reads what Pack returned.
func Unpack(packed []byte) ([]Part, error) {
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack the notices: %w", err)
	}
	var all []Part
	if err := json.NewDecoder(plain).Decode(&all); err != nil {
		return nil, fmt.Errorf("read the notices: %w", err)
	}
	return all, nil
}

// modules are the modules that the Go command noted in the program.
func modules() []Part {
	all := []Part{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return all
	}
	for _, m := range info.Deps {
		all = append(all, Part{Name: m.Path, Version: m.Version, From: FromGo})
	}
	return all
}

// Pack is what the build embeds.
func Pack(all []Part) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(json.NewEncoder(w).Encode(all), w.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Write writes a list of the parts and then each text once, with the parts that
// it is of.
func Write(w io.Writer, all []Part) error {
	var b strings.Builder
	b.WriteString("lombard is under the Apache License 2.0. It is made of these parts:\n\n")
	names, versions := 0, 0
	for _, p := range all {
		names, versions = max(names, len(p.Name)), max(versions, len(p.Version))
	}
	var texts []string
	of := map[string][]string{}
	for _, p := range all {
		fmt.Fprintf(&b, "  %-*s  %-*s  %-4s %s\n", names, p.Name, versions, p.Version, p.From, p.License)
		if of[p.Text] == nil {
			texts = append(texts, p.Text)
		}
		of[p.Text] = append(of[p.Text], p.Name+" "+p.Version)
	}
	for _, text := range texts {
		if text == "" {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(of[text], ", "), strings.TrimSpace(text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// family is a licence with words that only it has, in lower case and with single
// spaces.
type family struct {
	id    string
	words []string
}

// families are the licences that are known.
var families = []family{
	{"Apache-2.0", []string{"apache license", "version 2.0"}},
	{"MPL-2.0", []string{"mozilla public license version 2.0"}},
	{"MPL-2.0", []string{"mozilla public license, version 2.0"}},
	{"MIT", []string{"permission is hereby granted, free of charge"}},
	{"ISC", []string{"permission to use, copy, modify, and", "distribute this software for any purpose with or without fee"}},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "name", "endorse or promote"}},
	{"BSD-2-Clause", []string{"redistribution and use in source and binary forms"}},
	{"Unlicense", []string{"free and unencumbered software released into the public domain"}},
	{"blessing", []string{"may you do good and not evil"}},
	{"CC0-1.0", []string{"cc0 1.0 universal"}},
	{"public domain", []string{"public domain"}},
}

// Identify returns the SPDX identifiers of the licences in a text, none when it
// holds none that is known.
func Identify(text string) []string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	var ids []string
	for _, f := range families {
		all := !slices.Contains(ids, f.id)
		for _, w := range f.words {
			all = all && strings.Contains(text, w)
		}
		switch {
		case !all:
		case f.id == "BSD-2-Clause" && slices.Contains(ids, "BSD-3-Clause"): // the longer one has its words too
		case f.id == "public domain" && len(ids) > 0: // a word in passing
		default:
			ids = append(ids, f.id)
		}
	}
	return ids
}
