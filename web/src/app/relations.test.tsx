import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeConstraints, makeDetail, makeSession } from "../fake/data";
import type { FakeNetwork } from "../fake/network";
import { makeWorld } from "../fake/world";
import { open } from "../test/render";

const page = "/c/pay-core/resources";
const card = async (title: string) =>
  (await screen.findByRole("heading", { name: title })).closest("section") ?? document.body;
const dialog = () => screen.findByRole("dialog");

async function choose(user: Awaited<ReturnType<typeof open>>["user"], label: string, option: string) {
  await user.click(within(await dialog()).getByRole("combobox", { name: label }));
  // Lists that were open before stay in the document; the newest is the last.
  await user.click((await screen.findAllByTitle(option)).at(-1) ?? document.body);
}

async function act(user: Awaited<ReturnType<typeof open>>["user"], resource: string, what: string) {
  await user.click(await screen.findByRole("button", { name: `${resource} 的操作` }));
  await user.click(await screen.findByRole("menuitem", { name: what }));
}

/** A world with other constraints than the usual ones. */
function withConstraints(...constraints: ReturnType<typeof makeConstraints>): FakeNetwork {
  const detail = makeDetail();
  if (detail.config) detail.config.constraints = constraints;
  return makeWorld().on("cluster.show", () => detail);
}

test("a constraint is changed with what was read of it, and keeps its ID and kind", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "修改约束 pay-then-probe" }));
  const box = await dialog();
  expect(within(box).getByRole("button", { name: "保存" })).toBeDisabled();
  expect(box).toHaveTextContent("没有修改");
  await choose(user, "强度", "可选（Optional）：仅在同时变动时遵守");
  await user.click(within(box).getByRole("button", { name: "保存" }));
  await waitFor(() =>
    expect(net.bodies("constraint.edit")).toEqual([
      {
        constraint: { id: "pay-then-probe", kind: "order", first: "pay", then: "probe", orderKind: "Optional" },
        version: { adminEpoch: 0, epoch: 42, numUpdates: 7 },
      },
    ]),
  );
  expect(net.asked.find((a) => a.route === "constraint.edit")?.path.constraint).toBe("pay-then-probe");
});

test("a rule with a group in it is clicked together, shown as a sentence, and sent as it was meant", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "新建约束" }));
  const box = await dialog();
  await user.click(within(box).getByRole("radio", { name: "规则" }));
  await choose(user, "资源", "probe");
  await user.type(within(box).getByRole("combobox", { name: "节点属性" }), "pingd");
  await choose(user, "比较", "<");
  await user.type(within(box).getByRole("textbox", { name: "值" }), "1");
  await user.click(within(box).getByRole("button", { name: "条件组" }));
  const group = within(box).getAllByRole("group", { name: "条件" })[1] ?? box;
  await user.type(within(group).getByRole("combobox", { name: "节点属性" }), "site");
  await user.type(within(group).getByRole("textbox", { name: "值" }), "b");
  expect(box).toHaveTextContent("pingd 小于 1，且（site 等于 b）");
  await user.click(within(box).getByRole("button", { name: "新建约束" }));
  await waitFor(() =>
    expect(net.bodies("constraint.create")).toEqual([
      {
        id: "probe-rule",
        kind: "location",
        resource: "probe",
        rule: {
          score: "-INFINITY",
          bool: "and",
          expressions: [
            { attribute: "pingd", operation: "lt", value: "1" },
            { rule: { bool: "or", expressions: [{ attribute: "site", operation: "eq", value: "b" }] } },
          ],
        },
      },
    ]),
  );
});

test("a rule is read from its text, and what cannot be read is said", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "新建约束" }));
  const box = await dialog();
  await user.click(within(box).getByRole("radio", { name: "规则" }));
  await user.click(within(box).getByRole("button", { name: "以文本编辑" }));
  const text = within(box).getByRole("textbox", { name: "规则文本" });
  await user.type(text, "(pingd");
  await user.click(within(box).getByRole("button", { name: "解析" }));
  expect(await within(box).findByRole("alert")).toHaveTextContent("括号");
  await user.clear(text);
  await user.type(text, "pingd gt 0");
  await user.click(within(box).getByRole("button", { name: "解析" }));
  expect(await within(box).findByDisplayValue("pingd")).toBeInTheDocument();
});

test("a relation of more than two resources is made of sets", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(await screen.findByRole("button", { name: "新建约束" }));
  const box = await dialog();
  await user.click(within(box).getByRole("radio", { name: "协同" }));
  await user.click(within(box).getByText("资源集合"));
  expect(within(box).getByRole("button", { name: "新建约束" })).toBeDisabled();
  await choose(user, "集合 1", "pay");
  await choose(user, "集合 2", "probe");
  await user.click(within(box).getAllByRole("checkbox", { name: "依次（sequential）" })[1] ?? box);
  await user.click(within(box).getByRole("button", { name: "新建约束" }));
  await waitFor(() =>
    expect(net.bodies("constraint.create")).toEqual([
      {
        id: "pay-probe-together",
        kind: "colocation",
        score: "INFINITY",
        sets: [{ resources: ["pay"] }, { resources: ["probe"], sequential: "false" }],
      },
    ]),
  );
});

