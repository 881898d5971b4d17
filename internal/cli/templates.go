package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/guptarohit/asciigraph"
	"github.com/spf13/cobra"

	"lombard.example/lombard/hedge"
)

func (p *program) templatesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "templates",
		Short: "See the hedges that can be tried",
		Example: `  lombard templates list
  lombard templates show protective-put-atm-12m
  lombard templates validate my-hedge.yaml`,
	}
	cmd.AddCommand(p.templatesList(), p.templatesShow(), p.templatesValidate())
	group(cmd)
	return cmd
}

// catalogued is a template as the catalogue shows it, in process and over HTTP
// alike.
type catalogued struct {
	Slug        string          `json:"slug"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Payoff      []hedge.Payoff  `json:"payoff"`
	document    json.RawMessage // all of it
}

// UnmarshalJSON reads what is shown and keeps the rest.
func (c *catalogued) UnmarshalJSON(text []byte) error {
	type shown catalogued
	if err := json.Unmarshal(text, (*shown)(c)); err != nil {
		return err
	}
	c.document = append(json.RawMessage{}, text...)
	return nil
}

// MarshalJSON writes all of the template.
func (c catalogued) MarshalJSON() ([]byte, error) { return c.document, nil }

// cataloguedOf shows a built-in template as the API does.
func cataloguedOf(t hedge.Template) (c catalogued, err error) {
	text, err := json.Marshal(struct {
		hedge.Template
		Description string         `json:"description"`
		Hash        string         `json:"template_hash"`
		Payoff      []hedge.Payoff `json:"payoff"`
	}{t, t.Words(), t.Hash(), t.PayoffPoints()})
	if err != nil {
		return c, fmt.Errorf("show template %s: %w", t.Slug, err)
	}
	return c, c.UnmarshalJSON(text)
}

// templates returns the catalogue: the program's own, or the server's.
func (p *program) templates(cmd *cobra.Command) ([]catalogued, error) {
	c, err := p.settings(cmd)
	if err != nil {
		return nil, err
	}
	if c.Server != "" {
		r := p.remote(c.Server)
		defer r.Close()
		return r.templates(cmd.Context())
	}
	var out []catalogued
	for _, t := range hedge.All() {
		shown, err := cataloguedOf(t)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}

func (p *program) template(cmd *cobra.Command, slug string) (catalogued, error) {
	c, err := p.settings(cmd)
	if err != nil {
		return catalogued{}, err
	}
	if c.Server != "" {
		r := p.remote(c.Server)
		defer r.Close()
		var t catalogued
		err := r.exchange(cmd.Context(), http.MethodGet, "/api/v1/templates/"+url.PathEscape(slug), nil, &t)
		return t, err
	}
	t, err := hedge.Lookup(slug)
	if err != nil {
		return catalogued{}, err
	}
	return cataloguedOf(t)
}

func (r *remote) templates(ctx context.Context) ([]catalogued, error) {
	var answer struct {
		Templates []catalogued `json:"templates"`
	}
	err := r.exchange(ctx, http.MethodGet, "/api/v1/templates", nil, &answer)
	return answer.Templates, err
}

func (p *program) templatesList() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the built-in hedges",
		Example: "  lombard templates list",
		Args:    takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			all, err := p.templates(cmd)
			if err != nil {
				return err
			}
			if form == formJSON {
				return p.printJSON(all)
			}
			width := 0
			for _, t := range all {
				width = max(width, len(t.Slug))
			}
			s := p.world.screen()
			var b strings.Builder
			for _, t := range all {
				fmt.Fprintf(&b, "%-*s  %s\n", width, t.Slug, cut(t.Title, max(20, s.columns-width-2)))
			}
			return p.print(s.fit(b.String()))
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

func (p *program) templatesShow() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:     "show TEMPLATE",
		Short:   "Show a hedge in words, with its payoff at expiry",
		Example: "  lombard templates show protective-put-atm-12m",
		Args:    takes(1, 1, "the slug of one template"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			t, err := p.template(cmd, args[0])
			if err != nil {
				return plainly(err)
			}
			if form == formJSON {
				return p.printJSON(t)
			}
			s := p.world.screen()
			return p.print(s.fit(templateText(t, s)))
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

func (p *program) templatesValidate() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "validate FILE",
		Short: "Check a hedge of one's own",
		Long: `Reads a template in YAML or JSON, says everything that is wrong with it, and
otherwise shows it in words with its payoff at expiry. - reads standard input.`,
		Example: "  lombard templates validate my-hedge.yaml",
		Args:    takes(1, 1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			shown, text, err := readInput(cmd.Context(), p.world, args[0], maxDocument)
			if err != nil {
				return err
			}
			document, err := parseDocument(shown, text)
			if err != nil {
				return err
			}
			t, err := hedge.Parse(document.JSON())
			if err != nil {
				return err
			}
			c, err := cataloguedOf(t)
			if err != nil {
				return err
			}
			if form == formJSON {
				return p.printJSON(c)
			}
			s := p.world.screen()
			return p.print(s.fit(templateText(c, s) + "\nThe template is valid.\n"))
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

func templateText(t catalogued, s screen) string {
	return fmt.Sprintf("%s: %s\n\n%s\n\n%s\n", s.style(bold, escaped(t.Slug, "")), escaped(t.Title, ""), wrap(t.Description, s.columns, ""), payoffChart(t.Payoff, s))
}

// payoffChart draws what the position is worth at expiry against the spot
// then, alone and with the hedge, both as percentages of the spot at entry.
func payoffChart(points []hedge.Payoff, s screen) string {
	if len(points) < 2 {
		return ""
	}
	_, unhedged, hedged := s.strokes()
	columns := s.columns - labelWidth
	first, last := points[0].Spot, points[len(points)-1].Spot
	alone, together := make([]float64, columns), make([]float64, columns)
	for c := range columns {
		x := float64(c) / float64(columns-1) * float64(len(points)-1)
		i := min(int(x), len(points)-2)
		between := func(a, b float64) float64 { return a + (x-float64(i))*(b-a) }
		alone[c] = between(points[i].Spot, points[i+1].Spot)
		together[c] = between(points[i].Position, points[i+1].Position)
	}
	percents := func(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) }
	return drawChart(s, [][]float64{alone, together}, []stroke{unhedged, hedged}, "Worth at expiry, premiums not counted", percents,
		asciigraph.XAxisRange(first, last), asciigraph.XAxisTickCount(5), asciigraph.XAxisValueFormatter(percents)) +
		"\n" + wrap("Across: spot at expiry. Up: worth of a unit with its options. Both in percent of the spot at entry.", s.columns, "")
}
