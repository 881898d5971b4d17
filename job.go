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
	JobID       string  `json:"job_id"`       // Id of the job
	Kind        JobKind `json:"kind"`         // What the job computes
	WorkspaceID string  `json:"workspace_id"` // The workspace that it belongs to
	Status      Status  `json:"status"`       // Where the job stands; the last three never change
	Stage       Stage   `json:"stage"`        // What the job does; moves forward within an attempt
	StageLabel  string  `json:"stage_label"`  // The stage in words
	Progress    float64 `json:"progress"`     // 0 to 100; never goes back within an attempt
	Message     string  `json:"message"`      // What is being done, as a sentence
	HasResult   bool    `json:"has_result"`   // A result can be read

	Error       *string      `json:"error"`                  // What went wrong, as a sentence; null unless failed
	ErrorDetail *ErrorDetail `json:"error_detail,omitempty"` // The same for programs; left out unless failed

	CreatedAt   time.Time  `json:"created_at"`   // When it was submitted
	StartedAt   *time.Time `json:"started_at"`   // When it was first claimed; null before
	CompletedAt *time.Time `json:"completed_at"` // When it ended; null before
	UpdatedAt   time.Time  `json:"updated_at"`   // When it last changed

	Attempt       int        `json:"attempt"`                  // 1 at the first claim, 0 before
	Version       int64      `json:"version"`                  // Version of the stored row; grows with every change
	QueuePosition *int       `json:"queue_position,omitempty"` // Runs that wait before this one, from 1, counted up to 1,000; while pending
	ETASeconds    *float64   `json:"eta_seconds"`              // Seconds until the end as far as can be told; null before days are simulated
	RetryAt       *time.Time `json:"retry_at,omitempty"`       // when the next attempt begins, during a pause before it
	Counts                   // what the stage has done

	CancelRequested bool          `json:"cancel_requested"`        // It was asked to stop
	CancelReason    *CancelReason `json:"cancel_reason,omitempty"` // Why it was cancelled
	SupersededBy    *string       `json:"superseded_by,omitempty"` // Id of the job that replaced it

	FailedAtProgress *float64 `json:"failed_at_progress,omitempty"` // progress when it failed
	FailedStage      *Stage   `json:"failed_stage,omitempty"`       // stage when it failed

	Cached       bool    `json:"cached"`                  // Answered from the result of an identical run
	CachedFrom   *string `json:"cached_from,omitempty"`   // Id of the job whose result this is
	ResultDigest *string `json:"result_digest,omitempty"` // sha256 of the result document
	ScenarioID   string  `json:"scenario_id"`             // Hash of the resolved request without its name
	DataCostUSD  float64 `json:"data_cost_usd"`           // What it spent on data, in US dollars

	// What the job is about, so that a list needs no second request.
	ScenarioName  string   `json:"scenario_name"`     // Name for people
	Symbol        string   `json:"symbol"`            // What is pledged
	StartDate     Date     `json:"start_date"`        // The start that was asked for
	EndDate       Date     `json:"end_date"`          // The end that was asked for
	TemplateSlugs []string `json:"template_slugs"`    // The hedges, the primary one first
	DataSource    string   `json:"data_source"`       // Slug of the source of prices
	Verdict       string   `json:"verdict,omitempty"` // The answer in words, once complete
	Note          string   `json:"note"`              // Free text of people
	Tags          []string `json:"tags"`              // Labels of people
}

// Counts is the measured work of a stage.
type Counts struct {
	Done          int64  `json:"done"`                   // Units done of this stage
	Total         int64  `json:"total"`                  // Units of this stage; 0 while unknown
	Unit          string `json:"unit"`                   // What done and total count: bars or days; hedges while the result is stored
	SimulatedTo   *Date  `json:"simulated_to,omitempty"` // Last day that is simulated
	TemplateIndex int    `json:"template_index"`         // from 1; 0 outside the calculating stage
	TemplateCount int    `json:"template_count"`         // Hedges of the run
}

// ErrorDetail is what programs need to know of a failed job.
type ErrorDetail struct {
	Kind       Kind         `json:"kind"`                 // What kind of failure it is
	Code       string       `json:"code"`                 // Finer than kind
	Hint       string       `json:"hint,omitempty"`       // What would work, as a sentence
	Suggestion string       `json:"suggestion,omitempty"` // A value that would work, to use as it is
	Retryable  bool         `json:"retryable"`            // The same request may work later
	Fields     []FieldError `json:"errors,omitempty"`     // Every bad field
	Vendor     *VendorError `json:"vendor,omitempty"`     // What the vendor answered, where one is to blame
}

// VendorError names what a data vendor answered.
type VendorError struct {
	Name      string `json:"name"`                 // The vendor
	Status    int    `json:"status"`               // Status of its answer on HTTP; 0 without one
	Case      string `json:"case,omitempty"`       // The vendor's own name of the error
	RequestID string `json:"request_id,omitempty"` // The vendor's id of the request, for its support
}

// PartialPoint is one day of a path that is still being computed.
type PartialPoint struct {
	Date        Date    `json:"date"`         // The session
	SpotClose   float64 `json:"spot_close"`   // Closing price
	LTVHedged   float64 `json:"ltv_hedged"`   // Economic LTV with the hedge
	LTVUnhedged float64 `json:"ltv_unhedged"` // LTV without a hedge
}
