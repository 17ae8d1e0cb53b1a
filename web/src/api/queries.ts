// What is asked of the server, under which key. The live stream makes keys stale by the same functions.
import { type QueryKey, queryOptions, useQuery } from "@tanstack/react-query";

import { list } from "../lib/list";
import { fetchRoute } from "./client";
import type { Body, HealthQuestion, Query, Scenario } from "./types";

export const keys = {
  session: (): QueryKey => ["session"],
  clusters: (): QueryKey => ["clusters"],
  found: (): QueryKey => ["clusters", "found"],
  /** Everything of one cluster begins with this. */
  cluster: (cluster: string): QueryKey => ["cluster", cluster],
  nodes: (cluster: string): QueryKey => ["cluster", cluster, "nodes"],
  resources: (cluster: string): QueryKey => ["cluster", cluster, "resources"],
  resource: (cluster: string, id: string): QueryKey => ["cluster", cluster, "resources", id],
  revisions: (cluster: string): QueryKey => ["cluster", cluster, "revisions"],
  compare: (cluster: string, from: number, to: number): QueryKey => ["cluster", cluster, "compare", from, to],
  compareFile: (cluster: string, yaml: string): QueryKey => ["cluster", cluster, "file", yaml],
  asFile: (cluster: string): QueryKey => ["look", cluster, "file"],
  links: (cluster: string): QueryKey => ["cluster", cluster, "links"],
  quorum: (cluster: string): QueryKey => ["cluster", cluster, "quorum"],
  qdevice: (cluster: string): QueryKey => ["cluster", cluster, "qdevice"],
  disk: (cluster: string): QueryKey => ["cluster", cluster, "disk"],
  sbd: (cluster: string): QueryKey => ["cluster", cluster, "sbd"],
  fencing: (cluster: string): QueryKey => ["cluster", cluster, "fencing"],
  why: (cluster: string, id: string): QueryKey => ["cluster", cluster, "why", id],
  checks: (cluster: string): QueryKey => ["cluster", cluster, "checks"],
  // A forecast holds only for the cluster as it is: whatever changes it makes a new one.
  whatif: (cluster: string, scenario: Scenario): QueryKey => ["cluster", cluster, "whatif", scenario],
  health: (cluster: string): QueryKey => ["cluster", cluster, "health"],
  healthPlan: (cluster: string, question: HealthQuestion): QueryKey => ["cluster", cluster, "health", question],
  // Answered by the node: every half a minute, not at each change of the cluster.
  healthHistory: (cluster: string, node: string): QueryKey => ["look", cluster, "health", node],
  evidence: (cluster: string): QueryKey => ["cluster", cluster, "evidence"],
  volumes: (cluster: string): QueryKey => ["cluster", cluster, "volumes"],
  // Answered by reading what happened in 90 days: not at each change of the cluster, but at each event. So are a volume's exposures.
  targets: (cluster: string): QueryKey => ["targets", cluster],
  exposures: (cluster: string, volume: string): QueryKey => ["targets", cluster, "exposures", volume],
  // These are answered by looking at disks and watchdogs: for as long as a form asks, not at each change of the cluster.
  diskInspect: (cluster: string, device: string): QueryKey => ["look", cluster, "disk", device],
  sbdPlan: (cluster: string, wish: Body<"sbd.plan">): QueryKey => ["look", cluster, "sbd", wish],
  // Answered by looking at the disks of its nodes.
  volumeCheck: (cluster: string, wish: Body<"volume.check">): QueryKey => ["look", cluster, "volume", wish],
  databaseCheck: (cluster: string, wish: Body<"service.check">): QueryKey => ["look", cluster, "database", wish],
  // Answered by asking the arbiter and every node.
  qdevicePlan: (cluster: string, wish: Body<"qdevice.plan">): QueryKey => ["look", cluster, "qdevice", wish],
  arbiter: (host: string): QueryKey => ["look", "arbiter", host],
  // Answering it measures every node: not at each change of the cluster.
  timing: (cluster: string): QueryKey => ["timing", cluster],
  // Answering it asks every node how long operations took: not at each change of the cluster, but of its configuration and targets.
  budgets: (cluster: string): QueryKey => ["budgets", cluster],
  // Agents are programs on disk: no change of the cluster makes them stale.
  agents: (cluster: string): QueryKey => ["agents", cluster],
  agent: (cluster: string, agent: string, language: string): QueryKey => ["agents", cluster, agent, language],
  hosts: (): QueryKey => ["hosts"],
  users: (): QueryKey => ["users"],
  access: (): QueryKey => ["access"],
  sessions: (): QueryKey => ["sessions"],
  tokens: (): QueryKey => ["tokens"],
  policy: (): QueryKey => ["policy"],
  audit: (): QueryKey => ["audit"],
  demo: (): QueryKey => ["demo"],
  events: (query?: Query<"event.list">): QueryKey => (query ? ["events", query] : ["events"]),
  /** The time line of a cluster begins with this. */
  timeline: (cluster: string): QueryKey => ["timeline", cluster],
  bundles: (cluster: string): QueryKey => ["bundles", cluster],
  /** Everything about alarms begins with this. */
  alarms: (query?: Query<"alarm.list">): QueryKey => (query ? ["alarms", query] : ["alarms"]),
  alarm: (alarm: number): QueryKey => ["alarms", "one", alarm],
  silences: (): QueryKey => ["silences"],
  channels: (): QueryKey => ["channels"],
  alertRules: (): QueryKey => ["alertrules"],
  messages: (query?: Query<"message.list">): QueryKey => (query ? ["messages", query] : ["messages"]),
  license: (): QueryKey => ["license"],
  licenseRequests: (): QueryKey => ["license", "requests"],
  operations: (): QueryKey => ["operations"],
  operation: (id: string): QueryKey => ["operation", id],
};

