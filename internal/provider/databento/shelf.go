package databento

import (
	"sync"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
)

// Limits of what is kept.
const (
	keptAnswers = 8
	keptBytes   = 4 << 20 // of one answer
)

// shelf keeps answers that arrived whole and were paid while what belongs to
// them has not: another try buys only that. It is safe for concurrent use.
type shelf struct {
	mutex   sync.Mutex
	answers map[selection]arrival
}

// arrival is an answer, what of its selection it covers and the remarks on it.
type arrival struct {
	answer  vendorhttp.Answer
	covered selection
	remarks []lombard.Warning
}

func newShelf() *shelf { return &shelf{answers: map[selection]arrival{}} }

func (k *shelf) get(s selection) (arrival, bool) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	a, ok := k.answers[s]
	return a, ok
}

// put keeps an answer, in place of any other when the shelf is full.
func (k *shelf) put(s selection, a arrival) {
	if len(a.answer.Body) > keptBytes {
		return
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	for other := range k.answers {
		if len(k.answers) < keptAnswers {
			break
		}
		delete(k.answers, other)
	}
	k.answers[s] = a
}

func (k *shelf) drop(s selection) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	delete(k.answers, s)
}
