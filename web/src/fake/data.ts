// Objects as the server sends them, for tests and for developing without a server.
import { routes } from "../api/routes.gen";
import type {
  AgentMetadata,
  AgentParameter,
  Cluster,
  ClusterDetail,
  Constraint,
  Event,
  Host,
  LinkState,
  Node,
  NodeState,
  Operation,
  Resource,
  ResourceConfig,
  ResourceState,
  Revision,
  Session,
} from "../api/types";

/** So many seconds ago. */
export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

const version = { adminEpoch: 0, epoch: 42, numUpdates: 7 };

export function makeSession(over: Partial<Session> = {}): Session {
  return {
    user: {
      name: "admin",
      role: "admin",
      language: "zh",
      disabled: false,
      secondFactor: false,
      created: ago(9e6),
      passwordSet: ago(2e6),
      lastSeen: ago(60),
    },
    permissions: Object.keys(routes),
    expires: ago(-28_800),
    demo: true,
    version: "0.1.0",
    ...over,
  };
}

export function makeCluster(over: Partial<Cluster> = {}): Cluster {
  return {
    name: "pay-core",
    label: "支付结算",
    verdict: { level: "protected", survives: 1, reasons: [] },
    quorate: true,
    running: true,
    engine: "pacemaker",
    nodes: ["pay-01", "pay-02", "pay-03"],
    online: 3,
    resources: 4,
    desired: 4,
    started: 4,
    failed: 0,
    revision: 12,
    version,
    seen: ago(1),
    stale: false,
    created: ago(5e6),
    ...over,
  };
}

export function makeHost(over: Partial<Host> = {}): Host {
  const name = over.name ?? "node-1";
  const last = Number(/\d+$/.exec(name)?.[0] ?? 1);
  return {
    id: `host-${name}`,
    name,
    connected: true,
    seen: ago(1),
    enrolled: ago(4e5),
    expires: ago(-2e7),
    revoked: false,
    agent: "0.1.0",
    facts: {
      hostname: name,
      machineId: `4c1d${last}0a9`,
      os: "Debian GNU/Linux 12 (bookworm)",
      kernel: "6.1.0-31-amd64",
      architecture: last % 2 ? "amd64" : "arm64",
      cpus: 16,
      memoryBytes: 68_719_476_736,
      diskBytes: 214_748_364_800,
      diskFreeBytes: 128_849_018_880,
      pacemaker: "2.1.5",
      corosync: "3.1.7",
      engine: "pacemaker",
      interfaces: [
        { name: "lo", addresses: ["127.0.0.1/8"], mtu: 65_536, up: true },
        { name: "bond0", addresses: [`10.8.0.${10 + last}/24`], mtu: 1500, up: true },
        { name: "ens4f0", addresses: [`10.8.1.${10 + last}/24`], mtu: 9000, up: true },
        { name: "ens4f1", addresses: [`10.8.20.${10 + last}/24`], mtu: 1500, up: true },
      ],
      blockDevices: [
        { path: "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4", sizeBytes: 536_870_912_000, fileSystem: "xfs", uuid: "8c1f" },
        { path: "/dev/disk/by-id/wwn-0x6001405f00d", sizeBytes: 134_217_728 },
        { path: "/dev/disk/by-id/wwn-0x6001405beef", sizeBytes: 134_217_728, fileSystem: "ext4", uuid: "17ab" },
        { path: "/dev/disk/by-id/wwn-0x6001405cafe", sizeBytes: 16_777_216 },
        // Of this host alone.
        { path: `/dev/disk/by-id/ata-local-${name}`, sizeBytes: 480_103_981_056, fileSystem: "LVM2_member" },
      ],
    },
    ...over,
  };
}

export function makeNodeState(name: string, over: Partial<NodeState> = {}): NodeState {
  return {
    name,
    id: name.slice(-1),
    online: true,
    standby: false,
    maintenance: false,
    dc: false,
    resources: [],
    attributes: {},
    ...over,
  };
}

/** Every pair of nodes on every link, all connected but for the ones named as "node/link". */
export function makeLinks(nodes: readonly string[], links: number, cut: readonly string[] = []): LinkState[] {
  return nodes.flatMap((node, n) =>
    nodes
      .filter((peer) => peer !== node)
      .flatMap((peer) =>
        Array.from({ length: links }, (_, link) => {
          const connected = !cut.includes(`${node}/${link}`) && !cut.includes(`${peer}/${link}`);
          return {
            node,
            peer,
            link,
            address: `10.8.${link}.${n + 11}`,
            enabled: true,
            connected,
            latencyUs: connected ? 180 + link * 60 + n * 12 : 0,
          };
        }),
      ),
  );
}

