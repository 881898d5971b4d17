package storetest

import (
	"bytes"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
)

// part is a piece of a result with some text in it.
func part(text string) archive.Part {
	body := bytes.Repeat([]byte(text), 100)
	return archive.Part{Digest: archive.Digest(body), Body: body}
}

// completeWith is how a run ends whose result has parts, the last of which was
// not saved before.
func completeWith(id string, parts ...archive.Part) app.Outcome {
	o := completeOutcome(id)
	for _, p := range parts {
		o.Names = append(o.Names, p.Digest)
	}
	o.Parts = parts[len(parts)-1:]
	return o
}

// has reports whether a result's loader still finds a part.
func (b *bench) has(of app.StoredResult, p archive.Part) bool {
	body, err := of.Part(b.ctx(), p.Digest)
	if err == nil && !bytes.Equal(body, p.Body) {
		b.Errorf("part %s = %.40q", p.Digest, body)
	}
	return err == nil
}

// partsOfAResult are saved while the run goes on and with its end, are shared
// by results, and stay for as long as one of them needs them.
func partsOfAResult(b *bench) {
	common, mine, last := part("common"), part("mine"), part("last")
	first := b.claim(b.submit(b.newRun("w")).JobID)
	for range 2 { // the same parts twice are one
		if err := b.SaveParts(b.ctx(), first, []archive.Part{common, mine}); err != nil {
			b.Fatal(err)
		}
	}
	b.finish(first, completeWith(first.RunID, common, mine, last))
	kept, err := b.Result(b.ctx(), "w", first.RunID)
	if err != nil || !b.has(kept, common) || !b.has(kept, mine) || !b.has(kept, last) {
		b.Fatalf("a part of the result is missing, %v", err)
	}

	yours := part("yours")
	second := b.claim(b.submit(b.newRun("v")).JobID)
	if err := b.SaveParts(b.ctx(), second, []archive.Part{common}); err != nil {
		b.Fatal(err)
	}
	b.finish(second, completeWith(second.RunID, common, yours))
	other, err := b.Result(b.ctx(), "v", second.RunID)
	if err != nil || !b.has(other, common) || !b.has(other, yours) {
		b.Fatalf("a part of the other result is missing, %v", err)
	}
	if err := b.Delete(b.ctx(), "w", first.RunID); err != nil {
		b.Fatal(err)
	}
	if b.has(other, mine) || b.has(other, last) {
		b.Error("parts of a deleted result stay")
	}
	if !b.has(other, common) {
		b.Error("a part that another result needs is gone")
	}
}

// partsWithoutAResult go with the claim that wrote them.
func partsWithoutAResult(b *bench) {
	probe := b.complete("probe")
	reading, err := b.Result(b.ctx(), "probe", probe.JobID)
	if err != nil {
		b.Fatal(err)
	}
	ends := map[string]func(c app.Claim){
		"failed":      func(c app.Claim) { b.finish(c, failedOutcome()) },
		"cancelled":   func(c app.Claim) { b.finish(c, app.Outcome{Cancelled: true}) },
		"handed back": func(c app.Claim) { b.finish(c, app.Outcome{HandBack: true}) },
		"taken away": func(app.Claim) {
			if _, err := b.Reconcile(b.ctx(), b.now, true); err != nil {
				b.Fatal(err)
			}
		},
	}
	for name, end := range ends {
		p := part(name)
		c := b.claim(b.submit(b.newRun("w " + name)).JobID)
		if err := b.SaveParts(b.ctx(), c, []archive.Part{p}); err != nil || !b.has(reading, p) {
			b.Fatalf("%s: saved %v", name, err)
		}
		end(c)
		if b.has(reading, p) {
			b.Errorf("a run that was %s leaves parts behind", name)
		}
		b.wantStale("parts of a run that was "+name, b.SaveParts(b.ctx(), c, []archive.Part{p}))
		if b.has(reading, p) {
			b.Errorf("a run that was %s still saves parts", name)
		}
		if _, err := b.Cancel(b.ctx(), "w "+name, c.RunID, lombard.CancelUser, b.now); err != nil {
			b.Fatal(err)
		}
	}
	if job := b.job("probe", probe.JobID); job.Status != lombard.StatusComplete {
		b.Errorf("the probe is %s", job.Status)
	}
}

// rowsIntoColumns: a result keeps its digest when its document is replaced by a
// head and parts, and nothing else of it changes.
func rowsIntoColumns(b *bench) {
	job := b.complete("w")
	rows, err := b.Result(b.ctx(), "w", job.JobID)
	if err != nil {
		b.Fatal(err)
	}
	head, piece := []byte("the head"), part("piece")
	for range 2 { // the second one changes nothing
		if err := b.PutIntoColumns(b.ctx(), rows.Digest, head, []archive.Part{piece}); err != nil {
			b.Fatal(err)
		}
		head = append([]byte("another "), head...)
	}
	got, err := b.Result(b.ctx(), "w", job.JobID)
	if err != nil || string(got.Document) != "the head" || got.Digest != rows.Digest || !b.has(got, piece) {
		b.Errorf("%q under %s, %v", got.Document, got.Digest, err)
	}
	if after := b.job("w", job.JobID); after.Version != job.Version || *after.ResultDigest != *job.ResultDigest {
		b.Errorf("the job is %+v", after)
	}
	if err := b.Delete(b.ctx(), "w", job.JobID); err != nil {
		b.Fatal(err)
	}
	if b.has(got, piece) {
		b.Error("its piece stays when it is deleted")
	}
	if err := b.PutIntoColumns(b.ctx(), rows.Digest, head, []archive.Part{piece}); err != nil || b.has(got, piece) {
		b.Errorf("a result that is gone comes back, %v", err)
	}
}