test("sets, roles and rules are said in words; what the forms cannot say is kept and not edited", async () => {
  const { user } = await open(
    page,
    withConstraints(
      {
        id: "in-order",
        kind: "order",
        orderKind: "Mandatory",
        sets: [{ resources: ["pay-fs", "pay-db"], sequential: "false" }, { resources: ["probe"] }],
      },
      {
        id: "with-primary",
        kind: "colocation",
        resource: "pay",
        with: "db-clone",
        withRole: "Promoted",
        score: "INFINITY",
      },
      { id: "strange", kind: "location", complex: true },
    ),
  );
  const box = await card("约束");
  expect(within(box).getByText("按顺序：[pay-fs、pay-db]，然后 probe")).toBeVisible();
  expect(within(box).getByText(/pay .*db-clone（Promoted）/)).toBeVisible();
  expect(within(box).getByRole("button", { name: "修改约束 strange" })).toBeDisabled();
  await user.click(within(box).getByRole("button", { name: "修改约束 with-primary" }));
  await dialog();
});

test("a ban names the node and its time", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await act(user, "pay", "禁止在节点运行");
  await choose(user, "节点", "pay-03");
  await choose(user, "时长", "8 小时");
  await user.click(within(await dialog()).getByRole("button", { name: "禁止在 pay-03 运行" }));
  await waitFor(() => expect(net.bodies("resource.ban")).toEqual([{ node: "pay-03", lifetime: "8h" }]));
});

test("what is cleared is said, and asked about, before it goes", async () => {
  const ban = {
    id: "hawser-ban-pay-on-pay-02",
    kind: "location" as const,
    resource: "pay",
    node: "pay-02",
    score: "-INFINITY",
  };
  const net = withConstraints(ban);
  const { user } = await open(page, net);
  await act(user, "pay", "清除迁移与禁止");
  const box = await dialog();
  expect(box).toHaveTextContent("pay 不能在 pay-02 运行");
  await user.click(within(box).getByRole("button", { name: "清除 pay 的迁移与禁止" }));
  await waitFor(() => expect(net.bodies("resource.clear")).toEqual([{}]));
  expect(net.bodies("whatif.play")).toContainEqual({ edits: [{ op: "constraint.delete", id: ban.id }] });
});

test("where nothing was moved or banned there is nothing to clear", async () => {
  const { user } = await open(page, makeWorld());
  await user.click(await screen.findByRole("button", { name: "pay 的操作" }));
  await screen.findByRole("menuitem", { name: "禁止在节点运行" });
  expect(screen.queryByRole("menuitem", { name: "清除迁移与禁止" })).toBeNull();
});

test("the order of nodes begins with what is there, and is sent as a list", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await act(user, "pay", "节点顺序");
  const box = await dialog();
  const order = within(box).getByRole("list", { name: "节点顺序" });
  expect(order).toHaveTextContent("Master Nodepay-01Slave 1pay-03");
  await user.click(within(box).getByRole("button", { name: "pay-03 上移" }));
  await user.click(within(box).getByRole("checkbox", { name: "只能在以上节点运行" }));
  await user.click(within(box).getByRole("button", { name: "保存顺序" }));
  await waitFor(() =>
    expect(net.bodies("resource.prefer")).toEqual([
      { nodes: ["pay-03", "pay-01"], only: true, version: { adminEpoch: 0, epoch: 42, numUpdates: 7 } },
    ]),
  );
});

test("a service goes back to its first node at once, by hand, or at set times", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await act(user, "pay", "回切方式");
  const box = await dialog();
  const save = within(box).getByRole("button", { name: "保存回切方式" });
  expect(within(box).getByRole("radio", { name: /^手动/ })).toBeChecked();
  expect(save).toBeDisabled();
  expect(within(box).getByLabelText("时段（小时）")).toBeDisabled();
  await user.click(within(box).getByRole("radio", { name: /^定时/ }));
  expect(save).toBeDisabled();
  await user.type(within(box).getByLabelText("时段（小时）"), "2-3");
  await user.type(within(box).getByLabelText("星期"), "6-7");
  await user.click(save);
  await waitFor(() =>
    expect(net.bodies("resource.failback")).toEqual([
      { mode: "scheduled", hours: "2-3", weekdays: "6-7", version: { adminEpoch: 0, epoch: 42, numUpdates: 7 } },
    ]),
  );
});

test("where no node is preferred, there is nowhere to go back to", async () => {
  const { user } = await open(
    page,
    makeWorld().on("resource.show", () => ({
      id: "pay",
      type: "group" as const,
      role: "Started",
      node: "pay-01",
      nodes: ["pay-01"],
      managed: true,
      failed: false,
      blocked: false,
      disabled: false,
    })),
  );
  await act(user, "pay", "回切方式");
  const box = await dialog();
  expect(box).toHaveTextContent("pay 没有首选节点，无处可回切。请先设置节点顺序。");
  expect(within(box).getByRole("radio", { name: /^自动/ })).toBeDisabled();
});

