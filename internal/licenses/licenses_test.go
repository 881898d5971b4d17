package licenses_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"lombard.example/lombard/internal/licenses"
)

// TestIdentify: by the words that each licence has and no other.
func TestIdentify(t *testing.T) {
	for text, want := range map[string]string{
		"Apache License\n   Version 2.0, January 2004":                                                    "Apache-2.0",
		"MIT\n\nPermission is hereby granted,\nfree of charge, to any person":                             "MIT",
		"Redistribution and use in source and binary forms, with or without":                              "BSD-2-Clause",
		"Redistribution and use in source and binary forms. The name may not endorse or promote it":       "BSD-3-Clause",
		"Mozilla Public License Version 2.0":                                                              "MPL-2.0",
		"Apache License, Version 2.0. Parts: Permission is hereby granted, free of charge. Public domain": "Apache-2.0 MIT",
		"This text is in the public domain.":                                                              "public domain",
		"All rights reserved.":                                                                            "",
	} {
		if got := strings.Join(licenses.Identify(text), " "); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestNoticesAreWhole: what the build packs in is what is printed, each text once
// with all that it is of. A build without them says so.
func TestNoticesAreWhole(t *testing.T) {
	all, err := licenses.All()
	if err != nil && !errors.Is(err, licenses.ErrLeftOut) {
		t.Fatalf("%d parts, %v", len(all), err)
	}
	for _, p := range all {
		if err == nil && (p.License == "" || strings.TrimSpace(p.Text) == "" || p.Version == "") {
			t.Errorf("%s %s has no licence", p.Name, p.Version)
		}
	}
	parts := []licenses.Part{
		{Name: "a", Version: "v1", From: licenses.FromGo, License: "MIT", Text: "Permission of a."},
		{Name: "b", Version: "v2", From: licenses.FromNPM, License: "MIT", Text: "Permission of a."},
	}
	var b strings.Builder
	if err := licenses.Write(&b, parts); err != nil || strings.Count(b.String(), "Permission of a.") != 1 || !strings.Contains(b.String(), "a v1, b v2") {
		t.Errorf("%s%v", b.String(), err)
	}
	packed, err := licenses.Pack(parts)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := licenses.Unpack(packed); err != nil || !reflect.DeepEqual(got, parts) {
		t.Errorf("unpacked %+v, %v", got, err)
	}
}
