-- +goose Up
CREATE TABLE workspace (
    id             TEXT PRIMARY KEY,
    current_run_id TEXT
) STRICT;

-- Results are content-addressed, compressed and written once.
CREATE TABLE result (
    digest   TEXT PRIMARY KEY,              -- sha256 of the document
    encoding TEXT NOT NULL,                 -- zstd
    size     INTEGER NOT NULL,              -- of the document, in bytes
    bytes    BLOB NOT NULL
) STRICT;

-- Times are microseconds since 1970, in UTC.
CREATE TABLE run (
    seq                INTEGER PRIMARY KEY AUTOINCREMENT, -- order of submission
    id                 TEXT NOT NULL UNIQUE,
    workspace_id       TEXT NOT NULL REFERENCES workspace (id),
    scenario           TEXT NOT NULL,       -- resolved, as JSON
    scenario_id        TEXT NOT NULL,
    request_key        TEXT NOT NULL,       -- empty: not to be served from the cache
    idem_key           TEXT,
    body_hash          TEXT NOT NULL,
    name               TEXT NOT NULL,
    symbol             TEXT NOT NULL,
    note               TEXT NOT NULL DEFAULT '',
    tags               TEXT NOT NULL DEFAULT '[]',

    status             TEXT NOT NULL CHECK (status IN ('pending', 'running', 'complete', 'failed', 'cancelled')),
    stage              TEXT NOT NULL,
    progress           REAL NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    message            TEXT NOT NULL DEFAULT '',
    counts             TEXT NOT NULL DEFAULT '{}',
    attempt            INTEGER NOT NULL DEFAULT 0,
    version            INTEGER NOT NULL DEFAULT 1,

    fence              INTEGER NOT NULL DEFAULT 0,
    worker             TEXT,
    lease_until        INTEGER,
    deadline           INTEGER,
    not_before         INTEGER NOT NULL DEFAULT 0,
    ticket             INTEGER,

    cancel_requested   INTEGER NOT NULL DEFAULT 0,
    cancel_reason      TEXT CHECK (cancel_reason IN ('user', 'superseded', 'cleared')),
    superseded_by      TEXT,

    error              TEXT CHECK (error <> ''),
    error_detail       TEXT,
    failed_at_progress REAL,
    failed_stage       TEXT,

    result_digest      TEXT REFERENCES result (digest),
    cached_from        TEXT,
    data_cost_usd      REAL NOT NULL DEFAULT 0,
    verdict            TEXT NOT NULL DEFAULT '',

    created_at         INTEGER NOT NULL,
    started_at         INTEGER,
    completed_at       INTEGER,
    updated_at         INTEGER NOT NULL,

    CHECK ((status = 'complete') = (result_digest IS NOT NULL)),
    CHECK ((status = 'failed') = (error IS NOT NULL)),
    CHECK ((error IS NULL) = (error_detail IS NULL)),
    CHECK ((status = 'cancelled') <= (cancel_reason IS NOT NULL)),
    CHECK ((status IN ('complete', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CHECK ((status = 'running') = (lease_until IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX run_idem ON run (workspace_id, idem_key) WHERE idem_key IS NOT NULL;
CREATE INDEX run_history ON run (workspace_id, seq DESC);
CREATE INDEX run_live ON run (status, seq) WHERE status IN ('pending', 'running');
CREATE INDEX run_cache ON run (workspace_id, request_key, seq) WHERE status = 'complete' AND request_key <> '';
CREATE INDEX run_result ON run (result_digest) WHERE result_digest IS NOT NULL;

-- Imported price files: immutable, named by the digest of their bars.
CREATE TABLE price_file (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id TEXT NOT NULL,
    symbol       TEXT NOT NULL,
    digest       TEXT NOT NULL,
    name         TEXT NOT NULL,
    imported_at  INTEGER NOT NULL,
    first        TEXT NOT NULL,
    last         TEXT NOT NULL,
    sessions     INTEGER NOT NULL,
    intraday     INTEGER NOT NULL,
    warnings     TEXT NOT NULL,
    bars         BLOB NOT NULL,             -- zstd over JSON
    UNIQUE (workspace_id, symbol, digest)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER run_terminal_is_final BEFORE UPDATE ON run
WHEN OLD.status IN ('complete', 'failed', 'cancelled')
 AND (NEW.status <> OLD.status OR NEW.stage <> OLD.stage OR NEW.completed_at IS NOT OLD.completed_at
      OR NEW.result_digest IS NOT OLD.result_digest OR NEW.error IS NOT OLD.error OR NEW.fence <> OLD.fence)
BEGIN
    SELECT RAISE(ABORT, 'a finished run never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER result_is_immutable BEFORE UPDATE ON result
BEGIN
    SELECT RAISE(ABORT, 'a result never changes');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE price_file;
DROP TABLE run;
DROP TABLE result;
DROP TABLE workspace;
