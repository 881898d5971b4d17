-- +goose Up
-- What a job computes, and the workspace's current study beside its current
-- backtest, which is current_run_id.
ALTER TABLE run ADD COLUMN kind TEXT NOT NULL DEFAULT 'backtest' CHECK (kind IN ('backtest', 'study'));
ALTER TABLE workspace ADD COLUMN current_study_id TEXT;

-- History of studies. Backtests, which are many more, are found without an index
-- of their own: it would cost each of them.
CREATE INDEX run_study ON run (workspace_id, seq DESC) WHERE kind = 'study';
CREATE INDEX run_study_status ON run (workspace_id, status, seq DESC) WHERE kind = 'study';

-- +goose Down
DROP INDEX run_study_status;
DROP INDEX run_study;
ALTER TABLE workspace DROP COLUMN current_study_id;
ALTER TABLE run DROP COLUMN kind;
