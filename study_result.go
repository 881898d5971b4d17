package lombard

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// StudyResult is the answer of a study: the verdict first, then the figures of
// each group of cells, then a row a cell.
type StudyResult struct {
	Study      StudyKind  `json:"study"`      // What was varied
	StudyID    string     `json:"study_id"`   // sha256 of the resolved request without its name
	Name       string     `json:"name"`       // The name for people
	Verdict    string     `json:"verdict"`    // The answer in words
	Request    Study      `json:"request"`    // The request with every default filled in
	Notes      []string   `json:"notes"`      // What was assumed
	Warnings   []Warning  `json:"warnings"`   // What may be wrong, and what the study survived
	Provenance Provenance `json:"provenance"` // What computed it, from which data

	Cells    int  `json:"cells"`    // Runs of the study
	Complete int  `json:"complete"` // Cells whose window lies within the data
	Censored int  `json:"censored"` // Cells whose window the data cut short
	LeftOut  int  `json:"left_out"` // Starts too early for the history that the options' vol needs
	Failed   int  `json:"failed"`   // Cells without an answer; their rows say why
	Partial  bool `json:"partial"`  // The study was cancelled: the rows are those of the finished cells

	Groups   []StudyGroup `json:"groups"`   // The cells that differ in nothing but their window
	Rows     StudyRows    `json:"rows"`     // One a cell, by columns
	Solution *Solution    `json:"solution"` // Of solve: the answer for the first hedge; null otherwise
}

// Share is a share of cells with its 95 % interval.
type Share struct {
	Value         float64  `json:"value"`                    // Of the whole windows
	Low           float64  `json:"low"`                      // Lower end of the 95 % interval
	High          float64  `json:"high"`                     // Upper end of it
	Count         int      `json:"count"`                    // How many cells
	Of            int      `json:"of"`                       // Of how many
	StandardError *float64 `json:"standard_error,omitempty"` // Of montecarlo
}

// StudyGroup is what the cells of one hedge and one combination of values came
// to.
type StudyGroup struct {
	At      Coordinates `json:"at"`      // The hedge, and the value of each field that is varied
	Verdict string      `json:"verdict"` // What the group came to, in words

	Starts   int `json:"starts"`   // Cells
	Complete int `json:"complete"` // of them with a whole window
	Censored int `json:"censored"` // of them cut short by the data
	Failed   int `json:"failed"`   // of them without an answer

	CalledHedged          *Share `json:"share_called_hedged,omitempty"`            // Called at least once, as this lender counts the hedge
	CalledUnhedged        *Share `json:"share_called_unhedged,omitempty"`          // Called at least once without a hedge
	CalledIfNotRecognised *Share `json:"share_called_if_not_recognised,omitempty"` // Called at least once if the lender counts no long option
	LiquidatedHedged      *Share `json:"share_liquidated_hedged,omitempty"`        // The lender sold collateral of the hedged account
	LiquidatedUnhedged    *Share `json:"share_liquidated_unhedged,omitempty"`      // The lender sold collateral of the account without a hedge

	EffectiveYears float64 `json:"effective_years,omitempty"` // Independent years in the data: overlapping windows tell no more than these

	SurvivalHedged   []SurvivalStep       `json:"kaplan_meier_hedged,omitempty"`   // Share called by each day, hedged
	SurvivalUnhedged []SurvivalStep       `json:"kaplan_meier_unhedged,omitempty"` // Share called by each day, without a hedge
	Quantiles        map[string]Quantiles `json:"quantiles,omitempty"`             // Of figures of the whole windows, by name
	RollLuckBP       *float64             `json:"roll_luck_bp,omitempty"`          // Standard deviation over the starts of the hedge's gain a year, in hundredths of a per cent

	CostPAPctOfLoan *float64 `json:"cost_pa_pct_of_loan,omitempty"` // Of frontier: cost a year, a fraction of the loan
	DominatedBy     []string `json:"dominated_by,omitempty"`        // Of frontier: hedges that cost no more and protect no less, and better in one

	Paths           int        `json:"paths,omitempty"`             // Of montecarlo: simulated
	ExpectedBadDebt *Mean      `json:"expected_bad_debt,omitempty"` // Of montecarlo: of the hedged account, a fraction of the loan: PD × LGD
	Fan             []FanPoint `json:"fan,omitempty"`               // Of montecarlo: quantiles of the LTV by session

	Solution *Solution `json:"solution,omitempty"` // Of solve: the answer for this hedge
}

