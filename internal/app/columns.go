package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"lombard.example/lombard/internal/archive"
)

// rowsInMemory is how many times its size a document of rows takes while it is
// put into columns.
const rowsInMemory = 6

// intoColumns puts a result that was stored as rows into columns, the first time
// that it is read. What is stored then gives the same document to the last
// byte, or nothing changes. One is converted at a time, and only while there is
// memory for it: until then the rows are read.
func (s *Service) intoColumns(ctx context.Context, workspace, id string, rows StoredResult) (StoredResult, error) {
	if !s.converting.TryLock() {
		return rows, nil
	}
	defer s.converting.Unlock()
	release, ok := s.Budget.Try(rowsInMemory * int64(len(rows.Document)))
	if !ok {
		return rows, nil
	}
	defer release()
	head, parts, err := columnsOf(ctx, rows)
	if err == nil && head == nil {
		s.Log.WarnContext(ctx, "a result of rows differs when it is put into columns, and stays as it is", "job", id)
		return rows, nil
	}
	if err == nil {
		err = s.Store.PutIntoColumns(ctx, rows.Digest, head, parts)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "could not put a result of rows into columns", "job", id, "error", err)
		return rows, nil
	}
	return s.Store.Result(ctx, workspace, id)
}

// columnsOf returns a document of rows as a head and parts; no head when they
// give another document.
func columnsOf(ctx context.Context, rows StoredResult) (head []byte, parts []archive.Part, err error) {
	whole, err := rows.Open()
	if err != nil {
		return nil, nil, err
	}
	w := archive.NewWriter(func(p archive.Part) error {
		parts = append(parts, p)
		return nil
	})
	for place := range whole.Slugs() {
		t, err := whole.Hedge(ctx, place, archive.All)
		if err == nil {
			err = w.Add(place, t)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if head, err = w.Close(whole.Top()); err != nil {
		return nil, nil, err
	}
	byName := map[string][]byte{}
	for _, p := range parts {
		byName[p.Digest] = p.Body
	}
	again, err := archive.Open(head, func(_ context.Context, name string) ([]byte, error) { return byName[name], nil })
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.New()
	err = again.WriteRows(ctx, sum)
	if err != nil || hex.EncodeToString(sum.Sum(nil)) != rows.Digest {
		return nil, nil, err
	}
	return head, parts, nil
}
