package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// references finds rows that refer to rows which are not there. Results that
// are not there are found by their own check.
func (i *inspector) references(ctx context.Context, c *Checked) error {
	return i.each(ctx, `SELECT "table", parent, count(*) FROM pragma_foreign_key_check WHERE parent <> 'result' GROUP BY 1, 2`, func(row scanner) error {
		var table, parent string
		var n int
		if err := row.Scan(&table, &parent, &n); err != nil {
			return err
		}
		i.found.orphans = true
		c.Damaged += n - 1
		c.damage("%d of table %s refer to a row of %s that is not there.", n, table, parent)
		return nil
	})
}

// queue compares how many runs wait with the count that is kept of them.
func (i *inspector) queue(ctx context.Context, c *Checked) error {
	var kept sql.NullInt64
	err := i.pool.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM run WHERE status = 'pending'), (SELECT pending FROM queue WHERE id = 1)").Scan(&c.Read, &kept)
	if err == nil && (!kept.Valid || kept.Int64 != int64(c.Read)) {
		i.found.count = true
		c.damage("%d runs wait, and the queue counts %d.", c.Read, kept.Int64)
	}
	return err
}

// requests verifies the digest of every run's record.
func (i *inspector) requests(ctx context.Context, c *Checked) error {
	digest, kind := "NULL", "'"+string(lombard.JobBacktest)+"'"
	if i.schema >= schemaOfDigests {
		digest = "row_digest"
	}
	if i.schema >= schemaOfKinds {
		kind = "kind"
	}
	return i.each(ctx, "SELECT id, "+kind+", workspace_id, scenario, scenario_id, created_at, "+digest+" FROM run", func(row scanner) error {
		var a asked
		var written sql.NullString
		if err := row.Scan(&a.id, &a.kind, &a.workspace, &a.scenario, &a.scenarioID, &a.created, &written); err != nil {
			return err
		}
		c.Read++
		if _, err := a.read(written); err != nil {
			i.found.runs = append(i.found.runs, a.id)
			c.damage("The record of job %s is damaged.", a.id)
		}
		return nil
	})
}

// outcomes verifies the digest of how each run ended.
func (i *inspector) outcomes(ctx context.Context, c *Checked) error {
	if i.schema < schemaOfOutcomes {
		return nil
	}
	return i.each(ctx, "SELECT r.id, "+outcomeSound+" FROM run r", func(row scanner) error {
		var id string
		var sound bool
		if err := row.Scan(&id, &sound); err != nil {
			return err
		}
		if c.Read++; !sound {
			i.found.ended = append(i.found.ended, id)
			c.damage("The status or the outcome of job %s is damaged.", id)
		}
		return nil
	})
}

// The versions of the schema that brought columns which a check reads.
const (
	schemaOfContracts = 3
	schemaOfChains    = 4
	schemaOfDigests   = 9
	schemaOfOutcomes  = 12
	schemaOfKinds     = 13
)

// pieces verifies the digest of every piece of a result.
func (i *inspector) pieces(ctx context.Context, c *Checked) error {
	return i.each(ctx, "SELECT digest, size, bytes FROM result_part", func(row scanner) error {
		var name string
		var size int64
		var packed sql.RawBytes
		if err := row.Scan(&name, &size, &packed); err != nil {
			return err
		}
		c.Read++
		if _, err := i.db.unpackPart(name, size, packed); err != nil {
			i.found.parts[name] = true
			c.damage("Piece %.12s of a result is damaged.", name)
		}
		return nil
	})
}

