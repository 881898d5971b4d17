package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

var _ data.Library = (*DB)(nil)

// Covered implements data.Library.
func (db *DB) Covered(ctx context.Context, k data.Key) ([]market.Range, error) {
	rows, err := db.reader.QueryContext(ctx, "SELECT first, last FROM bar_range WHERE source = ? AND schema = ? AND symbol = ? AND dataset = ?", k.Source, k.Schema, k.Symbol, k.Dataset)
	if err != nil {
		return nil, passOn(err)
	}
	defer rows.Close()
	var ranges []market.Range
	for rows.Next() {
		var r market.Range
		if err := rows.Scan(&r.First, &r.Last); err != nil {
			return nil, passOn(err)
		}
		ranges = append(ranges, r)
	}
	return data.Join(ranges), passOn(rows.Err())
}

// Datasets implements data.Library.
func (db *DB) Datasets(ctx context.Context, source, schema, symbol string) ([]string, error) {
	rows, err := db.reader.QueryContext(ctx, "SELECT DISTINCT dataset FROM bar_range WHERE source = ? AND schema = ? AND symbol = ? ORDER BY dataset", source, schema, symbol)
	if err != nil {
		return nil, passOn(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, passOn(err)
		}
		names = append(names, name)
	}
	return names, passOn(rows.Err())
}

// StoredBars implements data.Library.
func (db *DB) StoredBars(ctx context.Context, k data.Key, r market.Range) ([]market.Bar, error) {
	rows, err := db.reader.QueryContext(ctx, `SELECT date, open, high, low, close, volume, repaired, split, dividend, special, contract, checksum FROM bar
		WHERE source = ? AND schema = ? AND symbol = ? AND dataset = ? AND date BETWEEN ? AND ? ORDER BY date`, k.Source, k.Schema, k.Symbol, k.Dataset, r.First, r.Last)
	if err != nil {
		return nil, passOn(err)
	}
	defer rows.Close()
	sum := checksums(k)
	bars := make([]market.Bar, 0, max(0, int(r.Last-r.First))*5/7+1)
	for rows.Next() {
		var b market.Bar
		var written sql.NullInt64
		err := rows.Scan(&b.Date, &b.Open, &b.High, &b.Low, &b.Close, &b.Volume, &b.Repaired, &b.Split, &b.Dividend, &b.Special, &b.Contract, &written)
		if err != nil && b.Date == 0 {
			return nil, passOn(err)
		}
		if err != nil || written.Valid && written.Int64 != sum(&b) { // it may not even be of the type
			return nil, db.dropBar(ctx, staleBar{k, b, written})
		}
		bars = append(bars, b)
	}
	return bars, passOn(rows.Err())
}

