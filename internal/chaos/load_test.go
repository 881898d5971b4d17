package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// input is a request; its name is the scenario's and tells it apart.
type input struct {
	name string
	body []byte
}

// weight is how much there is to compute.
type weight int

const (
	light   weight = iota // some ten milliseconds
	medium                // some hundred
	heavy                 // some hundred, of American options
	huge                  // half a second or more
	endless               // longer than a server waits when it is stopped
)

// templates are slugs of the catalogue.
func templates() []string {
	return []string{
		"protective-put-atm-12m", "protective-put-95pct-12m", "protective-put-90pct-12m",
		"ladder-50-50-atm-95pct-12m", "ladder-33-33-33-atm-95pct-90pct-12m", "unhedged",
	}
}

// newInput draws a request. No two names have the same loan.
func newInput(t *testing.T, rng *rand.Rand, name string, serial int, w weight) input {
	t.Helper()
	slugs := templates()
	rng.Shuffle(len(slugs), func(i, j int) { slugs[i], slugs[j] = slugs[j], slugs[i] })
	request := map[string]any{
		"scenario_name": name, "symbol": "XAU", "start_date": "1987-12-14", "end_date": "1989-03-31",
		"template_slugs": slugs[:1+rng.IntN(2)], "underlying_units": 1000, "loan_amount": 301000 + float64(serial)/100,
		"margin_call_ltv": 0.75, "data_source": "sample",
	}
	assumptions := map[string]any{"option_style": "european", "execution": []string{"mid", "half_spread"}[rng.IntN(2)]}
	switch w {
	case light:
	case medium:
		request["symbol"], request["start_date"] = "SPX", fmt.Sprintf("%d-03-01", 2002+rng.IntN(5))
		request["end_date"] = fmt.Sprintf("%d-12-28", 2009+rng.IntN(9))
	case heavy:
		request["symbol"], request["start_date"], request["end_date"] = "SPX", "2003-03-03", fmt.Sprintf("%d-12-28", 2006+rng.IntN(4))
		assumptions["option_style"] = "american"
	case huge:
		request["symbol"], request["start_date"], request["end_date"] = "SPX", "2001-03-01", "2018-12-28"
		request["template_slugs"], assumptions["option_style"] = slugs, "american"
	case endless:
		request["symbol"], request["data_source"] = "SYN-7", "synthetic"
		request["start_date"], request["end_date"] = "1992-03-02", "2029-12-28"
		request["loan_amount"], assumptions["option_style"] = 20+float64(serial)/100, "american"
		delete(request, "template_slugs")
		request["template"] = ladder(12)
		assumptions["vol"] = map[string]any{"model": "realised", "refresh": "daily", "smile": map[string]any{"preset": "equity_index"}} // each strike has a vol of its own
	}
	request["assumptions"] = assumptions
	return input{name, encode(t, request)}
}

// forced is the same request, not to be answered from the cache.
func forced(t *testing.T, in input) input {
	t.Helper()
	var request map[string]any
	if err := json.Unmarshal(in.body, &request); err != nil {
		t.Fatal(err)
	}
	request["force"] = true
	return input{in.name, encode(t, request)}
}

// ladder is a template of many puts, each for its share of the position.
func ladder(legs int) map[string]any {
	all := make([]map[string]any, legs)
	for i := range all {
		all[i] = map[string]any{
			"id": fmt.Sprintf("put%d", i), "right": "put", "side": "long", "ratio": fmt.Sprintf("1/%d", legs),
			"strike": map[string]any{"method": "moneyness", "of": "spot", "value": 1 - float64(i)/100},
			"expiry": map[string]any{"tenor": "12m"},
		}
	}
	return map[string]any{
		"slug": "ladder", "title": "A ladder of puts", "family": "put", "schema": 1, "legs": all,
		"roll": []any{map[string]any{"when": "expiry", "do": "renew"}},
	}
}

// registry is what all actors of a load know together.
type registry struct {
	mu     sync.Mutex
	inputs map[string]input
	jobs   [][2]string // workspace and id of each job that somebody was told of
}

func (r *registry) keep(in input) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inputs[in.name] = in
}

func (r *registry) met(workspace, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs = append(r.jobs, [2]string{workspace, id})
}

// some returns a job that somebody was told of, mostly a recent one.
func (r *registry) some(rng *rand.Rand) (workspace, id string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.jobs)
	if n == 0 {
		return "", "", false
	}
	at := rng.IntN(n)
	if rng.IntN(4) > 0 {
		at = n - 1 - rng.IntN(min(n, 8))
	}
	return r.jobs[at][0], r.jobs[at][1], true
}

