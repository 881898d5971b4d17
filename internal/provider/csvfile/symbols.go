package csvfile

import (
	"fmt"
	"strings"

	"lombard.example/lombard/internal/tabular"
)

// symbols are the instruments that the rows of a file name.
type symbols struct {
	where  string // they stand, such as column "symbol"
	wanted string // as the caller writes the one that is wanted
	other  []string
	keys   map[string]bool // of all that are not wanted
	own    string          // as the file writes the one that is wanted; empty until it is met
	last   string          // the text of the row before, and whether it was taken
	taken  bool
}

// mostSymbols is how many symbols are counted, mostNamed how many a message names.
const (
	mostSymbols = 100_000
	mostNamed   = 10
)

// take reports whether a row of the symbol named by text is to be kept, and
// whether the rows before it are not. Rows of the first symbol are kept until
// another one is met, in case it is the only one.
func (s *symbols) take(text, want string) (mine, afresh bool) {
	k := key(text)
	if k == "" && s.last == "" {
		return true, false
	}
	if k == "" || text == s.last { // a blank cell is read as ditto
		return s.taken, false
	}
	s.last = strings.Clone(text)
	switch {
	case k == want:
		s.taken, afresh = true, s.own == "" && len(s.keys) > 0
		s.own = s.last
	case s.keys[k] || len(s.keys) == mostSymbols:
		s.taken = s.own == "" && len(s.keys) == 1
	default:
		if s.keys == nil {
			s.keys = map[string]bool{}
		}
		s.keys[k] = true
		if len(s.other) < mostNamed {
			s.other = append(s.other, s.last)
		}
		s.taken = s.own == "" && len(s.keys) == 1
		afresh = s.own == "" && len(s.keys) == 2
	}
	return s.taken, afresh
}

// fault refuses a file of several symbols of which none is wanted.
func (s *symbols) fault() error {
	if s.own != "" || len(s.keys) < 2 {
		return nil
	}
	says := fmt.Sprintf("It has prices of %s symbols in its %s: %s", count(len(s.keys)), s.where, s.list())
	if s.wanted != "" {
		says += fmt.Sprintf(", and none of them is %s", tabular.Quote(s.wanted))
	}
	return tabular.Fault{
		Says: says + ".",
		Hint: "Please import it under one of these symbols, and only the rows of that symbol are taken. If it is one series that goes from contract to contract, call the column contract.",
	}
}

// remark warns of rows left out, and of another symbol than the one wanted.
func (s *symbols) remark(r *tabular.Report) {
	switch n := len(s.keys); {
	case s.own != "" && n > 0:
		r.Warn(WarnSymbolRows, "The file has several symbols; only the prices of %s are taken. Left out: %s.", tabular.Quote(s.own), s.list())
	case s.own == "" && n == 1 && s.wanted != "" && !tabular.Digits(key(s.other[0])) && !alike(s.other[0], s.wanted):
		r.Warn(WarnOtherSymbol, "The file says that its prices are of %s; they are taken as those of %s.", tabular.Quote(s.other[0]), s.wanted)
	}
}

// alike reports whether one name is the other with something more, as GLD.US.
func alike(a, b string) bool {
	a, b = key(a), key(b)
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

// list names the symbols that are not wanted.
func (s *symbols) list() string {
	list := tabular.Found(s.other)
	if more := len(s.keys) - len(s.other); more > 0 {
		list += fmt.Sprintf(" and %s more", count(more))
	}
	return list
}

// count writes a number, which ends at mostSymbols.
func count(n int) string {
	if n >= mostSymbols {
		return "more than " + fmt.Sprint(mostSymbols-1)
	}
	return fmt.Sprint(n)
}

// name is how the file calls what was read; empty where it does not.
func (s *symbols) name() string {
	if s.own == "" && len(s.other) == 1 {
		return s.other[0]
	}
	return s.own
}
