-- +goose Up
-- Pieces of results, content-addressed, compressed and written once: while a
-- run goes on, and shared by results that have the same.
CREATE TABLE result_part (
    digest TEXT PRIMARY KEY,                -- sha256 of the piece
    size   INTEGER NOT NULL,                -- of the piece, in bytes
    bytes  BLOB NOT NULL                    -- zstd
) STRICT;

-- Who needs a piece: a result, by its digest, or a run that is not finished, by
-- its id. A piece that nobody needs is deleted.
CREATE TABLE result_use (
    owner  TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES result_part (digest),
    PRIMARY KEY (owner, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX result_use_part ON result_use (digest);

-- +goose Down
DROP TABLE result_use;
DROP TABLE result_part;
