package databento_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/databento"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// TestSentencesOfTheVendorsBodies reads bodies that were seen in the wild, which
// are not part of the module, and checks the sentence that each becomes.
func TestSentencesOfTheVendorsBodies(t *testing.T) {
	folder := os.Getenv("LOMBARD_TESTDATA")
	if folder == "" {
		t.Skip("LOMBARD_TESTDATA is not set: wire/databento/err_* is not read")
	}
	for _, c := range []struct {
		name, start, end string
		status           int
		kind             lombard.Kind
		says             string
	}{
		{"err_400_validation_failed.json", "2024-07-01", "2024-07-05", 400, lombard.KindDataUnavailable, "Databento refused the request (status 400)."},
		{"err_401_auth_authentication_failed.json", "2024-07-01", "2024-07-05", 401, lombard.KindVendorAuth, "The Databento key was rejected."},
		{"err_401_simple.json", "2024-07-01", "2024-07-05", 401, lombard.KindVendorAuth, "The Databento key was rejected."},
		{"err_402_account_insufficient_funds.json", "2024-07-01", "2024-07-05", 402, lombard.KindDataCost, "Account out of credit."},
		{"err_403_license_not_found_unauthorized.json", "2026-08-03", "2026-08-07", 403, lombard.KindDataUnavailable, "Not licensed for this data after 2026-08-06."},
		{"err_422_data_end_after_available_end.json", "2026-01-29", "2026-01-29", 422, lombard.KindDataUnavailable, "Data is available up to 2026-01-28. Please set end date to 2026-01-28 or earlier."},
		{"err_422_data_schema_not_fully_available.json", "2010-01-04", "2010-01-08", 422, lombard.KindDataUnavailable, "This kind of data exists only from 2023-03-28 to 2026-03-06."},
		{"err_422_data_start_after_available_end.json", "2026-01-30", "2026-01-30", 422, lombard.KindDataUnavailable, "Data ends at 2026-01-29; choose an earlier start."},
		{"err_422_data_start_before_available_start.json", "2010-01-11", "2026-01-29", 422, lombard.KindDataUnavailable, "Data not available before 2010-06-06. Please set start date to 2010-06-06 or later."},
		{"err_422_data_start_before_available_start_rs.json", "2022-06-10", "2023-01-31", 422, lombard.KindDataUnavailable, "Data not available before 2022-12-11. Please set start date to 2022-12-11 or later."},
		{"err_422_data_time_range_start_on_or_after_end.json", "2026-01-30", "2026-01-30", 422, lombard.KindValidation, "Start must be before end."},
		{"err_422_dataset_unavailable_range.json", "2026-04-02", "2026-04-02", 422, lombard.KindDataUnavailable, "Your plan covers data up to 2026-04-01. Please set end date to 2026-04-01 or earlier."},
		{"err_422_symbology_invalid_request.json", "2024-07-01", "2024-07-05", 422, lombard.KindValidation, "Symbol unknown in this dataset for these dates."},
		{"err_502.html", "2024-07-01", "2024-07-05", 502, lombard.KindVendorBusy, "Databento is not available at the moment."},
	} {
		body, err := os.ReadFile(filepath.Join(folder, "wire", "databento", c.name))
		if err != nil {
			t.Skip(err)
		}
		waits := &vendortest.Waits{}
		s := vendortest.New(t, map[string]http.HandlerFunc{barsPath: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Request-Id", "req-7")
			w.WriteHeader(c.status)
			_, _ = w.Write(body)
		}})
		r := market.BarRequest{Dataset: "EQUS.SUMMARY", Symbol: "GLD", Start: lombard.MustDate(c.start), End: lombard.MustDate(c.end)}
		_, err = databento.New(s.URL, secret, vendorhttp.Client{Sleep: waits.Sleep}).DailyBars(t.Context(), r, func(int64, int64) {})
		own, ok := asError(err)
		if !ok || own.Kind != c.kind || !strings.Contains(own.Error(), c.says) {
			t.Errorf("%s: got %v %v, want %s %q", c.name, lombard.KindOf(err), err, c.kind, c.says)
			continue
		}
		if own.Err == nil || !strings.Contains(own.Err.Error(), "request req-7") {
			t.Errorf("%s: the detail %v does not name the call", c.name, own.Err)
		}
	}
}

