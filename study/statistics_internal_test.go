package study

import (
	"math"
	"math/rand/v2"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// The times in remission of 21 leukaemia patients on 6-MP (Freireich et al. 1963),
// as Kaplan and Meier's estimate is usually worked by hand: + is cut short.
// S: 6 0.857, 7 0.807, 10 0.753, 13 0.690, 16 0.627, 22 0.538, 23 0.448; standard
// error at 6 0.0764, at 23 0.1346.
func TestSurvivalOfTheRemissionTimes(t *testing.T) {
	var lives []life
	for _, days := range []int{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		lives = append(lives, life{days, true})
	}
	for _, days := range []int{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35} {
		lives = append(lives, life{days, false})
	}
	steps := survival(lives)
	want := []struct {
		days, atRisk int
		alive        float64
	}{{6, 21, 0.8571}, {7, 17, 0.8067}, {10, 15, 0.7529}, {13, 12, 0.6902}, {16, 11, 0.6275}, {22, 7, 0.5378}, {23, 6, 0.4482}}
	if len(steps) != len(want) {
		t.Fatalf("%d steps, want %d", len(steps), len(want))
	}
	for i, w := range want {
		s := steps[i]
		if s.Days != w.days || s.AtRisk != w.atRisk || math.Abs(1-s.Called-w.alive) > 6e-5 {
			t.Errorf("step %d is %+v, want day %d, %d at risk, S %.4f", i, s, w.days, w.atRisk, w.alive)
		}
	}
	// log(−log S) ± 1.96 × se ÷ |S log S|, of the published standard error.
	last := steps[6]
	width := normal975 * 0.1346 / (0.4482 * math.Abs(math.Log(0.4482)))
	for _, bound := range []struct{ got, want float64 }{{1 - last.High, math.Pow(0.4482, math.Exp(width))}, {1 - last.Low, math.Pow(0.4482, math.Exp(-width))}} {
		if math.Abs(bound.got-bound.want) > 5e-4 {
			t.Errorf("the interval at 23 has %.4f, want %.4f", bound.got, bound.want)
		}
	}
}

// Independent windows, blocks of one: the bootstrap's interval is that of the
// binomial, share ± 1.96 √(p(1−p)/n).
func TestBootstrapOfIndependentWindows(t *testing.T) {
	const n, p = 1000, 0.3
	flags := make([]bool, n)
	random := rand.New(rand.NewPCG(3, 3))
	for _, i := range random.Perm(n)[:300] {
		flags[i] = true
	}
	low, high := shareInterval(flags, 1, n, 1)
	width := normal975 * math.Sqrt(p*(1-p)/n)
	if math.Abs(low-(p-width)) > 0.004 || math.Abs(high-(p+width)) > 0.004 {
		t.Errorf("the interval is %.4f to %.4f, want about %.4f to %.4f", low, high, p-width, p+width)
	}
}

// Windows that overlap are called together: one run of calls in a hundred starts
// tells less than a hundred calls apart.
func TestBootstrapOfBlocksIsWider(t *testing.T) {
	flags := make([]bool, 1000)
	for i := 400; i < 600; i++ {
		flags[i] = true
	}
	l1, h1 := shareInterval(flags, 1, 10, 1)
	l2, h2 := shareInterval(flags, 100, 10, 1)
	if !(h2-l2 > 2*(h1-l1)) {
		t.Errorf("with blocks of 100 the interval is %.3f wide, with single ones %.3f", h2-l2, h1-l1)
	}
}

func TestNoneAndAllHaveAnInterval(t *testing.T) {
	low, high := shareInterval(make([]bool, 500), 50, 20, 1)
	if low != 0 || math.Abs(high-(1-math.Pow(0.05, 1.0/20))) > 1e-15 {
		t.Errorf("none of 20 independent windows: %g to %g", low, high)
	}
	low, high = shareInterval([]bool{true, true, true}, 2, 3, 1)
	if high != 1 || math.Abs(low-math.Cbrt(0.05)) > 1e-12 {
		t.Errorf("all of 3: %g to %g", low, high)
	}
}

// Type 7: of 1…10 the quartiles are 3.25 and 7.75 (R's quantile).
func TestQuantilesOfType7(t *testing.T) {
	q, _ := quantilesOf([]float64{10, 2, 3, 4, 5, 6, 7, 8, 9, 1})
	if q.P25 != 3.25 || q.P75 != 7.75 || q.P50 != 5.5 || q.Max != 10 || math.Abs(q.P05-1.45) > 1e-15 {
		t.Errorf("quantiles are %+v", q)
	}
}

func TestWindowsBeginOnFirstSessionsAndEndOnTheHorizon(t *testing.T) {
	var bars []market.Bar
	for day := lombard.MustDate("2019-01-02"); day <= lombard.MustDate("2020-03-02"); day++ {
		if !day.IsWeekend() {
			bars = append(bars, market.Bar{Date: day, Close: 1})
		}
	}
	of := func(every lombard.Every, horizon lombard.Months) []window { return windowsOf(bars, 0, every, horizon) }
	months := of(lombard.EveryMonth, 12)
	if len(months) != 14 || bars[months[0].entry].Date != lombard.MustDate("2019-01-02") || bars[months[1].entry].Date != lombard.MustDate("2019-02-01") {
		t.Errorf("%d monthly starts, want 14 from 2019-01-02", len(months))
	}
	for _, w := range months {
		entry, last := bars[w.entry].Date, bars[w.end-1].Date
		until := entry.AddMonths(12)
		if w.complete != (until <= lombard.MustDate("2020-03-02")) || last > until || w.complete && until-last > 2 {
			t.Errorf("the window from %s ends on %s, complete %t", entry, last, w.complete)
		}
	}
	// 2019-08-31 is a Saturday: six months before a month's end is its end.
	end := windowsOf(bars, 42, lombard.EveryDay, 6)[0]
	if bars[end.entry].Date != lombard.MustDate("2019-03-01") || bars[end.end-1].Date != lombard.MustDate("2019-08-30") {
		t.Errorf("from %s the window ends on %s", bars[end.entry].Date, bars[end.end-1].Date)
	}
	if weeks := of(lombard.EveryWeek, 1); bars[weeks[1].entry].Date != lombard.MustDate("2019-01-07") {
		t.Errorf("the second week begins on %s", bars[weeks[1].entry].Date)
	}
}

// A target that a larger loan keeps to and a smaller one does not: the search
// returns the smallest border, and says so.
func TestSearchSeesWhatIsNotMonotone(t *testing.T) {
	for name, c := range map[string]struct {
		keeps    func(k int) bool
		want     int
		monotone bool
	}{
		"in order":                 {func(k int) bool { return k <= 40_000 }, 40_000, true},
		"none":                     {func(int) bool { return false }, 0, true},
		"all":                      {func(int) bool { return true }, 74_990, true},
		"kept to again above":      {func(k int) bool { return k <= 40_000 || k > 50_000 && k < 60_000 }, 40_000, false},
		"not kept to within below": {func(k int) bool { return k <= 40_000 && !(k > 9_000 && k < 12_000) }, 9_000, false},
	} {
		x := &search{top: 74_990, failed: 74_991, monotone: true}
		target := &lombard.Target{Metric: lombard.TargetNeverCalled}
		steps := 0
		for k := x.next(); k != 0; k = x.next() {
			// The LTV that a window peaks at says nothing of where the border is.
			row := lombard.StudyRow{Complete: true, CalledHedged: !c.keeps(k), MaxLTVRecognised: 0.3}
			x.put([]lombard.StudyRow{row}, target, 0.75)
			if steps++; steps > 80 {
				t.Fatalf("%s: the search does not end", name)
			}
		}
		if x.met != c.want || x.monotone != c.monotone {
			t.Errorf("%s: found %d, monotone %t after %d steps; want %d, %t", name, x.met, x.monotone, steps, c.want, c.monotone)
		}
	}
}
