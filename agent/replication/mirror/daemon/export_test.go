package daemon

import (
	"context"
	"log/slog"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/run"
)

// AskHelper asks a helper for one change.
func AskHelper(ctx context.Context, c Config, r run.Runner, log *slog.Logger, id uint64, change core.Change) core.Answered {
	return helper{config: c, runner: r, log: log}.ask(ctx, id, change)
}
