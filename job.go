package lombard

import "time"

// Status is where a job stands. Complete, failed and cancelled never change.
type Status string

// The statuses.
const (
	StatusPending   Status = "pending"
	StatusRunning   Status = "running"
	StatusComplete  Status = "complete"
	StatusFailed    Status = "failed"
	StatusCancelled Status = "cancelled"
)

// Statuses lists every status.
func Statuses() []Status {
	return []Status{StatusPending, StatusRunning, StatusComplete, StatusFailed, StatusCancelled}
}

// Terminal reports whether the status never changes again.
func (s Status) Terminal() bool {
	return s == StatusComplete || s == StatusFailed || s == StatusCancelled
}

// Stage is what a job is doing; within an attempt it only moves forward.
type Stage string

// The stages.
const (
	StageValidating  Stage = "validating"
	StageFetching    Stage = "fetching_prices"
	StageCalculating Stage = "calculating"
	StageComplete    Stage = "complete"
	StageFailed      Stage = "failed"
	StageCancelled   Stage = "cancelled"
)

// Label returns the words shown for the stage.
func (s Stage) Label() string {
	switch s {
	case StageValidating:
		return "Validating inputs..."
	case StageFetching:
		return "Fetching historical prices..."
	case StageCalculating:
		return "Running backtest calculations..."
	case StageComplete:
		return "Complete"
	case StageFailed:
		return "Failed"
	case StageCancelled:
		return "Cancelled"
	default:
		return string(s)
	}
}

// The progress at which each stage starts.
const (
	ProgressValidating  = 10.0
	ProgressFetching    = 30.0
	ProgressCalculating = 70.0
	ProgressComplete    = 100.0
)

// CancelReason says why a job was cancelled.
type CancelReason string

// The reasons.
const (
	CancelUser       CancelReason = "user"
	CancelSuperseded CancelReason = "superseded"
	CancelCleared    CancelReason = "cleared"
)

// MostCountedAhead is how many of the jobs ahead of a waiting one are counted.
// A queue position of one more than that stands for every later place.
const MostCountedAhead = 1000

// Job is one background execution of a scenario, as clients see it.
type Job struct {
	JobID       string  `json:"job_id"`
	WorkspaceID string  `json:"workspace_id"`
	Status      Status  `json:"status"`
	Stage       Stage   `json:"stage"`
	StageLabel  string  `json:"stage_label"`
	Progress    float64 `json:"progress"` // 0–100, never goes back within an attempt
	Message     string  `json:"message"`
	HasResult   bool    `json:"has_result"`

	Error       *string      `json:"error"` // the sentence for people, null unless failed
	ErrorDetail *ErrorDetail `json:"error_detail,omitempty"`

	CreatedAt   time.Time  `json:"created_at"`
	StartedAt   *time.Time `json:"started_at"`
	CompletedAt *time.Time `json:"completed_at"`
	UpdatedAt   time.Time  `json:"updated_at"`

	Attempt       int        `json:"attempt"`                  // 1 at the first claim
	Version       int64      `json:"version"`                  // of the stored row
	QueuePosition *int       `json:"queue_position,omitempty"` // while pending; see MostCountedAhead
	ETASeconds    *float64   `json:"eta_seconds"`              // while days are simulated
	RetryAt       *time.Time `json:"retry_at,omitempty"`       // when the next attempt begins, during a pause before it
	Counts                   // what the stage has done

	CancelRequested bool          `json:"cancel_requested"`
	CancelReason    *CancelReason `json:"cancel_reason,omitempty"`
	SupersededBy    *string       `json:"superseded_by,omitempty"`

	FailedAtProgress *float64 `json:"failed_at_progress,omitempty"`
	FailedStage      *Stage   `json:"failed_stage,omitempty"`

	Cached       bool    `json:"cached"`
	CachedFrom   *string `json:"cached_from,omitempty"`
	ResultDigest *string `json:"result_digest,omitempty"` // sha256 of the result document
	ScenarioID   string  `json:"scenario_id"`
	DataCostUSD  float64 `json:"data_cost_usd"`

	// What the job is about, so that a list needs no second request.
	ScenarioName  string   `json:"scenario_name"`
	Symbol        string   `json:"symbol"`
	StartDate     Date     `json:"start_date"`
	EndDate       Date     `json:"end_date"`
	TemplateSlugs []string `json:"template_slugs"`
	DataSource    string   `json:"data_source"`
	Verdict       string   `json:"verdict,omitempty"` // once complete
	Note          string   `json:"note"`
	Tags          []string `json:"tags"`
}

// Counts is the measured work of a stage.
type Counts struct {
	Done          int64  `json:"done"`
	Total         int64  `json:"total"` // 0 while unknown
	Unit          string `json:"unit"`  // bars or days; hedges while the result is stored
	SimulatedTo   *Date  `json:"simulated_to,omitempty"`
	TemplateIndex int    `json:"template_index"` // from 1; 0 outside the calculating stage
	TemplateCount int    `json:"template_count"`
}

// ErrorDetail is what programs need to know of a failed job.
type ErrorDetail struct {
	Kind       Kind         `json:"kind"`
	Code       string       `json:"code"`
	Hint       string       `json:"hint,omitempty"`
	Suggestion string       `json:"suggestion,omitempty"`
	Retryable  bool         `json:"retryable"`
	Fields     []FieldError `json:"errors,omitempty"`
	Vendor     *VendorError `json:"vendor,omitempty"`
}

// VendorError names what a data vendor answered.
type VendorError struct {
	Name      string `json:"name"`
	Status    int    `json:"status"`
	Case      string `json:"case,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// PartialPoint is one day of a path that is still being computed.
type PartialPoint struct {
	Date        Date    `json:"date"`
	SpotClose   float64 `json:"spot_close"`
	LTVHedged   float64 `json:"ltv_hedged"`
	LTVUnhedged float64 `json:"ltv_unhedged"`
}
