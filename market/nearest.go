package market

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest returns the up to three names most like the one wanted, nearest
// first: those that contain it, then by edit distance, letter case aside.
func Nearest(want string, have []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	target := strings.ToLower(want)
	var found []candidate
	for _, name := range have {
		lower := strings.ToLower(name)
		d := editDistance(target, lower)
		if target != "" && strings.Contains(lower, target) {
			d = 0
		}
		found = append(found, candidate{name, d})
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, c := range found[:min(3, len(found))] {
		names = append(names, c.name)
	}
	return names
}

// Like returns the name that the one wanted is probably a slip of: it contains
// it, or differs in a few letters. ok is false when there is none.
func Like(want string, have []string) (name string, ok bool) {
	near := Nearest(want, have)
	const fewest = 3 // letters that say anything
	if len(near) == 0 || len(want) < fewest {
		return "", false
	}
	lower, target := strings.ToLower(near[0]), strings.ToLower(want)
	slips := max(1, min(len(want), len(near[0]))/3)
	if strings.Contains(lower, target) || editDistance(target, lower) <= slips {
		return near[0], true
	}
	return "", false
}

// SameSpelled returns the name that has the letters and digits of the one
// wanted, in their order, and differs in nothing else: one of another asset may
// be a single letter away. ok is false when there is none.
func SameSpelled(want string, have []string) (name string, ok bool) {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, strings.ToUpper(s))
	}
	for _, name := range have {
		if name != want && plain(name) == plain(want) {
			return name, true
		}
	}
	return "", false
}

// maxCompared bounds the work for a name that somebody sent.
const maxCompared = 100

// editDistance counts the letters to insert, delete or replace.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	x, y = x[:min(len(x), maxCompared)], y[:min(len(y), maxCompared)]
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			replace := diagonal
			if x[i] != y[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
