// Package export turns a stored result into the shapes people take away: a
// table of days as CSV, the same days as columns, the figures without the
// days. It only rearranges what the result says and computes nothing anew.
package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
)

// Decode reads a result document as it is stored.
func Decode(document []byte) (*lombard.Result, error) {
	var r lombard.Result
	if err := json.Unmarshal(document, &r); err != nil {
		return nil, fmt.Errorf("decode the result document: %w", err)
	}
	return &r, nil
}

// JSON writes the result document: rows, hedge by hedge.
func JSON(ctx context.Context, w io.Writer, r *archive.Result) error {
	if rows := r.Rows(); rows != nil {
		_, err := w.Write(rows)
		return err
	}
	place := -1
	return r.Top().WriteJSON(w, func() (*lombard.TemplateResult, error) {
		if place++; place == len(r.Slugs()) {
			return nil, nil
		}
		return r.Hedge(ctx, place, archive.All)
	})
}

// Select returns the results of the template with that slug, of all when the
// slug is empty. An unknown slug is an error of kind not_found that names the
// templates the result has.
func Select(r *lombard.Result, slug string) ([]lombard.TemplateResult, error) {
	if slug == "" {
		return r.Templates, nil
	}
	for i := range r.Templates {
		if r.Templates[i].TemplateSlug == slug {
			return r.Templates[i : i+1], nil
		}
	}
	known := make([]string, len(r.Templates))
	for i := range r.Templates {
		known[i] = r.Templates[i].TemplateSlug
	}
	return nil, &lombard.Error{
		Kind: lombard.KindNotFound, Code: "template_not_in_result",
		Message: fmt.Sprintf("The result has no template %q.", slug),
		Hint:    "It has " + list(known) + ".",
	}
}

// Summary returns the result document without the daily paths. Everything else
// is the same, to the last digit.
func Summary(r *lombard.Result) ([]byte, error) {
	doc := withoutDays{Result: r, Templates: make([]templateWithoutDays, len(r.Templates))}
	for i := range r.Templates {
		doc.Templates[i].TemplateResult = &r.Templates[i]
	}
	return encode(doc)
}

// Columns returns the result document with every daily path as one array a
// column instead of one object a day. All arrays of a path have one element a
// session; what a day does not have is null.
func Columns(r *lombard.Result) ([]byte, error) {
	doc := withColumns{Result: r, Templates: make([]templateWithColumns, len(r.Templates))}
	for i := range r.Templates {
		doc.Templates[i] = templateWithColumns{TemplateResult: &r.Templates[i], DailyPath: path{r.Templates[i].DailyPath, r.Request.UnderlyingUnits}}
	}
	return encode(doc)
}

// Path returns the result document in columns and without the day-by-day
// accounts of the lender's terms: what a chart and a report need, at a quarter
// of the size.
func Path(r *lombard.Result) ([]byte, error) {
	doc := withPath{Result: r, Templates: make([]templateWithPath, len(r.Templates))}
	for i := range r.Templates {
		t := &r.Templates[i]
		doc.Templates[i] = templateWithPath{TemplateResult: t, DailyPath: path{t.DailyPath, r.Request.UnderlyingUnits}, Branches: make([]branchWithoutDays, len(t.Branches))}
		for j := range t.Branches {
			doc.Templates[i].Branches[j].Branch = &t.Branches[j]
		}
	}
	return encode(doc)
}

// The types below repeat a result with another daily path: a field of the
// outer struct hides the embedded one of the same name.
type (
	withoutDays struct {
		*lombard.Result
		Templates []templateWithoutDays `json:"template_results"`
	}
	templateWithoutDays struct {
		*lombard.TemplateResult
		DailyPath *struct{} `json:"daily_path,omitempty"` // never set
	}
	withColumns struct {
		*lombard.Result
		Templates []templateWithColumns `json:"template_results"`
	}
	templateWithColumns struct {
		*lombard.TemplateResult
		DailyPath path `json:"daily_path"`
	}
	withPath struct {
		*lombard.Result
		Templates []templateWithPath `json:"template_results"`
	}
	templateWithPath struct {
		*lombard.TemplateResult
		DailyPath path                `json:"daily_path"`
		Branches  []branchWithoutDays `json:"facility_branches,omitempty"`
	}
	branchWithoutDays struct {
		*lombard.Branch
		Days *struct{} `json:"days,omitempty"` // never set
	}
)

// path is a daily path that is encoded column by column, of a request over so
// many units.
type path struct {
	days  []lombard.Day
	asked float64
}

// MarshalJSON writes one array a column, in the order of the columns.
func (p path) MarshalJSON() ([]byte, error) {
	columns := dayColumns(p.asked)
	out := make([]byte, 0, len(p.days)*len(columns)*12+1024)
	out = append(out, '{')
	var err error
	for i, c := range columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, c.name...)
		out = append(out, '"', ':', '[')
		for j := range p.days {
			if j > 0 {
				out = append(out, ',')
			}
			if out, err = c.of(&p.days[j]).appendJSON(out); err != nil {
				return nil, fmt.Errorf("%s on %s: %w", c.name, p.days[j].Date, err)
			}
		}
		out = append(out, ']')
	}
	return append(out, '}'), nil
}

func encode(doc any) ([]byte, error) {
	out, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	return out, nil
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
