package sqlite_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/market"
)

// shop is an open data directory in which runs are computed by hand.
type shop struct {
	t *testing.T
	*sqlite.DB
}

func openShop(t *testing.T, dir string) *shop {
	t.Helper()
	db, _ := openDir(t, dir)
	return &shop{t, db}
}

func (s *shop) submit(n app.NewRun) lombard.Job {
	s.t.Helper()
	out, err := s.Submit(s.t.Context(), n)
	if err != nil {
		s.t.Fatal(err)
	}
	return out.Job
}

func (s *shop) claim() (app.Claim, error) {
	now := time.Unix(1_700_000_000, 0)
	return s.Claim(s.t.Context(), app.ClaimRequest{
		Worker: "test", Now: now, LeaseUntil: now.Add(time.Minute), Deadline: now.Add(time.Hour),
	})
}

// answer is the result of every run here: a head and its pieces, as the
// program stores them.
func answer(t testing.TB) app.Outcome {
	t.Helper()
	var o app.Outcome
	w := archive.NewWriter(func(p archive.Part) error {
		o.Parts = append(o.Parts, p)
		return nil
	})
	hedge := &lombard.TemplateResult{TemplateSlug: "unhedged", DailyPath: []lombard.Day{{Date: lombard.MustDate("2024-01-02"), SpotClose: 100}}}
	if err := w.Add(0, hedge); err != nil {
		t.Fatal(err)
	}
	var err error
	if o.Document, err = w.Close(&lombard.Result{}); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(o.Document)
	o.Digest, o.Names, o.Verdict = hex.EncodeToString(sum[:]), w.Parts(), "Fine."
	if len(o.Parts) == 0 {
		t.Fatal("the result has no parts")
	}
	return o
}

// compute claims a run and finishes it with the answer.
func (s *shop) compute(id string) lombard.Job {
	s.t.Helper()
	c, err := s.claim()
	if err != nil || c.RunID != id {
		s.t.Fatalf("the next run is %q, %v; want %s", c.RunID, err, id)
	}
	job, err := s.Finish(s.t.Context(), c, answer(s.t), time.Unix(1_700_000_001, 0))
	if err != nil {
		s.t.Fatal(err)
	}
	return job
}

// read reads all of a result.
func (s *shop) read(id string) error {
	stored, err := s.Result(s.t.Context(), "w", id)
	if err != nil {
		return err
	}
	opened, err := stored.Open()
	if err != nil {
		return err
	}
	_, err = opened.Whole(s.t.Context())
	return err
}

func (s *shop) exec(statement string, args ...any) {
	s.t.Helper()
	if err := alter(s.t.Context(), s.DB, statement, args...); err != nil {
		s.t.Fatal(err)
	}
}

