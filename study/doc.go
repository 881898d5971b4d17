// Package study asks one question of many histories: the same scenario from
// every start date, over a grid of values, with every hedge, through named
// crises, on simulated prices, or until the largest loan is found that keeps to a
// target. It calls the backtest and has no day loop of its own: each cell is a
// run, and its row says to the last bit what the summary of that run says.
//
// The way is that of a run: NewPlan fills in what was left open and says what is
// wrong, Plan.Needs what data it must have, Plan.Open takes them. Study.Next
// hands out chunks of cells, Study.Compute computes one, Study.Put takes its rows,
// Study.Result answers when no chunk is left. Chunks may be computed in any order,
// by any number of workers, and some of them yesterday: the result's bytes do not
// depend on it. Run does all of it in the process.
package study