// load is the traffic on one server.
type load struct {
	t       *testing.T
	seed    uint64
	server  *server
	history *checker.History
	began   time.Time // of the history
	known   *registry
	watched chan [2]string
	actors  sync.WaitGroup
	stop    context.CancelFunc

	workspaces []string // to be checked at the end
}

// submitters is how many workspaces are at work at once.
const submitters = 4

func workspaces() []string { return crowd(submitters) }

func crowd(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("w%d", i+1)
	}
	return names
}

// newLoad starts submitters, pollers and watchers.
func newLoad(t *testing.T, s *server, seed uint64) *load {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	now := time.Now()
	l := &load{
		t: t, seed: seed, server: s, history: checker.NewHistory(now), began: now, stop: stop,
		known: &registry{inputs: map[string]input{}}, watched: make(chan [2]string, 16), workspaces: workspaces(),
	}
	for _, w := range workspaces() {
		l.actors.Go(func() { l.submitter(ctx, w) })
	}
	for i := range 2 {
		l.actors.Go(func() { l.poller(ctx, fmt.Sprintf("poller%d", i+1)) })
		l.actors.Go(func() { l.watcher(ctx, fmt.Sprintf("watcher%d", i+1)) })
	}
	t.Cleanup(l.halt)
	return l
}

// bareLoad is a load whose only actor is the test itself.
func bareLoad(t *testing.T, s *server) *load {
	t.Helper()
	return &load{
		t: t, server: s, history: checker.NewHistory(time.Now()), stop: func() {},
		known: &registry{inputs: map[string]input{}}, workspaces: workspaces(),
	}
}

// halt ends the load and waits for its actors.
func (l *load) halt() {
	l.stop()
	l.actors.Wait()
}

// submitter works in a workspace of its own: it asks for runs and then waits,
// watches, cancels, clears or just asks for the next.
func (l *load) submitter(ctx context.Context, workspace string) {
	rng := chance(l.seed, workspace)
	c := newClient(workspace, workspace, l.server, l.history)
	var own []input
	for serial := 1; ctx.Err() == nil; serial++ {
		in := l.next(rng, workspace, serial, own)
		own = append(own, in)
		l.known.keep(in)
		job := l.submitOnce(ctx, c, rng, in, serial)
		if job == nil {
			pause(ctx, 5*time.Millisecond)
			continue
		}
		l.known.met(workspace, job.ID)
		l.afterwards(ctx, c, rng, job.ID)
		pause(ctx, upTo(rng, 20*time.Millisecond))
	}
}

func (l *load) next(rng *rand.Rand, workspace string, serial int, own []input) input {
	if len(own) > 0 && rng.IntN(12) == 0 {
		return own[rng.IntN(len(own))] // the same question again
	}
	w := light
	switch draw := rng.IntN(20); {
	case draw == 0:
		w = heavy
	case draw < 6:
		w = medium
	}
	return newInput(l.t, rng, fmt.Sprintf("%s #%d", workspace, serial), serial, w)
}

// submitOnce asks for a run once: with a key as often as it takes, without one
// whatever comes of it.
func (l *load) submitOnce(ctx context.Context, c *client, rng *rand.Rand, in input, serial int) *checker.Job {
	var headers []string
	if rng.IntN(6) == 0 {
		headers = []string{"Prefer", "wait=3"}
	}
	if rng.IntN(2) == 0 {
		key := fmt.Sprintf("%s-%d-%d", c.workspace, serial, rng.IntN(1e9))
		job := c.insist(ctx, in, key, headers...)
		if job != nil && rng.IntN(5) == 0 {
			again := c.insist(ctx, in, key) // a client that forgot that it was answered
			if again != nil && again.ID != job.ID {
				l.known.met(c.workspace, again.ID)
			}
		}
		return job
	}
	job, _ := c.submit(ctx, in, "", headers...)
	return job
}

// afterwards does what a user does with a run.
func (l *load) afterwards(ctx context.Context, c *client, rng *rand.Rand, id string) {
	patience, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	switch draw := rng.IntN(20); {
	case draw < 8: // wait and read
		if done := c.await(patience, id, 5*time.Millisecond); done != nil && done.Status == "complete" {
			c.result(ctx, id)
		}
	case draw < 11: // have it watched
		select {
		case l.watched <- [2]string{c.workspace, id}:
		default:
		}
		c.await(patience, id, 20*time.Millisecond)
	case draw < 14:
		pause(ctx, upTo(rng, 60*time.Millisecond))
		c.cancel(ctx, id)
	case draw < 15:
		pause(ctx, upTo(rng, 40*time.Millisecond))
		c.clear(ctx)
	case draw < 16: // cancel what is over
		if c.await(patience, id, 10*time.Millisecond) != nil {
			c.cancel(ctx, id)
			c.read(ctx, id)
		}
	}
}

