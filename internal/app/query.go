package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/live"
)

// Job returns a job of the workspace with its live progress.
func (s *Service) Job(ctx context.Context, workspace, id string) (lombard.Job, error) {
	known := s.Feed.Snapshot()
	job, err := s.Store.Job(ctx, workspace, id)
	return s.told(known, job), err
}

// told is a stored job as it is shown now: with what a worker of this process
// knows beyond its row, and with the time that is left of a pause.
func (s *Service) told(known live.Jobs, job lombard.Job) lombard.Job {
	job = known.Over(job)
	countDown(&job, s.Clock.Now())
	return job
}

// Current returns the workspace's current backtest; kind not_found when it has none.
func (s *Service) Current(ctx context.Context, workspace string) (lombard.Job, error) {
	known := s.Feed.Snapshot()
	job, err := s.Store.Current(ctx, workspace, lombard.JobBacktest)
	return s.told(known, job), err
}

// maxPage bounds a page of history.
const maxPage = 200

// Jobs returns a page of the workspace's history, newest first.
func (s *Service) Jobs(ctx context.Context, workspace string, q ListQuery) (JobPage, error) {
	if q.Limit <= 0 || q.Limit > maxPage {
		q.Limit = maxPage
	}
	known := s.Feed.Snapshot()
	page, err := s.Store.List(ctx, workspace, q)
	for i := range page.Jobs {
		page.Jobs[i] = s.told(known, page.Jobs[i])
	}
	return page, err
}

// Watch streams a job: first the job in full, then what happens to it.
func (s *Service) Watch(ctx context.Context, workspace, id string) (*live.Subscription, error) {
	return s.Feed.Watch(ctx, id, func(ctx context.Context) (lombard.Job, error) { return s.Job(ctx, workspace, id) })
}

// Wait returns the job once it is terminal, or as it is when ctx ends or when
// so many watch that there is no place for another.
func (s *Service) Wait(ctx context.Context, workspace, id string) (lombard.Job, error) {
	sub, err := s.Watch(ctx, workspace, id)
	own, _ := errors.AsType[*lombard.Error](err)
	switch {
	case err != nil && ctx.Err() != nil, own != nil && own.Code == lombard.CodeTooManyWatchers:
		return s.Job(context.WithoutCancel(ctx), workspace, id)
	case err != nil:
		return lombard.Job{}, err
	}
	defer sub.Close()
	for {
		e, err := sub.Next(ctx)
		if err != nil && ctx.Err() != nil {
			return s.Job(context.WithoutCancel(ctx), workspace, id)
		}
		if err != nil {
			return lombard.Job{}, err
		}
		if e.Kind == live.EventDone {
			return e.Job, nil
		}
	}
}

// Request returns what a job was asked, resolved, whether or not it has a
// result.
func (s *Service) Request(ctx context.Context, workspace, id string) (lombard.Scenario, error) {
	return s.Store.Scenario(ctx, workspace, id)
}

// Result returns the result document of a complete job.
func (s *Service) Result(ctx context.Context, workspace, id string) (StoredResult, error) {
	stored, err := s.Store.Result(ctx, workspace, id)
	if err != nil || archive.InColumns(stored.Document) {
		return stored, err
	}
	return s.intoColumns(ctx, workspace, id, stored)
}

// Explain returns one day's arithmetic of a complete job, for the primary
// template when none is named.
func (s *Service) Explain(ctx context.Context, workspace, id, template string, date lombard.Date) (backtest.Explanation, error) {
	stored, err := s.Result(ctx, workspace, id)
	if err != nil {
		return backtest.Explanation{}, err
	}
	result, err := stored.Open()
	if err != nil {
		return backtest.Explanation{}, err
	}
	if template == "" {
		template = result.Top().PrimaryTemplate
	}
	if place := result.Place(template); place >= 0 {
		t, err := result.Hedge(ctx, place, archive.Path)
		if err != nil {
			return backtest.Explanation{}, lombard.AsError(err)
		}
		return backtest.Explain(result.Top().Request, *t, date)
	}
	return backtest.Explanation{}, &lombard.Error{
		Kind: lombard.KindNotFound, Code: "template_not_in_result",
		Message: fmt.Sprintf("The result of job %s has no template %q.", id, template),
		Hint:    fmt.Sprintf("Leave template out to explain %s.", result.Top().PrimaryTemplate),
	}
}

