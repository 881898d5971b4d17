package csvfile

import (
	"slices"
	"strings"
	"unicode"
)

// role is what a column means.
type role int

const (
	roleNone role = iota
	roleDate
	roleOpen
	roleHigh
	roleLow
	roleSettle   // the close as the exchange sets it
	roleClose    // the close
	roleLast     // the last trade, where no close is known
	roleWeak     // a figure that is the close where nothing else is
	roleAdjusted // a close after dividends and splits, which no lender sees
	roleVolume
	roleDividend
	roleGains // capital gains that a fund pays out
	roleSpecial
	roleSplit
	roleContract
	roleSymbol
	roleCount
)

// closeRoles are what can be the close of a row: of those that a file has, the
// first that is not blank counts. The last two are taken only where the file
// has none of the others.
var closeRoles = [...]role{roleSettle, roleClose, roleLast, roleWeak, roleAdjusted}

// String returns the word for messages.
func (r role) String() string {
	return [...]string{
		"column", "date", "open", "high", "low", "close", "close", "close", "close", "close",
		"volume", "dividend", "capital gain", "special dividend", "split", "contract", "symbol",
	}[r]
}

// names are the columns that are understood, by their letters; where several
// columns want one role, the one that stands first here gets it.
var names = [roleCount][]string{
	roleDate: {
		"date", "datetime", "dates", "tradedate", "tradingdate", "tradingday", "observationdate", "pricedate", "asofdate", "effectivedate", "datadate", "caldt", "quotedate",
		"dtyyyymmdd", "yyyymmdd", "datum", "fecha", "data", "日期", "dateutc", "dategmt", "datetimeutc", "gmttime", "localtime",
		"day", "timestamp", "time", "opentime", "windowstart", "tsevent", "unix", "unixtime", "unixtimestamp", "epoch", "index", "t",
	},
	roleOpen: {
		"open", "openprice", "openingprice", "spotopen", "pxopen", "openprc", "prcod", "eröffnung", "eröffn", "apertura", "abertura", "ouverture", "ouv", "o",
	},
	roleHigh: {
		"high", "highprice", "dayhigh", "spothigh", "pxhigh", "highprc", "askhi", "prchd", "hoch", "máximo", "maximo", "máxima", "plushaut", "haut", "massimo", "h",
	},
	roleLow: {
		"low", "lowprice", "daylow", "spotlow", "pxlow", "lowprc", "bidlo", "prcld", "tief", "mínimo", "minimo", "mínima", "plusbas", "bas", "l",
	},
	roleSettle: {"settle", "settlement", "settlementprice", "settleprice", "settlepr", "settl", "sett", "dailysettlement", "dailysettlementprice", "pxsettle"},
	roleClose: {
		"close", "closeprice", "closingprice", "closelast", "spotclose", "officialclose", "closeofficial", "pxclose", "closeprc", "prccd", "universalcloseprice",
		"schluss", "schlusskurs", "cierre", "fechamento", "clôture", "cloture", "chiusura", "slotkoers", "收盘", "收盘价", "price", "c",
	},
	roleLast: {"last", "lastprice", "pxlast", "lasttrade", "lasttradeprice", "lasttradedprice", "ltp", "trdprc", "prc", "zuletzt", "último", "ultimo", "dernier", "laatste"},
	roleWeak: {"value", "nav", "fixing", "mid", "midprice"},
	roleAdjusted: {
		"adjclose", "adjustedclose", "adjclosing", "adjclosingprice", "adjustedclosingprice", "closeadj", "closeadjusted", "adjcloseprice", "adjustedcloseprice",
		"splitadjustedclose", "adjprice", "adjustedprice", "priceadj", "priceadjusted", "adjlast", "adjusted",
	},
	roleVolume: {"volume", "vol", "totalvolume", "pxvolume", "tradedvolume", "acvoluns", "v"},

	roleDividend: {
		"dividend", "dividends", "divcash", "cashdiv", "cashdividend", "cashdividends", "dividendcash", "dividendamount", "dividendamt", "dividendsamount", "divamount", "divamt",
		"exdividend", "exdividends", "exdiv", "div", "divs", "dividendpershare", "dividendspershare", "divpershare", "dividendpaid", "dividendspaid", "grossdividend",
		"distribution", "distributions", "dividende", "dividenden", "dividendo", "dividendos", "amount", //nolint:misspell // Portuguese and Spanish
	},
	roleGains:   {"capitalgains", "capitalgain", "capgains", "capitalgainsdistribution"},
	roleSpecial: {"specialdividend", "specialdividends", "specialcashdividend"},
	roleSplit: {
		"split", "splits", "stocksplit", "stocksplits", "sharesplit", "sharesplits", "splitfactor", "splitratio", "splitcoefficient", "splitcoeff", "splitcoef",
		"stocksplitratio", "stocksplitfactor", "splitmultiplier",
	},

	roleContract: {"contract", "contractsymbol", "rawsymbol"},
	roleSymbol: {
		"symbol", "ticker", "tickersymbol", "stocksymbol", "securitysymbol", "tic", "actsymbol", "symbolcode", "instrument", "instrumentname", "ric", "pair", "coin", "asset", "security",
		"code", "stock", "name", "companyname", "isin", "cusip", "sedol", "permno",
	},
}

