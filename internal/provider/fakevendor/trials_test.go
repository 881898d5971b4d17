package fakevendor_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"lombard.example/lombard"
	fake "lombard.example/lombard/internal/provider/fakevendor"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// trial is one thing that a vendor may do, and what becomes of a query.
type trial struct {
	name   string
	path   string // that does wrong; empty: DataPath
	script fake.Script

	kind lombard.Kind // empty: it is no error
	code string
	says string
	most int  // tries of one question; 0: 1
	lost bool // no answer arrived: the vendor may have billed one

	symbol    string                       // empty: one of its own
	sees      func(s market.Series) string // what is wrong with an answer that is no error; nil: it must be the right one
	client    func(c *vendorhttp.Client)   // changes the client; nil: not
	impatient bool                         // the client waits for a second only
}

const (
	auth = lombard.KindVendorAuth
	cost = lombard.KindDataCost
	down = lombard.KindVendorBusy
	bad  = lombard.KindValidation
	none = lombard.KindDataUnavailable
)

// trials are all of them.
func trials() []trial {
	return slices.Concat(statuses(), ranges(), bodies(), prices(), networks(), questions(), futures(), mended())
}

// statuses are the vendor's errors by their status.
func statuses() []trial {
	return []trial{
		{name: "401", script: reject(401, "auth_authentication_failed", "Authentication failed.", ""), kind: auth, code: vendorhttp.CodeAuth, says: "The Databento key was rejected."},
		{name: "401 in one text", script: always(401, "application/json", `{"detail":"Authorization failed: bad key."}`), kind: auth, code: vendorhttp.CodeAuth, says: "The Databento key was rejected."},
		{name: "401 that repeats the key", script: always(401, "text/plain", "no such key: "+fake.Key), kind: auth, code: vendorhttp.CodeAuth, says: "The Databento key was rejected."},
		{name: "402", script: reject(402, "account_insufficient_funds", "Insufficient funds.", ""), kind: auth, code: vendorhttp.CodePayment, says: "Account out of credit."},
		{name: "403 with a date", script: reject(403, "license_not_found_unauthorized", "A live data license is required to access EQUS.SUMMARY data after 2024-08-01T13:30:00Z.", ""), kind: none, code: vendorhttp.CodeEntitlement, says: "Not licensed for this data after 2024-07-31."},
		{name: "403 without", script: reject(403, "auth_account_locked", "Locked.", ""), kind: auth, code: vendorhttp.CodeEntitlement, says: "Not licensed for this data."},
		{name: "404", script: always(404, "application/json", `{"detail":"Not found"}`), kind: bad, code: lombard.CodeUnknown, says: "Symbol unknown in this dataset for these dates."},
		{name: "400", script: reject(400, "validation_failed", "bad input", ""), kind: none, code: vendorhttp.CodeAnswer, says: "Databento refused the request (status 400)."},
		{name: "409", script: always(409, "application/json", "{}"), kind: none, code: vendorhttp.CodeAnswer, says: "refused the request (status 409)"},
		{name: "413", script: always(413, "application/json", "{}"), kind: none, code: vendorhttp.CodeAnswer, says: "refused the request (status 413)"},
		{name: "451", script: always(451, "application/json", "{}"), kind: none, code: vendorhttp.CodeAnswer, says: "refused the request (status 451)"},
		{name: "408", script: always(408, "application/json", "{}"), kind: down, code: vendorhttp.CodeDown, says: "Databento is not available at the moment.", most: 3},
		{name: "429", script: busy(nil), kind: down, code: vendorhttp.CodeBusy, says: "Databento is busy and asks to wait.", most: 3},
		{name: "429 for an hour", script: busy(map[string]string{"Retry-After": "3600"}), kind: down, code: vendorhttp.CodeBusy, says: "Try again in 1h0m0s."},
		{name: "429 until a date", script: busy(map[string]string{"Retry-After": "Mon, 01 Jul 2024 10:10:00 GMT", "Date": "Mon, 01 Jul 2024 10:00:00 GMT"}), kind: down, code: vendorhttp.CodeBusy, says: "Try again in 10m0s."},
		{name: "429 in words", script: busy(map[string]string{"Retry-After": "soon"}), kind: down, code: vendorhttp.CodeBusy, says: "busy", most: 3},
		{name: "429 for longer than time", script: busy(map[string]string{"Retry-After": "99999999999999999999"}), kind: down, code: vendorhttp.CodeBusy, says: "busy", most: 3},
		{name: "429 for less than nothing", script: busy(map[string]string{"Retry-After": "-5"}), kind: down, code: vendorhttp.CodeBusy, says: "busy", most: 3},
		{name: "500", script: always(500, "application/json", `{"detail":"oops"}`), kind: down, code: vendorhttp.CodeDown, says: "not available", most: 3},
		{name: "502 as a page", script: always(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"), kind: down, code: vendorhttp.CodeDown, says: "not available", most: 3},
		{name: "503", script: always(503, "text/plain", ""), kind: down, code: vendorhttp.CodeDown, says: "not available", most: 3},
		{name: "504", script: always(504, "application/json", `{"detail":"The remote gateway timed out."}`), kind: down, code: vendorhttp.CodeDown, says: "not available", most: 3},
		{name: "400 that repeats the key", script: always(400, "application/json", `{"detail":"bad key `+fake.Key+`"}`), kind: none, code: vendorhttp.CodeAnswer, says: "refused the request"},
		{name: "422 of a new kind", script: reject(422, "something_new", "?", ""), kind: none, code: vendorhttp.CodeAnswer, says: "refused the request (status 422)"},
		{name: "422 that is no JSON", script: always(422, "application/json", "nope"), kind: none, code: vendorhttp.CodeAnswer, says: "refused the request (status 422)"},
		{name: "422 of a list", script: always(422, "application/json", `{"detail":[{"loc":["body"]}]}`), kind: none, code: vendorhttp.CodeAnswer, says: "refused the request (status 422)"},
	}
}

// ranges are dates that the vendor does not have, as its table words them.
func ranges() []trial {
	const noStart = "Selected start date is before data is available for this dataset."
	const starts, ends, schema, plan = "data_start_before_available_start", "data_end_after_available_end", "data_schema_not_fully_available", "dataset_unavailable_range"
	return []trial{
		{name: "start too early", script: reject(422, starts, "", `{"available_start":"2024-07-20T00:00:00.000000000Z"}`), kind: none, code: lombard.CodeOutOfRange, says: "Data not available before 2024-07-20. Please set start date to 2024-07-20 or later."},
		{name: "start too early, in words", script: reject(422, starts, "`start` in query ('x') was before the available start of dataset EQUS.SUMMARY ('2024-07-20 00:00:00+00:00').", ""), kind: none, code: lombard.CodeOutOfRange, says: "Data not available before 2024-07-20."},
		{name: "start too early, no date", script: reject(422, starts, "`start` was before the available start.", ""), kind: none, code: lombard.CodeOutOfRange, says: noStart, most: 2},
		{name: "start too early, a date that does not explain it", script: reject(422, starts, "", `{"available_start":"2024-07-01T00:00:00.000000000Z"}`), kind: none, code: lombard.CodeOutOfRange, says: noStart, most: 2},
		{name: "start too early, in one text", script: always(422, "application/json", `{"detail":"`+"`start`"+` was before the available start of dataset X."}`), kind: none, code: lombard.CodeOutOfRange, says: noStart, most: 2},
		{name: "end too late, no date", script: reject(422, ends, "", ""), kind: none, code: lombard.CodeOutOfRange, says: "Selected end date is after data is available for this dataset.", most: 3},
		{name: "start after the end, no date", script: reject(422, "data_start_after_available_end", "", ""), kind: none, code: lombard.CodeOutOfRange, says: "Selected start date is after data is available for this dataset.", most: 2},
		{name: "schema not whole, no dates", script: reject(422, schema, "", ""), kind: none, code: lombard.CodeOutOfRange, says: "This kind of data does not exist for all of the selected dates.", most: 3},
		{name: "start after the end", script: reject(422, "data_start_after_available_end", "", `{"available_end":"2024-06-01T00:00:00Z"}`), kind: none, code: lombard.CodeOutOfRange, says: "Data ends at 2024-05-31; choose an earlier start."},
		{name: "no time between", script: reject(422, "data_time_range_start_on_or_after_end", "Invalid time range", ""), kind: bad, says: "Start must be before end."},
		{name: "end too late", script: reject(422, ends, "", `{"available_end":"2024-07-01T00:00:00.000000000Z"}`), kind: none, code: lombard.CodeOutOfRange, says: "Data is available up to 2024-06-30."},
		{name: "end too late, time and again", script: reject(422, ends, "", `{"available_end":"2024-08-06T00:00:00.000000000Z"}`), kind: none, code: lombard.CodeOutOfRange, says: "Data is available up to 2024-08-05. Please set end date to 2024-08-05 or earlier."},
		{name: "end too late, once", script: first(1, reject(422, ends, "", `{"available_end":"2024-08-06T00:00:00.000000000Z"}`)), sees: endsOn("2024-08-05", "Data is available up to 2024-08-05. The end date was set to 2024-08-05.")},
		{name: "the price of an end too late", path: fake.CostPath, script: first(1, reject(422, ends, "has data available up to '2024-08-06 20:00:00+00:00'", "")), most: 1},
		{name: "schema not whole", script: first(1, reject(422, schema, "", `{"available_start":"2023-03-28T00:00:00.000000000Z","available_end":"2024-08-06T00:00:00.000000000Z"}`)), sees: endsOn("2024-08-05", "This kind of data exists only from 2023-03-28 to 2024-08-05.")},
		{name: "schema of another time", script: reject(422, schema, "", `{"available_start":"2010-01-01T00:00:00Z","available_end":"2011-01-01T00:00:00Z"}`), kind: none, code: lombard.CodeOutOfRange, says: "This kind of data exists only from 2010-01-01 to 2010-12-31."},
		{name: "a plan that ends", script: first(1, reject(422, plan, "Try again with an end time before 2024-08-06T08:36:14.380325000Z.", "")), sees: endsOn("2024-08-05", "Your plan covers data up to 2024-08-05.")},
		{name: "a plan that ended", script: reject(422, plan, "Try again with an end time before 2024-01-06T08:36:14.380325000Z.", ""), kind: none, code: vendorhttp.CodeEntitlement, says: "Your plan covers data up to 2024-01-05."},
		{name: "a plan without a date", script: reject(422, plan, "requires a subscription", ""), kind: auth, code: vendorhttp.CodeEntitlement, says: "Not licensed for this data.", most: 2},
		{name: "no such symbol", script: reject(422, "symbology_invalid_request", "None of the symbols could be resolved", ""), kind: bad, code: lombard.CodeUnknown, says: "Symbol unknown in this dataset for these dates."},
		{name: "no symbol at all", script: reject(422, "symbology_invalid_symbol", "malformed", ""), kind: bad, code: lombard.CodeInvalid, says: "Symbol format not valid for this dataset."},
	}
}

// endsOn is an answer whose last bar is of a day, with a warning that says so.
func endsOn(day, says string) func(market.Series) string {
	return func(s market.Series) string {
		if last := s.Bars[len(s.Bars)-1].Date.String(); last != day {
			return "the last bar is of " + last
		}
		if !slices.ContainsFunc(s.Warnings, func(w lombard.Warning) bool { return strings.Contains(w.Message, says) }) {
			return "no warning says " + says
		}
		return ""
	}
}

// bodies are answers of status 200 that are not what they should be.
func bodies() []trial {
	malformed := func(name, says string, s fake.Script) trial {
		return trial{name: name, script: s, kind: none, code: vendorhttp.CodeAnswer, says: says}
	}
	return []trial{
		malformed("a page", "a web page instead of data", always(200, "text/html", "<html>hello</html>")),
		malformed("a page that says it is CSV", "a web page instead of data", always(200, "text/csv", "  <!doctype html>")),
		malformed("a picture", "a picture, a sound or a document", always(200, "image/png", "\x89PNG")),
		malformed("a document", "a picture, a sound or a document", always(200, "application/pdf", "%PDF-1.4")),
		malformed("JSON", "a table without", always(200, "application/json", `{"hd":{}}`)),
		malformed("an error that says 200", "a table without", always(200, "application/json", `{"detail":"Authorization failed."}`)),
		malformed("no header", "without the column", spoilt(lines(func(all []string) []string { return all[1:] }))),
		malformed("a column short", "without the column close", spoilt(func(s string) string { return strings.Replace(s, "close", "last", 1) })),
		malformed("a row short", "breaks off", spoilt(func(s string) string { return s[:len(s)/2] })),
		malformed("a row long", "breaks off", spoilt(cell(8, "1,2"))),
		malformed("a packed text cut", "damaged", cutShort),
		malformed("a packed text flipped", "damaged", func(_ int, w http.ResponseWriter, r *http.Request) bool {
			body := fake.Pack(fake.Table(r.PostForm))
			body[len(body)/2] ^= 0x10
			_, _ = w.Write(body)
			return true
		}),
		malformed("what is no packed text", "damaged", always(200, "application/zstd", "\x28\xb5\x2f\xfdgarbage")),
		malformed("a zstd bomb", "unpacks to more than 64 MiB", always(200, "application/zstd", string(zstdBomb()))),
		malformed("a gzip bomb", "more than 64 MiB", gzipBomb),
		{name: "no end", script: endless, kind: none, code: vendorhttp.CodeAnswer, says: "more than 4 MiB", client: func(c *vendorhttp.Client) { c.Limit, c.Patience = 4<<20, time.Minute }},
		malformed("a binary form of later", "binary data of version 9", always(200, "application/octet-stream", "DBN\x09\x00\x00\x00\x00")),
		malformed("a binary form cut", "breaks off", always(200, "application/octet-stream", "DBN\x02\xff\x00\x00\x00")),
		{name: "nothing", script: always(200, "text/csv", ""), kind: bad, code: lombard.CodeTooFewDays, says: "there is no session"},
		{name: "a header alone", script: always(200, "text/csv", fake.Header), kind: bad, code: lombard.CodeTooFewDays, says: "there is no session"},
	}
}

// prices are tables with rows that cannot be, or are odd.
func prices() []trial {
	malformed := func(name, says string, change func(string) string) trial {
		return trial{name: name, script: spoilt(change), kind: none, code: vendorhttp.CodeAnswer, says: says}
	}
	return []trial{
		malformed("no price", "no number", cell(7, "")),
		malformed("a price that is the key", "no number", cell(7, fake.Key)),
		malformed("a price that is the key in base64", "no number", cell(7, base64.StdEncoding.EncodeToString([]byte(fake.Key+":")))),
		malformed("a price in words", "no number", cell(7, "dear")),
		malformed("not a number", "whose close is NaN", cell(7, "NaN")),
		malformed("infinite", "whose high is +Inf", cell(5, "inf")),
		malformed("zero", "whose close is 0", cell(7, "0.000000000")),
		malformed("a low of zero", "whose low is 0", cell(6, "0")),
		malformed("negative", "whose close is -5", cell(7, "-5.000000000")),
		malformed("a price of the undefined", "whose open is 9.2", cell(4, "9223372036854775807")),
		malformed("negative volume", "whose volume is -1", cell(8, "-1")),
		malformed("no date", "without a date", cell(0, "")),
		malformed("a number for a date", "without a date", cell(0, "1719792000000000000")),
		malformed("a day before", "which was not asked for", cell(0, "2024-01-05T00:00:00.000000000Z")),
		malformed("a future day", "which was not asked for", cell(0, "2199-01-04T00:00:00.000000000Z")),
		malformed("rows out of order", "not in the order of their dates", lines(func(all []string) []string { all[3], all[4] = all[4], all[3]; return all })),
		malformed("two different bars of a day", "two different bars of", lines(func(all []string) []string {
			return slices.Insert(all, 4, strings.Replace(all[3], "0000000,", "1000000,", 1))
		})),
		malformed("two contracts of a day", "bars of 2 contracts", lines(func(all []string) []string {
			return slices.Insert(all, 4, strings.Replace(all[3], ",90,1,", ",90,2,", 1))
		})),
		{name: "a bar twice", script: spoilt(lines(func(all []string) []string { return slices.Insert(all, 4, all[3]) }))},
		{name: "Windows line ends", script: spoilt(func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") })},
		{name: "plain", script: spoilt(func(s string) string { return s })},
		{name: "a close outside its range", script: spoilt(cell(7, "150")), sees: finds(market.FindingRepaired)},
		{name: "a gap", symbol: "IAU", script: spoilt(lines(func(all []string) []string { return slices.Delete(all, 5, 10) })), sees: finds(market.FindingGap)},
		{name: "a weekend row", symbol: "SPY", script: spoilt(cell(0, "2024-07-27T00:00:00.000000000Z")), kind: none, code: vendorhttp.CodeAnswer, says: "not in the order"},
		{name: "a weekend row in its place", symbol: "SPX", script: spoilt(lines(func(all []string) []string {
			return slices.Insert(all, 6, strings.Replace(all[5], "2024-07-12", "2024-07-13", 1))
		})), sees: finds(market.FindingOffCalendar)},
		{name: "a split that nobody told", symbol: "GLD", script: spoilt(split), sees: finds(market.FindingSplit)},
	}
}

// split divides the prices of the second half by ten.
func split(table string) string {
	return lines(func(all []string) []string {
		for i := len(all) / 2; i < len(all); i++ {
			cells := strings.Split(all[i], ",")
			for c := 4; c <= 7; c++ {
				whole, rest, _ := strings.Cut(cells[c], ".")
				cells[c] = whole[:len(whole)-1] + "." + whole[len(whole)-1:] + rest
			}
			all[i] = strings.Join(cells, ",")
		}
		return all
	})(table)
}

// finds is an answer with a finding, which is no error.
func finds(code string) func(market.Series) string {
	return func(s market.Series) string {
		quality := market.QualityOf(&s)
		if !slices.ContainsFunc(quality.Findings, func(f lombard.Finding) bool { return f.Code == code }) {
			return "there is no finding " + code
		}
		return ""
	}
}

// networks are what happens on the way.
func networks() []trial {
	return []trial{
		{name: "a lost connection", script: raw("", true), kind: down, code: vendorhttp.CodeDown, lost: true, says: "not available", most: 3},
		{name: "a reset in the body", script: raw("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nts_event,", true), kind: down, code: vendorhttp.CodeDown, lost: true, says: "not available", most: 3},
		{name: "what is no HTTP", script: raw("hello\r\n\r\n", false), kind: down, code: vendorhttp.CodeDown, lost: true, says: "not available", most: 3},
		{name: "a body that breaks off", script: breaksOff, kind: down, code: vendorhttp.CodeDown, says: "not available", most: 3},
		{name: "a redirect to an internal address", script: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
			return true
		}, kind: none, code: vendorhttp.CodeAnswer, says: "a redirect, which is not followed"},
		{name: "silence", script: silent, kind: down, code: vendorhttp.CodeDown, lost: true, says: "not available", impatient: true, client: func(c *vendorhttp.Client) { c.Patience = time.Second }},
		{name: "a byte now and then", script: slow, kind: down, code: vendorhttp.CodeDown, lost: true, says: "not available", impatient: true, client: func(c *vendorhttp.Client) { c.Patience = time.Second }},
	}
}

// questions are faults of the questions that cost nothing.
func questions() []trial {
	return []trial{
		{name: "a cost of nothing", path: fake.CostPath, script: always(200, "application/json", "null"), most: 1},
		{name: "a cost in words", path: fake.CostPath, script: always(200, "application/json", `"cheap"`), kind: none, code: vendorhttp.CodeAnswer, says: "a cost that is not an amount"},
		{name: "a cost below nothing", path: fake.CostPath, script: always(200, "application/json", "-1"), kind: none, code: vendorhttp.CodeAnswer, says: "a cost that is not an amount"},
		{name: "a cost of a fortune", path: fake.CostPath, script: always(200, "application/json", "50"), kind: cost, code: "over_budget", says: "would cost about $50.00"},
		{name: "a cost without an end", path: fake.CostPath, script: always(200, "application/json", "1e999"), kind: none, code: vendorhttp.CodeAnswer, says: "a cost that is not an amount"},
		{name: "no cost for a wrong key", path: fake.CostPath, script: reject(401, "auth_authentication_failed", "", ""), kind: auth, code: vendorhttp.CodeAuth, says: "The Databento key was rejected."},
		{name: "no cost at the moment", path: fake.CostPath, script: always(503, "text/plain", ""), kind: down, code: vendorhttp.CodeDown, says: "not available", most: 3},
		{name: "a range that is no JSON", path: fake.RangePath, script: always(200, "application/json", "soon"), kind: none, code: vendorhttp.CodeAnswer, says: "a range that is not JSON"},
		{name: "a range without dates", path: fake.RangePath, script: always(200, "application/json", `{"start":"","end":""}`), kind: none, code: vendorhttp.CodeAnswer, says: "a range without dates"},
		{name: "a range as a page", path: fake.RangePath, script: always(200, "text/html", "<html>"), kind: none, code: vendorhttp.CodeAnswer, says: "a web page"},
		{name: "a range for a wrong key", path: fake.RangePath, script: reject(401, "auth_authentication_failed", "", ""), kind: auth, code: vendorhttp.CodeAuth, says: "The Databento key was rejected."},
		{name: "no range is licensed", path: fake.RangePath, script: reject(403, "license_not_found_unauthorized", "", ""), kind: auth, code: vendorhttp.CodeEntitlement, says: "Not licensed for this data."},
		{name: "no range at the moment", path: fake.RangePath, script: always(502, "text/html", "<html>"), kind: down, code: vendorhttp.CodeDown, says: "not available", most: 3},
	}
}

// futures are faults beside the bars of a future.
func futures() []trial {
	statistics := func(s fake.Script) fake.Script {
		return func(n int, w http.ResponseWriter, r *http.Request) bool {
			return r.PostForm.Get("schema") == "statistics" && s(n, w, r)
		}
	}
	return []trial{
		{name: "no settlements at the moment", symbol: "GC", script: statistics(always(503, "text/plain", "")), kind: down, code: vendorhttp.CodeDown, says: "not available", most: 3},
		{name: "settlements that are not numbers", symbol: "GC.c.1", script: statistics(spoilt(cell(6, "much"))), kind: none, code: vendorhttp.CodeAnswer, says: "a statistic that is no number"},
		{name: "negative settlements", symbol: "GC.c.2", script: statistics(spoilt(cell(6, "-1"))), kind: none, code: vendorhttp.CodeAnswer, says: "a settlement price of -1"},
	}
}

// mended are faults that another try mends.
func mended() []trial {
	return []trial{
		{name: "busy once", script: first(1, busy(map[string]string{"Retry-After": "1"})), most: 2},
		{name: "busy twice", script: first(2, busy(nil)), most: 3},
		{name: "down once", script: first(1, always(503, "text/plain", "")), most: 2},
		{name: "down twice", script: first(2, always(502, "text/html", "<html>")), most: 3},
		{name: "broken off once", script: first(1, breaksOff), most: 2},
		{name: "lost once", script: first(1, raw("", true)), most: 2},
		{name: "partly resolved", script: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(fake.Pack(fake.Table(r.PostForm)))
			return true
		}, sees: warns("could not resolve the symbol on some of the days")},
		{name: "a warning beside the data", script: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("X-Warning", `["DegradedWarning: some days are degraded."]`)
			return false
		}, sees: warns("Databento remarks: DegradedWarning: some days are degraded.")},
		{name: "a warning with the key", script: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("X-Warning", `["The key `+fake.Key+` ends soon."]`)
			return false
		}, sees: warns("Databento remarks: The key … ends soon.")},
		{name: "a warning that is none", script: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("X-Warning", "{")
			return false
		}},
	}
}

func warns(says string) func(market.Series) string {
	return func(s market.Series) string {
		if !slices.ContainsFunc(s.Warnings, func(w lombard.Warning) bool { return strings.Contains(w.Message, says) }) {
			return "no warning says " + says
		}
		return ""
	}
}