// Mean is an estimate and its standard error.
type Mean struct {
	Value         float64 `json:"value"`          // The mean over the paths
	StandardError float64 `json:"standard_error"` // Of it
}

// FanPoint are the quantiles of the recognised LTV on one session of the paths.
type FanPoint struct {
	Session int     `json:"session"` // From 0, the entry
	P05     float64 `json:"p05"`     // 5 % of the paths are below
	P25     float64 `json:"p25"`     // 25 % of the paths are below
	P50     float64 `json:"p50"`     // The median
	P75     float64 `json:"p75"`     // 75 % of the paths are below
	P95     float64 `json:"p95"`     // 95 % of the paths are below
}

// SurvivalStep is a step of the Kaplan–Meier estimate: the share called by then,
// with starts that the data cut short counted as long as they were seen.
type SurvivalStep struct {
	Days   int     `json:"days"`    // Calendar days after entry
	Called float64 `json:"called"`  // Share called by then
	Low    float64 `json:"low"`     // Lower end of the 95 % interval (Greenwood, log–log)
	High   float64 `json:"high"`    // Upper end of it
	AtRisk int     `json:"at_risk"` // Starts not yet called or cut short just before
}

// Quantiles of a figure over the whole windows, by linear interpolation between
// order statistics (type 7 of Hyndman and Fan).
type Quantiles struct {
	P05 float64 `json:"p05"` // 5 % are below
	P25 float64 `json:"p25"` // 25 % are below
	P50 float64 `json:"p50"` // The median
	P75 float64 `json:"p75"` // 75 % are below
	P95 float64 `json:"p95"` // 95 % are below
	Max float64 `json:"max"` // The largest
}

// Solution is what solve found.
type Solution struct {
	Variable string   `json:"variable"` // What was looked for, such as loan_to_value
	Value    any      `json:"value"`    // The largest loan_to_value, or the hedge, that keeps to the target; null where none does
	Hedged   any      `json:"hedged"`   // The same, with the hedge of the group
	Unhedged any      `json:"unhedged"` // The same without a hedge
	Target   Target   `json:"target"`   // What it keeps to
	Steps    []Solved `json:"steps"`    // What was tried, in order

	DebtCapacity   *float64 `json:"debt_capacity"`   // Largest loan at the target, in money, on the collateral at the first start
	CapacityUplift *float64 `json:"capacity_uplift"` // Of it: with the hedge against without, minus 1
	Monotone       bool     `json:"monotone"`        // No larger loan that was tried kept to the target
}

// Solved is one step of solve.
type Solved struct {
	Value  any     `json:"value"`  // What was tried
	Metric float64 `json:"metric"` // What the target's metric was
	Met    bool    `json:"met"`    // The target was kept to
}

// Coordinates are the values of a group, in the order of the axes.
type Coordinates []Coordinate

// Coordinate is one of them.
type Coordinate struct {
	Path  string // template_slug, or a field that is varied
	Value any    // string or float64
}

// MarshalJSON implements json.Marshaler: one object.
func (c Coordinates) MarshalJSON() ([]byte, error) {
	names, values := make([]string, len(c)), make([]any, len(c))
	for i, x := range c {
		names[i], values[i] = x.Path, x.Value
	}
	return orderedObject(names, values)
}

