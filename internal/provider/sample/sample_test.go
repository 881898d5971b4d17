package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// full returns the whole bundled series.
func full(t *testing.T, symbol string) market.Series {
	t.Helper()
	all, err := loadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[symbol]
}

// The figures are those that the folder's README gives.
func TestTheBundleIsWhatItsReadmeSays(t *testing.T) {
	for _, c := range []struct {
		symbol, first, last string
		sessions            int
		opens               bool
		closeOn             string
		closes              float64
		gaps                int // the 18 fixings that were left out
	}{
		{"XAU", "1985-01-02", "1989-03-31", 1056, false, "1987-12-14", 502.75, 18},
		{"SPX", "2000-01-03", "2020-04-17", 5105, true, "2000-01-03", 1455.22, 0},
	} {
		s := full(t, c.symbol)
		bars := s.Bars
		if len(bars) != c.sessions || bars[0].Date.String() != c.first || bars[len(bars)-1].Date.String() != c.last {
			t.Errorf("%s has %d sessions from %s to %s, want %d from %s to %s",
				c.symbol, len(bars), bars[0].Date, bars[len(bars)-1].Date, c.sessions, c.first, c.last)
		}
		for _, b := range bars {
			if b.Date == lombard.MustDate(c.closeOn) && b.Close != c.closes {
				t.Errorf("%s closes at %v on %s, want %v", c.symbol, b.Close, c.closeOn, c.closes)
			}
		}
		q := market.QualityOf(&s)
		if q.Intraday != c.opens || q.Gaps != c.gaps || q.OffCalendar != 0 || q.Repaired != 0 {
			t.Errorf("%s has the quality %+v, want %d gaps, nothing outside the calendar and nothing repaired", c.symbol, q, c.gaps)
		}
	}
}

// An empty open is missing; it is not a price of zero and not the close.
func TestAnEmptyOpenIsMissing(t *testing.T) {
	missing := 0
	s := full(t, "SPX")
	for _, b := range s.Bars {
		if b.Open == 0 {
			missing++
		}
		if b.High == 0 || b.Low == 0 {
			t.Errorf("%s has no high or no low", b.Date)
		}
	}
	second := s.Bars[1]
	if missing != 1760 || second.Open != 0 || second.Quality() != market.QualityPartial {
		t.Errorf("%d opens are missing, and 2000-01-04 is %+v; want 1,760 and that one among them", missing, second)
	}
}

func TestTheReadmeNamesTheDigestsOfTheFiles(t *testing.T) {
	readme, err := os.ReadFile("data/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bundled {
		data, err := files.ReadFile("data/" + b.symbol + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if digest := hex.EncodeToString(sum[:]); !strings.Contains(string(readme), digest) {
			t.Errorf("data/README.md does not name the sha256 of %s.csv, %s", b.symbol, digest)
		}
		if !strings.Contains(string(readme), b.licence) {
			t.Errorf("data/README.md does not name the licence %s of %s.csv", b.licence, b.symbol)
		}
	}
}

func TestABrokenBundleIsRefused(t *testing.T) {
	for name, data := range map[string]string{
		"nothing at all":      "",
		"a date that is none": "date,close\n1985-13-01,1\n",
		"a word":              "date,close\n1985-01-02,abc\n",
		"a cell too many":     "date,close\n1985-01-02,1,2\n",
		"no close":            "date,close\n1985-01-02,\n",
		"a date twice":        "date,close\n1985-01-02,1\n1985-01-02,1\n",
		"a low above a close": "date,low,close\n1985-01-02,2,1\n",
	} {
		if bars, err := parse([]byte(data)); err == nil {
			t.Errorf("%s: parse gives %v and no error", name, bars)
		}
	}
}

// TestAnotherAssetIsNeverSuggested: SPX is a letter away from SPY and another
// thing, and the answer says how it differs.
func TestAnotherAssetIsNeverSuggested(t *testing.T) {
	for symbol, want := range map[string]string{"SPY": "", "GLD": "", "XAG": "", "SPXL": "", "X-AU": "XAU", "S.P.X": "SPX"} {
		_, err := New().Bars(t.Context(), market.Query{Symbol: symbol, Start: lombard.MustDate("2005-01-03"), End: lombard.MustDate("2006-01-03")}, func(int64, int64) {})
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok || len(own.Fields) != 1 || own.Fields[0].Suggestion != want {
			t.Errorf("%s: %v, want the suggestion %q", symbol, err, want)
			continue
		}
		if (symbol == "SPY" || symbol == "GLD") && !strings.Contains(own.Message, "about 10 times the price of") {
			t.Errorf("%s: %q does not say what differs", symbol, own.Message)
		}
	}
}
