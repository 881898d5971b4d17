package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
)

// packedPart is a piece of a result as it is stored.
type packedPart struct {
	digest string
	size   int
	bytes  []byte
}

// pack compresses pieces, outside of any transaction.
func (db *DB) pack(parts []archive.Part) []packedPart {
	packed := make([]packedPart, len(parts))
	for i, p := range parts {
		packed[i] = packedPart{p.Digest, len(p.Body), db.encode.EncodeAll(p.Body, make([]byte, 0, len(p.Body)/2+64))}
	}
	return packed
}

// SaveParts implements app.Store.
func (db *DB) SaveParts(ctx context.Context, c app.Claim, parts []archive.Part) error {
	packed := db.pack(parts)
	return db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var live int
		err := tx.QueryRowContext(ctx, "SELECT 1 FROM run WHERE id = ? AND fence = ? AND status = 'running'", c.RunID, c.Fence).Scan(&live)
		if errors.Is(err, sql.ErrNoRows) {
			return app.ErrStale
		}
		if err != nil {
			return err
		}
		return db.keepParts(ctx, tx, c.RunID, packed)
	})
}

// keepParts inserts pieces and records that owner needs them. A piece that is
// here already is left as it is, unless its bytes are damaged.
func (db *DB) keepParts(ctx context.Context, tx *sql.Tx, owner string, parts []packedPart) error {
	for _, p := range parts {
		added, err := tx.ExecContext(ctx, "INSERT INTO result_part (digest, size, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", p.digest, p.size, p.bytes)
		if err != nil {
			return err
		}
		if n, err := added.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			if _, err := db.readPart(ctx, tx, p.digest); err != nil {
				if _, err := tx.ExecContext(ctx, "UPDATE result_part SET size = ?, bytes = ? WHERE digest = ?", p.size, p.bytes, p.digest); err != nil {
					return err
				}
			}
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO result_use (owner, digest) VALUES (?, ?) ON CONFLICT DO NOTHING", owner, p.digest); err != nil {
			return err
		}
	}
	return nil
}

// PutIntoColumns implements app.Store.
func (db *DB) PutIntoColumns(ctx context.Context, digest string, head []byte, parts []archive.Part) error {
	packed := db.pack(parts)
	packedHead := db.encode.EncodeAll(head, nil)
	return db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var encoding string
		err := tx.QueryRowContext(ctx, "SELECT encoding FROM result WHERE digest = ?", digest).Scan(&encoding)
		if errors.Is(err, sql.ErrNoRows) || err == nil && strings.HasPrefix(encoding, columnsHead) {
			return nil // it is gone, or somebody else was first
		}
		if err != nil {
			return err
		}
		if err := db.keepParts(ctx, tx, digest, packed); err != nil {
			return err
		}
		// A result never changes, so the row makes way for another; its jobs refer to
		// it, and the reference is whole again by the commit.
		for _, step := range []struct {
			statement string
			args      []any
		}{
			{"PRAGMA defer_foreign_keys = ON", nil},
			{"DELETE FROM result WHERE digest = ?", []any{digest}},
			{"INSERT INTO result (digest, encoding, size, bytes) VALUES (?, ?, ?, ?)", []any{digest, columnsHead + digestOf(head), len(head), packedHead}},
		} {
			if _, err := tx.ExecContext(ctx, step.statement, step.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// handOver records that a result needs the pieces that its run has written.
func handOver(ctx context.Context, tx *sql.Tx, result string, names []string) error {
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "INSERT INTO result_use (owner, digest) VALUES (?, ?) ON CONFLICT DO NOTHING", result, name); err != nil {
			return err
		}
	}
	return nil
}

// release records that an owner needs its pieces no more, and deletes those
// that nobody else does.
func release(ctx context.Context, tx *sql.Tx, owner string) error {
	found, err := tx.QueryContext(ctx, "DELETE FROM result_use WHERE owner = ? RETURNING digest", owner)
	if err != nil {
		return err
	}
	defer found.Close()
	var names []string
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := found.Err(); err != nil {
		return err
	}
	_ = found.Close()
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "DELETE FROM result_part WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM result_use WHERE digest = ?1)", name); err != nil {
			return err
		}
	}
	return nil
}

// readPart returns a piece after verifying its digest; archive.ErrDamaged when
// it is missing or its bytes are not what was written.
func (db *DB) readPart(ctx context.Context, q querier, name string) ([]byte, error) {
	var size int64
	var packed []byte
	err := q.QueryRowContext(ctx, "SELECT size, bytes FROM result_part WHERE digest = ?", name).Scan(&size, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: piece %s is missing", archive.ErrDamaged, name)
	}
	if err != nil {
		return nil, err
	}
	return db.unpackPart(name, size, packed)
}

func (db *DB) unpackPart(name string, size int64, packed []byte) ([]byte, error) {
	body, err := db.decode.DecodeAll(packed, make([]byte, 0, min(max(size, 0), mostPart)))
	if err != nil || digestOf(body) != name {
		return nil, fmt.Errorf("%w: piece %s is not what was written", archive.ErrDamaged, name)
	}
	return body, nil
}

// mostPart bounds the memory that is laid out for a piece before it is read.
const mostPart = 64 << 20

// damaged is the answer to somebody who reads a result that is not what was
// written.
func damaged(id string, err error) error {
	return &lombard.Error{
		Kind: lombard.KindStorage, Code: "result_damaged", Err: err,
		Message: fmt.Sprintf("The stored result of job %s is damaged and is not shown.", id),
		Hint:    "Run the same request again to compute it again.",
	}
}
