// Alarms, channels, rules and messages, for tests and for developing without a server.
import type { Alarm, AlarmDetail, AlertRule, Channel, ChannelForm, Message, Silence } from "../api/types";
import { ago, makeEvent } from "./data";
import { FakeFault, type FakeNetwork } from "./network";

export function makeAlarm(over: Partial<Alarm> = {}): Alarm {
  return {
    id: 12,
    cluster: "pay-core",
    kind: "node.away",
    object: "pay-02",
    severity: "critical",
    state: "open",
    opened: ago(850),
    last: ago(850),
    count: 1,
    event: "node.lost",
    args: { node: "pay-02" },
    ...over,
  };
}

export function makeMessage(over: Partial<Message> = {}): Message {
  return {
    id: 7,
    channel: "ops",
    recipient: "ops@bank.example",
    cluster: "pay-core",
    severity: "critical",
    state: "sent",
    created: ago(845),
    sent: ago(834),
    attempts: 1,
    subject: "[严重] pay-core：节点失联",
    messageId: "<7@hawser>",
    alarms: [12],
    ...over,
  };
}

export function makeChannel(over: Partial<Channel> = {}): Channel {
  return {
    name: "ops",
    kind: "mail",
    enabled: true,
    language: "zh",
    mail: {
      server: "smtp.bank.example",
      port: 587,
      security: "starttls",
      sender: "ha@bank.example",
      login: "ha",
      passwordSet: true,
      recipients: ["ops@bank.example", "chief@bank.example"],
      fromNodes: true,
    },
    waiting: 0,
    lastSent: ago(834),
    ...over,
  };
}

export const refusedByServer = {
  code: "failed",
  reason: "alert.login",
  message: "535 5.7.8 authentication failed",
  args: { host: "hooks.bank.example", answer: "535 5.7.8 authentication failed" },
} as const;

export function makeAlarms(): Alarm[] {
  return [
    makeAlarm({
      id: 15,
      kind: "link.lost",
      object: "pay-01|pay-02|1",
      severity: "warning",
      opened: ago(600),
      last: ago(60),
      count: 4,
      event: "link.lost",
      args: { node: "pay-02", peer: "pay-01", link: "1" },
      ack: { by: "liwei", at: ago(400), note: "交换机更换光模块" },
    }),
    makeAlarm(),
    makeAlarm({
      id: 11,
      cluster: "credit-db",
      kind: "resource.failed",
      object: "credit-db",
      opened: ago(3000),
      last: ago(2400),
      count: 2,
      event: "resource.failed",
      args: { resource: "credit-db", node: "credit-1", operation: "monitor", exit: "not running" },
    }),
    makeAlarm({
      id: 9,
      cluster: "sso",
      kind: "maintenance",
      object: "sso-2",
      severity: "warning",
      opened: ago(5000),
      last: ago(5000),
      event: "node.maintenance",
      args: { node: "sso-2" },
      silenced: true,
    }),
    makeAlarm({
      id: 14,
      kind: "resource.moved",
      object: "pay",
      severity: "warning",
      state: "resolved",
      notice: true,
      opened: ago(840),
      last: ago(840),
      resolved: ago(840),
      event: "resource.moved",
      args: { resource: "pay", from: "pay-02", to: "pay-01" },
    }),
    makeAlarm({
      id: 8,
      cluster: "ledger-db",
      kind: "quorum.lost",
      object: "",
      state: "resolved",
      opened: ago(90_000),
      last: ago(90_000),
      resolved: ago(89_930),
      resolvedBy: "quorum.gained",
      event: "quorum.lost",
      args: { votes: "1", needed: "2" },
      ack: { by: "admin", at: ago(89_980) },
    }),
  ];
}

export function makeAlarmDetail(alarm: Alarm): AlarmDetail {
  return {
    ...alarm,
    events: [
      makeEvent({
        id: 3,
        at: ago(850),
        kind: "node.lost",
        severity: "critical",
        object: "pay-02",
        args: { node: "pay-02" },
      }),
      makeEvent({
        id: 4,
        at: ago(846),
        kind: "node.fenced",
        severity: "warning",
        object: "pay-02",
        args: { node: "pay-02", action: "reboot", delegate: "pay-03" },
      }),
      makeEvent({
        id: 5,
        at: ago(840),
        kind: "resource.moved",
        severity: "warning",
        object: "pay",
        args: { resource: "pay", from: "pay-02", to: "pay-01" },
      }),
    ],
    messages: [makeMessage(), makeMessage({ id: 8, recipient: "chief@bank.example" })],
  };
}