export function makePrimitive(
  id: string,
  agent: string,
  node: string,
  over: Partial<ResourceState> = {},
): ResourceState {
  return {
    id,
    kind: "primitive",
    agent,
    role: "Started",
    nodes: node ? [node] : [],
    managed: true,
    failed: false,
    ...over,
  };
}

/** pay-core: a PostgreSQL service on pay-01, pay-02's link 1 cut. */
export function makeDetail(over: Partial<ClusterDetail> = {}): ClusterDetail {
  const nodes = ["pay-01", "pay-02", "pay-03"];
  const members: ResourceState[] = [
    makePrimitive("pay-fs", "ocf:heartbeat:Filesystem", "pay-01"),
    makePrimitive("pay-db", "ocf:heartbeat:pgsql", "pay-01"),
    makePrimitive("pay-vip", "ocf:heartbeat:IPaddr2", "pay-01"),
  ];
  const config: ResourceConfig[] = [
    {
      id: "pay",
      kind: "group",
      members: [
        {
          id: "pay-fs",
          kind: "primitive",
          agent: "ocf:heartbeat:Filesystem",
          parameters: { device: "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4", directory: "/srv/pay", fstype: "xfs" },
          operations: [{ name: "monitor", interval: "10s", timeout: "40s" }],
        },
        {
          id: "pay-db",
          kind: "primitive",
          agent: "ocf:heartbeat:pgsql",
          parameters: { pgdata: "/srv/pay/data" },
          operations: [{ name: "monitor", interval: "5s", timeout: "30s" }],
        },
        {
          id: "pay-vip",
          kind: "primitive",
          agent: "ocf:heartbeat:IPaddr2",
          parameters: { ip: "10.8.20.100", cidr_netmask: "24" },
          operations: [{ name: "monitor", interval: "10s", timeout: "20s" }],
        },
      ],
    },
    {
      id: "fence-pay-01",
      kind: "primitive",
      agent: "stonith:fence_ipmilan",
      parameters: { ip: "10.8.9.11", username: "ha", password: "***", pcmk_host_list: "pay-01" },
    },
    {
      id: "fence-pay-02",
      kind: "primitive",
      agent: "stonith:fence_ipmilan",
      parameters: { ip: "10.8.9.12", username: "ha", password: "***", pcmk_host_list: "pay-02" },
    },
    { id: "probe", kind: "primitive", agent: "ocf:pacemaker:Dummy" },
  ];
  return {
    ...makeCluster({
      verdict: {
        level: "at_risk",
        survives: 1,
        reasons: [{ code: "link_lost", level: "at_risk", args: { node: "pay-02", peer: "pay-01", link: "1" } }],
      },
      lastFailover: { at: ago(840), resource: "pay", from: "pay-02", to: "pay-01", tookMs: 8400 },
    }),
    state: {
      at: ago(1),
      reporter: "pay-01",
      engine: "pacemaker",
      running: true,
      dc: "pay-01",
      quorate: true,
      votes: 3,
      expectedVotes: 3,
      quorumVotes: 2,
      maintenance: false,
      fencing: true,
      pacemaker: "2.1.5",
      corosync: "3.1.7",
      featureSet: "3.16.2",
      busy: false,
      nodes: [
        makeNodeState("pay-01", { dc: true, resources: ["pay-fs", "pay-db", "pay-vip"] }),
        makeNodeState("pay-02", { resources: ["fence-pay-01"] }),
        makeNodeState("pay-03", { resources: ["fence-pay-02", "probe"] }),
      ],
      resources: [
        { id: "pay", kind: "group", role: "Started", nodes: ["pay-01"], managed: true, failed: false, members },
        makePrimitive("fence-pay-01", "stonith:fence_ipmilan", "pay-02"),
        makePrimitive("fence-pay-02", "stonith:fence_ipmilan", "pay-03"),
        makePrimitive("probe", "ocf:pacemaker:Dummy", "pay-03", { failed: true }),
      ],
      links: makeLinks(nodes, 3, ["pay-02/1"]),
      failures: [
        {
          resource: "probe",
          node: "pay-03",
          operation: "monitor",
          interval: "10s",
          exitCode: 7,
          exit: "not running",
          reason: "process 4711 is gone",
          count: 1,
          at: ago(300),
        },
      ],
      fenceHistory: [
        {
          node: "pay-02",
          action: "reboot",
          status: "success",
          origin: "pay-01",
          delegate: "pay-03",
          client: "pacemaker-controld",
          at: ago(850),
        },
      ],
    },
    config: {
      version,
      properties: { "stonith-enabled": "true", "no-quorum-policy": "stop", "cluster-name": "pay-core" },
      resourceDefaults: { "resource-stickiness": "100", "migration-threshold": "3" },
      nodes: nodes.map((name, i) => ({ id: String(i + 1), name })),
      resources: config,
      constraints: makeConstraints(),
      tags: [{ id: "payments", resources: ["pay", "probe"] }],
      attributeSets: [
        {
          id: "resource-defaults-rule",
          kind: "resource_defaults",
          rule: {
            bool: "and",
            expressions: [{ date: { operation: "date_spec", spec: { hours: "9-16", weekdays: "1-5" } } }],
          },
          values: { "resource-stickiness": "INFINITY" },
        },
      ],
    },
    setup: {
      name: "pay-core",
      autostart: true,
      nodes: nodes.map((name, i) => ({ name, id: i + 1, addresses: [0, 1, 2].map((l) => `10.8.${l}.${i + 11}`) })),
      timing: { profile: "balanced", token: 1000 },
    },
    ...over,
  };
}