test("a move can be held for a time where its node is named", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await act(user, "pay", "迁移");
  const box = await dialog();
  expect(within(box).getByRole("combobox", { name: "停留" })).toBeDisabled();
  await user.click(within(box).getByRole("radio", { name: /^pay-03/ }));
  await choose(user, "停留", "2 小时");
  await user.click(within(box).getByRole("button", { name: "迁移到 pay-03" }));
  await waitFor(() => expect(net.bodies("resource.move")).toEqual([{ node: "pay-03", lifetime: "2h" }]));
});

test("all with a tag are stopped in one step, whose consequence is asked beforehand", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  const tags = await card("标记");
  expect(tags).toHaveTextContent("paymentspay、probe");
  await user.click(within(tags).getByRole("button", { name: "全部停止" }));
  await user.click(within(await dialog()).getByRole("button", { name: "全部停止" }));
  await waitFor(() => expect(net.asked.find((a) => a.route === "tag.stop")?.path.tag).toBe("payments"));
  expect(net.bodies("whatif.play")[0]).toEqual({
    edits: ["pay", "probe"].map((id) => ({ op: "meta.set", id, values: { "target-role": "Stopped" } })),
  });
});

test("a tag is made and changed", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(within(await card("标记")).getByRole("button", { name: "新建标记" }));
  await user.type(within(await dialog()).getByRole("textbox", { name: "标记 ID" }), "night");
  await choose(user, "资源", "probe");
  await user.click(within(await dialog()).getByRole("button", { name: "新建标记" }));
  await waitFor(() => expect(net.bodies("tag.create")).toEqual([{ id: "night", resources: ["probe"] }]));
});

test("values under a rule say when they hold", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  const box = await card("属性集");
  expect(box).toHaveTextContent("resource-stickiness=INFINITY");
  await user.click(within(box).getByRole("button", { name: "删除 resource-defaults-rule" }));
  await user.click(within(await dialog()).getByRole("button", { name: "删除" }));
  await waitFor(() =>
    expect(net.asked.find((a) => a.route === "attributes.delete")?.path.set).toBe("resource-defaults-rule"),
  );
});

test("N+M asks for as many working nodes as services, or for leave to share", async () => {
  const net = makeWorld();
  const { user } = await open(page, net);
  await user.click(within(await card("约束")).getByRole("button", { name: "N+M" }));
  await choose(user, "服务", "pay");
  await choose(user, "服务", "probe");
  await choose(user, "工作节点（N）", "pay-01");
  const box = await dialog();
  expect(box).toHaveTextContent("2 个服务只有 1 个工作节点");
  expect(within(box).getByRole("button", { name: "应用" })).toBeDisabled();
  await choose(user, "工作节点（N）", "pay-02");
  await user.click(within(box).getByRole("button", { name: "pay-03" }));
  await user.click(within(box).getByRole("button", { name: "应用" }));
  await waitFor(() =>
    expect(net.bodies("service.spread")).toMatchObject([
      { services: ["pay", "probe"], working: ["pay-01", "pay-02"], standby: ["pay-03"], share: false },
    ]),
  );
});

test("a member is moved within its group, and out of it", async () => {
  const net = makeWorld();
  const { user } = await open(`${page}?resource=pay`, net);
  await user.click(await screen.findByRole("button", { name: "pay-fs 下移" }));
  await user.click(await screen.findByRole("button", { name: "下移" }));
  await waitFor(() => expect(net.bodies("resource.place")).toEqual([{ group: "pay", before: "pay-vip" }]));
  await user.click(await screen.findByRole("button", { name: "将 pay-vip 移出组" }));
  await user.click(await screen.findByRole("button", { name: "移出" }));
  await waitFor(() => expect(net.bodies("resource.place")[1]).toEqual({}));
});

test("who may only look can change no relation", async () => {
  const net = makeWorld().on("session.show", () =>
    makeSession({ permissions: ["cluster.show", "resource.list", "constraint.list", "tag.list"] }),
  );
  await open(page, net);
  expect(await card("约束")).toHaveTextContent("pay");
  for (const name of ["新建约束", "N+M", "新建标记", "全部停止", "新建属性集"])
    expect(screen.queryByRole("button", { name })).toBeNull();
});

test("a condition that is taken out takes its own text with it", async () => {
  const { user } = await open("/c/pay-core/resources", makeWorld());
  await user.click(await screen.findByRole("button", { name: "新建属性集" }));
  const box = await dialog();
  await choose(user, "类型", "资源默认值");
  for (const agent of ["ocf:heartbeat:IPaddr2", "systemd:nginx"]) {
    await user.click(within(box).getByRole("button", { name: "代理" }));
    const fields = within(box).getAllByRole("textbox", { name: "资源代理" });
    await user.type(fields.at(-1) ?? box, agent);
  }
  await user.click(within(box).getByRole("button", { name: "删除条件 2" }));
  expect(within(box).getByRole("textbox", { name: "资源代理" })).toHaveValue("systemd:nginx");
});
