package option_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"lombard.example/lombard/option"
)

// row is one line of a published table, by column name.
type row map[string]string

func (r row) num(t *testing.T, column string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(r[column], 64)
	if err != nil && !math.IsInf(x, 0) && x != 0 { // values below the range of float64 read as 0
		t.Fatalf("column %s holds %q", column, r[column])
	}
	return x
}

func (r row) kind() option.Kind {
	if r["type"] == "put" {
		return option.Put
	}
	return option.Call
}

func (r row) inputs(t *testing.T, years string) option.Inputs {
	t.Helper()
	return option.Inputs{
		Spot: r.num(t, "spot"), Strike: r.num(t, "strike"), Years: r.num(t, years),
		Rate: r.num(t, "r"), Yield: r.num(t, "q"), Vol: r.num(t, "vol"),
	}
}

func published(t *testing.T, name string) []row {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "testdata", "published", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, line := range lines[1:] {
		r := row{}
		for i, column := range lines[0] {
			r[column] = line[i]
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return rows
}

func TestEuropeanValuesOfHaug(t *testing.T) {
	for _, r := range published(t, "european_haug.csv") {
		got := option.BlackScholesMerton{}.Price(r.kind(), r.inputs(t, "t_used"))
		if want := r.num(t, "value"); math.Abs(got-want) > r.num(t, "tol") {
			t.Errorf("%v: %.6f, want %.4f", r, got, want)
		}
	}
}

func TestEuropeanGreeksOfHaug(t *testing.T) {
	for _, r := range published(t, "european_greeks_haug.csv") {
		g := option.BlackScholesMerton{}.Greeks(r.kind(), r.inputs(t, "t_used"))
		got, known := map[string]float64{
			"delta": g.Delta, "gamma": g.Gamma, "vega": g.Vega, "theta": g.Theta, "rho": g.Rho, "thetaPerDay": g.Theta / 365,
		}[r["greek"]]
		if !known {
			continue // elasticities and cost-of-carry sensitivities are not ours
		}
		if want := r.num(t, "value"); math.Abs(got-want) > r.num(t, "tol") {
			t.Errorf("%v: %.6f, want %.4f", r, got, want)
		}
	}
}

func TestEuropeanValuesOfHull(t *testing.T) {
	// Options, Futures, and Other Derivatives: example 15.6, example 17.1, and
	// the futures put of example 18.5 as an option on a spot that yields its rate.
	for _, c := range []struct {
		name string
		kind option.Kind
		in   option.Inputs
		want float64
	}{
		{"call of example 15.6", option.Call, option.Inputs{Spot: 42, Strike: 40, Years: 0.5, Rate: 0.10, Vol: 0.20}, 4.759422},
		{"put of example 15.6", option.Put, option.Inputs{Spot: 42, Strike: 40, Years: 0.5, Rate: 0.10, Vol: 0.20}, 0.808599},
		{"index call", option.Call, option.Inputs{Spot: 930, Strike: 900, Years: 2.0 / 12, Rate: 0.08, Yield: 0.03, Vol: 0.20}, 51.832954},
		{"futures put", option.Put, option.Inputs{Spot: 20, Strike: 20, Years: 4.0 / 12, Rate: 0.09, Yield: 0.09, Vol: 0.25}, 1.116642},
	} {
		if got := (option.BlackScholesMerton{}).Price(c.kind, c.in); math.Abs(got-c.want) > 5e-6 {
			t.Errorf("%s = %.6f, want %.6f", c.name, got, c.want)
		}
	}
}

// TestEuropeanGrid compares with values computed to 50 digits, corners
// included: vol 0.001–3, one day to ten years, strikes from 0.001 to 1000 times
// spot, negative rates.
func TestEuropeanGrid(t *testing.T) {
	worst := 0.0
	for _, r := range published(t, "quantlib_grid_european.csv") {
		in := r.inputs(t, "t")
		engine := option.BlackScholesMerton{}
		scale := math.Max(in.Spot, in.Strike)
		got := engine.Price(r.kind(), in)
		gap := math.Abs(got-r.num(t, "mp_price")) / scale
		worst = math.Max(worst, gap)
		if !(gap <= 5e-14) || got < 0 {
			t.Errorf("%v: price %.17g is off by %.1e of the larger of spot and strike", r, got, gap)
		}
		g := engine.Greeks(r.kind(), in)
		for name, x := range map[string]float64{"mp_delta": g.Delta, "mp_gamma": g.Gamma, "mp_vega": g.Vega, "mp_theta": g.Theta, "mp_rho": g.Rho} {
			want := r.num(t, name)
			if !(math.Abs(x-want) <= 1e-11*scale+1e-9*math.Abs(want)) {
				t.Errorf("%v: %s = %.12g, want %.12g", r, name, x, want)
			}
		}
	}
	t.Logf("largest price error on the grid: %.1e of the larger of spot and strike", worst)
}

// americanTruth holds converged values: Geske and Johnson's grid of puts, and
// the three-year calls of Broadie and Detemple, to the four printed decimals.
var americanTruth = []struct {
	kind             option.Kind
	strike           float64
	rate, yield, vol float64
	spots, expiries  []float64
	values           []float64 // spots × expiries
}{
	{option.Put, 35, .0488, 0, .2, []float64{40}, []float64{.0833, .3333, .5833}, []float64{.0062, .2004, .4328}},
	{option.Put, 40, .0488, 0, .2, []float64{40}, []float64{.0833, .3333, .5833}, []float64{.8522, 1.5798, 1.9905}},
	{option.Put, 45, .0488, 0, .2, []float64{40}, []float64{.0833, .3333, .5833}, []float64{5.0000, 5.0883, 5.2670}},
	{option.Put, 35, .0488, 0, .3, []float64{40}, []float64{.0833, .3333, .5833}, []float64{.0774, .6975, 1.2198}},
	{option.Put, 40, .0488, 0, .3, []float64{40}, []float64{.0833, .3333, .5833}, []float64{1.3099, 2.4826, 3.1697}},
	{option.Put, 45, .0488, 0, .3, []float64{40}, []float64{.0833, .3333, .5833}, []float64{5.0597, 5.7056, 6.2436}},
	{option.Put, 35, .0488, 0, .4, []float64{40}, []float64{.0833, .3333, .5833}, []float64{.2466, 1.3460, 2.1549}},
	{option.Put, 40, .0488, 0, .4, []float64{40}, []float64{.0833, .3333, .5833}, []float64{1.7681, 3.3875, 4.3527}},
	{option.Put, 45, .0488, 0, .4, []float64{40}, []float64{.0833, .3333, .5833}, []float64{5.2868, 6.5098, 7.3830}},
	{option.Call, 100, .03, .07, .2, []float64{80, 90, 100, 110, 120}, []float64{3}, []float64{2.5800, 5.1670, 9.0660, 14.4434, 21.4139}},
	{option.Call, 100, .03, .07, .4, []float64{80, 90, 100, 110, 120}, []float64{3}, []float64{11.3257, 15.7220, 20.7933, 26.4944, 32.7810}},
	{option.Call, 100, 1e-5, .07, .3, []float64{80, 90, 100, 110, 120}, []float64{3}, []float64{5.5180, 8.8420, 13.1426, 18.4537, 24.7914}},
	{option.Call, 100, .07, .03, .3, []float64{80, 90, 100, 110, 120}, []float64{3}, []float64{12.1452, 17.3683, 23.3484, 29.9635, 37.1033}},
}

func TestAmericanTruth(t *testing.T) {
	worst := 0.0
	for _, c := range americanTruth {
		for i, spot := range c.spots {
			for j, years := range c.expiries {
				in := option.Inputs{Spot: spot, Strike: c.strike, Years: years, Rate: c.rate, Yield: c.yield, Vol: c.vol}
				want := c.values[i*len(c.expiries)+j]
				got := option.American{}.Price(c.kind, in)
				gap := math.Abs(got-want) / in.Strike * 100
				worst = math.Max(worst, gap)
				if gap > americanTolerance+5e-5/in.Strike*100 {
					t.Errorf("%s %+v: %.5f, want %.4f", c.kind, in, got, want)
				}
			}
		}
	}
	t.Logf("largest error on the published grid: %.1e for a strike of 100", worst)
}

// americanTolerance is for a strike of 100.
const americanTolerance = 1e-4
