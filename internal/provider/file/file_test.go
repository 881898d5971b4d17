package file_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/provider/csvfile"
	"lombard.example/lombard/internal/provider/file"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/market"
)

// shelf is a library in memory, the newest file first.
type shelf struct {
	files []app.PriceFile
	err   error
}

func (s *shelf) Prices(ctx context.Context, workspace, symbol, digest string) (app.PriceFile, bool, error) {
	for _, f := range s.files {
		if f.Workspace == workspace && f.Symbol == symbol && f.Quotes == 0 && (digest == "" || f.Digest == digest) {
			return f, true, errors.Join(s.err, ctx.Err())
		}
	}
	return app.PriceFile{}, false, errors.Join(s.err, ctx.Err())
}

func (s *shelf) StoredChains(_ context.Context, k data.Key, r market.Range, _ bool, each func(data.StoredChain) error) error {
	for _, f := range s.files {
		if f.Digest != k.Dataset || f.Symbol != k.Symbol {
			continue
		}
		for i := range f.Chains {
			if d := f.Chains[i].Date; d >= r.First && d <= r.Last {
				c := &f.Chains[i]
				if err := each(data.StoredChain{Date: c.Date, Quotes: len(c.Quotes), Digest: c.Digest(), Packed: data.Pack(c)}); err != nil {
					return err
				}
			}
		}
	}
	return s.err
}

func (s *shelf) ListPrices(ctx context.Context, workspace string) ([]app.PriceFile, error) {
	var own []app.PriceFile
	for _, f := range s.files {
		if f.Workspace == workspace {
			f.Bars = nil
			own = append(own, f)
		}
	}
	return own, errors.Join(s.err, ctx.Err())
}

// imported makes a file of closes that begin at a level.
func imported(symbol, name string, level float64, weekends bool) app.PriceFile {
	var bars []market.Bar
	for d := lombard.MustDate("2020-01-01"); d < lombard.MustDate("2020-07-01"); d++ {
		if weekends || !d.IsWeekend() {
			level += float64(d%7) - 2.5
			bars = append(bars, market.Bar{Date: d, Close: level})
		}
	}
	return app.PriceFile{
		Digest: (&market.Series{Bars: bars}).Digest(), Workspace: "default", Symbol: symbol, Name: name,
		First: bars[0].Date, Last: bars[len(bars)-1].Date, Sessions: len(bars), Bars: bars,
		Warnings: []lombard.Warning{{Code: csvfile.WarnCloseOnly, Message: "The file has no highs and lows."}},
	}
}

func half(symbol string) market.Query {
	return market.Query{Caller: market.Caller{Workspace: "default"}, Symbol: symbol, Start: lombard.MustDate("2020-02-03"), End: lombard.MustDate("2020-03-31")}
}

func ignore(int64, int64) {}

func TestConformance(t *testing.T) {
	source := file.New(&shelf{files: []app.PriceFile{
		imported("GLD", "gld.csv", 100, false), imported("BTC-USD", "btc.csv", 9000, true), imported("HOUSE", "house.csv", 300, true),
	}})
	for _, symbol := range []string{"GLD", "BTC-USD", "HOUSE"} {
		t.Run(symbol, func(t *testing.T) {
			providertest.Exercise(t, providertest.Fixture{Source: source, Workspace: "default", Symbol: symbol})
		})
	}
}

func TestBarsSaysWhereTheyComeFrom(t *testing.T) {
	f := imported("GLD", "gld.csv", 100, false)
	f.Warnings = append(f.Warnings, lombard.Warning{Code: csvfile.WarnRepaired}, lombard.Warning{Code: csvfile.WarnJump}, lombard.Warning{Code: csvfile.WarnPartial})
	got, err := file.New(&shelf{files: []app.PriceFile{f}}).Bars(t.Context(), half("GLD"), ignore)
	if err != nil {
		t.Fatal(err)
	}
	if got.Origin != "Imported from gld.csv." || got.Dataset != f.Digest {
		t.Errorf("origin %q and dataset %q, want gld.csv and %s", got.Origin, got.Dataset, f.Digest)
	}
	if len(got.Warnings) != 1 || got.Warnings[0].Code != csvfile.WarnJump {
		t.Errorf("warnings are %v, want those of the import that a run does not count itself", got.Warnings)
	}
	if len(f.Warnings) != 4 || f.Warnings[0].Code != csvfile.WarnCloseOnly {
		t.Errorf("the file's own warnings became %v", f.Warnings)
	}
}

