package live

import "testing"

func TestAPanicAsideIsTheCallers(t *testing.T) {
	for name, f := range map[string]func(){"with a value": func() { panic("boom") }, "by the runtime": func() { _ = []int{}[len("x")] }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the panic is lost", name)
				}
			}()
			aside(f)
		}()
	}
	ran := false
	aside(func() { ran = true })
	if !ran {
		t.Error("it was not run")
	}
}
