-- +goose Up
-- How a run ended, as sha256; empty while it has not ended. Runs that ended
-- before have none and are not checked.
ALTER TABLE run ADD COLUMN outcome_digest TEXT;
UPDATE run SET outcome_digest = '' WHERE status IN ('pending', 'running');

-- Over one price with its series and date, as CRC-32C; prices of before have
-- none and are not checked.
ALTER TABLE bar ADD COLUMN checksum INTEGER;

-- +goose Down
ALTER TABLE bar DROP COLUMN checksum;
ALTER TABLE run DROP COLUMN outcome_digest;
