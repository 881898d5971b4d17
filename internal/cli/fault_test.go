package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/market"
)

func TestExitCodes(t *testing.T) {
	kind := func(k lombard.Kind, code string) error { return &lombard.Error{Kind: k, Code: code, Message: "No."} }
	outOfRange := lombard.FieldError{Field: "start_date", Code: lombard.CodeOutOfRange, Message: "Too early."}
	for name, row := range map[string]struct {
		err  error
		want int
	}{
		"no error":                               {nil, 0},
		"an error that is not ours":              {errors.New("x"), 1},
		"internal":                               {kind(lombard.KindInternal, ""), 1},
		"validation":                             {kind(lombard.KindValidation, ""), 2},
		"malformed":                              {kind(lombard.KindMalformed, ""), 2},
		"not found":                              {kind(lombard.KindNotFound, ""), 2},
		"conflict":                               {kind(lombard.KindConflict, "no_result_yet"), 2},
		"margin call":                            {&codedError{code: ExitMarginCall}, 3},
		"no data":                                {kind(lombard.KindDataUnavailable, ""), 4},
		"key":                                    {kind(lombard.KindVendorAuth, ""), 4},
		"busy":                                   {kind(lombard.KindVendorBusy, ""), 4},
		"only a date out of range":               {lombard.Invalid([]lombard.FieldError{outOfRange}), 4},
		"a date out of range and something else": {lombard.Invalid([]lombard.FieldError{outOfRange, {Field: "x", Message: "No."}}), 2},
		"cost":                                   {kind(lombard.KindDataCost, ""), 5},
		"pricing":                                {kind(lombard.KindPricing, ""), 6},
		"limit":                                  {kind(lombard.KindResourceLimit, ""), 6},
		"timeout":                                {kind(lombard.KindTimeout, ""), 6},
		"orphaned":                               {kind(lombard.KindOrphaned, ""), 6},
		"cancelled":                              {endOf(lombard.Job{Status: lombard.StatusCancelled}), 6},
		"held":                                   {kind(lombard.KindStorage, lombard.CodeInUse), 7},
		"read-only":                              {kind(lombard.KindStorage, lombard.CodeReadOnly), 7},
		"full":                                   {kind(lombard.KindStorage, lombard.CodeDiskFull), 7},
		"newer":                                  {kind(lombard.KindStorage, lombard.CodeNewerSchema), 7},
		"unusable when opened":                   {unusable("/data", kind(lombard.KindStorage, lombard.CodeIO)), 7},
		"a full disk before there are tables":    {unusable("/data", errors.New("database or disk is full (13)")), 7},
		"files taken away while running":         {kind(lombard.KindStorage, lombard.CodeFilesGone), 74},
		"storage failed while running":           {kind(lombard.KindStorage, lombard.CodeIO), 74},
		"interrupted":                            {fmt.Errorf("watch: %w", errInterrupted), 130},
		"wrapped":                                {about(newDocument(), kind(lombard.KindDataCost, "")), 5},
	} {
		if got := exitCode(row.err); got != row.want {
			t.Errorf("%s: exit code = %d, want %d", name, got, row.want)
		}
	}
}

