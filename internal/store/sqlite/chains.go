package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// StoreChain implements data.Library.
func (db *DB) StoreChain(ctx context.Context, k data.Key, c market.Chain, p data.Purchase) error {
	body := db.encode.EncodeAll(data.Pack(&c), nil)
	return db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := insertChain(ctx, tx, k, &c, body); err != nil {
			return err
		}
		if err := insertRange(ctx, tx, k, market.Range{First: c.Date, Last: c.Date}, p); err != nil {
			return err
		}
		return settle(ctx, tx, p.Spend)
	})
}

func insertChain(ctx context.Context, tx *sql.Tx, k data.Key, c *market.Chain, body []byte) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO chain (source, dataset, symbol, date, quotes, digest, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
		k.Source, k.Dataset, k.Symbol, c.Date, len(c.Quotes), c.Digest(), body)
	return err
}

// StoredChains implements data.Library.
func (db *DB) StoredChains(ctx context.Context, k data.Key, r market.Range, packed bool, each func(data.StoredChain) error) error {
	body := "x''"
	if packed {
		body = "body"
	}
	rows, err := db.reader.QueryContext(ctx, "SELECT date, quotes, digest, "+body+" FROM chain WHERE source = ? AND symbol = ? AND dataset = ? AND date BETWEEN ? AND ? ORDER BY date",
		k.Source, k.Symbol, k.Dataset, r.First, r.Last)
	if err != nil {
		return passOn(err)
	}
	defer rows.Close()
	var c data.StoredChain
	for rows.Next() {
		var raw sql.RawBytes
		if err := rows.Scan(&c.Date, &c.Quotes, &c.Digest, &raw); err != nil {
			return passOn(err)
		}
		if packed {
			c.Packed, err = db.decode.DecodeAll(raw, c.Packed[:0])
		}
		if err == nil {
			err = each(c)
		}
		if _, own := errors.AsType[*lombard.Error](err); err != nil && !own {
			err = &lombard.Error{
				Kind: lombard.KindStorage, Code: "prices_damaged", Err: err,
				Message: fmt.Sprintf("The stored option quotes of %s of %s are damaged and are not used.", k.Symbol, c.Date),
				Hint:    "Forget them with `lombard data delete`, or import the file again.",
			}
		}
		if err != nil {
			return err
		}
	}
	return passOn(rows.Err())
}

// forgetChains removes the chains of a series.
func forgetChains(ctx context.Context, tx *sql.Tx, k data.Key) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM chain WHERE source = ? AND symbol = ? AND dataset = ?", k.Source, k.Symbol, k.Dataset)
	return err
}

// saveChains stores the chains of an imported file. They are immutable, so
// what another workspace imported already serves both.
func (db *DB) saveChains(f app.PriceFile) func(ctx context.Context, tx *sql.Tx) error {
	bodies := make([][]byte, len(f.Chains))
	for i := range f.Chains {
		bodies[i] = db.encode.EncodeAll(data.Pack(&f.Chains[i]), nil)
	}
	k := chainsOf(f.Symbol, f.Digest)
	return func(ctx context.Context, tx *sql.Tx) error {
		for i := range f.Chains {
			if err := insertChain(ctx, tx, k, &f.Chains[i], bodies[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// chainsOf is the key of an imported file's chains.
func chainsOf(symbol, digest string) data.Key {
	return data.Key{Source: app.FileSource, Dataset: digest, Schema: data.SchemaChains, Symbol: symbol}
}
