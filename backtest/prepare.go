package backtest

import (
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
	"lombard.example/lombard/vol"
)

// Prepared is a scenario over its prices with everything done that no hedge
// changes: the check that it is resolved, the pricing engine, the vol model with
// the bars it looks at, and what crash spreads are multiplied with. It does not
// change any more and is safe for concurrent use.
type Prepared struct {
	scenario    lombard.Scenario
	series      market.Series
	run         []market.Bar // the sessions of the path
	engine      option.Engine
	european    bool
	vols        vol.Model
	daily       bool // vol and carry are taken anew each day
	recognition loan.Recognition
	bars        []vol.Bar // without splits and dividends; nil where nothing looks back
	stresses    []float64 // by bar: what spreads are multiplied with; nil: 1
	still       bool      // no split and no dividend in the series
	sheet       *sheet    // the whole series in columns; shared by its windows
	offset      int       // of the bars within it
}

// Hedge is a template that its own schema accepts, and what goes with it.
type Hedge struct {
	template hedge.Template

	// Repayments, by session, are money from outside that repays the loan of the
	// hedged branch at the close: the control that borrows less. nil: none.
	Repayments []float64
}

// HedgeOf checks a template. The error names what its schema refuses.
func HedgeOf(t hedge.Template) (Hedge, error) {
	if err := t.Check(); err != nil {
		return Hedge{}, err
	}
	return Hedge{template: t}, nil
}

// Template returns what was checked.
func (h Hedge) Template() hedge.Template { return h.template }

// Prepare makes a scenario ready to be run with any hedge over the series. Errors
// are *lombard.Error of kind pricing: the scenario is not resolved (Fields names
// each open choice), or the series has no session from the start date on. The bars
// are kept and are not to be changed any more.
func Prepare(series market.Series, s lombard.Scenario) (*Prepared, error) {
	if err := resolved(&s); err != nil {
		return nil, err
	}
	s = s.WrittenOut()
	engine, ok := option.EngineFor(s.Assumptions.OptionStyle)
	if !ok || len(series.Run()) == 0 {
		return nil, fault("There are no prices to run on.", "Give at least one session from the start date on.")
	}
	p := &Prepared{
		scenario: s, series: series, run: series.Run(), engine: engine, european: s.Assumptions.OptionStyle == lombard.StyleEuropean,
		vols: vol.Of(*s.Assumptions.Vol), daily: s.Assumptions.Vol.Refresh == lombard.RefreshDaily,
		recognition: loan.RecognitionOf(&s.Facility, s.MarginCallLTV, *s.Assumptions.Rate),
	}
	p.settle()
	return p, nil
}

// On returns the same scenario on another series of the same instrument, such as a
// path that is simulated: what Prepare returns for it, without checking the
// scenario again. The bars are to be others than those of any series before, for
// a Walker knows the prices of options by the bar that they were bought on.
func (p *Prepared) On(series market.Series) *Prepared {
	other := *p
	other.series, other.run, other.offset = series, series.Run(), 0
	other.settle()
	return &other
}

// settle prepares what depends on the series alone.
func (p *Prepared) settle() {
	bars := p.series.Bars
	p.still = !slices.ContainsFunc(bars, func(b market.Bar) bool { return b.Split > 0 || b.Dividend > 0 })
	p.sheet = sheetOf(bars, loan.AccountOf(p.scenario.LoanAmount, &p.scenario.Facility))
	p.lookBack(nil)
}

// lookBack prepares what looks back from a day. shared, if not nil, is the
// series' bars without splits and dividends, known already.
func (p *Prepared) lookBack(shared []vol.Bar) {
	a := &p.scenario.Assumptions
	p.bars, p.stresses = shared, nil
	if !a.CrashSpreads && a.Vol.Dynamics != lombard.DynamicsBeta && len(p.vols.History()) == 0 {
		return
	}
	if p.bars == nil {
		p.bars = unsplit(p.series.Bars)
	}
	if a.CrashSpreads {
		p.stresses = stressOf(p.bars, StressWindow(p.series.Instrument))
	}
}

// Window is a stretch of a prepared series and the position that starts on it.
type Window struct {
	From, First, End int // bars of the series: where its warm-up begins, its entry, and one after its last

	EndDate lombard.Date // of the scenario: hedges are renewed while a session may come before it
	Units   float64      // of collateral
	Loan    float64
}

// Window returns the same scenario on a stretch of its series, for another
// position: what a study of many starts asks for. It is what Prepare returns for
// those bars and amounts, without checking the scenario again.
func (p *Prepared) Window(w Window) (*Prepared, error) {
	if w.From < 0 || w.From > w.First || w.First >= w.End || w.End > len(p.series.Bars) {
		return nil, fault("The window does not lie within the prices.", "Give at least one session, and its warm-up before it.")
	}
	cut := *p
	cut.series.Bars, cut.series.First = p.series.Bars[w.From:w.End:w.End], w.First-w.From
	cut.run, cut.offset = cut.series.Run(), p.offset+w.From
	cut.scenario.StartDate, cut.scenario.EndDate = cut.run[0].Date, w.EndDate
	cut.scenario.UnderlyingUnits, cut.scenario.LoanAmount = w.Units, w.Loan
	var shared []vol.Bar
	if p.still && p.bars != nil {
		shared = p.bars[w.From:w.End:w.End]
	}
	cut.lookBack(shared)
	return &cut, nil
}

// Sessions returns how many days the path has.
func (p *Prepared) Sessions() int { return len(p.run) }

// Bars returns the series' bars, its warm-up first. They are not to be changed.
func (p *Prepared) Bars() []market.Bar { return p.series.Bars }

// Scenario returns what was prepared, with the units and the loan as amounts.
func (p *Prepared) Scenario() lombard.Scenario { return p.scenario }

// resolved refuses a scenario with open fields, or with words that are none of
// the choices: an account computed on a guess looks like any other.
func resolved(s *lombard.Scenario) error {
	bad := s.Unresolved()
	if len(bad) == 0 {
		return nil
	}
	e := fault("The scenario is not resolved.", "Fill it in with calc.Resolve first.")
	e.Fields = bad
	return e
}
