package market_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

func date(s string) lombard.Date { return lombard.MustDate(s) }

// week is ten sessions from Tuesday 2 January 2024 on.
func week() market.Series {
	s := market.Series{Symbol: "GLD"}
	for d := date("2024-01-02"); len(s.Bars) < 10; d++ {
		if !d.IsWeekend() {
			s.Bars = append(s.Bars, market.Bar{Date: d, Close: 100 + float64(len(s.Bars))})
		}
	}
	s.Instrument, _ = market.Lookup("GLD")
	return s
}

func TestCutTakesBothEndsAndTheWarmup(t *testing.T) {
	got, err := market.Cut(week(), market.Query{Start: date("2024-01-06"), End: date("2024-01-10"), Warmup: 2})
	if err != nil {
		t.Fatal(err)
	}
	// 6 and 7 January are a weekend: entry is Monday the 8th, after 2 warm-up sessions.
	if got.First != 2 || got.Run()[0].Date != date("2024-01-08") || len(got.Run()) != 3 || got.Bars[0].Date != date("2024-01-04") {
		t.Errorf("first %d, run %v", got.First, got.Run())
	}
	all, err := market.Cut(week(), market.Query{Start: date("2024-01-03"), End: date("2024-01-10"), Warmup: 99})
	if err != nil || all.First != 1 {
		t.Errorf("warm-up of %d sessions, %v; want the one there is", all.First, err)
	}
}

func TestCutDoesNotLendItsInput(t *testing.T) {
	full := week()
	got, err := market.Cut(full, market.Query{Start: date("2024-01-02"), End: date("2024-01-03")})
	if err != nil {
		t.Fatal(err)
	}
	_ = append(got.Bars, market.Bar{})
	if full.Bars[2].Close != 102 {
		t.Error("appending to a cut wrote into the full series")
	}
}

func TestDatesOutsideTheDataNameTheDateThatWorks(t *testing.T) {
	for _, row := range []struct {
		name, start, end string
		want             []string
	}{
		{"start too early", "2023-01-02", "2024-01-10", []string{"start_date: Data not available before 2024-01-02. Please set start date to 2024-01-02 or later. [2024-01-02]"}},
		{"end too late", "2024-01-02", "2025-01-10", []string{"end_date: Data is available up to 2024-01-15. Please set end date to 2024-01-15 or earlier. [2024-01-15]"}},
		{"both", "2023-01-02", "2025-01-10", []string{"start_date: Data not available before", "end_date: Data is available up to"}},
		{"start after the data", "2025-01-02", "2025-01-10", []string{"start_date: Data is available up to 2024-01-15.", "end_date: Data is available"}},
		{"end before the data", "2023-01-02", "2023-01-10", []string{"start_date: Data not available before", "end_date: Data not available before 2024-01-02."}},
	} {
		_, err := market.Cut(week(), market.Query{Start: date(row.start), End: date(row.end)})
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok || own.Kind != lombard.KindDataUnavailable || len(own.Fields) != len(row.want) {
			t.Errorf("%s: got %v", row.name, err)
			continue
		}
		for i, f := range own.Fields {
			if got := fmt.Sprintf("%s: %s [%s]", f.Field, f.Message, f.Suggestion); !strings.HasPrefix(got, row.want[i]) {
				t.Errorf("%s: %q, want %q", row.name, got, row.want[i])
			}
		}
	}
	if _, err := market.Cut(week(), market.Query{Start: date("2024-01-12"), End: date("2024-01-14")}); lombard.KindOf(err) != lombard.KindValidation {
		t.Errorf("one session: %v", err)
	}
	if _, err := market.Cut(market.Series{}, market.Query{Symbol: "GLD"}); lombard.KindOf(err) != lombard.KindDataUnavailable {
		t.Errorf("no prices at all: %v", err)
	}
}

