package cli

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"lombard.example/lombard"
)

// ownEscape stands for the escape character in text of our own until the text
// is written. No text that a document or a flag brings has it: it is not UTF-8.
const ownEscape = "\xff"

// The ANSI sequences in use.
const (
	bold  = ownEscape + "[1m"
	dim   = ownEscape + "[2m"
	plain = ownEscape + "[0m"
)

// style wraps text in an ANSI sequence where the screen has colours.
func (s screen) style(sequence, text string) string {
	if !s.color || text == "" {
		return text
	}
	return sequence + text + plain
}

// asciiLetters are spellings for screens that show ASCII only.
var asciiLetters = []string{
	"−", "-", "–", "-", "—", "-", "…", "...", "×", "x", "·", "-", "≥", ">=", "≤", "<=", "’", "'", "“", `"`, "”", `"`, "√", "sqrt ",
	"\u00a0", " ", "\u202f", " ", "\u2009", " ",
	"┤", "|", "┼", "+", "└", "+", "┬", "+", "─", "-", "━", "#", "│", "|", "•", "*",
}

// fit returns the text as the screen can show it.
func (s screen) fit(text string) string {
	if s.unicode {
		return text
	}
	text = strings.NewReplacer(asciiLetters...).Replace(escaped(text, "\n\t"))
	parts := strings.Split(text, ownEscape)
	for i := range parts {
		parts[i] = strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf {
				return r
			}
			return '?'
		}, parts[i])
	}
	return strings.Join(parts, ownEscape)
}

// wrap breaks text into lines of at most width letters, all but the first
// indented by indent. A longer word stands alone.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	used := 0
	for i, word := range words(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case used+1+n > width:
			b.WriteString("\n" + indent)
			used = utf8.RuneCountInString(indent)
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String()
}

// words splits text where a line may end: at blanks, but not before a percent
// sign.
func words(text string) []string {
	var out []string
	for word := range strings.FieldsSeq(text) {
		if strings.HasPrefix(word, "%") && len(out) > 0 {
			out[len(out)-1] += " " + word
			continue
		}
		out = append(out, word)
	}
	return out
}

// grouped writes a number with thousands separators and a true minus sign.
func grouped(x float64, decimals int) string {
	text := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	var b strings.Builder
	if x < 0 && strings.Trim(text, "0.") != "" {
		b.WriteString("−")
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// money writes an amount to the cent.
func money(x float64) string { return grouped(x, 2) }

// count writes a whole number.
func count(n int) string { return grouped(float64(n), 0) }

// quantity writes a quantity with as many decimals as it needs.
func quantity(x float64) string {
	text := strconv.FormatFloat(x, 'f', -1, 64)
	_, fraction, _ := strings.Cut(text, ".")
	return grouped(x, min(len(fraction), 8))
}

// percent writes a fraction as a percentage with two decimals.
func percent(x float64) string { return grouped(100*x, 2) + " %" }

// orNone writes a date, or that there is none.
func orNone(d lombard.Date) string {
	if d.IsZero() {
		return "none"
	}
	return d.String()
}

// plural returns "1 day", "2 days".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// table is text in columns: the first flush left, the others flush right
// unless the table is one of words.
type table struct {
	header []string
	rows   [][]string
	words  bool
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// lines returns the table, its columns two spaces apart, without trailing blanks.
func (t *table) lines(s screen) []string {
	all := t.rows
	if t.header != nil {
		all = append([][]string{t.header}, t.rows...)
	}
	for _, row := range all {
		for i := range row {
			row[i] = escaped(row[i], "")
		}
	}
	var widths []int
	for _, row := range all {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out []string
	for r, row := range all {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			switch {
			case i == 0:
				b.WriteString(cell + pad)
			case t.words:
				b.WriteString("  " + cell + pad)
			default:
				b.WriteString("  " + pad + cell)
			}
		}
		line := strings.TrimRight(b.String(), " ")
		if r == 0 && t.header != nil {
			line = s.style(dim, line)
		}
		out = append(out, line)
	}
	return out
}
