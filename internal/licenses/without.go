//go:build !notices

package licenses

var packed = []byte(nil)
