package lombard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Limits of a study.
const (
	MaxCells      = 1_000_000
	MaxAxes       = 3     // of vary
	MaxAxisValues = 1_000 // of one of them
	MaxHorizon    = 360   // months
	MaxPaths      = 1_000_000
	MaxCrises     = 50
)

// Study is one question asked of many histories: a scenario, and what is varied
// of it. It is the body of a submit of a study and the document that
// `lombard study KIND -f` reads; with every default filled in a result echoes it.
type Study struct {
	Study StudyKind `json:"study"`          // What is varied, and what comes out
	Name  string    `json:"name,omitempty"` // A name for people, at most 200 bytes

	// The question, as a backtest has it. start_date and end_date may be left out: they are then what
	// the source has; so may the units and, where the study varies or solves for it, the loan.
	Scenario Scenario `json:"scenario"`

	Every   Every  `json:"every,omitempty"`   // How far apart the starts are; default week
	Horizon Months `json:"horizon,omitempty"` // How long each window is, such as 12m; default 12m
	// What is varied: fields of the scenario by their paths, each with a list of values or with from,
	// to and step.
	Vary Axes `json:"vary,omitempty"`

	Target   *Target `json:"target,omitempty"`   // Of solve: what the answer has to keep to. Default never-called.
	Variable string  `json:"variable,omitempty"` // Of solve: what is looked for; default loan_to_value

	Seed       int64       `json:"seed,omitempty"`       // Of everything random; default 1
	Paths      int         `json:"paths,omitempty"`      // Of montecarlo: how many are simulated; default 10,000
	Simulation *Simulation `json:"simulation,omitempty"` // Of montecarlo: how prices move
	Crises     []Crisis    `json:"crises,omitempty"`     // Of crises: windows of one's own instead of those of the symbol's class
}

// StudyKind is what a study varies.
type StudyKind string

// The kinds of study.
const (
	StudyRolling    StudyKind = "rolling"
	StudySweep      StudyKind = "sweep"
	StudyFrontier   StudyKind = "frontier"
	StudyCrises     StudyKind = "crises"
	StudyMonteCarlo StudyKind = "montecarlo"
	StudySolve      StudyKind = "solve"
)

// Choices implements Chosen.
func (StudyKind) Choices() []Choice {
	return []Choice{
		{string(StudyRolling), "from every start date", "How often the loan would have been called within the horizon, had it begun on any of many days.", ""},
		{string(StudySweep), "over a grid of values", "The same run for every combination of the values of up to three fields.", ""},
		{string(StudyFrontier), "which hedge is worth its money", "Every hedge on the same history: what it costs against what it prevents, and which ones another is better than in every way.", ""},
		{string(StudyCrises), "through named crises", "Today's loan from the peak before each named crisis.", ""},
		{string(StudyMonteCarlo), "over simulated prices", "How often the loan would be called on prices that are simulated.", ""},
		{string(StudySolve), "how much can be borrowed", "The largest loan, or the cheapest hedge, that keeps to a target over every start date.", ""},
	}
}

// Every is how far apart the starts of a study are.
type Every string

// How far apart starts are.
const (
	EveryDay   Every = "day"
	EveryWeek  Every = "week"
	EveryMonth Every = "month"
)

// Choices implements Chosen.
func (Every) Choices() []Choice {
	return []Choice{
		{string(EveryDay), "every session", "A start on each session.", ""},
		{string(EveryWeek), "every week", "A start on the first session of each ISO week, Monday to Sunday.", Always},
		{string(EveryMonth), "every month", "A start on the first session of each calendar month.", ""},
	}
}

// Months is a length in calendar months. Its text is 12m or 1y.
type Months int

// ParseMonths reads 12m or 1y; ok is false for anything else, and for lengths of
// no month or of more than MaxHorizon.
func ParseMonths(text string) (m Months, ok bool) {
	digits, unit := text, 0
	switch {
	case strings.HasSuffix(text, "m"):
		digits, unit = strings.TrimSuffix(text, "m"), 1
	case strings.HasSuffix(text, "y"):
		digits, unit = strings.TrimSuffix(text, "y"), 12
	}
	n, err := strconv.Atoi(digits)
	if err != nil || unit == 0 || n < 1 || n*unit > MaxHorizon || digits[0] == '+' {
		return 0, false
	}
	return Months(n * unit), true
}

// String returns the text form, such as 12m.
func (m Months) String() string { return strconv.Itoa(int(m)) + "m" }

// Words returns the length as a sentence has it: 12 months, 1 month.
func (m Months) Words() string {
	if m == 1 {
		return "1 month"
	}
	return strconv.Itoa(int(m)) + " months"
}

