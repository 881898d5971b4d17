package chainfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"lombard.example/lombard/internal/tabular"
)

// The layouts that are understood.
const (
	LayoutOwn        = "lombard"              // one option a row: quote_date, expiration, strike, right, bid, ask and more
	LayoutHistorical = "historicaloptiondata" // one option a row, its symbol as optionroot or optionalias
	LayoutDataShop   = "cboe_datashop"        // one option a row, quotes of 15:45 and of the end of the day
	LayoutOptionsDX  = "optionsdx"            // a call and a put a row
)

// role is what a column means.
type role int

const (
	roleDate role = iota
	roleUnderlying
	roleClose // of the underlying
	roleRoot  // the option's root, or its symbol, which begins with it
	roleExpiry
	roleStrike
	roleRight
	roleBid
	roleAsk
	roleBid1545
	roleAsk1545
	roleCallBid
	roleCallAsk
	rolePutBid
	rolePutAsk
	roleHour     // of the quotes
	roleSize     // units a contract
	roleAdjusted // whether the contract is an adjusted one, or what it delivers
	roleCount
)

// String returns the word for messages.
func (r role) String() string {
	return [...]string{
		"quote date", "underlying", "underlying's close", "root", "expiration", "strike", "right (call or put)", "bid", "ask",
		"bid of 15:45", "ask of 15:45", "call's bid", "call's ask", "put's bid", "put's ask", "time of day", "units a contract", "adjustment",
	}[r]
}

// layout is one form that files have.
type layout struct {
	name  string
	needs []role
	names columnNames
}

// columnNames are the columns that are understood, by their letters and digits
// in lower case; where several columns want one role, the one that stands first
// here gets it.
type columnNames [roleCount][]string

// own are the columns of our own layout and of its like.
var own = columnNames{
	roleDate:       {"quotedate", "date", "tradedate", "datadate"},
	roleUnderlying: {"underlying", "underlyingsymbol"},
	roleClose:      {"underlyingclose", "underlyinglast", "underlyingprice"},
	roleRoot:       {"occsymbol", "optionroot", "root", "optionsymbol", "contractsymbol", "optionalias"},
	roleExpiry:     {"expiration", "expiry", "expirationdate", "expiredate"},
	roleStrike:     {"strike", "strikeprice"},
	roleRight:      {"right", "type", "optiontype", "putcall", "callput", "cp"},
	roleBid:        {"bid"},
	roleAsk:        {"ask"},
	roleSize:       {"multiplier", "contractmultiplier", "contractsize", "sharespercontract", "lotsize"},
	roleAdjusted:   {"adjusted", "isadjusted", "nonstandard", "isnonstandard", "deliverable", "deliverables", "deliverycode", "ssflag"},
}

var dataShop = columnNames{
	roleDate: {"quotedate"}, roleUnderlying: {"underlyingsymbol"}, roleRoot: {"root"}, roleExpiry: {"expiration"},
	roleStrike: {"strike"}, roleRight: {"optiontype"}, roleBid: {"bideod"}, roleAsk: {"askeod"}, roleBid1545: {"bid1545"}, roleAsk1545: {"ask1545"},
	roleAdjusted: {"deliverycode"},
}

var optionsDX = columnNames{
	roleDate: {"quotedate"}, roleClose: {"underlyinglast"}, roleExpiry: {"expiredate"}, roleStrike: {"strike"},
	roleCallBid: {"cbid"}, roleCallAsk: {"cask"}, rolePutBid: {"pbid"}, rolePutAsk: {"pask"}, roleHour: {"quotetimehours"},
}

// one are the columns that every layout with one option a row needs.
var one = []role{roleDate, roleExpiry, roleStrike, roleRight, roleBid, roleAsk}

// layoutOf tells the layout by a header.
func layoutOf(names []string) layout {
	has := func(wanted ...string) bool { return find(names, wanted) >= 0 }
	switch {
	case has("cbid", "cask", "pbid", "pask"):
		return layout{LayoutOptionsDX, []role{roleDate, roleExpiry, roleStrike, roleCallBid, roleCallAsk, rolePutBid, rolePutAsk}, optionsDX}
	case has("bideod", "askeod", "bid1545", "ask1545"):
		return layout{LayoutDataShop, one, dataShop}
	case has("optionroot", "optionalias", "datadate"):
		return layout{LayoutHistorical, one, own}
	default:
		return layout{LayoutOwn, one, own}
	}
}

// header reads the names of the columns.
func (t *reader) header(cells []string) error {
	for len(cells) > 1 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	columns := slices.Clone(cells)
	names := keys(columns)
	form := layoutOf(names)
	for want, known := range form.names {
		t.at[want] = find(names, known)
		if i := t.at[want]; i >= 0 && slices.Contains(names[i+1:], names[i]) {
			return tabular.Fault{Says: fmt.Sprintf("Two of its columns are called %s.", tabular.Quote(columns[i])), Hint: "Please keep the one that counts."}
		}
	}
	for _, want := range form.needs {
		if t.at[want] < 0 {
			return tabular.Fault{
				Says: fmt.Sprintf("No column is recognised as the %s. The columns found are: %s.", want, tabular.Found(columns)),
				Hint: fmt.Sprintf("Please name one of them %q. %s", form.names[want][0], Needs),
			}
		}
	}
	t.width, t.layout = len(columns), &form
	t.unknown(columns, names)
	if form.name == LayoutDataShop {
		t.Warn(WarnEndOfDay, "The quotes are those of the end of the day (bid_eod and ask_eod).")
	}
	return nil
}

// Needs says which columns a file of option chains has.
const Needs = "A file of option chains has the columns quote_date, expiration, strike, right (call or put), bid and ask, one option a row."

// unknown warns of columns that tell of adjusted contracts and are not
// understood.
func (t *reader) unknown(columns, names []string) {
	var strange []string
	for i, name := range names {
		if slices.Contains(t.at[:], i) {
			continue
		}
		for _, part := range [...]string{"multipl", "contractsize", "deliver", "adjust", "standard"} {
			if strings.Contains(name, part) {
				strange = append(strange, columns[i])
				break
			}
		}
	}
	if len(strange) > 0 {
		t.Warn(WarnUnknownColumn, "Of the columns that may tell adjusted contracts %s is not understood and not used. Name the units a contract multiplier, and a column that tells adjusted contracts adjusted.", tabular.Found(strange))
	}
}

// keys reduces names to their letters and digits, in lower case.
func keys(columns []string) []string {
	out := make([]string, len(columns))
	for i, name := range columns {
		out[i] = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, name)
	}
	return out
}

// find returns the index of the first of the wanted names that is there, −1 if
// none is.
func find(names, wanted []string) int {
	for _, name := range wanted {
		if i := slices.Index(names, name); i >= 0 {
			return i
		}
	}
	return -1
}
