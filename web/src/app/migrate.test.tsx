import { screen, waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { makeHost, makeOperation, makeSession } from "../fake/data";
import { makeContents, needs } from "../fake/migration";
import { FakeFault, type FakeNetwork } from "../fake/network";
import { makeWorld } from "../fake/world";
import { broken, open } from "../test/render";

const page = "/clusters/migrate";
const device = "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4";
const file = (name = "pay-core.yaml", text = "format: 1\n") => new File([text], name, { type: "application/yaml" });
const row = (node: string) => screen.getByRole("rowheader", { name: node }).closest("tr");
const next = (name = "下一步") => screen.getByRole("button", { name });

/** As a cluster that is another server's: none of its nodes is a host here. */
const elsewhere = () => makeWorld().on("cluster.list", () => ({ items: [] }));

async function choose(user: UserEvent, chosen = file()) {
  await user.upload(await screen.findByLabelText(/拖到此处/), chosen);
}

async function pickHost(user: UserEvent, node: string, host: string) {
  await user.click(screen.getByRole("combobox", { name: `${node} 的新主机` }));
  // Lists that were open before stay in the document; the newest is the last.
  await user.click((await screen.findAllByTitle(host)).at(-1) ?? document.body);
}

/** Up to the mapping with everything in it but the device. */
async function mapped(user: UserEvent) {
  await choose(user);
  expect(await screen.findByRole("region", { name: "文件内容" })).toHaveTextContent("pay-vip");
  await user.click(next());
  for (const n of [1, 2, 3]) await pickHost(user, `pay-0${n}`, `node-${n}`);
  await user.type(screen.getByRole("textbox", { name: /^10\.8\.20\.100/ }), "10.9.20.100");
  await user.type(screen.getByLabelText(/^fence-pay-01\.password/), "not-a-real-one");
}

const mapping = (net: FakeNetwork, at: number) => {
  const body = net.bodies("config.migrate").at(at) as { mapping: string };
  return JSON.parse(body.mapping) as { nodes: unknown; devices: unknown; secrets: unknown };
};

test("a file, a mapping, a preflight: a cluster is made, its configuration applied, and both compared", async () => {
  const net = elsewhere();
  const { user, router } = await open(page, net);
  await mapped(user);
  await user.click(screen.getByRole("button", { name: `${device} 不变` }));
  await user.click(next("运行预检"));
  expect(await screen.findByText("可以创建，但有警告。")).toBeVisible();
  expect(mapping(net, -1)).toEqual({
    cluster: "pay-core",
    nodes: [1, 2, 3].map((n) => ({
      old: `pay-0${n}`,
      new: `node-${n}`,
      addresses: [`10.8.0.1${n}`, `10.8.1.1${n}`],
    })),
    addresses: { "10.8.20.100": "10.9.20.100" },
    devices: { [device]: device },
    secrets: { "fence-pay-01.password": "***" },
  });
  await user.click(next());
  const changes = await screen.findByRole("region", { name: "映射改变的内容" });
  expect(changes).toHaveTextContent("10.9.20.100");
  expect(screen.getByText(/请先停止原集群的服务/)).toBeVisible();
  expect(net.bodies("cluster.create")).toEqual([]);
  await user.click(screen.getByRole("button", { name: "创建集群 pay-core" }));
  expect(await screen.findByText("集群 pay-core 的配置与文件一致。")).toBeVisible();
  expect(net.bodies("cluster.create")).toMatchObject([{ name: "pay-core", nodes: [{ name: "node-1" }, {}, {}] }]);
  // Only what is applied has the secret; what the browser keeps has not.
  expect(net.bodies("config.apply")).toMatchObject([{ yaml: expect.stringContaining("not-a-real-one") }]);
  expect(net.bodies("config.compare")).toMatchObject([{ yaml: expect.stringContaining("***") }]);
  expect(JSON.stringify(router.state.location.state)).not.toContain("not-a-real-one");
  expect(router.state.location.search).toMatch(/^\?create=.+&apply=.+/);
});

// What is said at a field grows to its height: it is there before it is visible.
test("a mapping that leaves something out is refused at its field, and nothing is begun", async () => {
  const net = elsewhere();
  const { user } = await open(page, net);
  await choose(user);
  await waitFor(() => expect(next()).toBeEnabled());
  await user.click(next());
  await pickHost(user, "pay-01", "node-1");
  await user.click(next("运行预检"));
  expect(await screen.findByText("请选择新设备；若名称不变，请点“不变”。")).toBeInTheDocument();
  await waitFor(() => expect(row("pay-02")).toHaveTextContent("请选择新主机。"));
  expect(row("pay-01")).not.toHaveTextContent("请选择新主机。");
  expect(await screen.findByText("请填写密码。")).toBeInTheDocument();
  expect(screen.getByText("5 处须更正")).toBeVisible();
  // All of it has a field: nothing is said a second time below.
  expect(document.querySelector(".fault")).toBeNull();
  expect(net.bodies("host.preflight")).toEqual([]);
});

test("a set-up that the hosts refuse leads back to the link that is wrong", async () => {
  const net = elsewhere().on(
    "host.preflight",
    () =>
      new FakeFault(400, {
        code: "invalid",
        reason: "fields",
        message: "no",
        fields: [
          {
            path: "nodes[1].addresses[0]",
            reason: "address.not_on_host",
            message: "not there",
            args: { name: "node-2", address: "10.8.0.12" },
          },
        ],
      }),
  );
  const { user } = await open(page, net);
  await mapped(user);
  await user.click(screen.getByRole("button", { name: `${device} 不变` }));
  await user.click(next("运行预检"));
  await screen.findByText("1 处须更正");
  await waitFor(() => expect(row("pay-02")).toHaveTextContent("主机 node-2 的网络接口上没有地址 10.8.0.12。"));
});

test("where the configuration is refused, the cluster stays and is gone on with at the field that was wrong", async () => {
  let applied = 0;
  const path = needs[0]?.path ?? "";
  const net = elsewhere()
    .on("operation.show", ({ path: { operation = "" } }) =>
      makeOperation(
        operation === "op-apply-1"
          ? {
              id: operation,
              kind: "config.apply",
              state: "failed",
              fault: {
                code: "invalid",
                reason: "fields",
                message: "no",
                fields: [{ path, reason: "migrate.no_device", message: "no", args: { device: "x" } }],
              },
            }
          : { id: operation, kind: "cluster.create", state: "succeeded", percent: 100 },
      ),
    )
    .on("config.apply", () => makeOperation({ id: `op-apply-${++applied}`, kind: "config.apply" }));
  const { user, router } = await open(page, net);
  await mapped(user);
  await user.click(screen.getByRole("button", { name: `${device} 不变` }));
  await user.click(next("运行预检"));
  await user.click(await screen.findByRole("button", { name: "下一步" }));
  await user.click(screen.getByRole("button", { name: "创建集群 pay-core" }));
  expect(await screen.findByText(/配置未能应用/)).toBeVisible();
  net.on("host.list", () => ({ items: [1, 2, 3].map((n) => makeHost({ name: `node-${n}`, cluster: "pay-core" })) }));
  await user.click(screen.getByRole("button", { name: "继续" }));
  await waitFor(() => expect(router.state.location.search).toBe("?into=pay-core"));
  expect(await screen.findByText("“x”不是设备路径，应以 /dev/ 开头。")).toBeInTheDocument();
  expect(screen.getByLabelText("新集群名称")).toBeDisabled();
  // It was not kept, and is asked for again.
  expect(screen.getByLabelText(/^fence-pay-01\.password/)).toHaveValue("");
  await user.type(screen.getByLabelText(/^fence-pay-01\.password/), "another");
  await user.click(next());
  await user.click(await screen.findByRole("button", { name: "应用到 pay-core" }));
  expect(await screen.findByText("集群 pay-core 的配置与文件一致。")).toBeVisible();
  expect(net.bodies("cluster.create")).toHaveLength(1);
});

test("after a reload in between, the page says what is missing", async () => {
  await open(`${page}?create=op-7`, elsewhere());
  expect(await screen.findByText(/页面中断，配置尚未应用/)).toBeVisible();
  expect(screen.getByRole("button", { name: "继续" })).toBeEnabled();
});

test("what differs in the end is listed", async () => {
  const net = elsewhere().on("config.compare", () => ({
    version: { adminEpoch: 0, epoch: 3, numUpdates: 0 },
    differences: [
      {
        object: "resource",
        id: "pay-vip",
        field: "parameters.ip",
        before: "a",
        after: "b",
        change: "changed" as const,
      },
    ],
  }));
  const { user } = await open(page, net);
  await mapped(user);
  await user.click(screen.getByRole("button", { name: `${device} 不变` }));
  await user.click(next("运行预检"));
  await user.click(await screen.findByRole("button", { name: "下一步" }));
  await user.click(screen.getByRole("button", { name: "创建集群 pay-core" }));
  expect(await screen.findByText("集群 pay-core 与文件有 1 处差异")).toBeVisible();
});

test("a file that is too large, cannot be read, or refers to others says so", async () => {
  const net = elsewhere();
  const { user } = await open(page, net);
  await choose(user, file("big.yaml", "x".repeat(1 << 20)));
  expect(await screen.findByRole("alert")).toHaveTextContent("big.yaml 超过");
  expect(net.bodies("config.read")).toEqual([]);
  net.on("config.read", () => broken("internal"));
  await choose(user);
  expect(await screen.findByText(/内部错误/)).toBeVisible();
  expect(screen.queryByText(/big.yaml/)).toBeNull();
  expect(next()).toBeDisabled();
  // A password that stands in a file of the administrator's is asked for like one that only the old nodes have.
  const missing = {
    path: "resources[1].parameters.password",
    reason: "yaml.file_missing",
    message: "",
    args: { file: "/root/ipmi", line: "4" },
  };
  net.on("config.read", ({ body }) =>
    body.files?.["/root/ipmi"] === "***"
      ? makeContents()
      : new FakeFault(400, { code: "invalid", reason: "fields", message: "", fields: [missing] }),
  );
  await choose(user);
  await waitFor(() => expect(next()).toBeEnabled());
});

test("the way there is on the overview, for who may create clusters; a cluster's menu exports", async () => {
  const net = makeWorld();
  const { user } = await open("/", net);
  expect(await screen.findByRole("button", { name: "从文件迁移" })).toBeVisible();
  const saved = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
  await user.click(screen.getByRole("button", { name: "sso 的操作" }));
  await user.click(await screen.findByRole("menuitem", { name: "导出配置文件" }));
  await waitFor(() => expect(saved).toHaveBeenCalledOnce());
  expect(net.asked.filter((a) => a.route === "config.export").map((a) => a.path)).toEqual([{ cluster: "sso" }]);
  saved.mockRestore();
});

test("who may only look finds no way to migrate", async () => {
  await open(
    "/",
    makeWorld().on("session.show", () => makeSession({ permissions: ["cluster.list"] })),
  );
  expect(await screen.findByText(/1 个集群未受保护/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "从文件迁移" })).toBeNull();
});
