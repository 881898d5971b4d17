package httpapi

import (
	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/app"
)

// parseAnnotation reads the change of a job strictly: unknown keys, wrong types
// and null are one validation error, a repeated key is malformed. Whether the
// texts are fit to be kept is for the service to say.
func parseAnnotation(body []byte) (app.Annotation, error) {
	var change app.Annotation
	r := &document.Reader{}
	fault := r.Read(body, "", func(o *document.Object) {
		o.Given("name", "a string", func(n document.Node) (ok bool) {
			change.Name, ok = textOf(n)
			return ok
		})
		o.Given("note", "a string", func(n document.Node) (ok bool) {
			change.Note, ok = textOf(n)
			return ok
		})
		o.Given("tags", "a list of strings", func(n document.Node) bool {
			items, ok := n.Items()
			tags := make([]string, 0, len(items))
			for _, item := range items {
				tag, isText := item.Text()
				tags, ok = append(tags, tag), ok && isText
			}
			change.Tags = &tags
			return ok
		})
	})
	if fault != nil {
		return app.Annotation{}, fault.Of("The body")
	}
	return change, lombard.Invalid(r.Bad)
}

func textOf(n document.Node) (*string, bool) {
	text, ok := n.Text()
	return &text, ok
}
