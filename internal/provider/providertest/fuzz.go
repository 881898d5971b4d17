package providertest

import (
	"errors"
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Worded returns an error of a vendor that people could not read; nil for one
// that they can, and for none.
func Worded(err error) error {
	if err == nil {
		return nil
	}
	own, ok := errors.AsType[*lombard.Error](err)
	known := []lombard.Kind{lombard.KindDataUnavailable, lombard.KindValidation, lombard.KindVendorBusy, lombard.KindVendorAuth}
	switch {
	case !ok:
		return fmt.Errorf("an error without words: %w", err)
	case own.Message == "" || !slices.Contains(known, own.Kind):
		return fmt.Errorf("an error of kind %q: %w", own.Kind, err)
	case own.Kind == lombard.KindDataUnavailable && own.Hint == "" && len(own.Fields) == 0:
		return fmt.Errorf("an error without a hint: %w", err)
	}
	return nil
}

// Plausible returns what is wrong with bars or an error that some answer led
// to: nothing, when the pipeline can tell good bars from bad ones.
func Plausible(set market.BarSet, err error) error {
	if err != nil {
		if len(set.Bars) > 0 {
			return fmt.Errorf("%d bars beside %w", len(set.Bars), err)
		}
		return Worded(err)
	}
	fixed, problems := market.Check(set.Bars, market.Repair)
	if len(problems) > 0 {
		return nil
	}
	if _, problems = market.Check(fixed, market.Refuse); len(problems) > 0 {
		return fmt.Errorf("bar %d is sound until it is read again: %s", problems[0].Index, problems[0].Message)
	}
	return nil
}

// Ascending returns what is wrong with figures or an error that some answer led
// to.
func Ascending(points market.Observations, start, end lombard.Date, err error) error {
	if err != nil {
		return Worded(err)
	}
	for i, p := range points {
		if p.Date < start || p.Date > end || i > 0 && p.Date <= points[i-1].Date || !(p.Value > -1e6 && p.Value < 1e6) {
			return fmt.Errorf("figure %d is %v on %s", i, p.Value, p.Date)
		}
	}
	return nil
}
