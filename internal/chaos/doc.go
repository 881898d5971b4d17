// Package chaos breaks the program on purpose: it kills servers, freezes
// workers, races cancels against results and builds programs with known
// defects. All of it is test code; the judge is in internal/chaos/checker.
//
// Tests that measure no time run side by side, after those that do.
//
// LOMBARD_CHAOS=full asks for the full length, and LOMBARD_CHAOS_SEED or -seed
// for the schedule of an earlier run, whose seed every test prints.
package chaos
