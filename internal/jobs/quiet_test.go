package jobs

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestTheQueueIsQuietBelowAnError(t *testing.T) {
	var out bytes.Buffer
	log := quietly(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo}))).With("queue", "q").WithGroup("g")
	log.Debug("debug")
	log.Info("info")
	log.Warn("warning")
	if out.Len() > 0 {
		t.Errorf("at level info the queue says %q", out.String())
	}
	log.Error("failed")
	if !strings.Contains(out.String(), "level=ERROR msg=failed queue=q") {
		t.Errorf("an error is told as %q", out.String())
	}
	out.Reset()
	log = quietly(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	log.Warn("warning")
	if !strings.Contains(out.String(), "level=DEBUG msg=warning") {
		t.Errorf("at level debug a warning is told as %q", out.String())
	}
}
