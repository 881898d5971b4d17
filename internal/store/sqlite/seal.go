package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"sync"

	"modernc.org/sqlite"

	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// outcomeOf is what the digest of a run's end is over: every column of row r that
// says how it ended. None of them changes afterwards.
const outcomeOf = `lombard_digest(r.id, r.status, r.stage, r.progress, r.message, r.counts, r.attempt, r.cancel_reason, r.superseded_by,
	r.error, r.error_detail, r.failed_at_progress, r.failed_stage, r.result_digest, r.cached_from, r.data_cost_usd, r.verdict, r.started_at, r.completed_at)`

// outcomeSound holds for a row r whose status and outcome are as they were
// written, as far as it has a digest of them.
const outcomeSound = `(r.outcome_digest IS NULL OR r.outcome_digest = iif(r.status IN ('pending', 'running'), '', ` + outcomeOf + `))`

// unsealed holds for a run that has not ended, whatever a damaged status says.
const unsealed = "ifnull(outcome_digest, '') = ''"

// seal writes the digest of how a run ended, in the transaction that ends it.
func seal(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, "UPDATE run AS r SET outcome_digest = "+outcomeOf+" WHERE r.id = ?", id)
	return err
}

// register makes lombard_digest known to SQLite: sha256 over its arguments, each
// with its type and length before it, in hexadecimal. Only statements of this
// program use it, so that other programs can write to the database.
var register = sync.OnceValue(func() error {
	return sqlite.RegisterDeterministicScalarFunction("lombard_digest", -1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		text := make([]byte, 0, 1024)
		for _, a := range args {
			text = appendValue(text, a)
		}
		return digestOf(text), nil
	})
})

// appendValue appends a value of SQLite's with its type and, where that does not
// say it, its length before it.
func appendValue(to []byte, v driver.Value) []byte {
	switch v := v.(type) {
	case nil:
		return append(to, 'n')
	case int64:
		return binary.AppendVarint(append(to, 'i'), v)
	case float64:
		return binary.LittleEndian.AppendUint64(append(to, 'f'), math.Float64bits(v))
	case string:
		return append(binary.AppendUvarint(append(to, 's'), uint64(len(v))), v...)
	default: // no column of ours has another type
		text := fmt.Sprint(v)
		return append(binary.AppendUvarint(append(to, 'x'), uint64(len(text))), text...)
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksums returns the function that sums up a stored price of the series: CRC-32C
// over the key, the date and every number of the price. A bit that flips, and any
// burst of up to 32, is found for certain.
func checksums(k data.Key) func(b *market.Bar) int64 {
	var key []byte
	for _, s := range []string{k.Source, k.Dataset, k.Schema, k.Symbol} {
		key = append(binary.AppendUvarint(key, uint64(len(s))), s...)
	}
	start := crc32.Checksum(key, castagnoli)
	row := make([]byte, 0, 128)
	return func(b *market.Bar) int64 {
		row = binary.LittleEndian.AppendUint64(row[:0], uint64(b.Date))
		for _, x := range [...]float64{b.Open, b.High, b.Low, b.Close, b.Volume, b.Split, b.Dividend} {
			row = binary.LittleEndian.AppendUint64(row, math.Float64bits(x+0)) // SQLite keeps no -0
		}
		row = append(row, flag(b.Repaired), flag(b.Special))
		row = append(row, b.Contract...)
		return int64(crc32.Update(start, castagnoli, row))
	}
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}
