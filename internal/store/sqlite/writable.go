package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// probeBytes is how much a probe writes: at least what a submit does, so that
// a disk without room for a submit has none for the probe.
const probeBytes = 64 << 10

// Writable implements app.Store. It writes a row as a submit would, and the
// calls that come while one writes share its answer. The bytes are random
// because SQLite does not write a page that stays as it was.
func (db *DB) Writable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err, _ := db.probes.Do("", func() (any, error) {
		return nil, db.commits.do(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO heartbeat (id, at, filler) VALUES (1, ?, randomblob(?))
				ON CONFLICT (id) DO UPDATE SET at = excluded.at, filler = excluded.filler`, micros(time.Now()), probeBytes)
			return err
		})
	})
	return err
}
