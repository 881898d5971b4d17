package providertest

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// RealData returns a file that is not part of the module, from below the folder
// that LOMBARD_TESTDATA names. It skips the test, naming the file, where there
// is none.
func RealData(t testing.TB, name string) []byte {
	t.Helper()
	folder := os.Getenv("LOMBARD_TESTDATA")
	if folder == "" {
		t.Skipf("LOMBARD_TESTDATA is not set: %s is not read", name)
	}
	data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil {
		t.Skipf("%s cannot be read: %v", name, err)
	}
	return data
}

// RealRows returns the rows of such a file that is a plain table, by column,
// without those before a date.
func RealRows(t testing.TB, name string, since lombard.Date) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(RealData(t, name))).ReadAll()
	if err != nil || len(records) == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, column := range records[0] {
			row[strings.ToLower(column)] = record[i]
		}
		if row["date"] == "" || lombard.MustDate(row["date"]) >= since {
			rows = append(rows, row)
		}
	}
	return rows
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// RealFigures returns the figures of a column of such a file; blank ones are
// left out.
func RealFigures(t testing.TB, name, column string) market.Observations {
	t.Helper()
	var points market.Observations
	for _, row := range RealRows(t, name, 0) {
		if text := strings.TrimSpace(row[column]); text != "" && text != "." {
			points = append(points, market.Observation{Date: lombard.MustDate(row["date"]), Value: number(t, text)})
		}
	}
	return points
}

// RealBars returns the bars of such a file since a date, as they stand there.
func RealBars(t testing.TB, name string, since lombard.Date) []market.Bar {
	t.Helper()
	var bars []market.Bar
	for _, row := range RealRows(t, name, since) {
		b := market.Bar{Date: lombard.MustDate(row["date"])}
		for column, to := range map[string]*float64{"open": &b.Open, "high": &b.High, "low": &b.Low, "close": &b.Close, "volume": &b.Volume} {
			if text := row[column]; text != "" {
				*to = number(t, text)
			}
		}
		bars = append(bars, b)
	}
	return bars
}
