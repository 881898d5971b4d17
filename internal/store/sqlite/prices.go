package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/market"
)

const priceColumns = "workspace_id, symbol, digest, name, imported_at, first, last, sessions, intraday, warnings, quotes"

func scanPrices(row scanner, more ...any) (app.PriceFile, error) {
	var f app.PriceFile
	var imported int64
	var first, last, warnings string
	err := row.Scan(append([]any{&f.Workspace, &f.Symbol, &f.Digest, &f.Name, &imported, &first, &last, &f.Sessions, &f.Intraday, &warnings, &f.Quotes}, more...)...)
	if err != nil {
		return f, err
	}
	f.ImportedAt = timeOf(imported)
	return f, errors.Join(f.First.UnmarshalText([]byte(first)), f.Last.UnmarshalText([]byte(last)), json.Unmarshal([]byte(warnings), &f.Warnings))
}

// SavePrices implements app.Store.
func (db *DB) SavePrices(ctx context.Context, f app.PriceFile) (app.PriceFile, error) {
	bars, err := json.Marshal(f.Bars)
	if err != nil {
		return f, fmt.Errorf("encode bars: %w", err)
	}
	warnings, err := json.Marshal(f.Warnings)
	if err != nil {
		return f, fmt.Errorf("encode warnings: %w", err)
	}
	packed := db.encode.EncodeAll(bars, nil)
	saveChains := db.saveChains(f)
	err = db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		// The same bars imported again become the newest of their symbol.
		if _, err := tx.ExecContext(ctx, "DELETE FROM price_file WHERE workspace_id = ? AND symbol = ? AND digest = ?", f.Workspace, f.Symbol, f.Digest); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO price_file ("+priceColumns+", bars) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			f.Workspace, f.Symbol, f.Digest, f.Name, micros(f.ImportedAt), f.First.String(), f.Last.String(), f.Sessions, f.Intraday, string(warnings), f.Quotes, packed); err != nil {
			return err
		}
		return saveChains(ctx, tx)
	})
	return f, err
}

// Prices implements app.Store.
func (db *DB) Prices(ctx context.Context, workspace, symbol, digest string) (app.PriceFile, bool, error) {
	var packed []byte
	f, err := scanPrices(db.reader.QueryRowContext(ctx, "SELECT "+priceColumns+`, bars FROM price_file
		WHERE workspace_id = ? AND symbol = ? AND quotes = 0 AND (? = '' OR digest = ?) ORDER BY seq DESC LIMIT 1`, workspace, symbol, digest, digest), &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	if err != nil {
		return f, false, passOn(err)
	}
	f.Bars, err = db.unpackBars(packed)
	if err == nil && (&market.Series{Bars: f.Bars}).Digest() != f.Digest {
		err = errors.New("the digest differs")
	}
	if err != nil {
		return f, false, &lombard.Error{
			Kind: lombard.KindStorage, Code: "prices_damaged", Err: err,
			Message: fmt.Sprintf("The stored prices of %s are damaged and are not used.", symbol),
			Hint:    "Import the price file again.",
		}
	}
	return f, true, nil
}

func (db *DB) unpackBars(packed []byte) (bars []market.Bar, err error) {
	text, err := db.decode.DecodeAll(packed, nil)
	if err == nil {
		err = json.Unmarshal(text, &bars)
	}
	return bars, err
}

// ListPrices implements app.Store.
func (db *DB) ListPrices(ctx context.Context, workspace string) ([]app.PriceFile, error) {
	found, err := db.reader.QueryContext(ctx, "SELECT "+priceColumns+" FROM price_file WHERE workspace_id = ? ORDER BY seq DESC", workspace)
	if err != nil {
		return nil, passOn(err)
	}
	defer found.Close()
	files := []app.PriceFile{}
	for found.Next() {
		f, err := scanPrices(found)
		if err != nil {
			return nil, passOn(err)
		}
		files = append(files, f)
	}
	return files, passOn(found.Err())
}

// DeletePrices implements app.Store.
func (db *DB) DeletePrices(ctx context.Context, workspace, digest string) error {
	return db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		symbols, err := deleteFile(ctx, tx, workspace, digest)
		if err != nil {
			return err
		}
		if len(symbols) == 0 {
			return &lombard.Error{
				Kind: lombard.KindNotFound, Code: "dataset_not_found",
				Message: "There is no price file " + digest + " in this workspace.", Hint: "List the workspace's price files to find it.",
			}
		}
		for _, symbol := range symbols { // chains stay while another workspace has the file
			if _, err := tx.ExecContext(ctx, `DELETE FROM chain WHERE source = ? AND symbol = ? AND dataset = ?
				AND NOT EXISTS (SELECT 1 FROM price_file WHERE digest = chain.dataset AND symbol = chain.symbol)`, app.FileSource, symbol, digest); err != nil {
				return err
			}
		}
		return nil
	})
}

// deleteFile deletes a file and returns the symbols that it was imported as.
// The plus keeps SQLite from reading all files of the workspace.
func deleteFile(ctx context.Context, tx *sql.Tx, workspace, digest string) (symbols []string, err error) {
	rows, err := tx.QueryContext(ctx, "DELETE FROM price_file WHERE digest = ? AND +workspace_id = ? RETURNING symbol", digest, workspace)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var symbol string
		if err := rows.Scan(&symbol); err != nil {
			return nil, err
		}
		symbols = append(symbols, symbol)
	}
	return symbols, rows.Err()
}
