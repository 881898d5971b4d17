-- +goose Up
-- The contract behind a bar of a series that goes from one to the next.
ALTER TABLE bar ADD COLUMN contract TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE bar DROP COLUMN contract;