export function makeConstraints(): Constraint[] {
  return [
    { id: "pay-prefers-pay-01", kind: "location", resource: "pay", node: "pay-01", score: "200" },
    { id: "pay-second-pay-03", kind: "location", resource: "pay", node: "pay-03", score: "100" },
    { id: "fence-pay-01-not-home", kind: "location", resource: "fence-pay-01", node: "pay-01", score: "-INFINITY" },
    { id: "probe-apart", kind: "colocation", resource: "probe", with: "pay", score: "-INFINITY" },
    { id: "pay-then-probe", kind: "order", first: "pay", then: "probe", orderKind: "Mandatory" },
  ];
}

export function makeNodes(detail = makeDetail()): Node[] {
  return (detail.state?.nodes ?? []).map((state, i) => ({
    name: state.name,
    kind: state.kind ?? "member",
    online: state.online,
    standby: state.standby,
    maintenance: state.maintenance,
    unclean: Boolean(state.unclean),
    dc: Boolean(state.dc),
    enrolled: true,
    connected: true,
    resources: state.resources,
    state,
    facts: makeHost({ name: state.name }).facts,
    addresses: [0, 1, 2].map((l) => `10.8.${l}.${i + 11}`),
    links: (detail.state?.links ?? []).filter((l) => l.node === state.name),
    ...(state.name === "pay-02" && detail.state?.fenceHistory?.[0] ? { lastFence: detail.state.fenceHistory[0] } : {}),
  }));
}

export function makeResources(detail = makeDetail()): Resource[] {
  const flat = (all: readonly ResourceState[], parent?: string): Resource[] =>
    all.flatMap((s) => [
      {
        id: s.id,
        type: s.kind,
        role: s.role,
        node: (s.nodes ?? []).join(","),
        nodes: s.nodes ?? [],
        managed: s.managed,
        failed: s.failed,
        blocked: Boolean(s.blocked),
        disabled: Boolean(s.disabled),
        ...(s.agent ? { agent: s.agent } : {}),
        ...(parent ? { parent } : {}),
      },
      ...flat(s.members ?? [], s.id),
    ]);
  return flat(detail.state?.resources ?? []);
}

export function makeOperation(over: Partial<Operation> = {}): Operation {
  return {
    id: "op-1",
    kind: "node.standby",
    cluster: "pay-core",
    object: "pay-01",
    actor: "admin",
    state: "running",
    percent: 40,
    started: ago(6),
    steps: [
      { name: "reread", node: "pay-01", phase: "plan", state: "done", at: ago(6), ended: ago(5) },
      { name: "patch", node: "pay-01", phase: "commit", state: "running", at: ago(5) },
      { name: "settle", node: "pay-01", phase: "verify", state: "waiting" },
    ],
    ...over,
  };
}

