// Package lombard is the vocabulary of the program: the question a borrower
// asks (Scenario), the background execution that answers it (Job), the answer
// (Result) and the one error type that people meet (Error).
//
// It holds plain data and its validation and imports nothing else of this
// module. Conventions, everywhere: ratios, rates and vols are fractions per
// year, dates are civil dates with both ends of a range included, money is a
// float64 in the scenario's currency, long is positive and short is negative,
// a cost is positive when paid.
package lombard

// EngineVersion names the arithmetic of the engine. It is part of every
// result's provenance and of the key under which results are cached; it is
// raised whenever a change can alter a number.
const EngineVersion = "3"
