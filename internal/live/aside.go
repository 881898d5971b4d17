package live

// aside runs f on a goroutine of its own and waits for it. Reading the store and
// encoding grow the stack that they run on, which a goroutine that lives as long
// as an event stream would keep. A panic of f is the caller's.
func aside(f func()) {
	done := make(chan any)
	go func() {
		finished := false
		defer func() {
			if p := recover(); !finished {
				done <- p
			} else {
				close(done)
			}
		}()
		f()
		finished = true
	}()
	if p, panicked := <-done; panicked {
		panic(p)
	}
}