export const queries = {
  session: () =>
    queryOptions({
      queryKey: keys.session(),
      queryFn: () => fetchRoute("session.show"),
      staleTime: 60_000,
      retry: false,
    }),
  license: () =>
    queryOptions({ queryKey: keys.license(), queryFn: ({ signal }) => fetchRoute("license.status", { signal }) }),
  licenseRequests: () =>
    queryOptions({
      queryKey: keys.licenseRequests(),
      queryFn: ({ signal }) => fetchRoute("license.requests", { signal }),
    }),
  clusters: () =>
    queryOptions({ queryKey: keys.clusters(), queryFn: ({ signal }) => fetchRoute("cluster.list", { signal }) }),
  found: () =>
    queryOptions({
      queryKey: keys.found(),
      queryFn: ({ signal }) => fetchRoute("cluster.discover", { signal }),
      retry: false,
    }),
  cluster: (cluster: string) =>
    queryOptions({
      queryKey: keys.cluster(cluster),
      queryFn: ({ signal }) => fetchRoute("cluster.show", { path: { cluster }, signal }),
    }),
  nodes: (cluster: string) =>
    queryOptions({
      queryKey: keys.nodes(cluster),
      queryFn: ({ signal }) => fetchRoute("node.list", { path: { cluster }, signal }),
    }),
  resources: (cluster: string) =>
    queryOptions({
      queryKey: keys.resources(cluster),
      queryFn: ({ signal }) => fetchRoute("resource.list", { path: { cluster }, signal }),
    }),
  compare: (cluster: string, revision: number, to: number) =>
    queryOptions({
      queryKey: keys.compare(cluster, revision, to),
      queryFn: ({ signal }) =>
        fetchRoute("revision.compare", { path: { cluster, revision }, query: { with: to }, signal }),
      retry: false,
    }),
  compareFile: (cluster: string, yaml: string) =>
    queryOptions({
      queryKey: keys.compareFile(cluster, yaml),
      queryFn: ({ signal }) => fetchRoute("config.compare", { path: { cluster }, body: { yaml }, signal }),
      retry: false,
    }),
  asFile: (cluster: string) =>
    queryOptions({
      queryKey: keys.asFile(cluster),
      queryFn: ({ signal }) => fetchRoute("config.export", { path: { cluster }, signal }),
      retry: false,
    }),
  bundles: (cluster: string) =>
    queryOptions({
      queryKey: keys.bundles(cluster),
      queryFn: ({ signal }) => fetchRoute("logs.list", { path: { cluster }, signal }),
    }),
  links: (cluster: string) =>
    queryOptions({
      queryKey: keys.links(cluster),
      queryFn: ({ signal }) => fetchRoute("link.list", { path: { cluster }, signal }),
    }),
  timing: (cluster: string) =>
    queryOptions({
      queryKey: keys.timing(cluster),
      queryFn: ({ signal }) => fetchRoute("timing.show", { path: { cluster }, signal }),
      staleTime: 60_000,
    }),
  budgets: (cluster: string) =>
    queryOptions({
      queryKey: keys.budgets(cluster),
      queryFn: ({ signal }) => fetchRoute("budget.list", { path: { cluster }, signal }),
      staleTime: 60_000,
    }),
  quorum: (cluster: string) =>
    queryOptions({
      queryKey: keys.quorum(cluster),
      queryFn: ({ signal }) => fetchRoute("quorum.show", { path: { cluster }, signal }),
    }),
  qdevice: (cluster: string) =>
    queryOptions({
      queryKey: keys.qdevice(cluster),
      queryFn: ({ signal }) => fetchRoute("qdevice.show", { path: { cluster }, signal }),
    }),
  qdevicePlan: (cluster: string, wish: Body<"qdevice.plan">) =>
    queryOptions({
      queryKey: keys.qdevicePlan(cluster, wish),
      queryFn: ({ signal }) => fetchRoute("qdevice.plan", { path: { cluster }, body: wish, signal }),
      staleTime: 0,
      retry: false,
    }),
  arbiter: (host: string) =>
    queryOptions({
      queryKey: keys.arbiter(host),
      queryFn: ({ signal }) => fetchRoute("qdevice.arbiter", { path: { host }, signal }),
      staleTime: 0,
      retry: false,
    }),
  disk: (cluster: string) =>
    queryOptions({
      queryKey: keys.disk(cluster),
      queryFn: ({ signal }) => fetchRoute("diskhb.show", { path: { cluster }, signal }),
    }),
  diskInspect: (cluster: string, device: string) =>
    queryOptions({
      queryKey: keys.diskInspect(cluster, device),
      queryFn: ({ signal }) => fetchRoute("diskhb.inspect", { path: { cluster }, body: { device }, signal }),
      staleTime: 0,
      gcTime: 0,
      retry: false,
    }),
  sbd: (cluster: string) =>
    queryOptions({
      queryKey: keys.sbd(cluster),
      queryFn: ({ signal }) => fetchRoute("sbd.show", { path: { cluster }, signal }),
    }),
  sbdPlan: (cluster: string, wish: Body<"sbd.plan">) =>
    queryOptions({
      queryKey: keys.sbdPlan(cluster, wish),
      queryFn: ({ signal }) => fetchRoute("sbd.plan", { path: { cluster }, body: wish, signal }),
      staleTime: 0,
      retry: false,
    }),
  fencing: (cluster: string) =>
    queryOptions({
      queryKey: keys.fencing(cluster),
      queryFn: ({ signal }) => fetchRoute("fence.list", { path: { cluster }, signal }),
    }),
  why: (cluster: string, resource: string) =>
    queryOptions({
      queryKey: keys.why(cluster, resource),
      queryFn: ({ signal }) => fetchRoute("why.show", { path: { cluster, resource }, signal }),
      retry: false,
    }),
  checks: (cluster: string) =>
    queryOptions({
      queryKey: keys.checks(cluster),
      queryFn: ({ signal }) => fetchRoute("check.list", { path: { cluster }, signal }),
    }),
  whatif: (cluster: string, scenario: Scenario) =>
    queryOptions({
      queryKey: keys.whatif(cluster, scenario),
      queryFn: ({ signal }) => fetchRoute("whatif.play", { path: { cluster }, body: scenario, signal }),
      retry: false,
    }),
  health: (cluster: string) =>
    queryOptions({
      queryKey: keys.health(cluster),
      queryFn: ({ signal }) => fetchRoute("health.show", { path: { cluster }, signal }),
    }),
  healthPlan: (cluster: string, question: HealthQuestion) =>
    queryOptions({
      queryKey: keys.healthPlan(cluster, question),
      queryFn: ({ signal }) => fetchRoute("health.whatif", { path: { cluster }, body: question, signal }),
      retry: false,
    }),
  healthHistory: (cluster: string, node: string) =>
    queryOptions({
      queryKey: keys.healthHistory(cluster, node),
      queryFn: ({ signal }) => fetchRoute("health.history", { path: { cluster, node }, signal }),
      staleTime: 15_000,
      refetchInterval: 30_000,
      retry: false,
    }),
  evidence: (cluster: string) =>
    queryOptions({
      queryKey: keys.evidence(cluster),
      queryFn: ({ signal }) => fetchRoute("evidence.show", { path: { cluster }, signal }),
    }),
  volumes: (cluster: string) =>
    queryOptions({
      queryKey: keys.volumes(cluster),
      queryFn: ({ signal }) => fetchRoute("volume.list", { path: { cluster }, signal }),
    }),
  exposures: (cluster: string, volume: string) =>
    queryOptions({
      queryKey: keys.exposures(cluster, volume),
      queryFn: async ({ signal }) =>
        list((await fetchRoute("volume.show", { path: { cluster, volume }, signal })).exposures),
    }),
  targets: (cluster: string) =>
    queryOptions({
      queryKey: keys.targets(cluster),
      queryFn: ({ signal }) => fetchRoute("target.list", { path: { cluster }, signal }),
    }),
  volumeCheck: (cluster: string, wish: Body<"volume.check">) =>
    queryOptions({
      queryKey: keys.volumeCheck(cluster, wish),
      queryFn: ({ signal }) => fetchRoute("volume.check", { path: { cluster }, body: wish, signal }),
      staleTime: 0,
      gcTime: 0,
      retry: false,
    }),
  databaseCheck: (cluster: string, wish: Body<"service.check">) =>
    queryOptions({
      queryKey: keys.databaseCheck(cluster, wish),
      queryFn: ({ signal }) => fetchRoute("service.check", { path: { cluster }, body: wish, signal }),
      staleTime: 0,
      gcTime: 0,
      retry: false,
    }),
  resource: (cluster: string, resource: string) =>
    queryOptions({
      queryKey: keys.resource(cluster, resource),
      queryFn: ({ signal }) => fetchRoute("resource.show", { path: { cluster, resource }, signal }),
    }),
  agents: (cluster: string) =>
    queryOptions({
      queryKey: keys.agents(cluster),
      queryFn: ({ signal }) => fetchRoute("agent.list", { path: { cluster }, signal }),
      staleTime: 300_000,
    }),
  agent: (cluster: string, agent: string, language: "zh" | "en") =>
    queryOptions({
      queryKey: keys.agent(cluster, agent, language),
      queryFn: ({ signal }) =>
        fetchRoute("agent.show", {
          path: { cluster, agent },
          query: { language: language === "zh" ? "zh-CN" : "en" },
          signal,
        }),
      staleTime: 300_000,
    }),
  hosts: () => queryOptions({ queryKey: keys.hosts(), queryFn: ({ signal }) => fetchRoute("host.list", { signal }) }),
  users: () => queryOptions({ queryKey: keys.users(), queryFn: ({ signal }) => fetchRoute("user.list", { signal }) }),
  access: () =>
    queryOptions({ queryKey: keys.access(), queryFn: ({ signal }) => fetchRoute("access.list", { signal }) }),
  sessions: () =>
    queryOptions({ queryKey: keys.sessions(), queryFn: ({ signal }) => fetchRoute("session.list", { signal }) }),
  tokens: () =>
    queryOptions({ queryKey: keys.tokens(), queryFn: ({ signal }) => fetchRoute("token.list", { signal }) }),
  policy: () =>
    queryOptions({ queryKey: keys.policy(), queryFn: ({ signal }) => fetchRoute("policy.show", { signal }) }),
  demo: () => queryOptions({ queryKey: keys.demo(), queryFn: ({ signal }) => fetchRoute("demo.show", { signal }) }),
  events: (query: Query<"event.list">) =>
    queryOptions({
      queryKey: keys.events(query),
      queryFn: ({ signal }) => fetchRoute("event.list", { query, signal }),
    }),
  alarms: (query: Query<"alarm.list">) =>
    queryOptions({
      queryKey: keys.alarms(query),
      queryFn: ({ signal }) => fetchRoute("alarm.list", { query, signal }),
    }),
  alarm: (alarm: number) =>
    queryOptions({
      queryKey: keys.alarm(alarm),
      queryFn: ({ signal }) => fetchRoute("alarm.show", { path: { alarm }, signal }),
      retry: false,
    }),
  silences: () =>
    queryOptions({ queryKey: keys.silences(), queryFn: ({ signal }) => fetchRoute("silence.list", { signal }) }),
  channels: () =>
    queryOptions({ queryKey: keys.channels(), queryFn: ({ signal }) => fetchRoute("channel.list", { signal }) }),
  alertRules: () =>
    queryOptions({ queryKey: keys.alertRules(), queryFn: ({ signal }) => fetchRoute("alertrule.list", { signal }) }),
  operations: () =>
    queryOptions({ queryKey: keys.operations(), queryFn: ({ signal }) => fetchRoute("operation.list", { signal }) }),
  operation: (operation: string) =>
    queryOptions({
      queryKey: keys.operation(operation),
      queryFn: ({ signal }) => fetchRoute("operation.show", { path: { operation }, signal }),
    }),
};

/** Who is signed in; undefined until it is known. */
export function useSession() {
  return useQuery(queries.session()).data;
}

/** Whether the signed-in user may call a route, by the route's name. */
export function useCan(): (route: string) => boolean {
  const session = useSession();
  return (route) => session?.permissions?.includes(route) ?? false;
}
