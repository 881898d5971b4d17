package hedge

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// Words returns the leg in words, such as "long a put at 95 % of spot for 12
// months on 1/2 of the position".
func (l Leg) Words() string {
	share := "the whole position"
	if l.Ratio != (Ratio{1, 1}) {
		share = l.Ratio.String() + " of the position"
	}
	life := fmt.Sprintf("for %d months", int(l.Expiry.Tenor))
	switch {
	case l.Expiry.SameAs != "":
		life = "until " + l.Expiry.SameAs + " expires"
	case l.Expiry.Tenor == 1:
		life = "for a month"
	}
	return fmt.Sprintf("%s a %s %s %s on %s", l.Side, l.Right, l.Strike.words(), life, share)
}

// words says where a strike is.
func (s Strike) words() string {
	switch s.Method {
	case MethodDelta:
		return fmt.Sprintf("with a delta of %s", number(s.Value))
	case MethodAbs:
		return "at " + number(s.Value)
	case MethodOffset:
		if s.Unit == UnitAbs {
			return fmt.Sprintf("%s above the strike of %s", number(s.Value), s.Leg)
		}
		return fmt.Sprintf("%s %% above the strike of %s", number(s.Value*100), s.Leg)
	case MethodSD:
		return fmt.Sprintf("%s standard deviations from spot", number(s.Value))
	case MethodPremium:
		if s.Unit == UnitAbs {
			return fmt.Sprintf("that costs %s", number(s.Value))
		}
		return fmt.Sprintf("that costs %s %% of spot", number(s.Value*100))
	case MethodLTVFloor:
		return fmt.Sprintf("at the strike that holds the LTV %s points below the lender's threshold", number(s.Buffer*100))
	case MethodSolve:
		return "at the strike that the target asks for"
	case MethodMoneyness:
		return fmt.Sprintf("at %s %% of %s", number(s.Value*100), lombard.WordsOf(cmp.Or(s.Of, OfSpot)))
	}
	return fmt.Sprintf("by a method %q that is not known", s.Method)
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// Words returns the template in a few sentences.
func (t Template) Words() string {
	if t.Control == ControlDeleverage {
		return "No options: the cash that the hedge beside it takes from outside repays the loan instead, on the same days. It needs another template beside it."
	}
	if len(t.Legs) == 0 {
		return "No options: the loan and its collateral alone."
	}
	var legs []string
	for _, l := range t.Legs {
		legs = append(legs, l.Words())
	}
	text := strings.Join(legs, "; ")
	text = strings.ToUpper(text[:1]) + text[1:]
	for _, s := range t.Solve {
		leg, _, _ := strings.Cut(s.Vary, ".")
		text += fmt.Sprintf(". The strike of %s is chosen so that the legs together cost %s %% of spot", leg, number(s.Value*100))
	}
	if t.Tranches.Count > 1 {
		text += fmt.Sprintf(". Bought in %d parts, one every %d months", t.Tranches.Count, int(t.Tranches.Spacing))
	}
	if b := t.Budget; b.MaxAnnual > 0 {
		text += fmt.Sprintf(". It may cost %s %% of the collateral a year", number(b.MaxAnnual*100))
	} else if b.MaxRoll > 0 {
		text += fmt.Sprintf(". A purchase may cost %s %% of the collateral", number(b.MaxRoll*100))
	}
	for _, r := range t.Roll {
		text += r.words()
	}
	if t.Renews() {
		return text + ". Held to expiry and renewed while the run lasts."
	}
	return text + ". Held to expiry."
}

// words says what a rule other than renewal at expiry does.
func (r Roll) words() string {
	who := r.Leg
	if who == "" {
		who = "the hedge"
	}
	what := r.action()
	switch r.When {
	case WhenDTE:
		return fmt.Sprintf(". When %s has fewer than %s days left, %s", who, number(r.Value), what)
	case WhenDelta:
		return fmt.Sprintf(". When the delta of %s is %s %s, %s", who, r.Op, number(r.Value), what)
	case WhenSpotVsStrike:
		return fmt.Sprintf(". When spot is %s %s times the strike of %s, %s", r.Op, number(r.Value), who, what)
	case WhenProfit:
		return fmt.Sprintf(". When %s is worth %s %s times what it cost, %s", who, r.Op, number(r.Value), what)
	case WhenLTV:
		return fmt.Sprintf(". When the recognised LTV is %s %s, %s", r.Op, number(r.Value), what)
	case WhenCross:
		return fmt.Sprintf(". When %s is sold below the strike of %s, %s", r.Short, r.Long, what)
	case WhenExpiry: // said of the template
		return ""
	}
	return fmt.Sprintf(". A rule waits for %q, which is not known", r.When)
}

// action says what a rule does.
func (r Roll) action() string {
	switch r.Do {
	case DoRenew:
		return "it is sold and a new one bought"
	case DoRestrike:
		return "it is sold and bought at a new strike with the same expiry"
	case DoRestrikePut:
		return "the put is sold and bought at a new strike with the same expiry"
	case DoClose:
		return "it is sold"
	case DoMonetise:
		what := "it is sold"
		if r.Fraction > 0 && r.Fraction < 1 {
			what = fmt.Sprintf("%s %% of it is sold", number(r.Fraction*100))
		}
		if r.Proceeds == ProceedsRepay {
			what += " and the proceeds repay the loan"
		}
		return what
	}
	return fmt.Sprintf("%q is done, which is not known", r.Do)
}