// StoreBars implements data.Library. Bars that are here already are replaced:
// the vendor may have corrected them.
func (db *DB) StoreBars(ctx context.Context, k data.Key, r market.Range, bars []market.Bar, p data.Purchase) error {
	return db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, `INSERT OR REPLACE INTO bar (source, dataset, schema, symbol, date, open, high, low, close, volume, repaired, split, dividend, special, contract, checksum)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		sum := checksums(k)
		for i := range bars {
			b := &bars[i]
			if _, err := insert.ExecContext(ctx, k.Source, k.Dataset, k.Schema, k.Symbol, b.Date, b.Open, b.High, b.Low, b.Close, b.Volume, b.Repaired, b.Split, b.Dividend, b.Special, b.Contract, sum(b)); err != nil {
				return err
			}
		}
		if r.First <= r.Last {
			if err := insertRange(ctx, tx, k, r, p); err != nil {
				return err
			}
		}
		return settle(ctx, tx, p.Spend)
	})
}

// dropBar removes a stored price that is not what was written, so that the next
// run fetches its day again, and returns the sentence about it.
func (db *DB) dropBar(ctx context.Context, stale staleBar) error {
	hint := "Run the request again: that day is fetched again."
	err := db.commits.do(context.WithoutCancel(ctx), stale.remove)
	if err != nil {
		hint = "Repair the database with lombard check --repair."
	}
	return &lombard.Error{
		Kind: lombard.KindStorage, Code: "price_damaged", Err: err, Hint: hint,
		Message: fmt.Sprintf("The stored price of %s from %s on %s is damaged and is not used.", stale.key.Symbol, stale.key.Source, stale.bar.Date),
	}
}

// staleBar is a price that is to be fetched again, with the checksum it was
// written with.
type staleBar struct {
	key     data.Key
	bar     market.Bar
	written sql.NullInt64
}

// remove deletes the price. Its day no longer counts as fetched; where the damage
// is in its series or its date, the day that it is of does not either.
func (s staleBar) remove(ctx context.Context, tx *sql.Tx) error {
	k := s.key
	if _, err := tx.ExecContext(ctx, "DELETE FROM bar WHERE source = ? AND schema = ? AND symbol = ? AND dataset = ? AND date = ?",
		k.Source, k.Schema, k.Symbol, k.Dataset, s.bar.Date); err != nil {
		return err
	}
	days, err := s.writtenAs(ctx, tx)
	if err != nil {
		return err
	}
	for _, d := range append(days, s) {
		if err := uncover(ctx, tx, d.key, int64(d.bar.Date)); err != nil {
			return err
		}
	}
	return nil
}

// lastDay is 9999-12-31: a stretch beyond it is damaged itself.
const lastDay = 3_652_059

// writtenAs returns the price as of each series and day, of those that are here,
// with which it has the checksum it was written with: one at most, but for chance.
func (s staleBar) writtenAs(ctx context.Context, tx *sql.Tx) (found []staleBar, err error) {
	if !s.written.Valid {
		return nil, nil
	}
	rows, err := tx.QueryContext(ctx, "SELECT source, dataset, schema, symbol, first, last FROM bar_range WHERE schema <> ? AND first > 0 AND last <= ?",
		data.SchemaChains, lastDay)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		is := s
		var r market.Range
		if err := rows.Scan(&is.key.Source, &is.key.Dataset, &is.key.Schema, &is.key.Symbol, &r.First, &r.Last); err != nil {
			return nil, err
		}
		sum := checksums(is.key)
		for is.bar.Date = r.First; is.bar.Date <= r.Last; is.bar.Date++ {
			if sum(&is.bar) == s.written.Int64 {
				found = append(found, is)
			}
		}
	}
	return found, rows.Err()
}

// insertRange records that a stretch is here, what it cost and what was said of
// it.
func insertRange(ctx context.Context, tx *sql.Tx, k data.Key, r market.Range, p data.Purchase) error {
	said, err := json.Marshal(p.Warnings)
	if err != nil {
		return fmt.Errorf("encode warnings: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO bar_range (source, dataset, schema, symbol, first, last, fetched_at, cost_usd, warnings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		k.Source, k.Dataset, k.Schema, k.Symbol, r.First, r.Last, micros(p.At), p.USD, string(said))
	return err
}

// Remarks implements data.Library.
func (db *DB) Remarks(ctx context.Context, k data.Key, r market.Range) ([]lombard.Warning, error) {
	rows, err := db.reader.QueryContext(ctx, `SELECT DISTINCT warnings FROM bar_range
		WHERE source = ? AND schema = ? AND symbol = ? AND dataset = ? AND first <= ? AND last >= ? AND warnings NOT IN ('null', '[]')`,
		k.Source, k.Schema, k.Symbol, k.Dataset, r.Last, r.First)
	if err != nil {
		return nil, passOn(err)
	}
	defer rows.Close()
	var all []lombard.Warning
	for rows.Next() {
		var text []byte
		var said []lombard.Warning
		if err := rows.Scan(&text); err != nil {
			return nil, passOn(err)
		}
		if err := json.Unmarshal(text, &said); err != nil {
			return nil, passOn(err)
		}
		all = append(all, said...)
	}
	slices.SortFunc(all, func(a, b lombard.Warning) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(all), passOn(rows.Err())
}

// Holdings implements data.Library.
func (db *DB) Holdings(ctx context.Context) ([]data.Holding, error) {
	rows, err := db.reader.QueryContext(ctx, `SELECT source, dataset, schema, symbol, min(first), max(last), max(fetched_at), sum(cost_usd),
		(SELECT count(*) FROM bar b WHERE b.source = r.source AND b.schema = r.schema AND b.symbol = r.symbol AND b.dataset = r.dataset) +
		(SELECT count(*) FROM chain c WHERE r.schema = 'chains' AND c.source = r.source AND c.symbol = r.symbol AND c.dataset = r.dataset AND c.quotes > 0),
		(SELECT ifnull(min(date), 0) FROM bar b WHERE b.source = r.source AND b.schema = r.schema AND b.symbol = r.symbol AND b.dataset = r.dataset)
		FROM bar_range r GROUP BY source, dataset, schema, symbol ORDER BY source, symbol, dataset, schema`)
	if err != nil {
		return nil, passOn(err)
	}
	defer rows.Close()
	holdings := []data.Holding{}
	for rows.Next() {
		var h data.Holding
		var fetched int64
		var firstBar lombard.Date
		if err := rows.Scan(&h.Source, &h.Dataset, &h.Schema, &h.Symbol, &h.First, &h.Last, &fetched, &h.CostUSD, &h.Sessions, &firstBar); err != nil {
			return nil, passOn(err)
		}
		h.First, h.FetchedAt = max(h.First, firstBar), timeOf(fetched)
		holdings = append(holdings, h)
	}
	return holdings, passOn(rows.Err())
}

// Forget implements data.Library.
func (db *DB) Forget(ctx context.Context, k data.Key) error {
	return db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		gone := int64(0)
		for _, statement := range []string{
			"DELETE FROM bar WHERE source = ? AND schema = ? AND symbol = ? AND dataset = ?",
			"DELETE FROM bar_range WHERE source = ? AND schema = ? AND symbol = ? AND dataset = ?",
		} {
			done, err := tx.ExecContext(ctx, statement, k.Source, k.Schema, k.Symbol, k.Dataset)
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			gone += n
		}
		if k.Schema == data.SchemaChains {
			if err := forgetChains(ctx, tx, k); err != nil {
				return err
			}
		}
		if gone == 0 {
			return &lombard.Error{
				Kind: lombard.KindNotFound, Code: "dataset_not_found",
				Message: fmt.Sprintf("Nothing of %s from %s is stored.", k.Symbol, k.Source), Hint: "List what is with `lombard data list`.",
			}
		}
		return nil
	})
}