// TestDatesAWeekOutsideTheDataSnapToIt: a start up to seven days before the first
// price begins there, an end up to seven days after the last price ends there,
// and the eighth day is refused.
func TestDatesAWeekOutsideTheDataSnapToIt(t *testing.T) {
	for _, row := range []struct{ start, end string }{
		{"2024-01-01", "2024-01-15"}, {"2023-12-26", "2024-01-15"}, {"2024-01-02", "2024-01-16"}, {"2024-01-02", "2024-01-22"}, {"2023-12-26", "2024-01-22"},
	} {
		got, err := market.Cut(week(), market.Query{Start: date(row.start), End: date(row.end)})
		if err != nil || len(got.Bars) != len(week().Bars) {
			t.Errorf("%s to %s: %d bars, %v", row.start, row.end, len(got.Bars), err)
		}
	}
	for _, row := range []struct{ start, end, field string }{
		{"2023-12-25", "2024-01-22", "start_date"}, {"2023-12-26", "2024-01-23", "end_date"}, {"2024-01-16", "2024-01-17", "start_date"}, {"2023-12-29", "2024-01-01", "start_date"},
	} {
		_, err := market.Cut(week(), market.Query{Start: date(row.start), End: date(row.end)})
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok || own.Kind != lombard.KindDataUnavailable || own.Fields[0].Field != row.field {
			t.Errorf("%s to %s: %v, want %s refused", row.start, row.end, err, row.field)
		}
	}
}

// TestARangeThatIsTooShortNamesTheDateThatWorks puts each suggestion into the
// query.
func TestARangeThatIsTooShortNamesTheDateThatWorks(t *testing.T) {
	for _, row := range []struct{ start, end, field, works string }{
		{"2024-01-03", "2024-01-03", "end_date", "2024-01-04"},
		{"2024-01-06", "2024-01-07", "end_date", "2024-01-09"},
		{"2024-01-15", "2024-01-18", "start_date", "2024-01-12"},
	} {
		q := market.Query{Start: date(row.start), End: date(row.end)}
		_, err := market.Cut(week(), q)
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok || len(own.Fields) != 1 || own.Fields[0].Field != row.field || own.Fields[0].Suggestion != row.works || !strings.Contains(own.Message, row.works) {
			t.Errorf("%s to %s: %v, want %s on %s", row.start, row.end, err, row.works, row.field)
			continue
		}
		if row.field == "end_date" {
			q.End = date(row.works)
		} else {
			q.Start = date(row.works)
		}
		if got, err := market.Cut(week(), q); err != nil || len(got.Bars) != 2 {
			t.Errorf("%+v: %d bars, %v", q, len(got.Bars), err)
		}
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	day := date("2024-01-02")
	for _, row := range []struct {
		name string
		bars []market.Bar
		want string
	}{
		{"descending", []market.Bar{{Date: day, Close: 1}, {Date: day - 1, Close: 1}}, "the date 2024-01-01 does not come after 2024-01-02"},
		{"twice", []market.Bar{{Date: day, Close: 1}, {Date: day, Close: 1}}, "the date 2024-01-02 does not come after 2024-01-02"},
		{"zero", []market.Bar{{Date: day}}, "the close 0 is not a positive price"},
		{"negative low", []market.Bar{{Date: day, Close: 1, Low: -1}}, "the low -1 is not a positive price"},
		{"outside its range", []market.Bar{{Date: day, Close: 5, High: 4, Low: 3}}, "does not hold the open 0 and the close 5"},
	} {
		_, problems := market.Check(row.bars, market.Refuse)
		if len(problems) != 1 || !strings.Contains(problems[0].Message, row.want) {
			t.Errorf("%s: %v, want %q", row.name, problems, row.want)
		}
	}
}

func TestRepairWidensTheRangeAndSaysSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Float64Range(1, 10)
		bar := market.Bar{Date: 1, Close: price.Draw(t, "close"), Open: price.Draw(t, "open"), High: price.Draw(t, "high"), Low: price.Draw(t, "low")}
		in := []market.Bar{bar}
		fixed, problems := market.Check(in, market.Repair)
		if len(problems) != 0 || in[0] != bar {
			t.Fatalf("problems %v, input changed %v", problems, in[0] != bar)
		}
		f := fixed[0]
		if f.Low > min(f.Open, f.Close) || f.High < max(f.Open, f.Close) || f.Repaired != (f.Low != bar.Low || f.High != bar.High) {
			t.Fatalf("%+v became %+v", bar, f)
		}
	})
}

