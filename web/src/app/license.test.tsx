import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeSession } from "../fake/data";
import { makeLicense } from "../fake/license";
import { FakeFault } from "../fake/network";
import { makeWorld } from "../fake/world";
import { readGroups } from "../features/license/code";
import { open } from "../test/render";

// The bytes 0 to 83; licensing/activation has the same text.
const vector =
  "000G4S-0R40M5-30E20Y-9185GZ-R38E19-W81244-GK2GAZ-HC5RRP-34D1PD-70X3RP-FJ089A-24CJ2J-A9H75B-0MJMAK-SC5MQ7-2YC1HW-68SK8T-D9P6W7-W3JEH3-V7GYKB-WFT08K-5146HE-258S3A-MGJAA2-9D64TS-KJFA1V-8N4MR1";

const states = (text: string) => readGroups(text).map((g) => g.state);

test("groups are right as the server has them, however they are set", () => {
  const all = Array.from({ length: 27 }, () => "ok");
  expect(states(vector)).toEqual(all);
  expect(states(vector.toLowerCase().replaceAll("-", ""))).toEqual(all);
  expect(states(vector.replaceAll("-", " \n"))).toEqual(all);
  // As the keyboard of a Chinese input method writes.
  expect(states(vector.replaceAll(/[0-9A-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)))).toEqual(all);
  expect(states("")).toEqual([]);
  expect(states(vector.slice(0, 10))).toEqual(["ok", "open"]);
});

test("a typing error is in its group: another character, two that have changed places, two groups that have", () => {
  const groups = vector.split("-");
  const wrong = (change: (list: string[]) => void) => {
    const list = [...groups];
    change(list);
    return states(list.join("-")).flatMap((s, i) => (s === "bad" ? [i + 1] : []));
  };
  expect(wrong((l) => (l[4] = `${l[4]?.slice(0, 5)}${l[4]?.endsWith("A") ? "B" : "A"}`))).toEqual([5]);
  expect(wrong((l) => (l[6] = [...(l[6] ?? "")].toReversed().join("")))).toEqual([7]);
  expect(wrong((l) => l.splice(2, 2, l[3] ?? "", l[2] ?? ""))).toEqual([3, 4]);
  expect(wrong((l) => (l[1] = l[1]?.slice(1) ?? ""))).toEqual([2]);
  expect(wrong((l) => (l[0] = "AAAAU!"))).toEqual([1]);
});

test("the page says what counts, how much is used, and that nothing that runs depends on it", async () => {
  await open("/license", makeWorld());
  expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent(/^授权有效：/);
  expect(screen.getByText(/授权只影响新增/)).toBeVisible();
  const current = screen.getByRole("heading", { name: "当前授权" }).closest("section") as HTMLElement;
  expect(current).toHaveTextContent(/绑定机器.*418.*滨海市商业银行.*2025-12-31 至 2026-12-30.*远程节点/);
  expect(current).toHaveTextContent(/节点35 \/ 40集群12 \/ 不限/);
  const kept = screen.getByRole("heading", { name: "保留的授权" }).closest("section") as HTMLElement;
  expect(within(kept).getByText(/授权 207 已于 2025-12-30 到期/)).toBeVisible();
  expect(screen.queryByRole("link", { name: "查看授权" })).toBeNull();
});

test("a request is made and shown; its code is checked, compared and activated", async () => {
  const net = makeWorld();
  const { user } = await open("/license", net);
  await user.type(await screen.findByLabelText("授权给"), "滨海市商业银行");
  await user.click(screen.getByRole("button", { name: "生成激活申请" }));
  expect(await screen.findByRole("img", { name: /激活申请 9f3c21b7/ })).toHaveAttribute(
    "src",
    expect.stringMatching(/^data:image\/png;base64,/),
  );
  expect(net.bodies("license.request")).toEqual([{ customer: "滨海市商业银行", nodes: 0, clusters: 0 }]);
  const field = screen.getByLabelText("激活码");
  const check = screen.getByRole("button", { name: "核对激活码" });
  await user.click(field);
  await user.paste(vector.replace("-", "-X"));
  expect(await screen.findByText(/输入错误/)).toBeVisible();
  expect(check).toBeDisabled();
  await user.clear(field);
  await user.paste(vector);
  expect(await screen.findByText("全部分组校验通过")).toBeVisible();
  await user.click(check);
  const proposal = await screen.findByRole("region", { name: "将要激活的授权" });
  expect(within(proposal).getByRole("row", { name: /节点 40 48/ })).toBeVisible();
  expect(net.bodies("license.activate")).toEqual([{ text: vector, try: true }]);
  await user.click(within(proposal).getByRole("button", { name: "激活授权" }));
  expect(await screen.findByText("授权 512 已生效。")).toBeVisible();
  expect(net.bodies("license.activate")).toHaveLength(2);
  expect(await screen.findByText(/395 天后到期|授权有效/, { selector: "em" })).toBeVisible();
});

