-- +goose Up
-- Runs are claimed in rounds, in which every workspace has one turn. A run gets
-- its turn when it is submitted and keeps it when it is taken over, handed back
-- or tried again. The column ticket is no longer used.
ALTER TABLE run ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;

-- A run that was computing when the process ended is computed alone from then
-- on. Ends of the process while it was alone are counted; attempts that ends of
-- the process cost do not count as such.
ALTER TABLE run ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN spared INTEGER NOT NULL DEFAULT 0;
CREATE INDEX run_suspect ON run (seq) WHERE status = 'running' AND suspect = 1;

-- The last round in which a run of the workspace was claimed.
ALTER TABLE workspace ADD COLUMN served INTEGER NOT NULL DEFAULT 0;

-- The round that is being served, and how many runs wait.
CREATE TABLE queue (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    turn    INTEGER NOT NULL,
    pending INTEGER NOT NULL CHECK (pending >= 0)
) STRICT;
INSERT INTO queue (id, turn, pending) SELECT 1, 0, count(*) FROM run WHERE status = 'pending';

UPDATE run SET not_before = 0 WHERE status = 'pending' AND not_before < 0;
DROP INDEX run_pending;
CREATE INDEX run_queue ON run (turn, seq) WHERE status = 'pending' AND not_before = 0;
CREATE INDEX run_delayed ON run (not_before) WHERE status = 'pending' AND not_before > 0;
CREATE INDEX run_waiting ON run (workspace_id, turn) WHERE status = 'pending';

-- +goose StatementBegin
CREATE TRIGGER run_begins_to_wait AFTER INSERT ON run WHEN NEW.status = 'pending'
BEGIN
    UPDATE queue SET pending = pending + 1 WHERE id = 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER run_waits_again AFTER UPDATE OF status ON run WHEN NEW.status = 'pending' AND OLD.status <> 'pending'
BEGIN
    UPDATE queue SET pending = pending + 1 WHERE id = 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER run_waits_no_more AFTER UPDATE OF status ON run WHEN OLD.status = 'pending' AND NEW.status <> 'pending'
BEGIN
    UPDATE queue SET pending = pending - 1 WHERE id = 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER run_waits_nowhere AFTER DELETE ON run WHEN OLD.status = 'pending'
BEGIN
    UPDATE queue SET pending = pending - 1 WHERE id = 1;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER run_waits_nowhere;
DROP TRIGGER run_waits_no_more;
DROP TRIGGER run_waits_again;
DROP TRIGGER run_begins_to_wait;
DROP INDEX run_waiting;
DROP INDEX run_delayed;
DROP INDEX run_queue;
CREATE INDEX run_pending ON run (seq) WHERE status = 'pending';
DROP TABLE queue;
ALTER TABLE workspace DROP COLUMN served;
DROP INDEX run_suspect;
ALTER TABLE run DROP COLUMN spared;
ALTER TABLE run DROP COLUMN crashes;
ALTER TABLE run DROP COLUMN suspect;
ALTER TABLE run DROP COLUMN turn;
