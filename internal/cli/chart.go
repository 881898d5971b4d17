package cli

import (
	"fmt"
	"strings"

	"github.com/guptarohit/asciigraph"

	"lombard.example/lombard"
)

const (
	chartRows  = 14
	labelWidth = 14 // of the vertical axis with its line, and half a date at the right end
	dateWidth  = 14 // of a date on the horizontal axis, with the space around it
)

// The strokes of the chart: each line has a shape of its own, so that it can
// be told apart without colour.
var (
	thinStroke = asciigraph.CharSet{
		Horizontal: "─", VerticalLine: "│", ArcDownRight: "╭", ArcDownLeft: "╮", ArcUpRight: "╰", ArcUpLeft: "╯",
		EndCap: "╴", StartCap: "╶", UpRight: "└", DownHorizontal: "┬",
	}
	thickStroke = asciigraph.CharSet{
		Horizontal: "━", VerticalLine: "┃", ArcDownRight: "┏", ArcDownLeft: "┓", ArcUpRight: "┗", ArcUpLeft: "┛",
		EndCap: "╸", StartCap: "╺", UpRight: "└", DownHorizontal: "┬",
	}
)

// stroke is one line of a chart.
type stroke struct {
	name   string
	shape  asciigraph.CharSet
	sample string // of the shape, for the legend
	color  asciigraph.AnsiColor
}

// strokes returns the shapes of the threshold, the unhedged and the hedged line.
func (s screen) strokes() (threshold, unhedged, hedged stroke) {
	if s.unicode {
		return stroke{shape: asciigraph.CreateCharSet("┈"), sample: "┈┈", color: asciigraph.Gray},
			stroke{name: "unhedged", shape: thickStroke, sample: "━━", color: asciigraph.Red},
			stroke{name: "hedged", shape: thinStroke, sample: "──", color: asciigraph.Green}
	}
	return stroke{shape: asciigraph.CreateCharSet("-"), sample: "--", color: asciigraph.Gray},
		stroke{name: "unhedged", shape: asciigraph.CreateCharSet("#"), sample: "##", color: asciigraph.Red},
		stroke{name: "hedged", shape: asciigraph.CreateCharSet("o"), sample: "oo", color: asciigraph.Green}
}

// ltvChart draws the LTV of the primary template, hedged and unhedged, against
// the lender's threshold. A column that stands for several sessions shows the
// highest of them, so no margin call is lost.
func ltvChart(r *lombard.Result, s screen) string {
	path := primaryPath(r)
	if len(path) < 2 {
		return ""
	}
	threshold, unhedged, hedged := s.strokes()
	threshold.name = "called at " + percent(r.MarginCallLTV)
	if recognition := r.Request.Facility.HedgeRecognition; recognition != lombard.RecognitionMarketValue {
		hedged.name = "hedged, as the lender counts"
	}
	columns := s.columns - labelWidth
	ltv := func(of func(*lombard.Day) float64) []float64 {
		points := make([]float64, len(path))
		for i := range path {
			points[i] = of(&path[i])
		}
		return highest(points, columns)
	}
	limit := make([]float64, columns)
	for i := range limit {
		limit[i] = r.MarginCallLTV
	}
	data := [][]float64{
		limit,
		ltv(func(d *lombard.Day) float64 { return d.LTVUnhedged }),
		ltv(func(d *lombard.Day) float64 { return d.LTVRecognised }), // the one that decides a call
	}
	dates := make([]lombard.Date, len(path))
	for i := range path {
		dates[i] = path[i].Date
	}
	return drawChart(s, data, []stroke{threshold, unhedged, hedged}, "LTV", func(y float64) string { return fmt.Sprintf("%.1f %%", 100*y) }, dateAxis(dates, columns)...)
}

// drawChart draws lines that are as many points long as the plot is wide.
func drawChart(s screen, data [][]float64, lines []stroke, title string, label func(float64) string, more ...asciigraph.Option) string {
	var shapes []asciigraph.CharSet
	var colors []asciigraph.AnsiColor
	legend := []string{title}
	for _, l := range lines {
		shapes, colors = append(shapes, l.shape), append(colors, l.color)
		sample := l.sample
		if s.color {
			sample = l.color.String() + sample + asciigraph.Default.String()
		}
		legend = append(legend, sample+" "+l.name)
	}
	options := []asciigraph.Option{
		asciigraph.Height(chartRows), asciigraph.SeriesChars(shapes...), asciigraph.YAxisValueFormatter(label),
	}
	if s.color {
		options = append(options, asciigraph.SeriesColors(colors...))
	}
	plot := asciigraph.PlotMany(data, append(options, more...)...)
	rows := strings.Split(plot, "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return strings.ReplaceAll(strings.Join(legend, "   ")+"\n"+strings.Join(rows, "\n"), "\x1b", ownEscape)
}

func dateAxis(dates []lombard.Date, columns int) []asciigraph.Option {
	last := float64(len(dates) - 1)
	return []asciigraph.Option{
		asciigraph.XAxisRange(0, last),
		asciigraph.XAxisTickCount(max(2, min(columns/dateWidth, len(dates)))),
		asciigraph.XAxisValueFormatter(func(x float64) string {
			return dates[min(max(int(x+0.5), 0), len(dates)-1)].String()
		}),
	}
}

// primaryPath returns the daily path of the primary template.
func primaryPath(r *lombard.Result) []lombard.Day {
	for i := range r.Templates {
		if r.Templates[i].TemplateSlug == r.PrimaryTemplate {
			return r.Templates[i].DailyPath
		}
	}
	if len(r.Templates) > 0 {
		return r.Templates[0].DailyPath
	}
	return nil
}

// highest fits points into columns: each takes the highest of the points it
// stands for, or repeats its point when there are fewer points than columns.
func highest(points []float64, columns int) []float64 {
	out := make([]float64, columns)
	for c := range out {
		from := c * len(points) / columns
		to := max(from+1, (c+1)*len(points)/columns)
		top := points[from]
		for _, p := range points[from:to] {
			top = max(top, p)
		}
		out[c] = top
	}
	return out
}
