-- +goose Up
-- What was asked, with who asked and when, as sha256; rows of before have none
-- and are not checked.
ALTER TABLE run ADD COLUMN row_digest TEXT;

-- Whether the result was found damaged: it is not served to others then, and
-- not said to be there.
ALTER TABLE run ADD COLUMN result_lost INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE run DROP COLUMN result_lost;
ALTER TABLE run DROP COLUMN row_digest;
