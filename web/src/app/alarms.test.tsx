import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeSession } from "../fake/data";
import { makeWorld } from "../fake/world";
import { open } from "../test/render";

const row = async (text: RegExp) => (await screen.findByText(text)).closest("tr") ?? document.body;
const dialogWith = async (title: RegExp) => (await screen.findByText(title)).closest('[role="dialog"]') as HTMLElement;
const viewer = (...permissions: string[]) =>
  makeWorld().on("session.show", () =>
    makeSession({
      permissions: ["alarm.list", "alarm.show", "silence.list", "alertrule.list", "cluster.list", ...permissions],
    }),
  );

test("open alarms stand first, worst first, and the rail counts the critical ones", async () => {
  await open("/alarms", makeWorld());
  expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent("2 项严重报警：");
  const card = (await screen.findByRole("heading", { name: "未恢复" })).closest("section") ?? document.body;
  expect(
    within(card)
      .getAllByRole("link", { name: /失联|故障|链路|维护/ })
      .map((l) => l.textContent),
  ).toEqual(["节点失联", "资源故障", "心跳链路中断", "处于维护"]);
  expect(await row(/pay-01 · pay-02 · 1/)).toHaveTextContent(/4.*liwei交换机更换光模块/);
  expect(screen.getByRole("link", { name: /报警.*2.*项严重报警未恢复/ })).toHaveAttribute("href", "/alarms");
  expect(await row(/pay 已从/)).toHaveTextContent("通知");
});

test("severity and cluster narrow both lists", async () => {
  const { router } = await open("/alarms?severity=critical&cluster=ledger-db", makeWorld());
  expect(await screen.findByText("没有符合条件的报警")).toBeVisible();
  expect(await screen.findByText("失去法定票数")).toBeVisible();
  expect(screen.queryByText("心跳链路中断")).toBeNull();
  expect(router.state.location.search).toBe("?severity=critical&cluster=ledger-db");
});

test("an alarm is taken on with a note, from the link that a message has", async () => {
  const net = makeWorld();
  const { user } = await open("/alarms/12", net);
  const drawer = await screen.findByRole("region", { name: "节点失联" });
  expect(drawer).toHaveTextContent(/chief@bank.example/);
  expect(within(drawer).getByRole("link", { name: /查看对象/ })).toHaveAttribute("href", "/c/pay-core/nodes/pay-02");
  await user.click(within(drawer).getByRole("button", { name: "确认" }));
  await user.type(await screen.findByLabelText("备注"), "在路上");
  await user.click(within(await dialogWith(/确认“/)).getByRole("button", { name: /确\s*认/ }));
  await waitFor(() => expect(net.bodies("alarm.ack")).toEqual([{ note: "在路上" }]));
  await waitFor(() => expect(within(drawer).queryByRole("button", { name: "确认" })).toBeNull());
  expect(drawer).toHaveTextContent("在路上");
});

test("a silence says at its field that a reason is missing, and until when it lasts", async () => {
  const net = makeWorld();
  const { user } = await open("/alarms/12", net);
  const drawer = await screen.findByRole("region", { name: "节点失联" });
  await user.click(within(drawer).getByRole("button", { name: "静默" }));
  const dialog = await dialogWith(/^静默一段时间/);
  const act = within(dialog).getByRole("button", { name: /静\s*默/ });
  await user.click(act);
  expect(await within(dialog).findByText("必填。")).toBeInTheDocument();
  await user.type(within(dialog).getByLabelText("原因"), "换内存");
  await user.click(act);
  await waitFor(() => expect(net.bodies("silence.create")).toHaveLength(2));
  const body = net.bodies("silence.create")[1] as { until: string };
  expect(body).toMatchObject({ cluster: "pay-core", kind: "node.away", object: "pay-02", reason: "换内存" });
  expect(Math.round((Date.parse(body.until) - Date.now()) / 60_000)).toBe(120);
});

test("an alarm is resolved by hand only after saying what that means", async () => {
  const net = makeWorld();
  const { user } = await open("/alarms/11", net);
  const drawer = await screen.findByRole("region", { name: "资源故障" });
  await user.click(within(drawer).getByRole("button", { name: "手动恢复" }));
  const dialog = await dialogWith(/标为已恢复/);
  expect(net.bodies("alarm.resolve")).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "手动恢复" }));
  await waitFor(() => expect(net.bodies("alarm.resolve")).toHaveLength(1));
});

