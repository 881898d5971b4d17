package export

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/market"
)

// The tables of a result.
const (
	TablePath      = "path"
	TableTrades    = "trades"
	TableContracts = "contracts"
	TableEvents    = "events"
	TableMetrics   = "metrics"
)

// Tables lists the tables of a result.
func Tables() []string {
	return []string{TablePath, TableTrades, TableContracts, TableEvents, TableMetrics}
}

// heading is a column of a table. What its cells are does not depend on the
// result: a column of numbers is one in every file.
type heading struct {
	name string
	kind columnKind
	unit unit
}

// table is one of the tables of a result, row by row.
type table struct {
	name     string
	dated    bool // its rows have a date to choose by
	headings []heading
	want     archive.Want
	// rows calls put with the cells of each row of a hedge, one a heading; the
	// cells are used again.
	rows func(v *View, t *lombard.TemplateResult, put func([]cell) error) error
}

// tableOf returns the table with a name; an empty one is the path's.
func tableOf(name string) (table, bool) {
	switch name {
	case "", TablePath:
		return pathTable(), true
	case TableTrades:
		return tradesTable(), true
	case TableContracts:
		return contractsTable(), true
	case TableEvents:
		return eventsTable(), true
	case TableMetrics:
		return metricsTable(), true
	default:
		return table{}, false
	}
}

// table returns the view's table with the columns that are asked for.
func (v *View) table() table {
	t, _ := tableOf(v.s.Table) // which Look has checked
	if v.s.Fields == nil {
		return t
	}
	places := make([]int, len(v.s.Fields))
	headings := make([]heading, len(v.s.Fields))
	for i, name := range v.s.Fields {
		places[i] = slices.IndexFunc(t.headings, func(h heading) bool { return h.name == name })
		headings[i] = t.headings[places[i]]
	}
	all := t.rows
	t.headings = headings
	t.rows = func(v *View, r *lombard.TemplateResult, put func([]cell) error) error {
		some := make([]cell, len(places))
		return all(v, r, func(row []cell) error {
			for i, place := range places {
				some[i] = row[place]
			}
			return put(some)
		})
	}
	return t
}

// each calls put with every row of the view.
func (t *table) each(ctx context.Context, v *View, put func([]cell) error) error {
	return v.each(ctx, t.want, func(r *lombard.TemplateResult) error { return t.rows(v, r, put) })
}

var slugHeading = heading{"template_slug", kindText, ""}

func pathTable() table {
	t := table{name: TablePath, dated: true, want: archive.Path, headings: []heading{slugHeading}}
	for _, c := range dayColumns(0) {
		t.headings = append(t.headings, heading{c.name, c.kind, c.unit})
	}
	t.rows = func(v *View, r *lombard.TemplateResult, put func([]cell) error) error {
		columns := dayColumns(v.r.Top().Request.Units())
		row := make([]cell, 1+len(columns))
		row[0] = text(r.TemplateSlug)
		for i := range r.DailyPath {
			for k := range columns {
				row[k+1] = columns[k].of(&r.DailyPath[i])
			}
			if err := put(row); err != nil {
				return err
			}
		}
		return nil
	}
	return t
}

