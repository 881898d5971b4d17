package app_test

import (
	"bytes"
	"context"
	"testing"

	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/export"
)

// before is a store of which one result is rows until it is put into columns.
type before struct {
	app.Store
	rows  app.StoredResult
	head  []byte
	parts map[string][]byte
}

func (s *before) Result(context.Context, string, string) (app.StoredResult, error) {
	if s.head == nil {
		return s.rows, nil
	}
	return app.StoredResult{Digest: s.rows.Digest, Document: s.head, Part: loader(s.parts)}, nil
}

func (s *before) PutIntoColumns(_ context.Context, _ string, head []byte, parts []archive.Part) error {
	s.head, s.parts = head, map[string][]byte{}
	for _, p := range parts {
		s.parts[p.Digest] = p.Body
	}
	return nil
}

func TestAResultOfRowsIsPutIntoColumns(t *testing.T) {
	result := tenYearsOf(t, "european")
	rows, err := result.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	document := func(s *app.Service) []byte {
		stored, err := s.Result(t.Context(), "w", "id")
		if err != nil || stored.Digest != archive.Digest(rows) {
			t.Fatalf("digest %s, %v", stored.Digest, err)
		}
		opened, err := stored.Open()
		if err != nil {
			t.Fatal(err)
		}
		view, err := export.Look(opened, export.Selection{})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := export.JSON(t.Context(), &out, view); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	store := &before{rows: app.StoredResult{Digest: archive.Digest(rows), Document: rows}}
	service := app.New(app.Config{Store: store})
	if !bytes.Equal(document(service), rows) || store.head == nil || !archive.InColumns(store.head) {
		t.Fatal("the first read does not put the result into columns")
	}
	if !bytes.Equal(document(service), rows) {
		t.Error("the columns give another document")
	}

	// Rows that this program would write otherwise stay as they are.
	rows = bytes.Replace(rows, []byte(`"scenario_id"`), []byte(` "scenario_id"`), 1)
	store = &before{rows: app.StoredResult{Digest: archive.Digest(rows), Document: rows}}
	if !bytes.Equal(document(app.New(app.Config{Store: store})), rows) || store.head != nil {
		t.Error("rows that differ are put into columns")
	}
}