test("a test of a channel shows the server's own answer, good or bad", async () => {
  const { user } = await open("/alarms/channels", makeWorld());
  await user.click(await screen.findByRole("button", { name: "测试 ops" }));
  expect(await screen.findByText("250 2.0.0 Ok: queued as 4F2A81C0")).toBeInTheDocument();
  const dialog = await screen.findByRole("dialog");
  await user.click(
    within(dialog)
      .getAllByRole("button", { name: /关\s*闭/ })
      .at(-1) ?? dialog,
  );
  await user.click(await screen.findByRole("button", { name: "测试 team" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(/拒绝登录：535 5.7.8 authentication failed/);
});

test("a channel for mail: what is wrong stands at its field, and no password is sent that was not typed", async () => {
  const net = makeWorld();
  const { user } = await open("/alarms/channels", net);
  await user.click(await screen.findByRole("button", { name: "修改 ops" }));
  const server = await screen.findByLabelText("SMTP 服务器");
  const drawer = await screen.findByRole("dialog");
  expect(within(drawer).getByLabelText("密码")).toHaveValue("");
  fireEvent.change(server, { target: { value: "" } });
  await user.click(within(drawer).getByRole("button", { name: /保\s*存/ }));
  expect(await within(drawer).findByText("必填。")).toBeInTheDocument();
  fireEvent.change(server, { target: { value: "mail.bank.example" } });
  expect(server).toHaveValue("mail.bank.example");
  await user.click(within(drawer).getByRole("radio", { name: "TLS 加密" }));
  expect(within(drawer).getByLabelText("端口")).toHaveValue("465");
  await user.click(within(drawer).getByRole("button", { name: "添加收件人" }));
  fireEvent.change(within(drawer).getByLabelText("收件人 3"), { target: { value: "night@bank.example" } });
  await user.click(within(drawer).getByRole("button", { name: /保\s*存/ }));
  await waitFor(() => expect(net.bodies("channel.edit")).toHaveLength(2));
  const body = net.bodies("channel.edit")[1] as { mail: object };
  expect(body.mail).toMatchObject({
    server: "mail.bank.example",
    port: 465,
    security: "tls",
    recipients: ["ops@bank.example", "chief@bank.example", "night@bank.example"],
  });
  expect(body.mail).not.toHaveProperty("password");
});

test("a robot's address that is only shown in part is not sent back", async () => {
  const net = makeWorld();
  const { user } = await open("/alarms/channels", net);
  await user.click(await screen.findByRole("button", { name: "修改 team" }));
  await screen.findByLabelText("地址");
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: /保\s*存/ }));
  await waitFor(() => expect(net.bodies("channel.edit")).toHaveLength(1));
  const body = net.bodies("channel.edit")[0] as { webhook: object };
  expect(body.webhook).not.toHaveProperty("url");
});

test("a rule is changed under its name", async () => {
  const net = makeWorld();
  const { user } = await open("/alarms/rules", net);
  await user.click(await screen.findByRole("button", { name: "修改 default" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("radio", { name: "仅严重" }));
  await user.click(within(dialog).getByRole("button", { name: /保\s*存/ }));
  await waitFor(() =>
    expect(net.bodies("alertrule.edit")).toEqual([
      { enabled: true, severity: "critical", waitSeconds: 10, everySeconds: 300 },
    ]),
  );
});

test("a message that waits says why, and is tried again or given up", async () => {
  const net = makeWorld();
  const { user } = await open("/alarms/messages", net);
  expect(await screen.findByText(/拒绝登录：535/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "立即重试发给 team 的消息" }));
  await waitFor(() => expect(net.bodies("message.retry")).toHaveLength(1));
  await user.click(screen.getByRole("button", { name: "放弃发给 team 的消息" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("不能撤销");
  await user.click(within(dialog).getByRole("button", { name: /放\s*弃/ }));
  await waitFor(() => expect(net.bodies("message.giveup")).toHaveLength(1));
});

test("viewers see alarms and change nothing; channels are for administrators", async () => {
  await open("/alarms/12", viewer());
  const drawer = await screen.findByRole("region", { name: "节点失联" });
  for (const name of ["确认", "静默", "手动恢复"]) expect(within(drawer).queryByRole("button", { name })).toBeNull();
  const views = screen.getByRole("navigation", { name: "报警的各个页面" });
  expect(
    within(views)
      .getAllByRole("link")
      .map((l) => l.textContent),
  ).toEqual(["报警4", "静默1", "规则"]);
});
