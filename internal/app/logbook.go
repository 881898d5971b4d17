package app

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"lombard.example/lombard"
)

// Limits of a job's own log.
const (
	MaxLogLines = 500 // of a job, over all attempts; further ones are counted
	MaxLogLine  = 500 // bytes of a message
)

// The levels of a log line.
const (
	LevelInfo  = "info"
	LevelWarn  = "warn"
	LevelError = "error"
)

// LogLine is one line of a job's own log.
type LogLine struct {
	Time    time.Time     `json:"time"`    // When it happened
	Stage   lombard.Stage `json:"stage"`   // The stage of the job then
	Level   string        `json:"level"`   // info, warn or error
	Message string        `json:"message"` // What happened, as a sentence
}

// LogPart is a stretch of a job's log. Dropped counts the lines after it that
// were not kept.
type LogPart struct {
	Lines   []LogLine
	Dropped int
}

// Add appends a line, or counts it when there are enough.
func (p *LogPart) Add(l LogLine) {
	if len(p.Lines) >= MaxLogLines {
		p.Dropped++
		return
	}
	l.Message = oneLine(l.Message)
	p.Lines = append(p.Lines, l)
}

// oneLine cuts a message to its limit and leaves nothing in it that a terminal
// or a log would obey.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) <= MaxLogLine {
		return text
	}
	const mark = "…"
	cut := MaxLogLine - len(mark)
	for cut > 0 && text[cut]&0xC0 == 0x80 { // within a letter
		cut--
	}
	return text[:cut] + mark
}

// JobLog is a job's own log: what happened to it, when, in order.
type JobLog struct {
	JobID string    `json:"job_id"` // Id of the job
	Lines []LogLine `json:"lines"`  // What happened, in order
}

// JobLog returns a job's own log. The first line and the last one of a job that
// has ended follow from its record, so that they are never missing.
func (s *Service) JobLog(ctx context.Context, workspace, id string) (JobLog, error) {
	part, err := s.Store.RunLog(ctx, workspace, id)
	if err != nil {
		return JobLog{}, err
	}
	job, err := s.Store.Job(ctx, workspace, id)
	if err != nil {
		return JobLog{}, err
	}
	line := func(at time.Time, stage lombard.Stage, level, message string) LogLine {
		return LogLine{Time: at, Stage: stage, Level: level, Message: oneLine(message)}
	}
	lines := append([]LogLine{line(job.CreatedAt, lombard.StageValidating, LevelInfo, "Submitted.")}, part.Lines...)
	var end []LogLine
	if job.CompletedAt != nil {
		end = append(end, endLine(&job))
	}
	if room := MaxLogLines - len(end) - 1; part.Dropped > 0 || len(lines) > room {
		dropped := part.Dropped + max(0, len(lines)-room)
		lines = lines[:min(len(lines), room)]
		last := lines[len(lines)-1]
		lines = append(lines, line(last.Time, last.Stage, LevelWarn, fmt.Sprintf("%d more lines were dropped.", dropped)))
	}
	return JobLog{JobID: id, Lines: append(lines, end...)}, nil
}

// endLine words how a job has ended.
func endLine(job *lombard.Job) LogLine {
	l := LogLine{Time: *job.CompletedAt, Stage: job.Stage, Level: LevelInfo, Message: job.Message}
	switch {
	case job.Status == lombard.StatusFailed:
		l.Level, l.Message = LevelError, *job.Error
	case job.Cached && job.CachedFrom != nil:
		l.Message += fmt.Sprintf(" The answer is that of job %s, which was asked the same.", *job.CachedFrom)
	case job.StartedAt != nil:
		l.Message += fmt.Sprintf(" It took %s, after %s of waiting.", Span(job.CompletedAt.Sub(*job.StartedAt)), Span(job.StartedAt.Sub(job.CreatedAt)))
	}
	l.Message = oneLine(l.Message)
	return l
}

// Span writes a duration with as many digits as tell something.
func Span(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond / 10).String()
	case d < time.Minute:
		return d.Round(10 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}

// TakenOverLine is the line of a run whose worker is gone.
func TakenOverLine(now time.Time, stage lombard.Stage, attempt int) LogLine {
	return LogLine{Time: now.UTC(), Stage: stage, Level: LevelWarn, Message: fmt.Sprintf("The worker of attempt %d is gone; the run is tried again.", attempt)}
}
