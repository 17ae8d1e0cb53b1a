package engine

import (
	"context"
	"slices"
	"time"

	"hawser/internal/ha"
	"hawser/internal/wire"
)

// The names of steps.
const (
	stepCheck     = "check"
	stepStop      = "stop_resources"
	stepPatch     = "patch"
	stepForget    = "forget_node"
	stepSettle    = "settle"
	stepConstrain = "constrain"
	stepArrive    = "arrive"
	stepRelease   = "release"
	stepHalt      = "stop_resource"
	stepResume    = "start_resource"
	stepCleanup   = "cleanup"
	stepFence     = "fence"
	stepSingle    = "single_device"
	stepGiveBack  = "give_levels_back"
	stepSBD       = "sbd_configure"
	stepHeader    = "sbd_header"
	stepHold      = "hold_resource"
	stepProbeBack = "probe_back"
	stepProbe     = "probe"
	stepManage    = "manage_resource"
	stepSecret    = "secret"
	stepFiles     = "write_files"
	stepStart     = "start_daemons"
	stepStopAll   = "stop_daemons"
	stepRemove    = "remove_files"
	stepReload    = "reload"
)

// builder makes a command out of its arguments: either steps, or a reading that changes nothing.
type builder struct {
	plan func(context.Context, *task) (plan, error)
	// steps are the names of all steps that its plans may have.
	steps []string
	reads func(context.Context, *Engine, wire.Command) (any, error)
}

// commands is every command of internal/wire.
var commands = map[wire.CommandName]builder{
	wire.Preflight:   {reads: preflight},
	wire.Configure:   {plan: planConfigure, steps: []string{stepFiles, stepDeviceStop}},
	wire.Deconfigure: {plan: planDeconfigure, steps: []string{stepStopAll, stepRemove}},
	wire.StartHost:   {plan: planStart, steps: []string{stepStart}},
	wire.StopHost:    {plan: planStop, steps: []string{stepStopAll}},
	wire.Reload:      {plan: planReload, steps: []string{stepReload}},
	wire.DiskInspect: {reads: inspectDisk},
	wire.DiskPrepare: {plan: planPrepareDisk, steps: []string{stepFormat}},
	wire.DiskProbe:   {reads: probeDisk},
	wire.DiskEnable:  {plan: planEnableDisk, steps: []string{stepDiskFiles, stepDiskStart}},
	wire.DiskDisable: {plan: planDisableDisk, steps: []string{stepDiskStop, stepWipe}},
	wire.DiskStatus:  {reads: diskStatus},

	wire.VolumeInspect:   {reads: inspectVolume},
	wire.VolumeList:      {reads: listVolumes},
	wire.VolumeSplit:     {reads: splitVolume},
	wire.VolumeConfigure: {plan: planConfigureVolume, steps: []string{stepVolumeFile}},
	wire.VolumePrepare:   {plan: planPrepareVolume, steps: []string{stepVolumeMake, stepVolumeUp}},
	wire.VolumeSync:      {plan: planSyncVolume, steps: []string{stepVolumeSync}},
	wire.VolumeFormat:    {plan: planFormatVolume, steps: []string{stepVolumeFormat}},
	wire.VolumeAct:       {plan: planActVolume, steps: []string{stepVolumeAct}},
	wire.VolumeRemove:    {plan: planRemoveVolume, steps: []string{stepVolumeDown, stepVolumeWipe, stepVolumeForget}},

	wire.EditConfig: {plan: planEdit, steps: []string{stepCheck, stepStop, stepHold, stepProbeBack, stepPatch, stepProbe, stepManage, stepForget, stepSettle}},
	wire.Revert:     {plan: planRevert, steps: []string{stepCheck, stepStop, stepPatch}},
	wire.Cleanup:    {plan: planCleanup, steps: []string{stepCleanup}},
	wire.Move:       {plan: planMove, steps: []string{stepConstrain, stepArrive, stepRelease}},
	wire.Restart:    {plan: planRestart, steps: []string{stepHalt, stepResume, stepRelease}},
	wire.ReadConf:   {reads: readConf},
	wire.AwaitLinks: {reads: awaitLinks},
	wire.ReadFiles:  {reads: readFiles},
	wire.Compare:    {reads: compare},
	wire.Options:    {reads: options},
	wire.Settle:     {reads: settle},
	wire.Fence:      {plan: planFence, steps: []string{stepFence, stepSingle, stepGiveBack}},
	wire.Agents:     {reads: agents},
	wire.Metadata:   {reads: metadata},
	wire.Observe:    {reads: observe},
	wire.WhatIf:     {reads: whatIf},
	wire.Why:        {reads: why},
	wire.Decisions:  {reads: decisions},

	wire.OperationTimes: {reads: operationTimes},

	wire.InspectArbiter: {reads: inspectArbiter},
	wire.PrepareArbiter: {plan: planPrepareArbiter, steps: []string{stepArbiter}},
	wire.SignDevices:    {plan: planSign, steps: []string{stepSign}},
	wire.LeaveArbiter:   {plan: planLeaveArbiter, steps: []string{stepLeaveArbiter}},
	wire.InspectDevice:  {reads: inspectDevice},
	wire.RequestDevice:  {plan: planRequestDevice, steps: []string{stepRequest}},
	wire.InstallDevice:  {plan: planInstallDevice, steps: []string{stepInstall}},
	wire.SettleDevice:   {plan: planSettleDevice, steps: []string{stepSettleCert}},
	wire.StartDevice:    {plan: planStartDevice, steps: []string{stepDeviceStart, stepVote}},
	wire.StopDevice:     {plan: planStopDevice, steps: []string{stepDeviceStop, stepForgetKeys}},

	wire.CheckRemote:   {reads: checkRemote},
	wire.ReadRemoteKey: {reads: readRemoteKey},
	wire.PutRemoteKey:  {plan: planRemoteKey, steps: []string{stepRemoteKey}},
	wire.JoinRemote:    {plan: planJoinRemote, steps: []string{stepRemoteKey, stepRemoteStart}},
	wire.LeaveRemote:   {plan: planLeaveRemote, steps: []string{stepRemoteStop, stepRemoteForget}},

	wire.InspectService:      {reads: inspectService},
	wire.MakeCertificates:    {reads: makeCertificates},
	wire.PrepareService:      {plan: planPrepareService, steps: []string{stepDirectory, stepNoDirectory}},
	wire.InstallCertificates: {plan: planInstallCertificates, steps: []string{stepInstallCerts}},
	wire.SettleCertificates:  {plan: planSettleCertificates, steps: []string{stepSettleService}},

	wire.InspectSBD:   {reads: inspectSBD},
	wire.ConfigureSBD: {plan: planConfigureSBD, steps: []string{stepSBD}},
	wire.CreateSBD:    {plan: planCreateSBD, steps: []string{stepHeader}},
	wire.PutSecret:    {plan: planSecret, steps: []string{stepSecret}},
	wire.DropSecret:   {plan: planSecret, steps: []string{stepSecret}},
}

