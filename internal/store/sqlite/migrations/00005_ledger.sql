-- +goose Up
-- What a spend was for, and how its call ended, in a sentence.
ALTER TABLE spend ADD COLUMN schema TEXT NOT NULL DEFAULT '';
ALTER TABLE spend ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- Spends whose call has not ended: few at any time.
CREATE INDEX spend_open ON spend (created_at) WHERE state = 'open';

-- +goose Down
DROP INDEX spend_open;
ALTER TABLE spend DROP COLUMN note;
ALTER TABLE spend DROP COLUMN schema;