// Cancel asks a live job to stop; a finished one is returned unchanged.
func (s *Service) Cancel(ctx context.Context, workspace, id string) (lombard.Job, error) {
	known, now := s.Feed.Snapshot(), s.Clock.Now()
	job, err := s.Store.Cancel(ctx, workspace, id, lombard.CancelUser, now)
	if err != nil {
		return job, err
	}
	s.Feed.Changed(job)
	s.journal().EndOf(ctx, &job, now)
	return s.told(known, job), nil
}

// Clear cancels the workspace's current job, if it is live, and forgets that
// it was current.
func (s *Service) Clear(ctx context.Context, workspace string) error {
	now := s.Clock.Now()
	id, err := s.Store.Clear(ctx, workspace, lombard.JobBacktest, now)
	if err != nil || id == "" {
		return err
	}
	s.tellStored(ctx, workspace, id, now)
	return nil
}

// tellStored passes on what the store says of a job that a write at that time
// has changed. A failure to read it costs the watchers a poll.
func (s *Service) tellStored(ctx context.Context, workspace, id string, now time.Time) {
	if job, err := s.Store.Job(ctx, workspace, id); err == nil {
		s.Feed.Changed(job)
		s.journal().EndOf(ctx, &job, now)
	} else if !errors.Is(err, context.Canceled) {
		s.Log.WarnContext(ctx, "read a changed job", "job", id, "error", err)
	}
}

func (s *Service) journal() Journal { return Journal{s.Log} }

// Annotate changes a job's name, note or tags.
func (s *Service) Annotate(ctx context.Context, workspace, id string, a Annotation) (lombard.Job, error) {
	var bad []lombard.FieldError
	fail := func(field string, value any, problem string) {
		bad = append(bad, lombard.FieldError{Field: field, Value: value, Code: lombard.CodeInvalid, Message: field + " " + problem})
	}
	label := func(field, text string, most int) {
		if text == "" {
			fail(field, text, fmt.Sprintf("must have 1 to %d bytes.", most))
		} else if problem := lombard.TextProblem(text, most); problem != "" {
			fail(field, text, problem)
		}
	}
	if a.Name != nil {
		label("name", *a.Name, lombard.MaxName)
	}
	if a.Note != nil {
		if problem := lombard.NoteProblem(*a.Note, lombard.MaxNote); problem != "" {
			fail("note", *a.Note, problem)
		}
	}
	if a.Tags != nil && len(*a.Tags) > lombard.MaxTags {
		fail("tags", len(*a.Tags), fmt.Sprintf("must hold at most %d tags.", lombard.MaxTags))
	} else if a.Tags != nil {
		for i, tag := range *a.Tags {
			label(fmt.Sprintf("tags[%d]", i), tag, lombard.MaxTag)
		}
	}
	if err := lombard.Invalid(bad); err != nil {
		return lombard.Job{}, err
	}
	known := s.Feed.Snapshot()
	job, err := s.Store.Annotate(ctx, workspace, id, a, s.Clock.Now())
	return s.told(known, job), err
}

// Delete removes a finished job from history.
func (s *Service) Delete(ctx context.Context, workspace, id string) error {
	return s.Store.Delete(ctx, workspace, id)
}

// PriceFiles lists the workspace's imported price files, newest first.
func (s *Service) PriceFiles(ctx context.Context, workspace string) ([]PriceFile, error) {
	return s.Store.ListPrices(ctx, workspace)
}

// DeletePrices removes an imported price file.
func (s *Service) DeletePrices(ctx context.Context, workspace, digest string) error {
	return s.Store.DeletePrices(ctx, workspace, digest)
}