// results verifies the digest of every result, and that its pieces are sound.
func (i *inspector) results(ctx context.Context, c *Checked) error {
	bad, dropped := map[string]bool{}, map[string]bool{}
	broken := func(digest string) {
		bad[digest] = true
		i.found.results = append(i.found.results, digest)
		c.damage("Result %.12s is damaged; its jobs can be run again.", digest)
	}
	err := i.each(ctx, "SELECT digest, encoding, size, bytes FROM result", func(row scanner) error {
		var digest string
		var h storedHead
		if err := row.Scan(&digest, &h.encoding, &h.size, &h.packed); err != nil {
			return err
		}
		c.Read++
		if h.encoding == encodingLost {
			dropped[digest] = true
			return nil
		}
		sound, err := i.soundResult(ctx, digest, h)
		if err == nil && !sound {
			broken(digest)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = i.each(ctx, "SELECT DISTINCT result_digest FROM run WHERE result_digest NOT IN (SELECT digest FROM result)", func(row scanner) error {
		var digest string
		if err := row.Scan(&digest); err != nil {
			return err
		}
		broken(digest)
		return nil
	})
	if err != nil {
		return err
	}
	if len(dropped) > 0 {
		c.note("%d damaged results were dropped by an earlier repair; their jobs say so.", len(dropped))
	}
	if i.schema < schemaOfDigests {
		return nil
	}
	return i.each(ctx, "SELECT DISTINCT result_digest FROM run WHERE result_lost = 1 AND status = 'complete'", func(row scanner) error {
		var digest string
		if err := row.Scan(&digest); err != nil {
			return err
		}
		if !bad[digest] && !dropped[digest] {
			i.found.mended = append(i.found.mended, digest)
			c.damage("Result %.12s is sound, and its jobs say that it is damaged.", digest)
		}
		return nil
	})
}

// soundResult reports whether a head and all pieces that it names are what was
// written.
func (i *inspector) soundResult(ctx context.Context, digest string, h storedHead) (bool, error) {
	document, err := i.db.unpack(h, digest)
	if err != nil {
		return false, nil //nolint:nilerr // that is the answer
	}
	names, err := archive.Names(document)
	if err != nil {
		return false, nil //nolint:nilerr // likewise
	}
	for _, name := range names {
		if i.found.parts[name] {
			return false, nil
		}
		var here bool
		if err := i.pool.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM result_part WHERE digest = ?)", name).Scan(&here); err != nil || !here {
			return false, err
		}
	}
	return true, nil
}

// priceFiles verifies the digest of every imported file of prices.
func (i *inspector) priceFiles(ctx context.Context, c *Checked) error {
	quotes := "0"
	if i.schema >= schemaOfChains {
		quotes = "quotes"
	}
	return i.each(ctx, "SELECT seq, symbol, name, digest, bars, "+quotes+" FROM price_file", func(row scanner) error {
		var seq int64
		var symbol, name, digest string
		var packed sql.RawBytes
		var n int
		if err := row.Scan(&seq, &symbol, &name, &digest, &packed, &n); err != nil {
			return err
		}
		c.Read++
		bars, err := i.db.unpackBars(packed)
		if err == nil && n == 0 && (&market.Series{Bars: bars}).Digest() != digest {
			err = errors.New("the digest differs")
		}
		if err != nil {
			i.found.files = append(i.found.files, seq)
			c.damage("The prices of %s from %s are damaged; import the file again.", symbol, name)
		}
		return nil
	})
}

// bars verifies the checksum of every stored price. Prices of before there were
// checksums are looked through for numbers that no vendor sends.
func (i *inspector) bars(ctx context.Context, c *Checked) error {
	contract, checksum := "''", "NULL"
	if i.schema >= schemaOfContracts {
		contract = "contract"
	}
	if i.schema >= schemaOfOutcomes {
		checksum = "checksum"
	}
	return i.each(ctx, "SELECT source, dataset, schema, symbol, date, open, high, low, close, volume, repaired, split, dividend, special, "+contract+", "+checksum+" FROM bar", func(row scanner) error {
		var k data.Key
		var b market.Bar
		var written sql.NullInt64
		err := row.Scan(&k.Source, &k.Dataset, &k.Schema, &k.Symbol, &b.Date, &b.Open, &b.High, &b.Low, &b.Close, &b.Volume,
			&b.Repaired, &b.Split, &b.Dividend, &b.Special, &b.Contract, &written)
		if err != nil && b.Date == 0 {
			return err
		}
		c.Read++
		wrong := err != nil || written.Valid && written.Int64 != checksums(k)(&b)
		for _, x := range [...]float64{b.Open, b.High, b.Low, b.Close, b.Volume, b.Split, b.Dividend} {
			wrong = wrong || math.IsNaN(x) || math.Abs(x) > 1e300
		}
		if wrong {
			i.found.bars = append(i.found.bars, staleBar{k, b, written})
			c.damage("The price of %s from %s on %s is damaged; the next run fetches it again.", k.Symbol, k.Source, b.Date)
		}
		return nil
	})
}

// chains verifies the digest of every day's option quotes.
func (i *inspector) chains(ctx context.Context, c *Checked) error {
	return i.each(ctx, "SELECT id, source, symbol, digest, body FROM chain", func(row scanner) error {
		var id int64
		var source, symbol, digest string
		var packed sql.RawBytes
		if err := row.Scan(&id, &source, &symbol, &digest, &packed); err != nil {
			return err
		}
		c.Read++
		body, err := i.db.decode.DecodeAll(packed, nil)
		if err == nil {
			var chain market.Chain
			if chain, err = data.Unpack(bytes.Clone(body), nil); err == nil && chain.Digest() != digest {
				err = fmt.Errorf("the digest differs")
			}
		}
		if err != nil {
			i.found.chains = append(i.found.chains, id)
			c.damage("A day of option quotes of %s from %s is damaged.", symbol, source)
		}
		return nil
	})
}
