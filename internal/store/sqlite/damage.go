package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
)

// asked is what a run's digest is over: what was asked, by whom and when. None
// of it ever changes.
type asked struct {
	id                              string
	kind                            lombard.JobKind
	workspace, scenario, scenarioID string
	created                         int64
}

// digest returns sha256 over the fields, each with its length before it. The kind
// of a backtest is not among them: its digest is that of before there were kinds.
func (a asked) digest() string {
	fields := []string{a.id, a.workspace, a.scenario, a.scenarioID, strconv.FormatInt(a.created, 10)}
	if a.kind != lombard.JobBacktest {
		fields = append(fields, string(a.kind))
	}
	sum := sha256.New()
	for _, field := range fields {
		fmt.Fprintf(sum, "%d:%s", len(field), field)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// read decodes the scenario after verifying the digest, which rows of before
// there were any lack; the error is one of damage.
func (a asked) read(digest sql.NullString) (lombard.Scenario, error) {
	var s lombard.Scenario
	if digest.Valid && digest.String != a.digest() {
		return s, rowDamaged(a.id, errors.New("the digest differs"))
	}
	if err := json.Unmarshal([]byte(a.scenario), &s); err != nil {
		return s, rowDamaged(a.id, err)
	}
	return s, nil
}

var errOutcome = errors.New("the digest of the outcome differs")

const codeRowDamaged = "job_damaged"

// rowDamaged is the answer to somebody who reads a job whose record is not what
// was written.
func rowDamaged(id string, err error) error {
	return &lombard.Error{
		Kind: lombard.KindStorage, Code: codeRowDamaged, Err: err,
		Message: fmt.Sprintf("The stored record of job %s is damaged and is not used.", id),
		Hint:    "Submit the same request again; lombard check tells what else is damaged.",
	}
}

func isRowDamaged(err error) bool {
	own, ok := errors.AsType[*lombard.Error](err)
	return ok && own.Code == codeRowDamaged
}

// endDamaged ends a claimed run whose record is damaged: what it would compute
// is not what was asked.
func (db *DB) endDamaged(ctx context.Context, tx *sql.Tx, e ending, cause error) error {
	return e.failed(ctx, tx, &lombard.Error{
		Kind: lombard.KindInternal, Code: codeRowDamaged, Err: cause,
		Message: "The stored request of this job is damaged, so it was not computed.", Hint: "Submit it again.",
	}, e.claim.Floor)
}

// damagedJob is what a list shows in the place of a job that cannot be read.
func damagedJob(job lombard.Job, err error) lombard.Job {
	sentence := err.Error()
	stage, none := lombard.StageFailed, 0.0
	return lombard.Job{
		JobID: job.JobID, Kind: job.Kind, WorkspaceID: job.WorkspaceID, TemplateSlugs: []string{}, Tags: []string{}, Counts: job.Counts,
		Status: lombard.StatusFailed, Stage: stage, StageLabel: stage.Label(), Message: sentence, Error: &sentence,
		ErrorDetail:      &lombard.ErrorDetail{Kind: lombard.KindInternal, Code: codeRowDamaged},
		FailedAtProgress: &none, FailedStage: &stage, CreatedAt: job.CreatedAt, UpdatedAt: job.UpdatedAt, CompletedAt: &job.UpdatedAt,
	}
}

// lostMessage is the sentence of a finished job whose result cannot be read.
const lostMessage = "The stored result is damaged. Run the same request again to compute it again."

// readHead returns the head of a result after verifying its digest;
// archive.ErrDamaged when it is missing or its bytes are not what was written.
func (db *DB) readHead(ctx context.Context, q querier, digest string) ([]byte, error) {
	var h storedHead
	err := q.QueryRowContext(ctx, "SELECT encoding, size, bytes FROM result WHERE digest = ?", digest).Scan(&h.encoding, &h.size, &h.packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: it is missing", archive.ErrDamaged)
	}
	if err != nil {
		return nil, err
	}
	return db.unpack(h, digest)
}

// The encodings of a head.
const (
	encodingZstd = "zstd"
	encodingLost = "lost" // a repair dropped the damaged bytes; its jobs still name it
)

// storedHead is a head as it is stored.
type storedHead struct {
	encoding string
	size     int64
	packed   []byte
}

// columnsHead is the encoding of a head that was put into columns later: its own
// digest stands behind the name. That of its result stays the digest of the rows.
const columnsHead = encodingZstd + " columns "

func (db *DB) unpack(h storedHead, digest string) ([]byte, error) {
	own, later := strings.CutPrefix(h.encoding, columnsHead)
	if later {
		digest = own
	}
	document, err := db.decode.DecodeAll(h.packed, make([]byte, 0, min(max(h.size, 0), mostPart)))
	if err != nil || !later && h.encoding != encodingZstd || digestOf(document) != digest {
		return nil, fmt.Errorf("%w: its head is not what was written", archive.ErrDamaged)
	}
	return document, nil
}

// verify reads a result with all its pieces; archive.ErrDamaged when one of
// them is not what was written.
func (db *DB) verify(ctx context.Context, q querier, digest string) error {
	document, err := db.readHead(ctx, q, digest)
	if err != nil {
		return err
	}
	names, err := archive.Names(document)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := db.readPart(ctx, q, name); err != nil {
			return err
		}
	}
	return nil
}

// makeWay prepares for a result that is about to be stored. If the same one is
// here with a damaged head, the head goes, to be written anew in the same
// transaction; and its jobs have their result again.
func (db *DB) makeWay(ctx context.Context, tx *sql.Tx, digest string) error {
	var here int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM result WHERE digest = ?", digest).Scan(&here)
	if err == nil && here > 0 {
		_, err = db.readHead(ctx, tx, digest)
	}
	if archive.IsDamaged(err) {
		// Its jobs refer to it; the reference is whole again by the commit.
		if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM result WHERE digest = ?", digest)
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE run SET result_lost = 0, version = version + 1 WHERE result_digest = ? AND result_lost = 1", digest)
	return err
}

// examine reads all of a result in which damage was met, and records it if it
// is so.
func (db *DB) examine(ctx context.Context, digest string) {
	if err := db.verify(context.WithoutCancel(ctx), db.reader, digest); archive.IsDamaged(err) {
		db.lose(ctx, digest)
	}
}

// lose records that a result is damaged, so that its jobs say so and nobody
// else is served from it. A store that cannot be written to is left as it is:
// every read finds the damage anew.
func (db *DB) lose(ctx context.Context, digest string) {
	_ = db.commits.do(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE run SET result_lost = 1, version = version + 1 WHERE result_digest = ? AND result_lost = 0", digest)
		return err
	})
}

// sound returns the digest of the result that the run could be served from,
// after reading all of it; none when there is no such result. A damaged one is
// no answer: the run computes it again.
func (db *DB) sound(ctx context.Context, n app.NewRun) (string, error) {
	_, digest, _, err := cached(ctx, db.reader, n)
	if err != nil || !digest.Valid {
		return "", err
	}
	err = db.verify(ctx, db.reader, digest.String)
	if archive.IsDamaged(err) {
		db.lose(ctx, digest.String)
		return "", nil
	}
	return digest.String, err
}