// StudyRow is a cell: what the run that it is came to. To the last bit it is
// what the summary of that run says.
type StudyRow struct {
	Index        int    `json:"index"`            // From 0
	Group        int    `json:"group"`            // Of groups, from 0
	TemplateSlug string `json:"template_slug"`    // The hedge
	Crisis       string `json:"crisis,omitempty"` // Its name, of crises
	EntryDate    Date   `json:"entry_date"`       // Session of the entry
	LastDate     Date   `json:"last_date"`        // Last session
	Sessions     int    `json:"sessions"`         // Trading days
	Complete     bool   `json:"complete"`         // The data reach to the end of the window
	Error        string `json:"error"`            // Why the cell has no answer; empty: it has one

	CalledHedged          bool `json:"called_hedged"`                      // Called at least once, as this lender counts the hedge
	CalledUnhedged        bool `json:"called_unhedged"`                    // Called at least once without a hedge
	CalledIfNotRecognised bool `json:"called_if_not_recognised"`           // Called at least once if the lender counts no long option
	LiquidatedHedged      bool `json:"liquidated_hedged"`                  // The lender sold collateral
	LiquidatedUnhedged    bool `json:"liquidated_unhedged"`                // The lender sold collateral of the loan without a hedge
	CallDaysHedged        int  `json:"margin_call_days_hedged"`            // Sessions in call with the hedge
	CallDaysUnhedged      int  `json:"margin_call_days_unhedged"`          // Sessions in call without it
	CallDaysNotRecognised int  `json:"margin_call_days_if_not_recognised"` // Sessions in call if the lender counts no long option
	FirstCallHedged       *int `json:"time_to_first_call_days_hedged"`     // Calendar days from entry; null without a call
	FirstCallUnhedged     *int `json:"time_to_first_call_days_unhedged"`   // Calendar days from entry; null without a call

	MaxLTVHedged     float64 `json:"max_ltv_hedged"`     // Largest economic LTV with the hedge
	MaxLTVUnhedged   float64 `json:"max_ltv_unhedged"`   // Largest LTV without a hedge
	MaxLTVRecognised float64 `json:"max_ltv_recognised"` // Largest LTV as this lender counts the hedge

	LoanAmount float64 `json:"loan_amount"` // Principal
	StartValue float64 `json:"start_value"` // units × entry spot; what shares are fractions of

	CureCashUnhedgedShare  float64  `json:"cure_cash_unhedged_share"`     // Largest repayment that would have cured the unhedged loan
	CostPAPctOfLoan        *float64 `json:"cost_pa_pct_of_loan"`          // Cost of the hedge a year, a fraction of the loan
	HedgeCostShare         float64  `json:"hedge_cost_net_of_mark_share"` // Cost of the hedge, what is open at its last mark
	EndValueHedgedShare    float64  `json:"end_value_hedged_net_share"`   // Of the hedged position, before the loan
	EndValueUnhedgedShare  float64  `json:"end_value_unhedged_share"`     // Of the collateral alone
	EquityHedgedEndShare   float64  `json:"equity_hedged_end_share"`      // After the loan, hedged
	EquityUnhedgedEndShare float64  `json:"equity_unhedged_end_share"`    // After the loan, without a hedge
	LiquidationsHedged     int      `json:"liquidations_hedged"`          // Sales by the lender
	LiquidationsUnhedged   int      `json:"liquidations_unhedged"`        // Sales by the lender, without a hedge
	BadDebtHedged          float64  `json:"bad_debt_hedged"`              // Owed beyond all collateral
	BadDebtUnhedged        float64  `json:"bad_debt_unhedged"`            // Owed beyond all collateral, without a hedge
	CashFromOutsideShare   float64  `json:"cash_from_outside_share"`      // What hedging took from outside the pledge
}

// StudyRows are the rows of a study. Their JSON is one list a column; where
// fields are varied their values are columns under their paths.
type StudyRows struct {
	Rows   []StudyRow
	Groups []StudyGroup // whose coordinates are columns too
}

// MarshalJSON implements json.Marshaler: the columns in the order of the fields of
// a row, those of the fields that are varied last. It takes no memory but that of
// the text.
func (r StudyRows) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	var failed error
	column := func(name string, of func(row int) any) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			failed = fmt.Errorf("write the name of a column: %w", err)
		}
		b = append(append(b, key...), ':', '[')
		for i := range r.Rows {
			if i > 0 {
				b = append(b, ',')
			}
			value, err := json.Marshal(of(i))
			if err != nil {
				failed = fmt.Errorf("write %s of row %d: %w", name, i, err)
			}
			b = append(b, value...)
		}
		b = append(b, ']')
	}
	crises := slices.ContainsFunc(r.Rows, func(row StudyRow) bool { return row.Crisis != "" })
	t := reflect.TypeFor[StudyRow]()
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if options != "" && !crises {
			continue
		}
		column(name, func(row int) any { return reflect.ValueOf(&r.Rows[row]).Elem().Field(i).Interface() })
	}
	if len(r.Groups) > 0 {
		for i, c := range r.Groups[0].At {
			if c.Path != "template_slug" {
				column(c.Path, func(row int) any { return r.Groups[r.Rows[row].Group].At[i].Value })
			}
		}
	}
	return append(b, '}'), failed
}