func TestDatasetPinsTheFile(t *testing.T) {
	newer, older := imported("GLD", "new.csv", 200, false), imported("GLD", "old.csv", 100, false)
	source := file.New(&shelf{files: []app.PriceFile{newer, older}})
	for _, c := range []struct{ dataset, want string }{
		{"", newer.Digest}, {newer.Digest, newer.Digest}, {older.Digest, older.Digest},
	} {
		q := half("GLD")
		q.Dataset = c.dataset
		got, err := source.Bars(t.Context(), q, ignore)
		if err != nil || got.Dataset != c.want {
			t.Errorf("dataset %q gives %q, %v, want %q", c.dataset, got.Dataset, err, c.want)
		}
	}
	q := half("GLD")
	q.Dataset = "feed"
	_, err := source.Bars(t.Context(), q, ignore)
	e, ok := errors.AsType[*lombard.Error](err)
	if !ok || e.Fields[0].Field != "dataset" || e.Fields[0].Suggestion != newer.Digest {
		t.Errorf("an unknown dataset gives %v, want an error on dataset with the newest digest", err)
	}
}

func TestWeekOfTheInstrument(t *testing.T) {
	for _, c := range []struct {
		name, symbol string
		weekends     bool
		sevenDay     bool
		calendar     string
	}{
		{"a label with weekends", "HOUSE", true, true, "always"},
		{"a label without", "HOUSE", false, false, "none"},
		{"a known one", "GLD", false, false, "nyse"},
		{"bitcoin", "BTC-USD", true, true, "always"},
		{"bitcoin on weekdays only", "BTC-USD", false, false, "none"},
	} {
		f := imported(c.symbol, "f.csv", 100, c.weekends)
		got, err := file.New(&shelf{files: []app.PriceFile{f}}).Bars(t.Context(), half(c.symbol), ignore)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if i := got.Instrument; i.SevenDay != c.sevenDay || i.Calendar != c.calendar {
			t.Errorf("%s: seven-day %v, calendar %s, want %v and %s", c.name, i.SevenDay, i.Calendar, c.sevenDay, c.calendar)
		}
	}
}

func TestUnknownSymbolSaysHowToImport(t *testing.T) {
	for _, c := range []struct {
		name       string
		files      []app.PriceFile
		want       string
		suggestion string
	}{
		{"nothing imported", nil, "Nothing has been imported yet.", ""},
		{"one near name", []app.PriceFile{imported("GLDX", "a", 100, false)}, "The nearest imported name is GLDX.", ""},
		{
			"twice under one name",
			[]app.PriceFile{imported("GLDX", "a", 100, false), imported("GLDX", "b", 200, false), imported("ZINC", "c", 1, false)},
			"The nearest imported names are GLDX, ZINC.", "",
		},
	} {
		_, err := file.New(&shelf{files: c.files}).Bars(t.Context(), half("GLD"), ignore)
		e, ok := errors.AsType[*lombard.Error](err)
		if !ok || e.Fields[0].Field != "symbol" || e.Fields[0].Suggestion != c.suggestion {
			t.Errorf("%s: Bars = %v, want an error on symbol that suggests %q", c.name, err, c.suggestion)
			continue
		}
		if !strings.Contains(e.Message, c.want) || !strings.Contains(e.Message, "`lombard data import FILE --symbol GLD`") {
			t.Errorf("%s: message is %q, want %q and the command in it", c.name, e.Message, c.want)
		}
	}
}

func TestFilesOfOtherWorkspacesAreNotSeen(t *testing.T) {
	source := file.New(&shelf{files: []app.PriceFile{imported("GLD", "gld.csv", 100, false)}})
	q := half("GLD")
	q.Workspace = "other"
	if _, err := source.Bars(t.Context(), q, ignore); lombard.KindOf(err) != lombard.KindValidation || strings.Contains(err.Error(), "gld.csv") {
		t.Errorf("Bars = %v, want that nothing is imported", err)
	}
	listings, err := source.Symbols(t.Context(), market.Caller{Workspace: "other"})
	if err != nil || len(listings) != 0 {
		t.Errorf("Symbols = %v, %v, want none", listings, err)
	}
}

func TestErrorsOfTheLibraryArePassedOn(t *testing.T) {
	broken := &lombard.Error{Kind: lombard.KindStorage, Code: lombard.CodeIO, Message: "The disk is gone."}
	source := file.New(&shelf{err: broken})
	if _, err := source.Bars(t.Context(), half("GLD"), ignore); !errors.Is(err, broken) {
		t.Errorf("Bars = %v, want the library's error", err)
	}
	if _, err := source.Symbols(t.Context(), market.Caller{Workspace: "default"}); !errors.Is(err, broken) {
		t.Errorf("Symbols = %v, want the library's error", err)
	}
}