export function makeRevision(over: Partial<Revision> = {}): Revision {
  return {
    number: 12,
    at: ago(600),
    author: "admin",
    origin: "hawser",
    action: "resource.edit",
    object: "pay-db",
    state: "applied",
    version,
    differences: [
      {
        object: "resource",
        id: "pay-db",
        field: "operations.monitor.interval",
        before: "10s",
        after: "5s",
        change: "changed",
      },
    ],
    revertible: true,
    ...over,
  };
}

export function makeEvent(over: Partial<Event> = {}): Event {
  return {
    id: 1,
    at: ago(300),
    cluster: "pay-core",
    kind: "resource.failed",
    severity: "warning",
    object: "probe",
    args: { resource: "probe", node: "pay-03", operation: "monitor", exit: "not running" },
    ...over,
  };
}

function parameter(name: string, over: Partial<AgentParameter> = {}): AgentParameter {
  return { name, type: "string", required: false, short: name, ...over };
}

export function makeAgent(agent: string): AgentMetadata {
  const monitor = { name: "monitor", interval: "10s", timeout: "20s" };
  const actions = [{ name: "start", timeout: "60s" }, { name: "stop", timeout: "60s" }, monitor];
  const parameters: Record<string, AgentParameter[]> = {
    "ocf:hawser:IPaddr2": [
      parameter("ip", { required: true, unique: true, short: "Address" }),
      parameter("cidr_netmask", { short: "Prefix length" }),
      parameter("nic", { short: "Interface" }),
      parameter("arp_count", { type: "integer", default: "5", short: "Announcements at start" }),
    ],
    "ocf:hawser:Filesystem": [
      parameter("device", { required: true, short: "Block device" }),
      parameter("directory", { required: true, short: "Mount point" }),
      parameter("fstype", { required: true, short: "Type" }),
      parameter("options", { short: "Mount options" }),
    ],
    "ocf:heartbeat:IPaddr2": [
      parameter("ip", {
        required: true,
        unique: true,
        short: "IPv4 or IPv6 address",
        long: "The address to be configured, for example 192.168.1.1.",
      }),
      parameter("cidr_netmask", { short: "CIDR netmask" }),
      parameter("nic", { short: "Network interface" }),
      parameter("arp_count", { type: "integer", default: "5", short: "Unsolicited ARP packets" }),
      parameter("lvs_support", { type: "boolean", default: "false", short: "Enable support for LVS DR" }),
    ],
    "ocf:heartbeat:Filesystem": [
      parameter("device", { required: true, short: "Block device" }),
      parameter("directory", { required: true, short: "Mount point" }),
      parameter("fstype", { required: true, short: "File system type" }),
      parameter("options", { short: "Mount options" }),
    ],
    "ocf:hawser:ping": [
      parameter("host_list", { required: true, short: "Addresses" }),
      parameter("name", { unique: true, default: "pingd", short: "Attribute" }),
      parameter("timeout", { type: "integer", default: "2", short: "Timeout, s" }),
    ],
    "ocf:hawser:systemd": [parameter("unit", { required: true, unique: true, short: "Unit" })],
    "ocf:hawser:pgsql": [
      parameter("pgdata", { default: "/var/lib/pgsql/data", short: "Data directory" }),
      parameter("pgdba", { default: "postgres", short: "User who runs the database" }),
      parameter("pgport", { type: "integer", default: "5432", short: "Port" }),
    ],
    "ocf:heartbeat:pgsql": [
      parameter("pgdata", { default: "/var/lib/pgsql/data", short: "Data directory" }),
      parameter("pgctl", { default: "/usr/bin/pg_ctl", short: "pg_ctl" }),
      parameter("pgdba", { default: "postgres", short: "User that owns PostgreSQL" }),
      parameter("pgport", { type: "integer", default: "5432", short: "Port" }),
    ],
    "stonith:fence_ipmilan": [
      parameter("ip", { required: true, short: "IP address or hostname of fencing device" }),
      parameter("username", { short: "Login name" }),
      parameter("password", { secret: true, short: "Login password" }),
      parameter("method", { type: "select", options: ["onoff", "cycle"], default: "onoff", short: "Method to fence" }),
      parameter("pcmk_host_list", { short: "Nodes that this device fences" }),
    ],
  };
  return {
    agent,
    version: "1.0",
    short: `${agent.split(":").pop() ?? ""} agent`,
    long: "",
    parameters: parameters[agent] ?? [],
    actions,
  };
}
