// Short names for the generated types. Nothing is described a second time here.
import type { components, operations } from "./types.gen";

type S = components["schemas"];

export type Cluster = S["Cluster"];
export type ClusterDetail = S["ClusterDetail"];
export type Node = S["Node"];
export type NodeState = S["NodeState"];
export type Host = S["Host"];
export type Resource = S["Resource"];
export type Failback = S["Failback"];
export type ResourceConfig = S["HaResource"];
export type ResourceOperation = S["HaOperation"];
export type ResourceState = S["ResourceState"];
export type Constraint = S["Constraint"];
export type ResourceSet = S["ResourceSet"];
export type Rule = S["Rule"];
export type Expression = S["Expression"];
export type DateMatch = S["DateMatch"];
export type AttributeSet = S["AttributeSet"];
export type Tag = S["Tag"];
export type Config = S["Config"];
export type State = S["State"];
export type Setup = S["Setup"];
export type SetupNode = S["SetupNode"];
export type Operation = S["Operation"];
export type Step = S["Step"];
export type Revision = S["Revision"];
export type Difference = S["Difference"];
export type Migration = S["Migration"];
export type ManifestContents = S["ManifestContents"];
export type MappingNeed = S["MappingNeed"];
export type Event = S["Event"];
export type Alarm = S["Alarm"];
export type AlarmDetail = S["AlarmDetail"];
export type Silence = S["Silence"];
export type Channel = S["Channel"];
export type ChannelForm = S["ChannelForm"];
export type ChannelTest = S["ChannelTest"];
export type AlertRule = S["AlertRule"];
export type Message = S["Message"];
export type License = S["License"];
export type LicenseShown = S["LicenseShown"];
export type LicenseRequest = S["LicenseRequest"];
export type LicenseActivated = S["LicenseActivated"];
export type Timeline = S["Timeline"];
export type TimelineEntry = S["TimelineEntry"];
export type Decision = S["Decision"];
export type LogBundle = S["LogBundle"];
export type LogBundleNode = S["LogBundleNode"];
export type AuditEntry = S["AuditEntry"];
export type AuditCheck = S["AuditCheck"];
export type User = S["User"];
export type Access = S["Access"];
export type Policy = S["Policy"];
export type TOTPSetup = S["TOTPSetup"];
export type Session = S["Session"];
export type EnrolmentToken = S["EnrolmentToken"];
export type PreflightResult = S["PreflightResult"];
export type HostPreflight = S["HostPreflight"];
export type Check = S["Check"];
export type AgentMetadata = S["AgentMetadata"];
export type AgentAction = S["AgentAction"];
export type AgentParameter = S["AgentParameter"];
export type Verdict = S["Verdict"];
export type Reason = S["Reason"];
export type Level = Verdict["level"];
export type Failure = S["Failure"];
export type FenceAction = S["FenceAction"];
export type LinkState = S["LinkState"];
export type Demo = S["Demo"];
export type Live = S["Live"];
export type Fault = S["Fault"];
export type FaultField = S["Field"];
export type NewResource = S["NewResource"];
export type Version = S["Version"];

export type Links = S["Links"];
export type Link = S["LinkShown"];
export type Timing = S["TimingShown"];
export type Profile = S["Profile"];
export type NodeLoss = S["NodeLoss"];
export type Budget = S["Budget"];
export type BudgetEvent = S["BudgetEvent"];
export type BudgetPart = S["BudgetPart"];
export type QuorumShown = S["QuorumShown"];
export type QuorumChange = S["QuorumChange"];
export type QuorumPlan = S["QuorumPlan"];
export type QDevice = S["QDevice"];
export type QDeviceStatus = S["QDeviceStatus"];
export type QDevicePlan = S["QDevicePlan"];
export type Survival = S["Survival"];

export type DiskHeartbeatShown = S["DiskHeartbeatShown"];
export type DiskHeartbeatNode = S["DiskHeartbeatNode"];
export type DiskInspected = S["DiskInspected"];

export type Sbd = S["SBD"];
export type SbdView = S["SBDView"];
export type SbdPlan = S["SBDPlan"];
export type SbdHost = S["SBDHost"];
export type SbdTimes = S["SBDTimes"];

export type Volume = S["Volume"];
export type Replica = S["Replica"];
export type VolumeState = S["VolumeState"];
export type VolumePeer = S["VolumePeer"];
export type SplitSide = S["SplitSide"];
export type VolumeShown = S["VolumeShown"];
export type TargetShown = S["TargetShown"];
export type Target = S["Target"];
export type VolumeCheck = S["VolumeCheck"];
export type VolumeReading = S["VolumeReading"];

export type DatabaseCheck = S["DatabaseCheck"];

export type Fencing = S["Fencing"];
export type FenceDevice = S["FenceDevice"];
export type NodeFencing = S["NodeFencing"];
export type Evidence = S["Evidence"];

export type Exposure = S["Exposure"];
export type Finding = S["Finding"];
export type FoundCluster = S["FoundCluster"];
export type Cause = S["Cause"];
export type Explanation = S["Explanation"];
export type Scenario = S["Scenario"];
export type Forecast = S["Forecast"];
export type ForecastAction = S["ForecastAction"];
export type ForecastStep = S["ForecastStep"];
export type Interruption = S["Interruption"];

export type HealthShown = S["HealthShown"];
export type HealthNode = S["HealthNode"];
export type HealthPolicy = S["HealthPolicy"];
export type HealthRule = S["HealthRule"];
export type HealthPlan = S["HealthPlan"];
export type HealthQuestion = S["HealthQuestion"];
export type HealthReading = S["HealthReading"];
export type HealthSample = S["HealthSample"];
export type HealthHistory = S["HealthHistory"];
export type KindHealth = S["KindHealth"];
export type NodeColour = S["NodeColour"];

export type RouteName = keyof operations;

type Json<T> = T extends { content: { "application/json": infer B } } ? B : never;

/** Body that a route takes; never where it takes none. */
export type Body<R extends RouteName> = operations[R] extends { requestBody: infer B }
  ? Json<B>
  : operations[R] extends { requestBody?: infer B }
    ? Json<NonNullable<B>>
    : never;

type Good<T> = T extends { 200: infer A }
  ? Json<A>
  : T extends { 201: infer A }
    ? Json<A>
    : T extends { 202: infer A }
      ? Json<A>
      : never;

/** What a route answers where all is well. */
export type Answer<R extends RouteName> = operations[R] extends { responses: infer A } ? Good<A> : never;

export type PathArgs<R extends RouteName> = operations[R] extends { parameters: { path: infer P } } ? P : undefined;
export type Query<R extends RouteName> = operations[R] extends { parameters: { query?: infer Q } }
  ? NonNullable<Q>
  : never;
