package storetest

import (
	"errors"
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/market"
)

func monotone(b *bench) {
	job := b.submit(b.newRun("w"))
	c := b.claim(job.JobID)
	for _, p := range []float64{30, 70, 50} {
		if _, err := b.Heartbeat(b.ctx(), c, app.Progress{Stage: lombard.StageCalculating, Progress: p}, b.now, b.now.Add(lease)); err != nil {
			b.Fatal(err)
		}
	}
	if got := b.job("w", job.JobID); got.Progress != 70 {
		b.Errorf("progress = %v, want 70", got.Progress)
	}
}

func history(b *bench) {
	var ids []string
	for i := range 7 {
		n := b.newRun("w")
		if i == 3 {
			n.Scenario.ScenarioName = "100% odd_name"
		}
		b.submit(n)
		ids = append([]string{n.ID}, ids...)
	}
	var got []string
	q := app.ListQuery{Limit: 3}
	for {
		page, err := b.List(b.ctx(), "w", q)
		if err != nil {
			b.Fatal(err)
		}
		for _, job := range page.Jobs {
			got = append(got, job.JobID)
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(ids) {
		b.Errorf("history = %v, want %v", got, ids)
	}
	count := func(q app.ListQuery) int {
		q.Limit = 100
		page, err := b.List(b.ctx(), "w", q)
		if err != nil {
			b.Fatal(err)
		}
		return len(page.Jobs)
	}
	if n := count(app.ListQuery{Status: lombard.StatusPending}); n != 1 {
		b.Errorf("%d pending runs, want 1", n)
	}
	if n := count(app.ListQuery{Search: "0% ODD_"}); n != 1 {
		b.Errorf("search found %d runs, want 1", n)
	}
	if n := count(app.ListQuery{Search: "%"}); n != 1 {
		b.Errorf("search for a per cent sign found %d runs, want 1", n)
	}
	_, err := b.List(b.ctx(), "w", app.ListQuery{Limit: 1, Cursor: "!"})
	b.wantKind("bad cursor", err, lombard.KindValidation)
}

// kinds submits a backtest and a study, and studies after both.
func kinds(b *bench) {
	current := func(kind lombard.JobKind, want string) {
		b.Helper()
		if got, err := b.Current(b.ctx(), "w", kind); err != nil || got.JobID != want || got.Kind != kind {
			b.Errorf("the current %s is %s %q, %v; want %q", kind, got.Kind, got.JobID, err, want)
		}
	}
	study := func() app.NewRun {
		n := b.newRun("w")
		n.Kind = lombard.JobStudy
		return n
	}
	unnamed := b.newRun("w")
	unnamed.Kind = ""
	backtest := b.submit(unnamed)
	_, err := b.Current(b.ctx(), "w", lombard.JobStudy)
	b.wantKind("current study before the first", err, lombard.KindNotFound)
	refusing := study()
	refusing.OnConflict = lombard.ConflictRefuse
	first := b.submit(refusing) // the backtest is live, and stands in nobody's way
	current(lombard.JobBacktest, backtest.JobID)
	current(lombard.JobStudy, first.JobID)

	second := b.submit(study())
	if got := b.wantStatus("w", first.JobID, lombard.StatusCancelled); got.SupersededBy == nil || *got.SupersededBy != second.JobID {
		b.Errorf("the first study was replaced by %v, want %s", got.SupersededBy, second.JobID)
	}
	b.wantStatus("w", backtest.JobID, lombard.StatusPending)
	for _, want := range []lombard.Job{backtest, second} {
		if c := b.claim(want.JobID); c.Kind != want.Kind {
			b.Errorf("claimed a %s, want a %s", c.Kind, want.Kind)
		}
	}
	for _, x := range []struct {
		q    app.ListQuery
		want []string
	}{
		{app.ListQuery{}, []string{second.JobID, first.JobID, backtest.JobID}},
		{app.ListQuery{Kind: lombard.JobStudy}, []string{second.JobID, first.JobID}},
		{app.ListQuery{Kind: lombard.JobBacktest}, []string{backtest.JobID}},
		{app.ListQuery{Kind: lombard.JobStudy, Status: lombard.StatusCancelled}, []string{first.JobID}},
		{app.ListQuery{Kind: lombard.JobBacktest, Status: lombard.StatusCancelled}, nil},
		{app.ListQuery{Kind: lombard.JobStudy, Search: "gold"}, []string{second.JobID, first.JobID}},
		{app.ListQuery{Kind: lombard.JobBacktest, Search: "gold", Status: lombard.StatusRunning}, []string{backtest.JobID}},
	} {
		x.q.Limit = 10
		page, err := b.List(b.ctx(), "w", x.q)
		var got []string
		for _, job := range page.Jobs {
			got = append(got, job.JobID)
		}
		if err != nil || !slices.Equal(got, x.want) {
			b.Errorf("history of %+v = %v, %v; want %v", x.q, got, err, x.want)
		}
	}
	if id, err := b.Clear(b.ctx(), "w", lombard.JobStudy, b.now); err != nil || id != second.JobID {
		b.Errorf("cleared study %q, %v; want %s", id, err, second.JobID)
	}
	_, err = b.Current(b.ctx(), "w", lombard.JobStudy)
	b.wantKind("current study after clear", err, lombard.KindNotFound)
	current(lombard.JobBacktest, backtest.JobID)
	third := study()
	third.Force = true
	last := b.submit(third)
	b.finish(b.claim(last.JobID), completeOutcome(last.JobID))
	if err := b.Delete(b.ctx(), "w", last.JobID); err != nil {
		b.Errorf("delete: %v", err)
	}
	_, err = b.Current(b.ctx(), "w", lombard.JobStudy)
	b.wantKind("current study after it was deleted", err, lombard.KindNotFound)
}

func isolation(b *bench) {
	job := b.complete("a")
	_, errJob := b.Job(b.ctx(), "b", job.JobID)
	_, errResult := b.Result(b.ctx(), "b", job.JobID)
	_, errScenario := b.Scenario(b.ctx(), "b", job.JobID)
	_, errCancel := b.Cancel(b.ctx(), "b", job.JobID, lombard.CancelUser, b.now)
	_, errNote := b.Annotate(b.ctx(), "b", job.JobID, app.Annotation{}, b.now)
	for what, err := range map[string]error{
		"job": errJob, "result": errResult, "scenario": errScenario, "cancel": errCancel, "note": errNote, "delete": b.Delete(b.ctx(), "b", job.JobID),
	} {
		b.wantKind(what+" of another workspace", err, lombard.KindNotFound)
	}
	if page, err := b.List(b.ctx(), "b", app.ListQuery{Limit: 10}); err != nil || len(page.Jobs) != 0 {
		b.Errorf("history of another workspace = %v, %v", page.Jobs, err)
	}
}

func annotations(b *bench) {
	job := b.complete("w")
	name, note, tags := "Renamed", "A note.", []string{"x", "y"}
	got, err := b.Annotate(b.ctx(), "w", job.JobID, app.Annotation{Name: &name, Note: &note, Tags: &tags}, b.now)
	if err != nil || got.ScenarioName != name || got.Note != note || fmt.Sprint(got.Tags) != "[x y]" {
		b.Errorf("annotated job = %+v, %v", got, err)
	}
	if got, err = b.Annotate(b.ctx(), "w", job.JobID, app.Annotation{}, b.now); err != nil || got.Note != note {
		b.Errorf("an empty change left %q, %v", got.Note, err)
	}
	if result, err := b.Result(b.ctx(), "w", job.JobID); err != nil || result.Digest != *job.ResultDigest {
		b.Errorf("result = %v, %v", result.Digest, err)
	}
}

func deletion(b *bench) {
	live := b.submit(b.newRun("a"))
	b.claim(live.JobID)
	b.wantKind("delete of a live run", b.Delete(b.ctx(), "a", live.JobID), lombard.KindConflict)
	n := b.newRun("w")
	first := b.submit(n)
	b.finish(b.claim(first.JobID), completeOutcome(first.JobID))
	again := b.newRun("w")
	again.RequestKey = n.RequestKey
	shared := b.submit(again)
	if err := b.Delete(b.ctx(), "w", first.JobID); err != nil {
		b.Errorf("delete: %v", err)
	}
	_, err := b.Job(b.ctx(), "w", first.JobID)
	b.wantKind("a deleted run", err, lombard.KindNotFound)
	if _, err := b.Result(b.ctx(), "w", shared.JobID); err != nil {
		b.Errorf("the run that shares the deleted one's result lost it: %v", err)
	}
	if err := b.Delete(b.ctx(), "w", shared.JobID); err != nil {
		b.Errorf("delete: %v", err)
	}
	_, err = b.Current(b.ctx(), "w", lombard.JobBacktest)
	b.wantKind("current after its run was deleted", err, lombard.KindNotFound)
}

func queueLimit(b *bench) {
	if err := b.Admits(b.ctx(), 1); err != nil {
		b.Errorf("before the first: %v", err)
	}
	b.submit(b.newRun("a"))
	b.wantKind("ready for one more than the limit", b.Admits(b.ctx(), 1), lombard.KindResourceLimit)
	if err := errors.Join(b.Admits(b.ctx(), 2), b.Admits(b.ctx(), 0)); err != nil {
		b.Errorf("with room: %v", err)
	}
	n := b.newRun("b")
	n.MaxPending = 1
	_, err := b.Submit(b.ctx(), n)
	b.wantKind("one more than the limit", err, lombard.KindResourceLimit)
	_, err = b.Job(b.ctx(), "b", n.ID)
	b.wantKind("the refused run", err, lombard.KindNotFound)
}

func priceFiles(b *bench) {
	bars := []market.Bar{
		{Date: lombard.MustDate("2024-01-02"), Open: 1, High: 3, Low: 0.5, Close: 2},
		{Date: lombard.MustDate("2024-01-03"), Close: 2.25},
	}
	file := app.PriceFile{
		Digest: (&market.Series{Bars: bars}).Digest(), Workspace: "w", Symbol: "MINE", Name: "my.csv", ImportedAt: b.now,
		First: bars[0].Date, Last: bars[1].Date, Sessions: 2, Intraday: true, Warnings: []lombard.Warning{{Code: "c", Message: "m"}}, Bars: bars,
	}
	for range 2 {
		if _, err := b.SavePrices(b.ctx(), file); err != nil {
			b.Fatal(err)
		}
	}
	other := file
	other.Bars = bars[:1]
	other.Digest = (&market.Series{Bars: other.Bars}).Digest()
	if _, err := b.SavePrices(b.ctx(), other); err != nil {
		b.Fatal(err)
	}
	if got, found, err := b.Prices(b.ctx(), "w", "MINE", ""); err != nil || !found || got.Digest != other.Digest {
		b.Errorf("newest = %v, %v, %v; want %s", got.Digest, found, err, other.Digest)
	}
	got, found, err := b.Prices(b.ctx(), "w", "MINE", file.Digest)
	if err != nil || !found || fmt.Sprint(got.Bars) != fmt.Sprint(bars) || fmt.Sprint(got.Warnings) != fmt.Sprint(file.Warnings) {
		b.Errorf("by digest = %+v, %v, %v", got, found, err)
	}
	if _, found, err := b.Prices(b.ctx(), "v", "MINE", ""); err != nil || found {
		b.Errorf("another workspace found %v, %v", found, err)
	}
	if list, err := b.ListPrices(b.ctx(), "w"); err != nil || len(list) != 2 {
		b.Errorf("list = %v, %v; want 2", list, err)
	}
	if err := b.DeletePrices(b.ctx(), "w", file.Digest); err != nil {
		b.Errorf("delete: %v", err)
	}
	b.wantKind("delete of nothing", b.DeletePrices(b.ctx(), "w", file.Digest), lombard.KindNotFound)
}