test("a photograph of the code is sent as a picture, and what the server refuses is told", async () => {
  const net = makeWorld().on("license.activate", () => {
    return new FakeFault(400, { code: "invalid", reason: "licence.picture_empty", message: "none" });
  });
  const { user } = await open("/license", net);
  const file = new File([new Uint8Array([137, 80, 78, 71])], "code.png", { type: "image/png" });
  await user.upload(await screen.findByLabelText("选择文件或图片"), file);
  expect(await screen.findByText(/图片中没有找到二维码/)).toBeVisible();
  expect(net.bodies("license.activate")).toEqual([{ image: "iVBORw==", try: true }]);
});

test("a site licence is chosen as a document of that kind", async () => {
  const net = makeWorld();
  const { user } = await open("/license/site", net);
  const field = await screen.findByLabelText("选择或拖入授权文件");
  await user.upload(field, new File(["nonsense"], "licence.txt", { type: "text/plain" }));
  expect(await screen.findByText("这不是 Hawser 的授权。")).toBeVisible();
  await user.upload(field, new File(["Hawser licence 1\n"], "licence.txt", { type: "text/plain" }));
  await user.click(await screen.findByRole("button", { name: "激活授权" }));
  await waitFor(() =>
    expect(net.bodies("license.activate").at(-1)).toEqual({ text: "Hawser licence 1\n", kind: "site", try: false }),
  );
});

test("a token says what is wrong with it; its PIN is asked for nowhere", async () => {
  const ukey = {
    module: "/usr/lib/token.so",
    graceHours: 72,
    pinSet: true,
    proved: new Date(Date.now() - 3_600_000).toISOString(),
    graceUntil: new Date(Date.now() + 3_600_000).toISOString(),
    fault: { code: "failed", reason: "ukey.absent", message: "absent" },
  } as const;
  const net = makeWorld().on("license.status", () => makeLicense({ state: "grace", ukey }));
  const { user } = await open("/license/ukey", net);
  expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent(/^ukey 不在，处于宽限期：/);
  expect(screen.getByText("没有找到 ukey：请插入。")).toBeVisible();
  expect(document.querySelector('input[type="password"]')).toBeNull();
  await user.click(screen.getByRole("button", { name: /立即检查/ }));
  await waitFor(() => expect(net.bodies("license.ukey")).toEqual([{}]));
});

test("every page says that the licence ends, or that nothing can be added; and nothing while all is well", async () => {
  const { cache } = await open(
    "/hosts",
    makeWorld().on("license.status", () => makeLicense({ warn: true, daysLeft: 40 })),
  );
  expect(await screen.findByText("授权 40 天后到期")).toBeVisible();
  expect(screen.getByRole("link", { name: "查看授权" })).toHaveAttribute("href", "/license");
  cache.setQueryData(["license"], makeLicense());
  await waitFor(() => expect(screen.queryByText(/天后到期/)).toBeNull());
  cache.setQueryData(
    ["license"],
    makeLicense({
      state: "barred",
      warn: true,
      barred: { code: "unlicensed", reason: "licence.trial_over", message: "over", args: { date: "2026-01-01" } },
    }),
  );
  expect(await screen.findByText("不能新增")).toBeVisible();
});

test("who may not activate sees what counts and no forms", async () => {
  const net = makeWorld().on("session.show", () => makeSession({ permissions: ["license.status", "cluster.list"] }));
  await open("/license", net);
  expect(await screen.findByText("激活授权需要管理员。")).toBeVisible();
  expect(screen.queryByLabelText("激活码")).toBeNull();
  expect(net.asked.some((a) => a.route === "license.requests")).toBe(false);
});
