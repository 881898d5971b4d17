package httpapi

import (
	"context"

	"lombard.example/lombard/internal/data"
)

type ledgerInput struct {
	Workspace string `query:"workspace" pattern:"^[A-Za-z0-9._-]{1,64}$" default:"default" doc:"Whose spending to show."`
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Rows on the page."`
	Cursor    string `query:"cursor" maxLength:"64" doc:"next_cursor of the page before."`
}

type ledgerOutput struct{ Body data.Ledger }

func (s *server) ledger(ctx context.Context, in *ledgerInput) (*ledgerOutput, error) {
	out, err := s.backend.Ledger(ctx, data.LedgerQuery{Workspace: in.Workspace, Limit: in.Limit, Cursor: in.Cursor})
	return &ledgerOutput{out}, err
}
