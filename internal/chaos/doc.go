// Package chaos breaks the program on purpose: it kills servers, freezes
// workers, races cancels against results and builds programs with known
// defects. All of it is test code; the judge is in internal/chaos/checker.
package chaos
