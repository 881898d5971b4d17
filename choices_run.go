package lombard

// DataQuality is what findings in the prices do to a run.
type DataQuality string

// What findings in the prices do to a run.
const (
	QualityWarn DataQuality = "warn"
	QualityFail DataQuality = "fail"
)

// Choices implements Chosen.
func (DataQuality) Choices() []Choice {
	return []Choice{
		{string(QualityWarn), "are listed", "Prices that may be wrong are listed in quality.findings.", Always},
		{string(QualityFail), "refuse the run", "Prices that may be wrong refuse the run.", ""},
	}
}

// JobKind is what a job computes. A workspace has one current job of each kind.
// The store keeps jobs of either kind; so far nothing submits a study as one.
type JobKind string

// The kinds of jobs.
const (
	JobBacktest JobKind = "backtest"
	JobStudy    JobKind = "study"
)

// Choices implements Chosen.
func (JobKind) Choices() []Choice {
	return []Choice{
		{string(JobBacktest), "a backtest", "One scenario on one stretch of prices.", Always},
		{string(JobStudy), "a study", "One question asked of many scenarios, with one answer over all of them.", ""},
	}
}

// OnConflict is what becomes of a live run of the workspace at a submit.
type OnConflict string

// What becomes of a live run at a submit.
const (
	ConflictReplace OnConflict = "replace"
	ConflictQueue   OnConflict = "queue"
	ConflictRefuse  OnConflict = "refuse"
)

// Choices implements Chosen.
func (OnConflict) Choices() []Choice {
	return []Choice{
		{string(ConflictReplace), "is replaced", "The current run is cancelled, with the reason superseded.", Always},
		{string(ConflictQueue), "is finished first", "Live runs are left alone; this one waits its turn behind them and is the current one from now on.", ""},
		{string(ConflictRefuse), "stands in the way", "The answer is 409 and the live job, and nothing is submitted.", ""},
	}
}
