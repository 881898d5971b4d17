package cli

import (
	"fmt"
	"io"
	"math"
	"strings"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"lombard.example/lombard"
)

// meter shows how a job gets on. show is called with every new state of the
// job, close once at the end; both by one goroutine.
type meter interface {
	show(job lombard.Job)
	close()
}

// meter returns the progress display that suits standard error.
func (p *program) meter(off bool) meter {
	switch {
	case off:
		return silent{}
	case p.world.StderrTerminal && p.world.getenv("TERM") != "dumb":
		return newBar(p.bars, p.world.unicode())
	default:
		return &stageLines{out: p.world.Stderr}
	}
}

type silent struct{}

func (silent) show(lombard.Job) {}
func (silent) close()           {}

// stageLines writes one plain line a stage, and under it what the job's message
// adds to that.
type stageLines struct {
	out           io.Writer
	last, message string
}

func (l *stageLines) show(job lombard.Job) {
	line, message := job.StageLabel, "  "+job.Message
	if job.Status == lombard.StatusPending {
		line, message = waiting(job), ""
	}
	if job.Status == lombard.StatusFailed { // the error says it better
		return
	}
	if line != "" && line != l.last {
		fmt.Fprintln(l.out, line)
		l.last, l.message = line, ""
	}
	if words := strings.TrimSpace(message); words == "" || words == inMessage(line) || message == l.message {
		return
	}
	l.message = message
	fmt.Fprintln(l.out, escaped(message, ""))
}

// inMessage is a stage's label as its message spells it.
func inMessage(label string) string { return strings.Replace(label, "...", "…", 1) }

func (l *stageLines) close() {}

// waiting is the message of a job that nobody computes yet, with its place when
// others are before it.
func waiting(job lombard.Job) string {
	switch {
	case job.QueuePosition == nil || *job.QueuePosition <= 1 || job.RetryAt != nil:
		return job.Message
	case *job.QueuePosition > lombard.MostCountedAhead:
		return fmt.Sprintf("%s More than %s are ahead of it.", job.Message, count(lombard.MostCountedAhead))
	default:
		return fmt.Sprintf("%s It is %s in the queue.", job.Message, ordinal(*job.QueuePosition))
	}
}

// ordinal writes 1st, 2nd, 3rd, 4th.
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return count(n) + suffix
}

// barUnits is how many steps the bar has for each percent.
const barUnits = 10

// bar draws stage, percent, counts and the time left on a terminal.
type bar struct {
	bars *mpb.Progress
	bar  *mpb.Bar
	job  atomic.Pointer[lombard.Job]
}

func newBar(out io.Writer, unicode bool) *bar {
	b := &bar{bars: mpb.New(mpb.WithOutput(out), mpb.WithAutoRefresh())}
	b.job.Store(&lombard.Job{})
	style := mpb.BarStyle()
	if unicode {
		style = style.Lbound("").Filler("━").Tip("━").Padding("─").Rbound("")
	}
	b.bar = b.bars.New(lombard.ProgressComplete*barUnits, style,
		mpb.BarRemoveOnComplete(), mpb.BarWidth(24),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return escaped(stageText(b.job.Load(), unicode), "") })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return escaped(countText(b.job.Load(), unicode), "") })),
	)
	return b
}

func (b *bar) show(job lombard.Job) {
	if job.Status.Terminal() {
		return // the bar goes, and what comes next says how it ended
	}
	b.job.Store(&job)
	b.bar.SetCurrent(int64(math.Round(job.Progress * barUnits)))
}

func (b *bar) close() {
	b.bar.Abort(true)
	b.bars.Wait()
}

func stageText(job *lombard.Job, unicode bool) string {
	text := stageWords(job)
	if !unicode {
		text = strings.ReplaceAll(text, "…", "...")
	}
	return text
}

func stageWords(job *lombard.Job) string {
	switch {
	case job.CancelRequested && !job.Status.Terminal():
		return "Cancelling... "
	case job.Status == lombard.StatusPending:
		return waiting(*job) + " "
	case job.Message != "":
		return job.Message + " "
	default:
		return job.StageLabel + " "
	}
}

// countText tells the percentage, what has been done and how long it still takes.
func countText(job *lombard.Job, unicode bool) string {
	dot := " - "
	if unicode {
		dot = " · "
	}
	parts := []string{fmt.Sprintf(" %.0f %%", job.Progress)}
	if job.Total > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s %s", grouped(float64(job.Done), 0), grouped(float64(job.Total), 0), job.Unit))
	}
	if job.TemplateCount > 1 {
		parts = append(parts, fmt.Sprintf("template %d of %d", job.TemplateIndex, job.TemplateCount))
	}
	if job.ETASeconds != nil && *job.ETASeconds >= 1 {
		parts = append(parts, etaText(*job.ETASeconds)+" left")
	}
	return strings.Join(parts, dot)
}

func etaText(seconds float64) string {
	whole := int(math.Ceil(seconds))
	if whole < 60 {
		return fmt.Sprintf("%d s", whole)
	}
	return fmt.Sprintf("%d min %d s", whole/60, whole%60)
}
