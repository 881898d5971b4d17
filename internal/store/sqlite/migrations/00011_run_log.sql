-- +goose Up
-- A job's own log: its lines as JSON, one after another. It goes with its job.
CREATE TABLE run_log (
    run_id  TEXT PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
    count   INTEGER NOT NULL,               -- of lines
    dropped INTEGER NOT NULL,               -- further lines, which were not kept
    lines   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE run_log;