// MarshalText implements encoding.TextMarshaler.
func (m Months) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Months) UnmarshalText(text []byte) error {
	parsed, ok := ParseMonths(string(text))
	if !ok {
		return fmt.Errorf("%q is not a length in months, such as 12m", text)
	}
	*m = parsed
	return nil
}

// Axis is a field of the scenario that a study varies, and the values it takes.
type Axis struct {
	Path   string // such as loan_to_value or assumptions.vol.premium
	Values []any  // float64 or string, in the order in which they are run
}

// Axes are what a study varies, the slowest first. Their JSON is one object, in
// their order.
type Axes []Axis

// MarshalJSON implements json.Marshaler.
func (a Axes) MarshalJSON() ([]byte, error) {
	names, values := make([]string, len(a)), make([]any, len(a))
	for i, axis := range a {
		names[i], values[i] = axis.Path, axis.Values
	}
	return orderedObject(names, values)
}

// UnmarshalJSON implements json.Unmarshaler. It reads what MarshalJSON writes: a
// stored request, checked before.
func (a *Axes) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("read what a study varies: %w", err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("read what a study varies: %w", err)
		}
		axis := Axis{Path: fmt.Sprint(key)}
		if err := d.Decode(&axis.Values); err != nil {
			return fmt.Errorf("read the values of %s: %w", axis.Path, err)
		}
		*a = append(*a, axis)
	}
	return nil
}

// orderedObject is a JSON object with its keys in the order given.
func orderedObject(names []string, values []any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(values[i])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// TargetMetric is what the answer of solve has to keep to.
type TargetMetric string

// The targets.
const (
	TargetNeverCalled   TargetMetric = "never-called"
	TargetCalled        TargetMetric = "share_called_hedged"
	TargetLiquidated    TargetMetric = "share_liquidated_hedged"
	TargetCalledUnaided TargetMetric = "share_called_if_not_recognised"
)

// Choices implements Chosen.
func (TargetMetric) Choices() []Choice {
	return []Choice{
		{string(TargetNeverCalled), "never called", "From no start of all would the lender have called, as it counts the hedge; starts whose window the data cut short count too.", Always},
		{string(TargetCalled), "share called", "At most at_most of the whole windows would have been called, as the lender counts the hedge.", ""},
		{string(TargetLiquidated), "share sold", "In at most at_most of the whole windows would the lender have sold collateral.", ""},
		{string(TargetCalledUnaided), "share called, hedge not counted", "At most at_most of the whole windows would have been called by a lender that counts no option.", ""},
	}
}

// Target is what the answer of solve has to keep to.
type Target struct {
	Metric TargetMetric `json:"metric"`            // What is held below at_most
	AtMost float64      `json:"at_most,omitempty"` // The most of it, a fraction; 0 for never-called
}

// SimulationModel is how simulated prices move.
type SimulationModel string

// The models of simulated prices.
const (
	SimulateGBM       SimulationModel = "gbm"
	SimulateBootstrap SimulationModel = "bootstrap"
	SimulateJump      SimulationModel = "jump"
)

// Choices implements Chosen.
func (SimulationModel) Choices() []Choice {
	return []Choice{
		{string(SimulateGBM), "geometric Brownian motion", "Log returns are normal, with one drift and one vol.", ""},
		{string(SimulateBootstrap), "blocks of the past", "Stationary blocks of the symbol's own daily returns (Politis and Romano 1994).", Always},
		{string(SimulateJump), "jumps", "Geometric Brownian motion with jumps whose logs are normal (Merton 1976).", ""},
	}
}

// Simulation says how prices are simulated. What is left out is taken from the
// symbol's own history in the period of the scenario, and echoed.
type Simulation struct {
	Model         SimulationModel `json:"model,omitempty"`          // How prices move
	Drift         *float64        `json:"drift,omitempty"`          // Expected growth of the price a year, continuously compounded
	Vol           *float64        `json:"vol,omitempty"`            // Vol of the price a year; what options are priced with is assumptions.vol
	Block         int             `json:"block,omitempty"`          // Of bootstrap: mean length of a block, in sessions; default 21
	JumpIntensity *float64        `json:"jump_intensity,omitempty"` // Of jump: jumps a year
	JumpMean      *float64        `json:"jump_mean,omitempty"`      // Of jump: mean log of the price after over before
	JumpVol       *float64        `json:"jump_vol,omitempty"`       // Of jump: standard deviation of that log
}

// Crisis is a named window of the past.
type Crisis struct {
	Name   string `json:"name"`             // Such as 2008–09
	Start  Date   `json:"start"`            // The last close before the fall
	End    Date   `json:"end"`              // Its recovery, or two years later
	Source string `json:"source,omitempty"` // Where the dates are from
}
