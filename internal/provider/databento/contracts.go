package databento

import (
	"strconv"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/occ"
	"lombard.example/lombard/market"
)

// contract is what the symbol of an option says.
type contract struct {
	root   string
	expiry lombard.Date // last trading day
	put    bool
	strike float64 // in dollars
}

// Layout of the 21 letters in which the Options Clearing Corporation names an
// option: the root padded with blanks, year, month and day, C or P, and the
// strike in thousandths of a dollar (Options Symbology Initiative, 2010).
const (
	occLetters  = 21
	occRoot     = 6
	occKind     = 12
	occStrike   = 13
	thousandths = 1000
)

// listedOption reads such a symbol. Options that were listed before February
// 2015 expire on a Saturday by name and traded last on the session before it.
func listedOption(symbol string, _ lombard.Date) (contract, bool) {
	if len(symbol) != occLetters || symbol[occKind] != 'C' && symbol[occKind] != 'P' || !digits(symbol[occRoot:occKind]) || !digits(symbol[occStrike:]) {
		return contract{}, false
	}
	at, err := time.Parse("060102", symbol[occRoot:occKind])
	root := strings.TrimRight(symbol[:occRoot], " ")
	strike, failed := strconv.Atoi(symbol[occStrike:])
	if err != nil || failed != nil || strike == 0 || root == "" || strings.Contains(root, " ") {
		return contract{}, false
	}
	// Two digits of a year below 69 are of this century to time.Parse, the others
	// of the last: options with such names are not older than 1973.
	return contract{root: root, expiry: occ.LastDay(lombard.DateOf(at)), put: symbol[occKind] == 'P', strike: float64(strike) / thousandths}, true
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// monthLetters name the months of futures, January first.
const monthLetters = "FGHJKMNQUVXZ"

// goldOption reads the symbol of a gold option of COMEX, such as "OGG4 C2000":
// the root, the month and the last digit of the year of its contract month, the
// kind and the strike. The year is the first whose option has not expired on
// the day: options are listed for six years, and the digit returns after ten.
// The expiry follows from the month by the exchange's rule, which is why no
// definitions are bought: they cost more than the quotes and say the same.
func goldOption(symbol string, on lombard.Date) (contract, bool) {
	name, strike, found := strings.Cut(symbol, " ")
	const rootLetters, letters = 2, 4
	if !found || len(name) != letters || len(strike) < 2 || strike[0] != 'C' && strike[0] != 'P' || !digits(name[letters-1:]) {
		return contract{}, false
	}
	month := strings.IndexByte(monthLetters, name[rootLetters]) + 1
	price, err := strconv.ParseFloat(strike[1:], 64)
	if month == 0 || err != nil || !(price > 0 && price < market.MaxPrice) {
		return contract{}, false
	}
	year := on.Year()
	for ; year%10 != int(name[letters-1]-'0') || market.FutureOptionExpiry(year, time.Month(month)) < on; year++ {
	}
	expiry := market.FutureOptionExpiry(year, time.Month(month))
	return contract{root: name[:rootLetters], expiry: expiry, put: strike[0] == 'P', strike: price}, true
}