// alter changes the database as a failing disk would, past the rules of the
// schema.
func alter(ctx context.Context, db *sqlite.DB, statement string, args ...any) error {
	c, err := db.Writer().Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, s := range []string{
		"DROP TRIGGER IF EXISTS result_is_immutable", "DROP TRIGGER IF EXISTS run_terminal_is_final", "PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON",
	} {
		if _, err := c.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	_, err = c.ExecContext(ctx, statement, args...)
	if _, on := c.ExecContext(ctx, "PRAGMA foreign_keys = ON; PRAGMA ignore_check_constraints = OFF"); err == nil {
		err = on
	}
	return err
}

func (s *shop) job(id string) lombard.Job {
	s.t.Helper()
	job, err := s.Job(s.t.Context(), "w", id)
	if err != nil {
		s.t.Fatal(err)
	}
	return job
}

// damages are what becomes of the bytes of a result.
var damages = map[string]string{
	"the head is overwritten":  "UPDATE result SET bytes = x'00'",
	"a bit of the head flips":  "UPDATE result SET bytes = CAST(substr(bytes, 1, 8) || x'ff' || substr(bytes, 10) AS BLOB)",
	"the head is gone":         "DELETE FROM result",
	"the encoding is another":  "UPDATE result SET encoding = 'none'",
	"a piece is overwritten":   "UPDATE result_part SET bytes = x'00'",
	"a piece is gone":          "DELETE FROM result_part",
	"a piece has a wrong size": "UPDATE result_part SET size = 9223372036854775807, bytes = x'00'",
}

// TestADamagedResultIsFoundSaidAndMended reads it, runs the same request again
// and reads it once more; the cache never serves it.
func TestADamagedResultIsFoundSaidAndMended(t *testing.T) {
	for name, damage := range damages {
		for _, found := range []string{"by a reader", "by the next submit"} {
			t.Run(name+", found "+found, func(t *testing.T) {
				t.Parallel()
				s := openShop(t, t.TempDir())
				defer s.Close()
				first := newRun("first")
				s.submit(first)
				if job := s.compute("first"); !job.HasResult || s.read("first") != nil {
					t.Fatalf("%+v, %v", job, s.read("first"))
				}
				s.exec(damage)
				if found == "by a reader" {
					if err := s.read("first"); codeOf(err) != "result_damaged" {
						t.Fatalf("read %v", err)
					}
					if job := s.job("first"); job.HasResult || job.Status != lombard.StatusComplete || !strings.Contains(job.Message, "damaged") {
						t.Errorf("the job says %q, has_result %v", job.Message, job.HasResult)
					}
				}
				again := newRun("again")
				again.RequestKey = first.RequestKey
				if job := s.submit(again); job.Status != lombard.StatusPending || job.ResultDigest != nil || job.Verdict != "" {
					t.Fatalf("the same request is %s with result %v", job.Status, job.ResultDigest)
				}
				if job := s.job("first"); job.HasResult {
					t.Error("the first job still says that it has a result")
				}
				s.compute("again")
				for _, id := range []string{"first", "again"} {
					if err := s.read(id); err != nil {
						t.Errorf("%s, after the repair: %v", id, err)
					}
					if job := s.job(id); !job.HasResult || strings.Contains(job.Message, "damaged") {
						t.Errorf("%s, after the repair: %q", id, job.Message)
					}
				}
				third := newRun("third")
				third.RequestKey = first.RequestKey
				if job := s.submit(third); !job.HasResult || !job.Cached {
					t.Errorf("a sound result is not served: %s", job.Status)
				}
				wantSound(t, s.DB)
			})
		}
	}
}

func wantSound(t *testing.T, db *sqlite.DB) {
	t.Helper()
	var broken int
	if err := db.Writer().QueryRowContext(t.Context(), "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil || broken > 0 {
		t.Errorf("%d broken references, %v", broken, err)
	}
}

// eachHarm runs a test in a shop of its own for each of the statements that harm
// what is stored.
func eachHarm(t *testing.T, harms map[string]string, test func(s *shop, harm string)) {
	t.Helper()
	for name, harm := range harms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, t.TempDir())
			defer s.Close()
			test(s, harm)
		})
	}
}

// rowHarms change what was asked, under a job.
var rowHarms = map[string]string{
	"a number":       `UPDATE run SET scenario = replace(scenario, '"loan_amount":100', '"loan_amount":900')`,
	"not JSON":       "UPDATE run SET scenario = '{'",
	"another kind":   "UPDATE run SET kind = 'study'",
	"another id":     "UPDATE run SET scenario_id = 'other'",
	"another time":   "UPDATE run SET created_at = created_at + 1",
	"without digest": "UPDATE run SET row_digest = NULL, scenario = 'null null'",
}

// TestADamagedRecordIsNotUsed: neither computed nor shown as if it were what
// was asked; and one row hides no other.
func TestADamagedRecordIsNotUsed(t *testing.T) {
	eachHarm(t, rowHarms, func(s *shop, harm string) {
		t := s.t
		s.submit(newRun("waits"))
		s.exec(harm)
		if _, err := s.Job(t.Context(), "w", "waits"); codeOf(err) != "job_damaged" {
			t.Errorf("job: %v", err)
		}
		if _, err := s.Scenario(t.Context(), "w", "waits"); codeOf(err) != "job_damaged" {
			t.Errorf("scenario: %v", err)
		}
		if _, err := s.claim(); err == nil {
			t.Fatal("a damaged run was claimed")
		}
		job := s.job("waits") // it has ended, and says why
		if job.Status != lombard.StatusFailed || !strings.Contains(*job.Error, "damaged") {
			t.Errorf("%s: %v", job.Status, job.Error)
		}
		healthy := newRun("healthy")
		healthy.RequestKey = "other"
		s.submit(healthy)
		page, err := s.List(t.Context(), "w", app.ListQuery{Limit: 10})
		if err != nil || len(page.Jobs) != 2 || page.Jobs[0].JobID != "healthy" || page.Jobs[1].JobID != "waits" || page.Jobs[1].Status != lombard.StatusFailed {
			t.Errorf("list: %+v, %v", page.Jobs, err)
		}
		if err := s.Delete(t.Context(), "w", "waits"); err != nil {
			t.Errorf("delete: %v", err)
		}
	})
}