func TestReportNamesWhereAValueCameFrom(t *testing.T) {
	fromFile, err := parseDocument("s.yaml", []byte("symbol: XAUU\nloan_amount: -5\n"))
	if err != nil {
		t.Fatal(err)
	}
	fromFile.set("underlying_units", "--units", []byte("-1"))
	flags := newDocument()
	flags.set("margin_call_ltv", "--margin-call-ltv", []byte("75"))
	for name, row := range map[string]struct {
		d      *draft
		fields []lombard.FieldError
		want   string
	}{
		"a flag, with the value that would work": {
			flags,
			[]lombard.FieldError{{Field: "margin_call_ltv", Value: 75.0, Message: "margin_call_ltv must be a fraction between 0 and 1.", Suggestion: "0.75"}},
			"lombard: --margin-call-ltv 75 must be a fraction between 0 and 1. Try --margin-call-ltv 0.75.\n",
		},
		"a flag that is missing": {
			flags,
			[]lombard.FieldError{{Field: "template_slug", Message: "template_slug is required."}},
			"lombard: --template is required.\n",
		},
		"lines of a file beside a flag": {
			fromFile,
			[]lombard.FieldError{
				{Field: "symbol", Value: "XAUU", Message: "There is no symbol XAUU in source sample. Did you mean XAU?", Suggestion: "XAU"},
				{Field: "loan_amount", Value: -5.0, Message: "loan_amount must be above 0."},
				{Field: "underlying_units", Value: -1.0, Message: "underlying_units must be above 0."},
				{Field: "end_date", Message: "end_date is required."},
			},
			"lombard: 4 values are wrong.\n" +
				"  s.yaml:1: symbol: There is no symbol XAUU in source sample. Did you mean XAU?\n" +
				"  s.yaml:2: loan_amount -5 must be above 0.\n" +
				"  --units -1 must be above 0.\n" +
				"  s.yaml: end_date is required.\n",
		},
		"a long value is cut and control characters are quoted": {
			flags,
			[]lombard.FieldError{{Field: "symbol", Value: "\x1b" + strings.Repeat("A", 100), Message: "symbol is not a symbol."}},
			`lombard: --symbol "\x1b` + strings.Repeat("A", 59) + `..." is not a symbol.` + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			report(&b, about(row.d, lombard.Invalid(row.fields)))
			if b.String() != row.want {
				t.Errorf("report:\n%swant:\n%s", b.String(), row.want)
			}
		})
	}
}

func TestReportOfOtherErrors(t *testing.T) {
	for name, row := range map[string]struct {
		err  error
		want string
	}{
		"message and hint":          {usageError("That is wrong.", "Do this."), "lombard: That is wrong. Do this.\n"},
		"a file that is not there":  {fileFault("x.csv", fs.ErrNotExist), "lombard: The file x.csv does not exist. Check the path.\n"},
		"an error that is not ours": {errors.New("write to standard output: broken"), "lombard: Write to standard output: broken.\n"},
		"an interrupt":              {errInterrupted, "lombard: Interrupted.\n"},
		"only an exit code":         {&codedError{code: 3}, ""},
	} {
		var b strings.Builder
		if report(&b, row.err); b.String() != row.want {
			t.Errorf("%s: report = %q, want %q", name, b.String(), row.want)
		}
	}
}

// TestAFailedJobIsToldOnce: neither one bad field nor several are told twice.
func TestAFailedJobIsToldOnce(t *testing.T) {
	have := market.Range{First: lombard.MustDate("2010-06-06"), Last: lombard.MustDate("2024-12-01")}
	for _, c := range []struct {
		start, end lombard.Date
		want       string
	}{
		{have.First - 1, have.Last, "lombard: start_date 2010-06-05: Data not available before 2010-06-06. Please set start date to 2010-06-06 or later.\n"},
		{have.First - 1, have.Last + 1, "lombard: Both dates are outside the data. Please choose dates from 2010-06-06 to 2024-12-01.\n" +
			"  start_date 2010-06-05: Data not available before 2010-06-06. Please set start date to 2010-06-06 or later.\n" +
			"  end_date 2024-12-02: Data is available up to 2024-12-01. Please set end date to 2024-12-01 or earlier.\n"},
	} {
		own, _ := errors.AsType[*lombard.Error](market.OutOfRange(have, c.start, c.end))
		text, detail := app.FailureOf(own)
		var out strings.Builder
		report(&out, endOf(lombard.Job{Status: lombard.StatusFailed, Error: &text, ErrorDetail: &detail}))
		if out.String() != c.want {
			t.Errorf("got\n%s, want\n%s", out.String(), c.want)
		}
	}
}
