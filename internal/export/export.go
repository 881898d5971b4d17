// Package export turns a stored result into the shapes people take away: the
// document in rows or in columns, the figures without the days, tables as CSV,
// Parquet, Arrow and workbooks. It only rearranges what the result says and
// computes nothing anew, and writes everything as a stream, hedge by hedge.
package export

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
)

// JSON writes the result document: rows, hedge by hedge. With columns chosen
// each row has these and no others.
func JSON(ctx context.Context, w io.Writer, v *View) error {
	if rows := v.r.Rows(); rows != nil && v.whole() {
		_, err := w.Write(rows)
		return err
	}
	if v.s.Fields != nil {
		return v.document(ctx, w, archive.All, v.chosenRows)
	}
	at := -1
	return v.r.Top().WriteJSON(w, func() (*lombard.TemplateResult, error) {
		if at++; at == len(v.places) {
			return nil, nil
		}
		return v.hedge(ctx, v.places[at], archive.All)
	})
}

// Summary writes the result document without the daily paths. Everything else
// is the same, to the last digit.
func Summary(ctx context.Context, w io.Writer, v *View) error {
	return v.document(ctx, w, archive.Lender, nil)
}

// Columns writes the result document with every daily path as one array a
// column instead of one object a day. All arrays of a path have one element a
// session; what a day does not have is null.
func Columns(ctx context.Context, w io.Writer, v *View) error {
	return v.document(ctx, w, archive.All, v.columns)
}

// Path writes the result document in columns and without the day-by-day
// accounts of the lender's terms: what a chart and a report need, at a quarter
// of the size.
func Path(ctx context.Context, w io.Writer, v *View) error {
	return v.document(ctx, w, archive.Path, v.columns)
}

// The types below repeat a hedge's answer with another daily path: a field of
// the outer struct hides the embedded one of the same name.
type (
	withoutPath struct {
		*lombard.TemplateResult
		DailyPath *struct{} `json:"daily_path,omitempty"` // never set
	}
	withoutDays struct {
		*lombard.TemplateResult
		DailyPath *struct{}           `json:"daily_path,omitempty"` // never set
		Branches  []branchWithoutDays `json:"facility_branches,omitempty"`
	}
	branchWithoutDays struct {
		*lombard.Branch
		Days *struct{} `json:"days,omitempty"` // never set
	}
)

// pathWriter writes a daily path.
type pathWriter func(out *bufio.Writer, t *lombard.TemplateResult) error

// document writes the result with the hedges as they are wanted and their paths
// as path writes them; nil leaves the paths out.
func (v *View) document(ctx context.Context, w io.Writer, want archive.Want, path pathWriter) error {
	const end = "]}"
	top := *v.r.Top()
	top.Templates = []lombard.TemplateResult{}
	head, err := open(&top, end)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	_, _ = out.Write(head) // a failure stays until Flush
	first := true
	err = v.each(ctx, want, func(t *lombard.TemplateResult) error {
		if !first {
			_ = out.WriteByte(',')
		}
		first = false
		if err := v.answer(out, t, want, path); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, _ = out.WriteString(end)
	return out.Flush()
}

func (v *View) answer(out *bufio.Writer, t *lombard.TemplateResult, want archive.Want, path pathWriter) error {
	var body any = withoutPath{TemplateResult: t}
	if want&archive.Lender == 0 {
		light := withoutDays{TemplateResult: t, Branches: make([]branchWithoutDays, len(t.Branches))}
		for i := range t.Branches {
			light.Branches[i].Branch = &t.Branches[i]
		}
		body = light
	}
	const end = "}"
	text, err := open(body, end)
	if err != nil {
		return err
	}
	_, _ = out.Write(text)
	if path != nil {
		_, _ = out.WriteString(`,"daily_path":`)
		if err := path(out, t); err != nil {
			return err
		}
	}
	_, err = out.WriteString(end)
	return err
}

// open encodes a value without the text that ends it.
func open(body any, end string) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	text, ok := bytes.CutSuffix(text, []byte(end))
	if !ok {
		return nil, fmt.Errorf("encode the result: %T does not end with %s", body, end)
	}
	return text, nil
}

// dayColumns are those of the view, of the hedge with a slug: the columns of the
// table of the path.
func (v *View) dayColumns(slug string) []column {
	all := dayColumns(v.r.Top().Request.Units())
	if v.s.Fields == nil {
		return all
	}
	all = append(all, column{name: slugHeading.name, of: func(*lombard.Day) cell { return text(slug) }})
	some := make([]column, len(v.s.Fields))
	for i, name := range v.s.Fields {
		some[i] = all[slices.IndexFunc(all, func(c column) bool { return c.name == name })]
	}
	return some
}

// columns writes one array a column, in the order of the columns.
func (v *View) columns(out *bufio.Writer, t *lombard.TemplateResult) error {
	_ = out.WriteByte('{')
	days := t.DailyPath
	var text []byte
	for i, c := range v.dayColumns(t.TemplateSlug) {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		fmt.Fprintf(out, "%q:[", c.name)
		for j := range days {
			text = text[:0]
			if j > 0 {
				text = append(text, ',')
			}
			var err error
			if text, err = c.of(&days[j]).appendJSON(text); err != nil {
				return fmt.Errorf("%s on %s: %w", c.name, days[j].Date, err)
			}
			_, _ = out.Write(text)
		}
		_ = out.WriteByte(']')
	}
	return out.WriteByte('}')
}

// chosenRows writes one object a day with the columns of the view.
func (v *View) chosenRows(out *bufio.Writer, t *lombard.TemplateResult) error {
	days, columns := t.DailyPath, v.dayColumns(t.TemplateSlug)
	_ = out.WriteByte('[')
	var text []byte
	for j := range days {
		text = text[:0]
		if j > 0 {
			text = append(text, ',')
		}
		text = append(text, '{')
		for i, c := range columns {
			if i > 0 {
				text = append(text, ',')
			}
			text = append(append(append(text, '"'), c.name...), '"', ':')
			var err error
			if text, err = c.of(&days[j]).appendJSON(text); err != nil {
				return fmt.Errorf("%s on %s: %w", c.name, days[j].Date, err)
			}
		}
		_, _ = out.Write(append(text, '}'))
	}
	return out.WriteByte(']')
}

// list words names as "a, b and c".
func list(names []string) string {
	text := ""
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " and "
		default:
			text += ", "
		}
		text += name
	}
	return text
}
