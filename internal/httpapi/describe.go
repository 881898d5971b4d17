package httpapi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/internal/reference"
	"lombard.example/lombard/market"
)

const apiDescription = `Backtests of hedged loans as durable background jobs.

Submit a scenario, watch the job (poll it with If-None-Match, or stream its events), read the result. Every error is application/problem+json.
Ratios, rates and vols are fractions, never percent; dates are civil dates YYYY-MM-DD, both ends of a range included; times are RFC 3339 in UTC.`

// newRegistry returns an empty registry of schemas that knows the words of the
// root package. It notes in types which Go type each schema is of.
func newRegistry(types map[string]reflect.Type) huma.Registry {
	registry := huma.NewMapRegistry("#/components/schemas/", func(t reflect.Type, hint string) string {
		name := huma.DefaultSchemaNamer(t, hint)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if strings.HasPrefix(t.PkgPath(), "github.com/danielgtaylor/huma/") {
			return frameworkPrefix + name
		}
		if t == reflect.TypeFor[market.Description]() {
			name = "Source"
		}
		types[name] = t
		return name
	})
	registry.RegisterTypeAlias(reflect.TypeFor[lombard.Date](), reflect.TypeFor[dateSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[lombard.Status](), reflect.TypeFor[statusSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[lombard.JobKind](), reflect.TypeFor[kindSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[lombard.Stage](), reflect.TypeFor[stageSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[lombard.CancelReason](), reflect.TypeFor[reasonSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[hedge.Ratio](), reflect.TypeFor[ratioSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[hedge.Tenor](), reflect.TypeFor[tenorSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[json.RawMessage](), reflect.TypeFor[objectSchema]())
	return registry
}

// frameworkPrefix marks schemas of the framework, which no answer uses.
const frameworkPrefix = "framework:"

// The types below stand for ones whose schema does not follow from their Go
// type.
type (
	dateSchema   string
	statusSchema string
	kindSchema   string
	stageSchema  string
	reasonSchema string
	ratioSchema  string
	tenorSchema  string
	objectSchema map[string]any
)

// Schema describes a civil date.
func (dateSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"1987-12-14"}}
}

// Schema describes a job's status.
func (statusSchema) Schema(huma.Registry) *huma.Schema { return enum(lombard.Statuses()...) }

// Schema describes what a job computes.
func (kindSchema) Schema(huma.Registry) *huma.Schema {
	return enum(lombard.ValuesOf[lombard.JobKind]()...)
}

// Schema describes a job's stage.
func (stageSchema) Schema(huma.Registry) *huma.Schema {
	return enum(lombard.StageValidating, lombard.StageFetching, lombard.StageCalculating, lombard.StageComplete, lombard.StageFailed, lombard.StageCancelled)
}

// Schema describes why a job was cancelled.
func (reasonSchema) Schema(huma.Registry) *huma.Schema {
	return enum(lombard.CancelUser, lombard.CancelSuperseded, lombard.CancelCleared)
}

// Schema describes how much of the position a leg covers.
func (ratioSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "A number when it is whole, otherwise a fraction as text, such as 1/3.", Examples: []any{1, "1/3"}}
}

// Schema describes the length of an option.
func (tenorSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "Calendar months.", Examples: []any{"12m"}}
}

// Schema describes an inline hedge template.
func (objectSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

func enum[T ~string](values ...T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// takes describes the body of a request.
func takes(describe func(schemas huma.Registry) *huma.RequestBody) option {
	return func(o *huma.Operation, schemas huma.Registry) { o.RequestBody = describe(schemas) }
}

func scenarioBody(schemas huma.Registry) *huma.RequestBody {
	return &huma.RequestBody{
		Required: true, Description: "A scenario: what is pledged, the loan, the dates, the hedge and where prices come from.",
		Content: map[string]*huma.MediaType{"application/json": {
			Schema: schemas.Schema(reflect.TypeFor[lombard.Scenario](), true, ""),
			Examples: map[string]*huma.Example{
				"gold":     {Summary: "1,000 ounces of gold through the winter of 1987, hedged by a one-year put", Value: json.RawMessage(exampleScenario)},
				"rescaled": {Summary: "Stocks worth 500,000 at the entry and a loan of 60 % of that, in the fall of 2008", Value: json.RawMessage(exampleRescaled)},
				"choices":  {Summary: "Two hedges compared, with choices of pricing and lender spelled out", Value: json.RawMessage(exampleChoices)},
			},
		}},
	}
}

const (
	exampleScenario = `{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31","template_slug":"protective-put-atm-12m",
"underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75,"data_source":"sample","scenario_name":"Gold, winter 1987"}`
	exampleRescaled = `{"symbol":"SPX","start_date":"2007-10-09","end_date":"2009-03-31","template_slug":"protective-put-95pct-12m",
"collateral_value":500000,"loan_to_value":0.6,"margin_call_ltv":0.75,"data_source":"sample","scenario_name":"Stocks, 2008"}`
	exampleChoices = `{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31","template_slugs":["protective-put-atm-12m","unhedged"],
"underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75,"data_source":"sample","force":true,"on_conflict":"queue",
"facility":{"preset":"simple","loan_rate":0.05,"monitoring":"low","hedge_recognition":"haircut","haircut":0.25},
"assumptions":{"vol":{"model":"flat","value":0.16},"rate":0.04,"dividend_yield":0,"option_style":"european","execution":"mid"}}`
)

func annotationBody(schemas huma.Registry) *huma.RequestBody {
	schema := schemas.Schema(reflect.TypeFor[app.Annotation](), true, "")
	example := map[string]*huma.Example{"note": {Summary: "A note and two tags", Value: json.RawMessage(`{"note":"Shown to the client.","tags":["gold","demo"]}`)}}
	return &huma.RequestBody{Required: true, Description: "What to change; a field left out stays as it is.", Content: map[string]*huma.MediaType{
		"application/json":             {Schema: schema, Examples: example},
		"application/merge-patch+json": {Schema: schema},
	}}
}

// describeDocument describes the answers of a result in each of its formats.
func describeDocument(app.StoredResult) option {
	return func(o *huma.Operation, schemas huma.Registry) {
		full := schemas.Schema(reflect.TypeFor[lombard.Result](), true, "")
		o.Responses["200"] = &huma.Response{
			Description: "The result. With format=columns each daily_path is an object of arrays, one a field; with fields=summary it is left out; with fields=path the days of facility_branches are.",
			Content: map[string]*huma.MediaType{
				"application/json":                  {Schema: full},
				"text/csv":                          {Schema: &huma.Schema{Type: huma.TypeString, Description: "A header and one record for every row of the table, after RFC 4180."}},
				"text/html":                         {Schema: &huma.Schema{Type: huma.TypeString, Description: "One file that shows the result without a server."}},
				"application/vnd.apache.parquet":    {Schema: binary("The same records as a Parquet file: numbers as DOUBLE, dates as DATE, texts and lists as STRING, whatever the result.")},
				"application/vnd.apache.arrow.file": {Schema: binary("The same records as an Arrow IPC file, with the same types.")},
				"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {Schema: binary("A workbook: Summary, Path, Trades, Events and Terms.")},
			},
		}
	}
}

func binary(words string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "binary", Description: words}
}

// priceBody is an uploaded file of prices.
func priceBody(huma.Registry) *huma.RequestBody {
	csv := &huma.Schema{Type: huma.TypeString, Description: "A header and one record a day: a date and a close; open, high, low, volume, dividend, split and contract when there are any."}
	return &huma.RequestBody{Required: true, Description: "Daily prices, at most 64 MiB, of which a file may be packed with gzip.", Content: map[string]*huma.MediaType{
		"text/csv":                       {Schema: csv},
		"application/gzip":               {Schema: binary("The same, packed.")},
		"application/vnd.apache.parquet": {Schema: binary("The same columns as a Parquet file.")},
		"application/octet-stream":       {Schema: binary("Any of these; the file itself tells.")},
	}}
}

// stream describes the event stream.
func stream() option {
	return func(o *huma.Operation, schemas huma.Registry) {
		job := schemas.Schema(reflect.TypeFor[lombard.Job](), true, "")
		part := schemas.Schema(reflect.TypeFor[live.Partial](), true, "")
		schema := &huma.Schema{Type: huma.TypeString, Description: "Server-Sent Events. The first carries the job in full; stage, progress and done carry the job, " +
			"partial carries more days of a path; id is the job's version. After done the stream ends. A comment every 15 seconds shows that the stream is alive."}
		o.Responses["200"] = &huma.Response{Description: "The events, until the job is terminal.", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: schema, Extensions: map[string]any{"x-event-data": map[string]any{
				string(live.EventStage): job, string(live.EventProgress): job, string(live.EventPartial): part, string(live.EventDone): job,
			}}},
		}}
	}
}

// describe finishes the description once every operation is registered: words
// for the fields of a request, and nothing of the framework's own.
func (s *server) describe() {
	schemas := s.api.OpenAPI().Components.Schemas.Map()
	for name, schema := range schemas {
		if strings.HasPrefix(name, frameworkPrefix) {
			delete(schemas, name)
		}
		for _, property := range schema.Properties {
			if property.Type == huma.TypeArray {
				property.Nullable = false // an empty list is [], never null
			}
		}
	}
	available := schemas["Check"].Properties["available"]
	*available = huma.Schema{AnyOf: []*huma.Schema{{Ref: available.Ref}, {Type: "null"}}}
	s.describeFields(schemas)
	for _, name := range requests {
		schemas[name].AdditionalProperties = false // a request may not hold what nobody reads
	}
	scenario := schemas["Scenario"]
	scenario.Extensions = map[string]any{
		"oneOf": oneOf("template_slug", "template_slugs", "template"),
		"allOf": []map[string]any{{"oneOf": oneOf("underlying_units", "collateral_value")}, {"oneOf": oneOf("loan_amount", "loan_to_value")}},
	}
	describePaths(schemas)
	facility := schemas["Facility"]
	facility.Required = slices.DeleteFunc(facility.Required, func(name string) bool { return name == "loan_rate" })

	spec, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		panic(fmt.Errorf("encode the API description: %w", err))
	}
	s.spec, s.specTag = spec, tag(spec)
}

// oneOf asks for exactly one of several properties.
func oneOf(properties ...string) []map[string]any {
	var all []map[string]any
	for _, name := range properties {
		all = append(all, map[string]any{"required": []string{name}})
	}
	return all
}

// requests are the schemas of what is sent.
var requests = []string{"Scenario", "Position", "Facility", "Interest", "Thresholds", "Cure", "Liquidation", "Assumptions", "VolModel", "TermModel", "SmileModel", "SVIModel", "Annotation"}

// describeFields says of every property what the comment at its field says, and
// which values it takes; of what is sent, also which it has when it is left out.
func (s *server) describeFields(schemas map[string]*huma.Schema) {
	for name, schema := range schemas {
		for _, field := range reference.FieldsOf(s.types[name]) {
			property := schema.Properties[field.Name]
			if property == nil {
				continue
			}
			property.Description = field.Words
			if table := field.Choices(); table != nil {
				describeChoices(property, table, slices.Contains(requests, name))
			}
		}
	}
}

// describeChoices gives a property, or the items of a list, the values of a table.
func describeChoices(property *huma.Schema, table []lombard.Choice, sent bool) {
	valued := property
	if property.Type == huma.TypeArray {
		valued = property.Items
	}
	words := map[string]string{}
	valued.Enum = nil
	for _, c := range table {
		valued.Enum = append(valued.Enum, c.Value)
		words[c.Value] = c.Long
		line := "\n- `" + c.Value + "`"
		switch {
		case c.Default == "" || !sent:
		case c.Default == lombard.Always:
			line += " (default)"
			if valued == property {
				property.Default = c.Value
			}
		default:
			line += " (default " + c.Default + ")"
		}
		property.Description += line + ": " + c.Long
	}
	valued.Extensions = map[string]any{"x-enumDescriptions": words}
}

// describePaths says that a daily path is rows, columns or not there, as it was
// asked for, and that rows and the lender's days may be left out in part.
func describePaths(schemas map[string]*huma.Schema) {
	answer, branch, day := schemas["TemplateResult"], schemas["Branch"], schemas["Day"]
	without := func(s *huma.Schema, name string) {
		s.Required = slices.DeleteFunc(s.Required, func(required string) bool { return required == name })
	}
	without(answer, "daily_path")
	without(branch, "days")
	day.Required = nil // fields chooses among them
	rows := *answer.Properties["daily_path"]
	answer.Properties["daily_path"] = &huma.Schema{
		Description: "One object a day; with format=columns one array a field; left out with fields=summary.",
		AnyOf:       []*huma.Schema{&rows, {Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{}}}},
	}
}

// groups are the headings of the description.
func groups() []*huma.Tag {
	return []*huma.Tag{
		{Name: "backtests", Description: "Submit a scenario, watch its job, read its result."},
		{Name: "templates", Description: "The hedges that can be tried."},
		{Name: "sources", Description: "Where prices come from."},
		{Name: "datasets", Description: "Imported price files."},
		{Name: "server", Description: "The state of the server, what it spent, this description."},
	}
}

// groupOf returns the heading under which the description shows a path.
func groupOf(path string) string {
	switch {
	case strings.HasPrefix(path, runs):
		return "backtests"
	case strings.HasPrefix(path, datasets):
		return "datasets"
	case strings.HasPrefix(path, apiRoot+"/templates"):
		return "templates"
	case strings.HasPrefix(path, apiRoot+"/sources"):
		return "sources"
	default:
		return "server"
	}
}