func contractsTable() table {
	return table{
		name: TableContracts,
		headings: []heading{
			slugHeading,
			{"contract", kindText, ""},
			{"leg", kindText, ""},
			{"right", kindText, ""},
			{"style", kindText, ""},
			{"quantity", kindNumber, unitUnits},
			{"multiplier", kindNumber, unitUnits},
			{"strike", kindNumber, unitPrice},
			{"opened", kindDate, ""},
			{"expiry", kindDate, ""},
			{"spot_at_open", kindNumber, unitPrice},
			{"iv", kindNumber, unitFraction},
			{"rate", kindNumber, unitFraction},
			{"yield", kindNumber, unitFraction},
			{"mid", kindNumber, unitPrice},
			{"fill", kindNumber, unitPrice},
			{"premium", kindNumber, unitMoney},
			{"settled", kindDate, ""},
			{"payoff", kindNumber, unitMoney},
			{"open_mark", kindNumber, unitMoney},
		},
		rows: func(_ *View, r *lombard.TemplateResult, put func([]cell) error) error {
			for i := range r.Contracts {
				c := &r.Contracts[i]
				if err := put([]cell{
					text(r.TemplateSlug), text(c.ID), text(c.Leg), text(string(c.Right)), text(string(c.Style)),
					number(c.Quantity), number(c.Multiplier), number(c.Strike),
					dated(c.Opened), dated(c.Expiry), number(c.SpotAtOpen),
					number(c.IV), unlessZero(c.Rate), optional(c.Yield),
					number(c.Mid), number(c.Fill), number(c.Premium),
					dated(c.Settled), optional(c.Payoff), optional(c.OpenMark),
				}); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// tradesTable has a row for every purchase or sale to open, and for every trade
// until the settlement.
func tradesTable() table {
	return table{
		name: TableTrades, dated: true,
		headings: []heading{
			slugHeading,
			{"date", kindDate, ""},
			{"contract", kindText, ""},
			{"type", kindText, ""},
			{"quantity", kindNumber, unitUnits},
			{"mid", kindNumber, unitPrice},
			{"fill", kindNumber, unitPrice},
			{"proceeds", kindNumber, unitMoney},
		},
		rows: func(v *View, r *lombard.TemplateResult, put func([]cell) error) error {
			for i := range r.Contracts {
				c := &r.Contracts[i]
				trades := append([]lombard.ContractTrade{{Date: c.Opened, Type: "open", Quantity: c.Quantity, Mid: c.Mid, Fill: c.Fill, Proceeds: -c.Quantity * c.Mid}}, c.Trades...)
				for _, x := range trades {
					if !v.within(x.Date) {
						continue
					}
					if err := put([]cell{text(r.TemplateSlug), dated(x.Date), text(c.ID), text(x.Type), number(x.Quantity), number(x.Mid), number(x.Fill), number(x.Proceeds)}); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// eventsTable has what happened on the path, and in each branch of a facility.
func eventsTable() table {
	return table{
		name: TableEvents, dated: true, want: archive.Path,
		headings: []heading{
			slugHeading,
			{"branch", kindText, ""},
			{"date", kindDate, ""},
			{"type", kindText, ""},
			{"contract", kindText, ""},
			{"price", kindNumber, unitPrice},
			{"quantity", kindNumber, unitUnits},
			{"cash", kindNumber, unitMoney},
			{"text", kindText, ""},
		},
		rows: func(v *View, r *lombard.TemplateResult, put func([]cell) error) error {
			one := func(branch string, date lombard.Date, e *lombard.Event) error {
				return put([]cell{
					text(r.TemplateSlug), orNone(branch), dated(date), text(e.Type), orNone(e.Contract),
					unlessZero(e.Price), unlessZero(e.Quantity), unlessZero(e.Cash), text(e.Text),
				})
			}
			for i := range r.DailyPath {
				for k := range r.DailyPath[i].Events {
					if err := one("", r.DailyPath[i].Date, &r.DailyPath[i].Events[k]); err != nil {
						return err
					}
				}
			}
			for i := range r.Branches {
				for k := range r.Branches[i].Events {
					e := &r.Branches[i].Events[k]
					if !v.within(e.Date) {
						continue
					}
					if err := one(r.Branches[i].Branch, e.Date, e); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// metricsTable has every figure of a hedge on a row of its own, under the names
// on the wire joined by dots. A figure that is a date or a truth is a text.
func metricsTable() table {
	return table{
		name:     TableMetrics,
		headings: []heading{slugHeading, {"metric", kindText, ""}, {"value", kindNumber, ""}, {"text", kindText, ""}},
		rows: func(_ *View, r *lombard.TemplateResult, put func([]cell) error) error {
			for _, group := range []struct {
				name string
				of   any
			}{{"summary_metrics", r.Summary}, {"metrics", r.Metrics}} {
				encoded, err := json.Marshal(group.of)
				if err != nil {
					return fmt.Errorf("encode the figures: %w", err)
				}
				d := json.NewDecoder(strings.NewReader(string(encoded)))
				if err := walkFigures(d, group.name, func(name string, value, words cell) error {
					return put([]cell{text(r.TemplateSlug), text(name), value, words})
				}); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// walkFigures calls put for every value of a JSON object, in its order.
func walkFigures(d *json.Decoder, name string, put func(name string, value, words cell) error) error {
	token, err := d.Token()
	if err != nil {
		return fmt.Errorf("read the figures: %w", err)
	}
	none := cell{kind: cellNone}
	switch x := token.(type) {
	case json.Delim: // an object: figures hold no lists
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return fmt.Errorf("read the figures: %w", err)
			}
			if err := walkFigures(d, fmt.Sprintf("%s.%v", name, key), put); err != nil {
				return err
			}
		}
		_, err := d.Token()
		return err
	case float64:
		return put(name, number(x), none)
	case nil:
		return put(name, none, none)
	default:
		return put(name, none, text(fmt.Sprint(x)))
	}
}

// words returns the text of a cell: of a list, its JSON.
func (c cell) words() (string, error) {
	if c.kind == cellText {
		return c.text, nil
	}
	b, err := c.appendJSON(nil)
	return string(b), err
}

// attributes are what a file says of itself beside its rows.
func (v *View) attributes(t *table) map[string]string {
	top := v.r.Top()
	instrument, _ := market.Lookup(top.Symbol)
	units := map[string]string{}
	for _, h := range t.headings {
		if h.unit != "" {
			units[h.name] = string(h.unit)
		}
	}
	encoded, err := json.Marshal(units)
	if err != nil {
		panic(err) // a map of texts encodes
	}
	return map[string]string{
		"lombard.table": t.name, "lombard.scenario_id": top.ScenarioID, "lombard.scenario_name": top.ScenarioName,
		"lombard.currency": instrument.Currency, "lombard.units": string(encoded), "lombard.engine": top.Provenance.Engine,
		"lombard.data_digest": top.Provenance.DataDigest, "lombard.result_digest": v.r.Digest, "lombard.licence": top.Provenance.Licence,
	}
}
