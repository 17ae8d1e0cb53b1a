import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { makeSession } from "../fake/data";
import { FakeFault } from "../fake/network";
import { makeWorld } from "../fake/world";
import { open } from "../test/render";

const anonymous = () => new FakeFault(401, { code: "anonymous", reason: "session.required", message: "not signed in" });

test("whoever is not signed in signs in and comes to the page that was asked for", async () => {
  const net = makeWorld().on("session.show", anonymous);
  const { user, router } = await open("/hosts?host=host-pay-01", net);
  await screen.findByRole("heading", { name: "登录" });
  await user.type(screen.getByLabelText("用户名"), "admin");
  await user.type(screen.getByLabelText("密码"), "a good password");
  await user.click(screen.getByRole("button", { name: "登录" }));
  await waitFor(() =>
    expect(router.state.location.pathname + router.state.location.search).toBe("/hosts?host=host-pay-01"),
  );
  expect(net.bodies("session.create")).toEqual([{ name: "admin", password: "a good password" }]);
});

test("a wrong password is said where it was entered", async () => {
  const { user } = await open("/sign-in", makeWorld());
  await user.type(await screen.findByLabelText("用户名"), "admin");
  await user.type(screen.getByLabelText("密码"), "wrong");
  await user.click(screen.getByRole("button", { name: "登录" }));
  expect(await screen.findByRole("alert")).toBeVisible();
});

test("a session that ends leads to sign-in, with the way back", async () => {
  const net = makeWorld();
  const { router, user } = await open("/users", net);
  await screen.findByText("liwei");
  net.on("host.list", anonymous);
  await user.click(screen.getByRole("link", { name: "主机" }));
  expect(await screen.findByText(/会话已结束/)).toBeVisible();
  expect(new URLSearchParams(router.state.location.search).get("next")).toBe("/hosts");
});

test("sign-in does not lead away from this server", async () => {
  const { user, router } = await open("/sign-in?next=//evil.invalid/", makeWorld());
  await user.type(await screen.findByLabelText("用户名"), "admin");
  await user.type(screen.getByLabelText("密码"), "a good password");
  await user.click(screen.getByRole("button", { name: "登录" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
});

test("a viewer is offered nothing that changes anything", async () => {
  const permissions = ["cluster.list", "cluster.show", "node.list", "host.list", "event.list", "operation.list"];
  const net = makeWorld().on("session.show", () => makeSession({ permissions, demo: false }));
  await open("/", net);
  await screen.findByText("支付结算");
  for (const name of ["创建集群"]) expect(screen.queryByRole("button", { name })).toBeNull();
  for (const name of ["用户", "审计", "演示"]) expect(screen.queryByRole("link", { name })).toBeNull();
});

test("language and theme change at once and are remembered", async () => {
  const { user } = await open("/", makeWorld());
  await screen.findByText("支付结算");
  await user.click(screen.getByRole("button", { name: "EN" }));
  expect(await screen.findByRole("link", { name: "Hosts" })).toBeVisible();
  expect(document.documentElement.lang).toBe("en");
  await user.click(screen.getByRole("button", { name: "Switch to the dark theme" }));
  expect(document.documentElement.dataset.theme).toBe("dark");
  expect([localStorage.getItem("hawser.language"), localStorage.getItem("hawser.theme")]).toEqual(["en", "dark"]);
});

test("the keyboard goes to the search, the overview and the help", async () => {
  const { user, router } = await open("/hosts", makeWorld());
  await screen.findAllByText("node-4");
  await user.keyboard("/");
  expect(screen.getByRole("combobox", { name: /搜索集群/ })).toHaveFocus();
  await user.keyboard("ledger");
  await user.click(await screen.findByText("核心账务"));
  await waitFor(() => expect(router.state.location.pathname).toBe("/c/ledger-db"));
  await user.keyboard("go");
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
  await user.keyboard("?");
  expect(await screen.findByText("键盘快捷键")).toBeInTheDocument();
});