const silences: Silence[] = [
  {
    id: 3,
    cluster: "sso",
    object: "sso-2",
    since: ago(5100),
    until: ago(-9000),
    author: "liwei",
    reason: "更换内存",
    active: true,
  },
  {
    id: 2,
    kind: "disk.full",
    since: ago(200_000),
    until: ago(100_000),
    author: "admin",
    reason: "扩容",
    active: false,
  },
];

const rules: AlertRule[] = [
  { name: "default", enabled: true, severity: "warning", waitSeconds: 10, everySeconds: 300 },
  {
    name: "nights",
    enabled: false,
    severity: "critical",
    kinds: ["quorum.lost", "node.away"],
    clusters: ["pay-core"],
    channels: ["ops"],
    waitSeconds: 30,
    everySeconds: 3600,
  },
];

const waiting: Message[] = [
  makeMessage({
    id: 21,
    channel: "team",
    recipient: "",
    state: "trying",
    sent: "0001-01-01T00:00:00Z",
    due: ago(-90),
    attempts: 4,
    fault: refusedByServer,
  }),
];

/** What the server refuses of a channel's form. */
function refused(form: ChannelForm): FakeFault | undefined {
  if (!form.mail || form.mail.server !== "") return undefined;
  const fields = [{ path: "mail.server", reason: "field.required", message: "missing" }];
  return new FakeFault(422, { code: "invalid", reason: "fields", message: "1 field", fields });
}

/** The routes of alarms on a fake network. */
export function addAlarms(net: FakeNetwork): void {
  const alarms = makeAlarms();
  const one = (id: string | undefined) => alarms.find((a) => String(a.id) === id) ?? makeAlarm();
  const channels = [
    makeChannel(),
    makeChannel({
      name: "team",
      kind: "dingtalk",
      webhook: { url: "https://oapi.dingtalk.com/robot/send?***", secretSet: true },
      waiting: 1,
      lastSent: ago(90_000),
      fault: refusedByServer,
    }),
  ].map((c) => (c.kind === "mail" ? c : { ...c, mail: undefined }) as Channel);
  net
    .on("alarm.list", ({ query }) => ({
      items: alarms.filter(
        (a) =>
          (!query.get("state") || a.state === query.get("state")) &&
          (!query.get("cluster") || a.cluster === query.get("cluster")) &&
          (query.get("severity") !== "critical" || a.severity === "critical"),
      ),
    }))
    .on("alarm.show", ({ path }) => makeAlarmDetail(one(path.alarm)))
    .on("alarm.ack", ({ path, body }) =>
      Object.assign(one(path.alarm), { ack: { by: "admin", at: ago(0), ...(body.note ? { note: body.note } : {}) } }),
    )
    .on("alarm.resolve", ({ path }) =>
      Object.assign(one(path.alarm), { state: "resolved", resolved: ago(0), resolvedBy: "user:admin" }),
    )
    .on("silence.list", () => ({ items: silences }))
    .on("silence.create", ({ body }) =>
      body.reason
        ? { id: 4, since: ago(0), author: "admin", active: true, ...body }
        : new FakeFault(422, {
            code: "invalid",
            reason: "fields",
            message: "1 field",
            fields: [{ path: "reason", reason: "field.required", message: "missing" }],
          }),
    )
    .on("silence.delete", () => ({ ok: true }))
    .on("channel.list", () => ({ items: channels }))
    .on("channel.show", ({ path }) => channels.find((c) => c.name === path.channel) ?? makeChannel())
    .on("channel.create", ({ body }) => refused(body) ?? makeChannel(body))
    .on("channel.edit", ({ path, body }) => refused(body) ?? makeChannel({ ...body, name: path.channel ?? "" }))
    .on("channel.delete", () => ({ ok: true }))
    .on("channel.test", ({ path, body }) =>
      path.channel === "team"
        ? { ok: false, answer: refusedByServer.args.answer, fault: refusedByServer, tookMs: 210 }
        : ((body && refused(body)) ?? { ok: true, answer: "250 2.0.0 Ok: queued as 4F2A81C0", tookMs: 340 }),
    )
    .on("alertrule.list", () => ({ items: rules }))
    .on("alertrule.create", ({ body }) => body)
    .on("alertrule.edit", ({ path, body }) => ({ ...body, name: path.rule ?? "" }))
    .on("alertrule.delete", () => ({ ok: true }))
    .on("message.list", ({ query }) => ({
      items: query.get("waiting") ? waiting : query.get("state") === "sent" ? [makeMessage()] : [],
    }))
    .on("message.retry", () => makeMessage({ state: "queued" }))
    .on("message.giveup", () => makeMessage({ state: "gave_up", by: "admin" }));
}