// Steps names the steps of every command that changes something. Tests that end the process at each of them take the list from
// here, so that a new step cannot be forgotten.
func Steps() map[wire.CommandName][]string {
	list := map[wire.CommandName][]string{}
	for name, b := range commands {
		if b.plan != nil {
			list[name] = slices.Clone(b.steps)
		}
	}
	return list
}

func preflight(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.PreflightArgs](c)
	if err != nil {
		return nil, err
	}
	checks, err := e.driver.Preflight(ctx, args.Setup)
	if err != nil {
		return nil, err
	}
	return wire.PreflightOutput{Checks: checks}, nil
}

func agents(ctx context.Context, e *Engine, _ wire.Command) (any, error) {
	list, err := e.driver.Agents(ctx)
	if err != nil {
		return nil, err
	}
	return wire.AgentsOutput{Agents: list}, nil
}

func metadata(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.MetadataArgs](c)
	if err != nil {
		return nil, err
	}
	m, err := e.metadata(ctx, args.Agent, args.Language)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// metadataAge is how long an agent's metadata is believed: long enough for a wizard, short enough for a package's update.
const metadataAge = 10 * time.Minute

type cachedMetadata struct {
	at   time.Time
	meta ha.AgentMetadata
}

// metadata asks an agent what it takes. Asking starts the agent's script, so answers are kept for a while.
func (e *Engine) metadata(ctx context.Context, agent, language string) (ha.AgentMetadata, error) {
	key := agent + " " + language
	e.mu.Lock()
	kept, has := e.metas[key]
	e.mu.Unlock()
	if has && time.Since(kept.at) < metadataAge {
		return kept.meta, nil
	}
	m, err := e.driver.Metadata(ctx, agent, language)
	if err != nil {
		return ha.AgentMetadata{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for k, v := range e.metas {
		if time.Since(v.at) >= metadataAge {
			delete(e.metas, k)
		}
	}
	e.metas[key] = cachedMetadata{at: time.Now(), meta: m}
	return m, nil
}
