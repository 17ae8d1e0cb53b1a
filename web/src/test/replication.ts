import { screen } from "@testing-library/react";

import type { makeVolume } from "../fake/volumes";
import { makeWorld } from "../fake/world";
import type { open } from "./render";

export const page = "/c/pay-core/replication";
export const verdict = () => screen.findByRole("heading", { level: 1 });
export const only = (volume: ReturnType<typeof makeVolume>) =>
  makeWorld().on("volume.list", () => ({ items: [volume] }));
export const side = (node: string) => screen.findByRole("region", { name: node });

/** Names a new volume and its disks, and goes on. */
export async function fill(user: Awaited<ReturnType<typeof open>>["user"], first: string, second: string) {
  await user.type(await screen.findByLabelText("卷名"), "data");
  const disks = screen.getAllByRole("combobox", { name: "磁盘" });
  await user.type(disks[0] ?? document.body, first);
  await user.tab();
  await user.type(disks[1] ?? document.body, second);
  await user.tab();
  await user.click(screen.getByRole("button", { name: "下一步" }));
}