// TestADamagedOutcomeIsNotShown: not its verdict, not its result, and a status
// that went back to waiting is not computed again. The others are served.
func TestADamagedOutcomeIsNotShown(t *testing.T) {
	eachHarm(t, map[string]string{
		"verdict":       "UPDATE run SET verdict = 'It was called.' WHERE id = 'first'",
		"status":        "UPDATE run SET status = 'cancelled', cancel_reason = 'user', result_digest = NULL WHERE id = 'first'",
		"waits again":   "UPDATE run SET status = 'pending', completed_at = NULL, result_digest = NULL WHERE id = 'first'",
		"when it ended": "UPDATE run SET completed_at = completed_at + 1 WHERE id = 'first'",
		"its digest":    "UPDATE run SET outcome_digest = 'x' WHERE id = 'first'",
	}, func(s *shop, harm string) {
		t := s.t
		first, second := newRun("first"), newRun("second")
		second.RequestKey = "other"
		s.submit(first)
		s.compute("first")
		s.exec(harm)
		if job, err := s.Job(t.Context(), "w", "first"); codeOf(err) != "job_damaged" {
			t.Errorf("the job says %s %q, %v", job.Status, job.Verdict, err)
		}
		if err := s.read("first"); codeOf(err) != "job_damaged" {
			t.Errorf("its result: %v", err)
		}
		again := newRun("again")
		again.RequestKey = first.RequestKey
		if job := s.submit(again); job.Cached {
			t.Error("it is served to another job")
		}
		s.compute("again")
		s.submit(second)
		s.compute("second")
		page, err := s.List(t.Context(), "w", app.ListQuery{Limit: 10})
		if err != nil || len(page.Jobs) != 3 || page.Jobs[0].Verdict != "Fine." || page.Jobs[2].Status != lombard.StatusFailed || page.Jobs[2].Verdict != "" {
			t.Errorf("list: %+v, %v", page.Jobs, err)
		}
	})
}

// TestADamagedPriceIsFetchedAgain: it is not used, and its day no longer counts
// as fetched.
func TestADamagedPriceIsFetchedAgain(t *testing.T) {
	eachHarm(t, map[string]string{
		"a number":      "UPDATE bar SET close = 2.5 WHERE date = 738887",
		"another day's": "UPDATE bar SET date = 738890 WHERE date = 738887",
		"its checksum":  "UPDATE bar SET checksum = 1 WHERE date = 738887",
		"its contract":  "UPDATE bar SET contract = 'Z' WHERE date = 738887",
		"a flag":        "UPDATE bar SET repaired = 7 WHERE date = 738887",
	}, func(s *shop, harm string) {
		t := s.t
		days := market.Range{First: 738886, Last: 738892}
		if err := s.StoreBars(t.Context(), barKey, days, []market.Bar{{Date: days.First, Close: 1}, {Date: days.First + 1, Close: 2, Volume: 3, Special: true}, {Date: days.Last, Close: 3}}, data.Purchase{}); err != nil {
			t.Fatal(err)
		}
		if bars, err := s.StoredBars(t.Context(), barKey, days); err != nil || len(bars) != 3 {
			t.Fatalf("%v, %v", bars, err)
		}
		s.exec(harm)
		if _, err := s.StoredBars(t.Context(), barKey, days); codeOf(err) != "price_damaged" {
			t.Fatalf("read %v", err)
		}
		if bars, err := s.StoredBars(t.Context(), barKey, days); err != nil || len(bars) != 2 {
			t.Errorf("then %v, %v", bars, err)
		}
		here, err := s.Covered(t.Context(), barKey)
		if err != nil || len(here) < 2 || here[0] != (market.Range{First: days.First, Last: days.First}) || here[1].First != days.First+2 {
			t.Errorf("here are %v, %v; want the day that was damaged left out", here, err)
		}
		s.exec("UPDATE bar SET close = 2.5, checksum = NULL WHERE date = ?", days.First) // as of before
		if bars, err := s.StoredBars(t.Context(), barKey, days); err != nil || len(bars) == 0 || bars[0].Close != 2.5 {
			t.Errorf("of before: %v, %v", bars, err)
		}
	})
}

// TestRowsFromBeforeAreRead: they have no digest.
func TestRowsFromBeforeAreRead(t *testing.T) {
	s := openShop(t, t.TempDir())
	defer s.Close()
	s.submit(newRun("old"))
	s.exec("UPDATE run SET row_digest = NULL")
	if job := s.job("old"); job.Symbol != "XAU" {
		t.Errorf("%+v", job)
	}
	if c, err := s.claim(); err != nil || c.Scenario.LoanAmount != 100 {
		t.Errorf("%+v, %v", c, err)
	}
}