// loose are the words by which a column is understood that has none of the names:
// one of core, and of the rest none but those of also.
type loose struct{ core, also []string }

// money are words beside the name of a price that change nothing.
var money = []string{
	"price", "prices", "px", "usd", "eur", "gbp", "inr", "jpy", "chf", "cad", "aud", "us", "dollar", "dollars", "spot", "market", "day", "daily", "official", "session", "traded", "raw", "in",
}

var looseNames = map[role]loose{
	roleOpen:     {[]string{"open", "opening"}, money},
	roleHigh:     {[]string{"high", "highest"}, money},
	roleLow:      {[]string{"low", "lowest"}, money},
	roleSettle:   {[]string{"settle", "settlement"}, money},
	roleClose:    {[]string{"close", "closing", "price"}, money},
	roleDividend: {[]string{"dividend", "dividends", "div", "divs", "exdividend"}, append([]string{"cash", "amount", "amt", "ex", "per", "share", "unit", "paid", "gross", "ordinary", "regular", "value"}, money...)},
	roleSymbol: {[]string{"symbol", "ticker", "instrument", "security", "stock", "company", "issue", "fund", "coin", "asset", "etf"}, []string{
		"name", "code", "id", "no", "number", "trading", "exchange", "local", "bloomberg", "reuters", "act", "key", "short", "long", "full",
	}},
	roleSplit: {[]string{"split", "splits", "stocksplit", "stocksplits"}, []string{
		"stock", "share", "ratio", "factor", "coefficient", "coeff", "coef", "multiplier", "multiple", "event", "new", "for", "old", "value",
	}},
}

// has reports whether a column is understood by its words.
func (l loose) has(name string) bool {
	if i := strings.IndexAny(name, "(["); i > 0 {
		name = name[:i]
	}
	all := words(name)
	return slices.ContainsFunc(all, func(w string) bool { return slices.Contains(l.core, w) }) &&
		!slices.ContainsFunc(all, func(w string) bool { return !slices.Contains(l.core, w) && !slices.Contains(l.also, w) })
}

// tells reports whether a name has a word of corporate actions, of adjusted
// prices or of instruments: when such a column is not understood, a warning
// names it.
func tells(name string) bool {
	return slices.ContainsFunc(words(name), func(word string) bool {
		for _, part := range [...]string{"split", "dividend", "symbol", "adjust"} {
			if strings.Contains(word, part) {
				return true
			}
		}
		return strings.HasPrefix(word, "div") || strings.HasPrefix(word, "adj") || strings.HasSuffix(word, "adj")
	})
}

// isAdjusted reports whether a name is one of adjusted prices or volumes, and not
// of a factor.
func isAdjusted(name string) bool {
	all, l := words(name), letters(name)
	marked := slices.Contains(all, "adj") || slices.Contains(all, "adjusted")
	for _, what := range [...]string{"open", "high", "low", "close", "price", "volume", "last"} {
		if marked && slices.Contains(all, what) || l == "adj"+what || l == what+"adj" || l == "adjusted"+what {
			return true
		}
	}
	return len(all) > 0 && all[len(all)-1] == "adjusted"
}

// letters reduces a name to its letters, in lower case and without what stands
// in parentheses: "Close/Last", "Adj Close*" and "close (USD)" are known names.
func letters(name string) string {
	if i := strings.IndexAny(name, "(["); i > 0 {
		name = name[:i]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// words cuts a name into its words in lower case: at what is no letter, and
// before a capital that follows a small letter.
func words(name string) []string {
	var b strings.Builder
	small := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r):
			r = ' '
		case small && unicode.IsUpper(r):
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}

// key reduces the name of an instrument to its letters and digits in capitals,
// so that BRK.B and brk-b are one.
func key(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, name)
}
