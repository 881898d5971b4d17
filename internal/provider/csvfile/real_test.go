package csvfile_test

import (
	"bytes"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/csvfile"
	"lombard.example/lombard/internal/provider/providertest"
)

// TestRealSeries reads series that are not part of the module. The counts were
// made with other tools: days whose low is above the open or the close, or whose
// high is below.
func TestRealSeries(t *testing.T) {
	for _, c := range []struct {
		name           string
		sessions       int
		repaired       int
		first, last    string
		close          float64
		sevenDay, lows bool
	}{
		{"GLD", 3051, 0, "2004-11-18", "2016-12-30", 109.61, false, true},
		{"GC_F_dirty", 4095, 441, "2000-08-30", "2016-12-30", 1150, false, true},
		{"SPY_raw", 3773, 0, "1998-01-02", "2012-12-31", 142.52, false, true},
		{"BTC-USD", 2298, 0, "2014-09-17", "2020-12-31", 29001.7207, true, true},
		{"VIX", 7556, 47, "1990-01-02", "2019-12-31", 13.78, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := csvfile.Parse(bytes.NewReader(providertest.RealData(t, "market/"+c.name+".csv")), csvfile.File{Name: c.name})
			if err != nil {
				t.Fatal(err)
			}
			repaired, weekends := 0, false
			for _, b := range got.Bars {
				weekends = weekends || b.Date.IsWeekend()
				if b.Repaired {
					repaired++
				}
			}
			last := got.Bars[len(got.Bars)-1]
			if len(got.Bars) != c.sessions || repaired != c.repaired || got.Bars[0].Date != lombard.MustDate(c.first) || last.Date != lombard.MustDate(c.last) ||
				last.Close != c.close || weekends != c.sevenDay || got.Intraday != c.lows {
				t.Errorf("%d sessions, %d repaired, %s to %s at %v, weekends %v, intraday %v", len(got.Bars), repaired, got.Bars[0].Date, last.Date, last.Close, weekends, got.Intraday)
			}
		})
	}
}

// TestRatesAreNoPrices: a table of figures is refused by name of its columns.
func TestRatesAreNoPrices(t *testing.T) {
	for name, column := range map[string]string{"GVZ": `"gvz"`, "SOFR": `"sofr"`, "treasury_cmt": `"DGS1MO"`} {
		_, err := csvfile.Parse(bytes.NewReader(providertest.RealData(t, "market/"+name+".csv")), csvfile.File{Name: name})
		if err == nil || !strings.Contains(err.Error(), "No column is recognised as the close") || !strings.Contains(err.Error(), column) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCboeIndexFiles reads the shapes of the index histories of Cboe: with four
// prices, and with the index's own name for the level, which is refused by name.
func TestCboeIndexFiles(t *testing.T) {
	got, err := csvfile.Parse(bytes.NewReader(providertest.RealData(t, "wire/cboe/VIX_History_shape.csv")), csvfile.File{Name: "VIX_History.csv"})
	if err != nil || len(got.Bars) != 1 || got.Bars[0].Date != lombard.MustDate("2020-03-16") || got.Bars[0].Close != 82.69 {
		t.Errorf("got %+v, %v", got.Bars, err)
	}
	_, err = csvfile.Parse(bytes.NewReader(providertest.RealData(t, "wire/cboe/PPUT_History_shape.csv")), csvfile.File{Name: "PPUT_History.csv"})
	if err == nil || !strings.Contains(err.Error(), `The columns found are: "DATE", "PPUT".`) {
		t.Errorf("got %v", err)
	}
}
