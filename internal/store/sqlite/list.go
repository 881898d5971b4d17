package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// searchWindow is how many runs one page of a search looks at. A page that
// reaches its end says where the next one goes on, whatever it found.
const searchWindow = 10_000

// List implements app.Store.
func (db *DB) List(ctx context.Context, workspace string, q app.ListQuery) (app.JobPage, error) {
	before := int64(1<<63 - 1)
	if q.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(q.Cursor, 36, 64); err != nil || before <= 0 {
			return app.JobPage{}, lombard.Invalid([]lombard.FieldError{{
				Field: "cursor", Value: q.Cursor, Code: lombard.CodeInvalid,
				Message: "cursor is not one that a list returned. Leave it out to begin with the newest.",
			}})
		}
	}
	query, args := listQuery(workspace, before, q)
	found, err := db.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return app.JobPage{}, passOn(err)
	}
	defer found.Close()
	page := app.JobPage{Jobs: []lombard.Job{}}
	var last int64
	for found.Next() {
		if len(page.Jobs) == q.Limit {
			page.NextCursor = strconv.FormatInt(last, 36)
			break
		}
		job, seq, err := scanJob(found)
		if isRowDamaged(err) { // it does not hide the others
			job, err = damagedJob(job, err), nil
		}
		if err != nil {
			return app.JobPage{}, passOn(err)
		}
		page.Jobs, last = append(page.Jobs, job), seq
	}
	if err := found.Err(); err != nil || page.NextCursor != "" || q.Search == "" {
		return page, passOn(err)
	}
	_ = found.Close()
	page.NextCursor, err = db.afterWindow(ctx, workspace, before)
	return page, passOn(err)
}

// listQuery is the statement of one page. Each combination of filters has a
// text of its own, so that each is answered from the index that is made for it.
func listQuery(workspace string, before int64, q app.ListQuery) (query string, args []any) {
	args = []any{workspace, before}
	filters := ""
	var values []any
	switch q.Kind {
	case "":
	case lombard.JobStudy: // in the words of the index that holds nothing else
		filters = " AND r.kind = 'study'"
	case lombard.JobBacktest:
		filters = " AND r.kind = 'backtest'"
	default:
		filters = " AND 0" // nothing is of a kind that is not known
	}
	if q.Status != "" {
		filters, values = filters+" AND r.status = ?", append(values, q.Status)
	}
	values = append(values, q.Limit+1)
	if q.Search == "" {
		return "SELECT " + jobColumns + " FROM run r WHERE r.workspace_id = ? AND r.seq < ?" + filters + " ORDER BY r.seq DESC LIMIT ?", append(args, values...)
	}
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(q.Search) + "%"
	args = append(args, searchWindow, like, like, like, like)
	return "SELECT " + jobColumns + ` FROM (
			SELECT seq, name, symbol, note, tags FROM run WHERE workspace_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?
		) w CROSS JOIN run r ON r.seq = w.seq
		WHERE (w.name LIKE ? ESCAPE '\' OR w.symbol LIKE ? ESCAPE '\' OR w.note LIKE ? ESCAPE '\' OR w.tags LIKE ? ESCAPE '\')` + filters + `
		ORDER BY w.seq DESC LIMIT ?`, append(args, values...)
}

// afterWindow is the cursor behind the runs that a page of a search looked at,
// empty when there were no more.
func (db *DB) afterWindow(ctx context.Context, workspace string, before int64) (string, error) {
	var last int64
	err := db.reader.QueryRowContext(ctx, "SELECT seq FROM run WHERE workspace_id = ? AND seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?",
		workspace, before, searchWindow-1).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return strconv.FormatInt(last, 36), err
}