// TestWhereADateComesFrom: of the payload, else of the words, else the range is
// asked for.
func TestWhereADateComesFrom(t *testing.T) {
	const words = "`start` in query was before the available start of dataset EQUS.SUMMARY ('2024-07-02 00:00:00+00:00')."
	for _, c := range []struct{ message, payload, want string }{
		{words, `{"available_start":"2024-07-03T00:00:00.000000000Z"}`, "2024-07-03"},
		{words, "", "2024-07-02"},
		{"`start` was before the available start.", "", "2024-07-05"},
		{"`start` was before the available start.", `{"available_start":"tomorrow"}`, "2024-07-05"},
	} {
		s := vendortest.New(t, map[string]http.HandlerFunc{
			barsPath:  vendortest.JSON(422, detail("data_start_before_available_start", c.message, c.payload)),
			rangePath: vendortest.JSON(200, `{"start":"2018-01-01T00:00:00Z","end":"2026-01-01T00:00:00Z","schema":{"ohlcv-1d":{"start":"2024-07-05T00:00:00Z","end":"2026-01-01T00:00:00Z"}}}`),
		})
		_, err := databento.New(s.URL, secret, vendorhttp.Client{}).DailyBars(t.Context(), asked, func(int64, int64) {})
		if want := "Data not available before " + c.want + ". Please set start date to " + c.want + " or later."; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %s: got %v, want %s", c.message, c.payload, err, want)
		}
	}
}

// TestAPartIsAskedForOnce: what the vendor says it has is asked for, and told.
func TestAPartIsAskedForOnce(t *testing.T) {
	for _, c := range []struct{ kind, message, payload, start, end, says string }{
		{"data_end_after_available_end", "The dataset X has data available up to '2024-07-03 00:00:00+00:00'.", "", "2024-07-01", "2024-07-03", "Data is available up to 2024-07-02. The end date was set to 2024-07-02."},
		{"data_end_after_available_end", "", `{"available_end":"2024-07-02T20:00:00.000000000Z"}`, "2024-07-01", "2024-07-02", "Data is available up to 2024-07-01."},
		{"data_end_after_available_end", "", "", "2024-07-01", "2024-07-03", "Data is available up to 2024-07-02."},
		{"data_schema_not_fully_available", "", `{"available_start":"2024-07-02T00:00:00Z","available_end":"2026-03-07T00:00:00Z"}`, "2024-07-02", "2024-07-04", "This kind of data exists only from 2024-07-02 to 2026-03-06."},
		{"data_schema_not_fully_available", "Schema `ohlcv-1d` for dataset `X` is only available between 2024-07-02T00:00:00.000000000Z and 2024-07-03T00:00:00.000000000Z.", "", "2024-07-02", "2024-07-03", "This kind of data exists only from 2024-07-02 to 2024-07-02."},
		{"dataset_unavailable_range", "Try again with an end time before 2024-07-03T08:36:14.380325000Z.", "", "2024-07-01", "2024-07-03", "Your plan covers data up to 2024-07-02. The end date was set to 2024-07-02."},
	} {
		var starts, ends []string
		s := vendortest.New(t, map[string]http.HandlerFunc{
			barsPath: func(w http.ResponseWriter, r *http.Request) {
				starts, ends = append(starts, r.FormValue("start")), append(ends, r.FormValue("end"))
				if len(ends) == 1 {
					vendortest.JSON(422, detail(c.kind, c.message, c.payload))(w, r)
					return
				}
				_, _ = w.Write([]byte(header + line("2024-07-02", "216.0,217.5,215.2,217.1,4000000")))
			},
			rangePath: vendortest.JSON(200, `{"start":"2018-01-01T00:00:00Z","end":"2024-07-03T00:00:00Z"}`),
		})
		r := asked
		if c.end == "2024-07-02" && c.payload != "" {
			r.End = lombard.MustDate("2024-07-03")
		}
		set, err := databento.New(s.URL, secret, vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {})
		if c.end == "2024-07-02" {
			if err == nil || !strings.Contains(err.Error(), "which was not asked for") { // the bar of the second is not whole
				t.Errorf("%s: got %v", c.kind, err)
			}
		} else if err != nil || len(set.Bars) != 1 || len(set.Warnings) != 1 || !strings.Contains(set.Warnings[0].Message, c.says) || set.Covered.First.String() != c.start || (set.Covered.Last+1).String() != c.end {
			t.Errorf("%s: got %+v, %v", c.kind, set, err)
		}
		if len(ends) != 2 || starts[1] != c.start || ends[1] != c.end {
			t.Errorf("%s %q: asked from %v to %v, want %s to %s at last", c.kind, c.message, starts, ends, c.start, c.end)
		}
	}
}

// TestRemarksAreShown: the vendor's warnings, and that a symbol resolved partly.
func TestRemarksAreShown(t *testing.T) {
	s := vendortest.New(t, map[string]http.HandlerFunc{barsPath: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Warning", `["DegradedWarning: 2024-07-02 is degraded\nand more", "Second: text"]`)
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write([]byte(good))
	}})
	set, err := databento.New(s.URL, secret, vendorhttp.Client{}).DailyBars(t.Context(), asked, func(int64, int64) {})
	if err != nil || len(set.Warnings) != 3 || set.Warnings[0].Message != "Databento remarks: DegradedWarning: 2024-07-02 is degraded and more" || set.Warnings[2].Code != "partly_resolved" {
		t.Errorf("got %+v, %v", set.Warnings, err)
	}
}
