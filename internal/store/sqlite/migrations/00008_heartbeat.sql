-- +goose Up
-- One row that the readiness check rewrites, to find out whether a submit
-- could be stored.
CREATE TABLE heartbeat (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    at     INTEGER NOT NULL,
    filler BLOB NOT NULL
) STRICT;

-- +goose Down
DROP TABLE heartbeat;
