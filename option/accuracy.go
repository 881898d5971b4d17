package option

// Accuracy is how close an American price is to its converged value, as a choice
// between time and digits: the root mean square error over the 1,800 published
// puts of Andersen, Lake and Offengenden, for a strike of 100.
type Accuracy int

// The accuracies. The zero value is Standard.
const (
	Standard Accuracy = iota // 1e-6
	Fast                     // 5e-5
	High                     // 1e-8
)

// String returns standard, fast or high.
func (a Accuracy) String() string {
	switch a {
	case Standard:
		return "standard"
	case Fast:
		return "fast"
	case High:
		return "high"
	default:
		return "invalid accuracy"
	}
}

// accuracies is how many there are.
const accuracies = 3

// at returns the accuracy itself, and Standard in place of an unknown one.
func (a Accuracy) at() Accuracy {
	if a < 0 || a >= accuracies {
		return Standard
	}
	return a
}
