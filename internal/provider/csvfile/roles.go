package csvfile

import (
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard/internal/tabular"
)

// rolesOf gives columns their roles. symbol is the key of the instrument that is
// wanted: where no column is a close, its name may stand beside the names of the
// columns or in place of close. An error is a fault of two columns with one name.
func rolesOf(columns []string, symbol string) ([]role, error) {
	plain := make([]string, len(columns))
	for i, column := range columns {
		plain[i] = letters(column)
	}
	roles, err := assign(columns, plain)
	if err != nil || hasClose(roles) {
		return roles, err
	}
	if roles, err = assign(columns, withoutSymbol(columns, symbol)); err != nil || hasClose(roles) {
		return roles, err
	}
	if i := slices.IndexFunc(columns, func(c string) bool { return symbol != "" && key(c) == symbol }); i >= 0 && roles[i] == roleNone {
		roles[i] = roleClose
		indexed(roles, plain)
	}
	return roles, nil
}

// assign gives roles by plain names.
func assign(columns, plain []string) ([]role, error) {
	roles := make([]role, len(columns))
	single := singleLetters(plain)
	for want := roleDate; want < roleCount; want++ {
		for _, name := range names[want] {
			if len(name) == 1 && !single {
				continue
			}
			i := slices.Index(plain, name)
			if i < 0 || roles[i] != roleNone {
				continue
			}
			if again := slices.Index(plain[i+1:], name); again >= 0 && want != roleSymbol && want != roleVolume {
				return roles, tabular.Fault{Says: fmt.Sprintf("Two of its columns are called %s.", tabular.Quote(columns[i+1+again])), Hint: "Please keep the one that counts."}
			}
			roles[i] = want
			break
		}
	}
	loosely(roles, columns)
	indexed(roles, plain)
	onlyWhereNothingElse(roles)
	return roles, nil
}

// loosely gives the roles that no name has got to the one column whose words say
// so; where two say so it is not clear which, and neither gets it.
func loosely(roles []role, columns []string) {
	for want := roleDate; want < roleCount; want++ {
		l, known := looseNames[want]
		if !known || slices.Contains(roles, want) || want == roleClose && hasClose(roles) {
			continue
		}
		at, n := 0, 0
		for i, column := range columns {
			if roles[i] == roleNone && l.has(column) {
				at, n = i, n+1
			}
		}
		if n == 1 {
			roles[at] = want
		}
	}
}

// indexed takes the first column as the date where it is the index of a data
// frame: nameless, or below the caption "Price" that yfinance writes there.
func indexed(roles []role, plain []string) {
	if len(plain) > 1 && (plain[0] == "" || plain[0] == "price") && hasClose(roles[1:]) && !slices.Contains(roles, roleDate) {
		roles[0] = roleDate
	}
}

// onlyWhereNothingElse takes back the roles of closes that count only where the
// file has no other.
func onlyWhereNothingElse(roles []role) {
	has := func(r role) bool { return slices.Contains(roles, r) }
	better := has(roleSettle) || has(roleClose) || has(roleLast)
	for i, r := range roles {
		if r == roleWeak && (better || has(roleAdjusted)) || r == roleAdjusted && better {
			roles[i] = roleNone
		}
	}
}

// withoutSymbol are the letters of columns without the symbol that some programs
// write before or after them: GLD.Close, Close_GLD. It is the one that is wanted,
// or the one that all columns but the first have.
func withoutSymbol(columns []string, symbol string) []string {
	common := ""
	if rest := columns[1:]; len(rest) > 1 {
		prefix, _, found := strings.Cut(rest[0], ".")
		if found && !slices.ContainsFunc(rest, func(c string) bool { return !strings.HasPrefix(c, prefix+".") }) {
			common = key(prefix)
		}
	}
	plain := make([]string, len(columns))
	for i, column := range columns {
		plain[i] = letters(column)
		for _, mark := range [...]string{".", "_", " "} {
			before, after, found := strings.Cut(column, mark)
			last := strings.LastIndex(column, mark)
			switch {
			case !found:
			case key(before) != "" && (key(before) == symbol || key(before) == common):
				plain[i] = letters(after)
			case symbol != "" && key(column[last+1:]) == symbol:
				plain[i] = letters(column[:last])
			}
		}
	}
	return plain
}

// singleLetters reports whether names of one letter are meant as open, high, low
// and close.
func singleLetters(plain []string) bool {
	for _, letter := range [...]string{"o", "h", "l", "c"} {
		if !slices.Contains(plain, letter) {
			return false
		}
	}
	return true
}

// remark warns of the columns that look as if they counted and are not used.
func (t *table) remark() {
	chosen := t.column(closeRoles[:]...)
	if settle := t.column(roleSettle); settle != "" {
		if other := t.column(roleClose, roleLast); other != "" {
			t.Warn(WarnIgnoredColumn, "The close is taken from %s, the settlement price; %s counts only on lines where that is blank.", tabular.Quote(settle), tabular.Quote(other))
		}
	}
	if t.want != "" && key(chosen) == t.want && !slices.Contains(names[roleClose], letters(chosen)) {
		t.Warn(WarnByName, "The column %s is taken as the close, because it has the name of the symbol.", tabular.Quote(chosen))
	}
	var adjusted, unknown []string
	for i, column := range t.columns {
		l := letters(column)
		switch {
		case t.roleOf[i] != roleNone:
		case isAdjusted(column) || slices.Contains(names[roleAdjusted], l):
			adjusted = append(adjusted, column)
		case slices.Contains(names[roleClose], l) || slices.Contains(names[roleLast], l) || slices.Contains(names[roleSettle], l):
			t.Warn(WarnIgnoredColumn, "The column %s is ignored: the close is taken from %s.", tabular.Quote(column), tabular.Quote(chosen))
		case tells(column):
			unknown = append(unknown, column)
		}
	}
	if len(adjusted) > 0 {
		t.Warn(WarnIgnoredColumn, "The %s %s %s not used: the lender's LTV is counted on prices as they were traded, and these are adjusted.",
			plural(len(adjusted), "column", "columns"), tabular.Found(adjusted), plural(len(adjusted), "is", "are"))
	}
	if len(unknown) > 0 {
		t.Warn(WarnUnknownColumn, "The %s %s %s not understood and not used. Call a column of splits split (new units for each old one), of dividends dividend (cash per unit), and of instruments symbol.",
			plural(len(unknown), "column", "columns"), tabular.Found(unknown), plural(len(unknown), "is", "are"))
	}
	if column := t.column(roleAdjusted); column != "" && chosen == column {
		t.Warn(WarnAdjustedOnly, "The only close of the file is %s, which is adjusted for dividends or splits: past prices, LTVs and strikes differ from those that were traded. Dividends and splits of the file are not counted again. Use prices as they were traded where you can.", tabular.Quote(column))
	}
}

// column returns the name of the first column that has one of the roles, in the
// order of the roles; empty where none has.
func (t *table) column(roles ...role) string {
	for _, r := range roles {
		if i := slices.Index(t.roleOf, r); i >= 0 {
			return t.columns[i]
		}
	}
	return ""
}
