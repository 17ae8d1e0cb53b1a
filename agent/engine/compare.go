package engine

import (
	"context"

	"hawser/internal/ha"
	"hawser/internal/wire"
)

// compare tells what differs between two configurations.
func compare(_ context.Context, _ *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.CompareArgs](c)
	if err != nil {
		return nil, err
	}
	list, err := differences(intent{BeforeXML: args.BeforeXML, AfterXML: args.AfterXML})
	if err != nil {
		return nil, err
	}
	return wire.CompareOutput{Differences: list}, nil
}

// options describes the cluster's properties.
func options(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.OptionsArgs](c)
	if err != nil {
		return nil, err
	}
	list, err := e.driver.Options(ctx, args.Language)
	if err != nil {
		return nil, err
	}
	if list == nil {
		list = []ha.AgentParameter{}
	}
	return wire.OptionsOutput{Options: list}, nil
}
