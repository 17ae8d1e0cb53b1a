import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeSession } from "../fake/data";
import { FakeFault } from "../fake/network";
import { makeWorld } from "../fake/world";
import { open } from "../test/render";

test("a code is asked for once the password was right, and sent with it", async () => {
  const net = makeWorld();
  const session = makeSession();
  net.on("session.create", ({ body }) =>
    body.code
      ? session
      : new FakeFault(401, { code: "anonymous", reason: "login.code_needed", message: "a code is needed" }),
  );
  const { user, router } = await open("/sign-in", net);
  await user.type(await screen.findByLabelText("用户名"), "admin");
  await user.type(screen.getByLabelText("密码"), "a good password");
  expect(screen.queryByLabelText("验证码")).toBeNull();
  await user.click(screen.getByRole("button", { name: "登录" }));
  await user.type(await screen.findByLabelText("验证码"), "123 456");
  expect(screen.queryByRole("alert")).toBeNull();
  await user.click(screen.getByRole("button", { name: "登录" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
  expect(net.bodies("session.create").at(-1)).toEqual({ name: "admin", password: "a good password", code: "123456" });
});

test("whoever must choose a password sees nothing else until it is chosen", async () => {
  let must: "password" | undefined = "password";
  const net = makeWorld()
    .on("session.show", () => makeSession(must ? { must, permissions: ["password.change", "policy.show"] } : {}))
    .on("password.change", () => {
      must = undefined;
      return { ok: true };
    });
  const { user } = await open("/hosts", net);
  await screen.findByRole("heading", { name: "请设置自己的密码" });
  expect(screen.queryByRole("link", { name: "主机" })).toBeNull();
  await user.type(screen.getByLabelText("当前密码"), "given to me");
  await user.type(screen.getByLabelText("新密码"), "my very own");
  await user.type(screen.getByLabelText("再次输入新密码"), "my very own");
  await user.click(screen.getByRole("button", { name: "修改密码" }));
  await screen.findByRole("link", { name: "主机" });
  expect(net.bodies("password.change")).toEqual([{ current: "given to me", new: "my very own" }]);
});

test("a second factor is set up with the password, a code, and recovery codes shown once", async () => {
  const net = makeWorld();
  const { user } = await open("/account", net);
  await user.click(await screen.findByRole("button", { name: /设置第二因素/ }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText("当前密码"), "wrong");
  await user.click(within(dialog).getByRole("button", { name: "下一步" }));
  await within(dialog).findByText("当前密码不正确。");
  await user.clear(within(dialog).getByLabelText("当前密码"));
  await user.type(within(dialog).getByLabelText("当前密码"), "right");
  await user.click(within(dialog).getByRole("button", { name: "下一步" }));
  await within(dialog).findByAltText("第二因素的二维码");
  await user.type(within(dialog).getByLabelText("验证码"), "123456");
  await user.click(within(dialog).getByRole("button", { name: /启\s*用/ }));
  await within(dialog).findByText("ABCD-EFGH-IJKL-MNOP");
  expect(net.bodies("totp.confirm")).toEqual([{ code: "123456" }]);
});

test("sessions and tokens can be ended, but not the session that asks", async () => {
  const net = makeWorld();
  const { user } = await open("/account", net);
  const tokens = await screen.findByRole("region", { name: "API 令牌" });
  await user.click(await within(tokens).findByRole("button", { name: /结\s*束/ }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: /结\s*束/ }));
  await waitFor(() =>
    expect(net.asked.some((a) => a.route === "token.revoke" && a.path.token === "fedcba9876543210")).toBe(true),
  );
  const sessions = screen.getByRole("region", { name: "会话" });
  expect(within(sessions).getAllByRole("button", { name: /结\s*束/ })).toHaveLength(1);
});

test("a new token is shown once", async () => {
  const net = makeWorld();
  const { user } = await open("/account", net);
  await user.click(await screen.findByRole("button", { name: /新建令牌/ }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText("用途"), "报告");
  await user.click(within(dialog).getByRole("button", { name: "新建令牌" }));
  await screen.findByText("hwt_EXAMPLEONLY");
  expect(net.bodies("token.create")).toEqual([{ label: "报告", role: "viewer", days: 90, clusters: [] }]);
});

test("separation is asked for before it is switched on, and a refusal says who is missing", async () => {
  const net = makeWorld().on(
    "policy.edit",
    () =>
      new FakeFault(400, {
        code: "invalid",
        reason: "fields",
        message: "fields",
        fields: [{ path: "separation", reason: "policy.nobody_of_auditor", message: "nobody" }],
      }),
  );
  const { user } = await open("/users/policy", net);
  await user.click(await screen.findByRole("switch", { name: "三员分立" }));
  await user.click(screen.getByRole("button", { name: /保\s*存/ }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: /开\s*启/ }));
  await within(dialog).findByText(/审计管理员登录过/);
});

test("nobody is offered another role or password for themselves", async () => {
  const { user } = await open("/users", makeWorld());
  await user.click(await screen.findByRole("button", { name: "admin 的操作" }));
  await user.click(await screen.findByText("编辑"));
  const dialog = await screen.findByRole("dialog");
  expect(within(dialog).queryByLabelText(/密码/)).toBeNull();
  for (const radio of within(dialog).getAllByRole("radio")) expect(radio).toBeDisabled();
});

test("the audit log is verified, and what is wrong with it is said", async () => {
  const net = makeWorld();
  const { user } = await open("/audit", net);
  await user.click(await screen.findByRole("button", { name: /校\s*验/ }));
  await screen.findByText(/审计日志完整/);
  net.on("audit.verify", () => ({
    ok: false,
    since: 1,
    head: { entries: 2, hash: "00", at: new Date().toISOString(), signature: "" },
    broken: { entry: 2, reason: "changed" as const },
  }));
  await user.click(screen.getByRole("button", { name: /校\s*验/ }));
  expect(await screen.findByText(/第 2 条与写入时不同/)).toBeVisible();
});