// poller looks at anybody's runs, now and then from the wrong workspace.
func (l *load) poller(ctx context.Context, name string) {
	rng := chance(l.seed, name)
	clients := map[string]*client{}
	for _, w := range workspaces() {
		clients[w] = newClient(name, w, l.server, l.history)
	}
	all := workspaces()
	for ctx.Err() == nil {
		pause(ctx, upTo(rng, 15*time.Millisecond))
		workspace, id, ok := l.known.some(rng)
		if !ok {
			continue
		}
		if rng.IntN(10) == 0 {
			workspace = all[(slices.Index(all, workspace)+1+rng.IntN(len(all)-1))%len(all)]
		}
		if job := clients[workspace].read(ctx, id); rng.IntN(6) == 0 || job != nil && job.Status == "complete" && rng.IntN(3) == 0 {
			clients[workspace].result(ctx, id)
		}
	}
}

// watcher follows event streams; what breaks it follows again.
func (l *load) watcher(ctx context.Context, name string) {
	clients := map[string]*client{}
	for _, w := range workspaces() {
		clients[w] = newClient(name, w, l.server, l.history)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case what := <-l.watched:
			for range 3 {
				limit, cancel := context.WithTimeout(ctx, 5*time.Second)
				last := clients[what[0]].watch(limit, what[1], nil)
				cancel()
				if last != nil && last.Terminal() || ctx.Err() != nil {
					break
				}
				pause(ctx, 20*time.Millisecond)
			}
		}
	}
}

// rest waits until nothing is left to do and returns what the server says of
// every run then. What has not come to rest in time stays as it is.
func (l *load) rest(within time.Duration) []checker.Final {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	var final []checker.Final
	for _, w := range l.workspaces {
		c := newClient("end", w, l.server, l.history)
		jobs, err := l.settled(ctx, c)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, job := range jobs {
			f := checker.Final{Job: job}
			if job.Status == "complete" {
				f.Digest = c.result(context.Background(), job.ID)
			}
			final = append(final, f)
		}
	}
	return final
}

func (l *load) settled(ctx context.Context, c *client) ([]checker.Job, error) {
	for {
		jobs, err := c.list(context.Background())
		live := slices.ContainsFunc(jobs, func(j checker.Job) bool { return !j.Terminal() })
		if err != nil || !live || ctx.Err() != nil {
			return jobs, err
		}
		pause(ctx, 20*time.Millisecond)
	}
}

// goldens computes the inputs of every complete run in a process of its own
// that nobody disturbs.
func (l *load) goldens(binary string, final []checker.Final) checker.Goldens {
	l.t.Helper()
	s := newServer(l.t, binary)
	s.start()
	defer s.kill()
	wanted := map[string]bool{}
	for _, f := range final {
		if f.Job.Status == "complete" {
			wanted[f.Job.Input] = true
		}
	}
	names := make(chan string, len(wanted))
	for name := range wanted {
		names <- name
	}
	close(names)
	golden := checker.Goldens{}
	var mu sync.Mutex
	var hands sync.WaitGroup
	for i := range 4 {
		hands.Go(func() {
			workspace := fmt.Sprintf("g%d", i)
			c := newClient(workspace, workspace, s, checker.NewHistory(time.Now()))
			for name := range names {
				job, _ := c.submit(context.Background(), l.known.inputs[name], "", "Prefer", "wait=60")
				if job == nil || job.Status != "complete" {
					l.t.Errorf("the undisturbed run of %q did not complete: %+v", name, job)
					continue
				}
				digest := c.result(context.Background(), job.ID)
				mu.Lock()
				golden[name] = digest
				mu.Unlock()
			}
		})
	}
	hands.Wait()
	return golden
}

// verdict ends the load, lets the server come to rest and checks everything.
// An empty binary leaves the comparison with undisturbed results out; excused
// are the kinds of error that the faults explain.
func (l *load) verdict(binary string, excused ...string) checker.Report {
	l.t.Helper()
	return l.verdictWithin(time.Minute, binary, excused...)
}

// verdictWithin is verdict with a bound on the time to come to rest.
func (l *load) verdictWithin(patience time.Duration, binary string, excused ...string) checker.Report {
	l.t.Helper()
	l.halt()
	healed := time.Now()
	final := l.rest(patience)
	var goldens checker.Goldens
	if binary != "" {
		goldens = l.goldens(binary, final)
	}
	l.history.Add(checker.Event{Client: "server", Op: checker.OpOutput, Phase: checker.Seen, Text: l.server.log.String()}, time.Now())
	return checker.Check(l.history.Events(), final, goldens, checker.Conditions{
		Healed: healed, Bound: patience, Canaries: []string{canary}, Excused: append([]string{}, excused...),
	})
}
