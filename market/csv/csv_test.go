package csv_test

import (
	"fmt"
	"strings"
	"testing"

	"lombard.example/lombard/market/csv"
)

func ExampleRead() {
	prices, err := csv.Read(strings.NewReader("Date,Open,High,Low,Close\n03/01/2024,101,103,99.5,102\n02/01/2024,100,102,99,101\n31/12/2023,98,99,97,98.5\n"), "MINE")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range prices.Bars {
		fmt.Println(b.Date, b.Low, b.Close)
	}
	// Output:
	// 2023-12-31 97 98.5
	// 2024-01-02 99 101
	// 2024-01-03 99.5 102
}

// TestRead names the symbol of the file, the week that it shows, and the line
// that cannot be read.
func TestRead(t *testing.T) {
	coin, err := csv.Read(strings.NewReader("symbol,date,close\nCOIN,2024-01-05,10\nCOIN,2024-01-06,11\nCOIN,2024-01-07,12\n"), "")
	if err != nil || coin.Symbol != "COIN" || !coin.Instrument.SevenDay || len(coin.Bars) != 3 || coin.First != 0 {
		t.Errorf("%+v: %v", coin, err)
	}
	_, err = csv.Read(strings.NewReader("date,close\n2024-01-05,10\n2024-01-08,ten\n"), "MINE")
	if err == nil || !strings.Contains(err.Error(), "3") {
		t.Errorf("a price in words is answered with %v", err)
	}
}
