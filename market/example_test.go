package market_test

import (
	"errors"
	"fmt"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// What the program knows of a symbol.
func ExampleLookup() {
	gold, known := market.Lookup("GLD")
	fmt.Println(gold.Title, gold.Multiplier, gold.OptionStyle, known)
	mine, known := market.Lookup("MINE")
	fmt.Println(mine.Title, mine.Multiplier, mine.OptionStyle, known)
	// Output:
	// SPDR Gold Shares 100 american true
	// MINE 1 american false
}

// Listed monthly options expire on the third Friday.
func ExampleThirdFriday() {
	fmt.Println(market.ThirdFriday(2024, time.March))
	// Output: 2024-03-15
}

// A Treasury yield of 4 % is bond-equivalent; SOFR is simple over 360 days.
func ExampleContinuousRate() {
	fmt.Printf("%.6f %.6f\n", market.ContinuousRate("DGS1", 4), market.ContinuousRate("SOFR", 4))
	// Output: 0.039605 0.040553
}

// New York has four sessions in the week of Independence Day.
func ExampleCalendar_Sessions() {
	nyse := market.CalendarOf("nyse")
	fmt.Println(nyse.Sessions(lombard.MustDate("2024-07-01"), lombard.MustDate("2024-07-05")))
	// Output: 4
}

// Check says which bars cannot be.
func ExampleCheck() {
	day := lombard.MustDate("2024-01-02")
	_, problems := market.Check([]market.Bar{{Date: day, Close: 10}, {Date: day + 1, Open: 12, High: 11, Low: 9, Close: 10}}, market.Refuse)
	for _, p := range problems {
		fmt.Println(p.Index, p.Message)
	}
	// Output:
	// 1 the range 9 to 11 does not hold the open 12 and the close 10
}

// Cut takes the sessions of a run, and as many before it as a vol model wants.
func ExampleCut() {
	var prices market.Series
	for day := lombard.MustDate("2024-01-01"); day <= lombard.MustDate("2024-12-31"); day++ {
		prices.Bars = append(prices.Bars, market.Bar{Date: day, Close: 100})
	}
	run, err := market.Cut(prices, market.Query{Start: lombard.MustDate("2024-06-03"), End: lombard.MustDate("2024-06-30"), Warmup: 20})
	fmt.Println(len(run.Run()), "sessions after", run.First, err)
	_, err = market.Cut(prices, market.Query{Start: lombard.MustDate("2024-06-03"), End: lombard.MustDate("2025-06-30")})
	fmt.Println(err)
	// Output:
	// 28 sessions after 20 <nil>
	// Data is available up to 2024-12-31. Please set end date to 2024-12-31 or earlier.
}

// Nearest puts first what somebody may have meant.
func ExampleNearest() {
	fmt.Println(market.Nearest("GDL", []string{"GLD", "SPY", "IAU"}))
	// Output:
	// [GLD SPY IAU]
}

// Dividends of the twelve months before a day, over its price.
func ExampleDividendYield() {
	var bars []market.Bar
	for day := lombard.MustDate("2023-01-02"); day <= lombard.MustDate("2024-06-28"); day++ {
		bar := market.Bar{Date: day, Close: 100}
		if _, _, d := day.Civil(); d == 15 {
			bar.Dividend = 0.25
		}
		bars = append(bars, bar)
	}
	yield, known := market.DividendYield(bars, len(bars)-1, 100)
	fmt.Printf("%.3f %v\n", yield, known)
	// Output: 0.030 true
}

// A source that has too little history before a start says from when on there
// is enough.
func ExampleEnoughHistory() {
	spy, _ := market.Lookup("SPY")
	err := market.EnoughHistory(spy, lombard.MustDate("2024-01-02"), market.Query{Start: lombard.MustDate("2024-06-03"), Needed: 252})
	short, _ := errors.AsType[*market.ShortHistory](err)
	fmt.Println(short.Have, short.Usable)
	// Output:
	// 105 2025-01-02
}

// The quarterly expiry nearest to a date, and the strikes listed for it.
func ExampleExpiryAfter() {
	fund, _ := market.Lookup("GLD")
	day := lombard.MustDate("2024-08-01")
	expiry, ok := market.ExpiryAfter(fund, market.CycleQuarterly, market.PickNearest, day, day+365, 0)
	grid := market.StrikeGrid(fund, day, expiry, 226.55)
	fmt.Println(expiry, ok, grid.Down(226.55), grid.Up(226.55))
	// Output:
	// 2025-06-20 true 226 227
}
