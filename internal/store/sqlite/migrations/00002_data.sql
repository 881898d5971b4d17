-- +goose Up
-- What was bought from vendors: bars, shared by every workspace, and the
-- stretches that are complete. Dates are days since 0001-01-01 as the program
-- counts them; prices are raw.
CREATE TABLE bar (
    source   TEXT NOT NULL,
    dataset  TEXT NOT NULL,
    schema   TEXT NOT NULL,
    symbol   TEXT NOT NULL,
    date     INTEGER NOT NULL,
    open     REAL NOT NULL,
    high     REAL NOT NULL,
    low      REAL NOT NULL,
    close    REAL NOT NULL,
    volume   REAL NOT NULL,
    repaired INTEGER NOT NULL,
    split    REAL NOT NULL,
    dividend REAL NOT NULL,
    special  INTEGER NOT NULL,
    PRIMARY KEY (source, schema, symbol, dataset, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE bar_range (
    source     TEXT NOT NULL,
    dataset    TEXT NOT NULL,
    schema     TEXT NOT NULL,
    symbol     TEXT NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL,
    cost_usd   REAL NOT NULL,
    PRIMARY KEY (source, schema, symbol, dataset, first)
) STRICT, WITHOUT ROWID;

-- Every call that may cost money, on record before it is made. Open: its end is
-- not known, and it counts as spent.
CREATE TABLE spend (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    run_id       TEXT NOT NULL,
    source       TEXT NOT NULL,
    dataset      TEXT NOT NULL,
    symbol       TEXT NOT NULL,
    first        INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    usd          REAL NOT NULL CHECK (usd >= 0),
    state        TEXT NOT NULL CHECK (state IN ('open', 'settled', 'void')),
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX spend_day ON spend (workspace_id, created_at);
CREATE INDEX spend_run ON spend (run_id);

-- +goose Down
DROP TABLE spend;
DROP TABLE bar_range;
DROP TABLE bar;
