-- +goose Up
-- A partial index serves a query only if the query names its condition: each of
-- these is one that a query repeats word for word.
DROP INDEX run_live;
DROP INDEX run_history;
CREATE INDEX run_pending ON run (seq) WHERE status = 'pending';
CREATE INDEX run_running ON run (seq) WHERE status = 'running';

-- History with a filter by status.
CREATE INDEX run_status ON run (workspace_id, status, seq DESC);

-- History, and a search of it, which reads what it looks in from the index alone.
CREATE INDEX run_search ON run (workspace_id, seq DESC, name, symbol, note, tags);

-- Whether another workspace has an imported file.
CREATE INDEX price_file_digest ON price_file (digest, symbol);
CREATE INDEX price_file_newest ON price_file (workspace_id, seq DESC);

-- +goose Down
DROP INDEX price_file_newest;
DROP INDEX price_file_digest;
DROP INDEX run_search;
DROP INDEX run_status;
DROP INDEX run_running;
DROP INDEX run_pending;
CREATE INDEX run_history ON run (workspace_id, seq DESC);
CREATE INDEX run_live ON run (status, seq) WHERE status IN ('pending', 'running');
