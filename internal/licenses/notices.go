//go:build notices

package licenses

import _ "embed"

// The build tag promises that make licenses has run.
//
//go:embed dist/notices.json.gz
var packed []byte
