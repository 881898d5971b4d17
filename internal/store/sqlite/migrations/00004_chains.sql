-- +goose Up
-- Option chains, one packed row a day: of a vendor, shared by every workspace,
-- or of an imported file, whose digest is the dataset. Which days of a vendor
-- are here stands in bar_range.
CREATE TABLE chain (
    id      INTEGER PRIMARY KEY,
    source  TEXT NOT NULL,
    dataset TEXT NOT NULL,
    symbol  TEXT NOT NULL,
    date    INTEGER NOT NULL,
    quotes  INTEGER NOT NULL,
    digest  TEXT NOT NULL,
    body    BLOB NOT NULL,                  -- zstd over columns
    UNIQUE (source, symbol, dataset, date)
) STRICT;

-- Imported files hold prices, or option chains: then quotes counts them.
ALTER TABLE price_file ADD COLUMN quotes INTEGER NOT NULL DEFAULT 0;

-- What a vendor said of a stretch when it was bought, as JSON.
ALTER TABLE bar_range ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE bar_range DROP COLUMN warnings;
ALTER TABLE price_file DROP COLUMN quotes;
DROP TABLE chain;
