package chainfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/occ"
	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// oneUnderlying refuses a file of several of which none is wanted.
func (t *reader) oneUnderlying() error {
	switch n := len(t.symbols); {
	case t.own != "" && n > 0:
		t.Warn(WarnSymbolRows, "The file has options on several underlyings; only those on %s are taken. Left out are those on %s.", t.own, list(t.symbols))
	case t.own == "" && n > 1:
		says := fmt.Sprintf("It holds options on more than one underlying: %s", list(t.symbols))
		if t.wanted != "" {
			says += fmt.Sprintf(", and none of them is %s", t.wanted)
		}
		return tabular.Fault{Says: says + ".", Hint: "Please import it under one of these symbols, and only its options are taken."}
	case t.own == "" && n == 1 && t.wanted != "" && !strings.HasPrefix(occ.Plain(t.symbols[0]), t.wanted) && !strings.HasPrefix(t.wanted, occ.Plain(t.symbols[0])):
		t.Warn(WarnOtherSymbol, "The file says that its options are on %s; they are taken as those on %s.", t.symbols[0], t.wanted)
	}
	return nil
}

// on names an underlying in a sentence.
func on(underlying string) string {
	if underlying == "" {
		return ""
	}
	return " on " + underlying
}

// list joins names for a message.
func list(names []string) string {
	more := ""
	if len(names) > mostNamed {
		names, more = names[:mostNamed], " and others"
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = tabular.Clip(name)
	}
	return strings.Join(quoted, ", ") + more
}

// file makes chains of the days and warns of what was left out. What is wrong
// goes to the report.
func (t *reader) file() (File, error) {
	out := File{Layout: t.layout.name, Symbol: t.underlying()}
	dates := make([]lombard.Date, 0, len(t.days))
	for date := range t.days {
		dates = append(dates, date)
	}
	slices.Sort(dates)
	var morning tabular.Tally
	for _, date := range dates {
		d := t.days[date]
		delete(t.days, date) // its memory is used for the chain
		chain, err := market.NewChain(date, t.distinct(date, d.quotes, &morning))
		if err != nil {
			return out, tabular.Fault{Says: fmt.Sprintf("On %s it has %s.", date, err), Err: err}
		}
		if len(chain.Quotes) > 0 {
			out.Chains = append(out.Chains, chain)
		}
		if d.close > 0 {
			out.Closes = append(out.Closes, market.Bar{Date: date, Close: d.close})
		}
	}
	t.remark(&morning)
	return out, nil
}

// remark warns of what was left out and taken instead.
func (t *reader) remark(morning *tabular.Tally) {
	if t.adjusted.Count > 0 {
		t.Warn(WarnAdjusted, "%s of adjusted or other contracts (%s) %s left out, the first on line %d: their strikes or deliveries are not those of standard options%s.",
			t.adjusted.Rows(), list(t.roots), t.adjusted.Were(), t.adjusted.First, on(t.underlying()))
	}
	if t.earlier.Count > 0 {
		t.Warn(WarnEarlier, "%s without a quote at the end of the day %s taken with that of 15:45, the first on line %d.",
			t.earlier.Rows(), t.earlier.Were(), t.earlier.First)
	}
	if morning.Count > 0 {
		t.Warn(WarnTwoRoots, "%s of options that settle at the open %s left out, the first on line %d: the file has the same options settling at the close.",
			morning.Rows(), morning.Were(), morning.First)
	}
	if t.closes.Count > 0 {
		t.Warn(WarnTwoCloses, "In %s the underlying's close differs from the first of its day, which is taken; the first is line %d.",
			t.closes.Rows(), t.closes.First)
	}
}

// distinct returns the options of a day, each once. Of two that differ in the
// time of their settlement alone, the one that settles at the close is taken;
// other different quotes of one option go to the report.
func (t *reader) distinct(date lombard.Date, quotes []quote, morning *tabular.Tally) []market.OptionQuote {
	slices.SortFunc(quotes, func(a, b quote) int {
		return cmp.Or(cmp.Compare(a.expiry, b.expiry), cmp.Compare(a.place&1, b.place&1), cmp.Compare(a.strike, b.strike),
			cmp.Compare(a.place&2, b.place&2), cmp.Compare(a.place, b.place))
	})
	kept := make([]market.OptionQuote, 0, len(quotes))
	at := 0 // of the last one kept
	for i, q := range quotes {
		this := market.OptionQuote{Expiry: q.expiry, Put: q.put(), Strike: q.strike, Bid: q.bid, Ask: q.ask}
		if i == 0 || q.expiry != quotes[at].expiry || q.put() != quotes[at].put() || q.strike != quotes[at].strike {
			kept, at = append(kept, this), i
			continue
		}
		switch before := quotes[at]; {
		case q.morning() && !before.morning():
			morning.Add(q.line())
		case q.bid != before.bid || q.ask != before.ask:
			t.Problem(q.line(), this.String(), fmt.Sprintf("On %s %s stands on lines %d and %d, with different quotes; one row for each option and day is needed.",
				date, this, before.line(), q.line()))
		}
	}
	return kept
}