func TestMissingPricesFallBackToTheClose(t *testing.T) {
	o, h, l := (&market.Bar{Close: 5}).Filled()
	if o != 5 || h != 5 || l != 5 {
		t.Errorf("close only: %v %v %v", o, h, l)
	}
	for bar, want := range map[market.Bar]string{
		{Close: 5}:                           market.QualityCloseOnly,
		{Close: 5, Low: 4}:                   market.QualityPartial,
		{Close: 5, Low: 4, High: 6, Open: 5}: market.QualityFull,
		{Close: 5, Low: 4, High: 6, Open: 5, Repaired: true}: market.QualityRepaired,
	} {
		if got := bar.Quality(); got != want {
			t.Errorf("%+v is %s, want %s", bar, got, want)
		}
	}
}

func TestQualityCountsGapsAgainstTheCalendar(t *testing.T) {
	s := week()
	s.Bars = append(s.Bars[:3:3], s.Bars[5:]...) // Friday the 5th and Monday the 8th are missing
	q := market.QualityOf(&s)
	if q.Gaps != 2 || q.LongestGap != 5 || q.Bars != 8 || q.Intraday {
		t.Errorf("quality = %+v", q)
	}
}

func TestWithoutACalendarNothingIsOutsideIt(t *testing.T) {
	s := week()
	s.Bars = append(s.Bars[:3:3], s.Bars[5:]...)
	s.Instrument, _ = market.Lookup("MINE")
	if q := market.QualityOf(&s); q.OffCalendar != 0 || q.Gaps != 0 || q.LongestGap != 0 || q.Bars != 8 {
		t.Errorf("quality = %+v, want neither gaps nor bars outside the calendar", q)
	}
}

func TestDatesOutsideTheDataHaveAWayOut(t *testing.T) {
	_, err := market.Cut(week(), market.Query{Start: date("2023-01-02"), End: date("2025-01-10")})
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok || own.Hint != "Please choose dates from 2024-01-02 to 2024-01-15." {
		t.Errorf("both dates outside: %+v, want the range in the hint", own)
	}
}

func TestDigestIsOfExactlyTheBars(t *testing.T) {
	a, b := week(), week()
	b.Symbol, b.CostUSD = "OTHER", 3
	if a.Digest() != b.Digest() {
		t.Error("the digest depends on more than the bars")
	}
	b.Bars[3].Low = 1
	if a.Digest() == b.Digest() {
		t.Error("another low has the same digest")
	}
}

func TestNearestNames(t *testing.T) {
	have := []string{"protective-put-atm-12m", "protective-put-95pct-12m", "unhedged", "ladder-50-50-atm-95pct-12m"}
	for want, first := range map[string]string{"unhedge": "unhedged", "protective-put-12m": "protective-put-atm-12m", "LADDER": "ladder-50-50-atm-95pct-12m"} {
		if got := market.Nearest(want, have); len(got) != 3 || got[0] != first {
			t.Errorf("nearest to %q = %v, want %s first", want, got, first)
		}
	}
	if got := market.Nearest("x", nil); len(got) != 0 {
		t.Errorf("nearest of nothing = %v", got)
	}
}

func TestInstrumentsHaveTheirConventions(t *testing.T) {
	xau, known := market.Lookup("xau")
	if !known || xau.OptionStyle != "european" || xau.Rate != 0.065 || xau.Multiplier != 100 || xau.SessionsPerYear() != 252 {
		t.Errorf("XAU = %+v", xau)
	}
	if btc, _ := market.Lookup("BTC-USD"); btc.SessionsPerYear() != 365 || btc.Multiplier != 1 {
		t.Errorf("BTC-USD = %+v", btc)
	}
	if other, known := market.Lookup("MINE"); known || other.Multiplier != 1 || other.Rate != 0.04 || other.Currency != "USD" {
		t.Errorf("an unknown label = %+v", other)
	}
}
