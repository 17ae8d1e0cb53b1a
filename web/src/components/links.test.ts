import { expect, test } from "vitest";

import { makeDetail, makeLinks, makeNodeState } from "../fake/data";
import { aloneOnDisk, cellKey, linkCells, linkNetwork, linkNumbers, networkNumbers } from "./links";

function detailWith(links: ReturnType<typeof makeLinks>, offline: string[] = []) {
  const detail = makeDetail();
  if (!detail.state) throw new Error("no state");
  const nodes = ["pay-01", "pay-02", "pay-03"].map((n) => makeNodeState(n, { online: !offline.includes(n) }));
  return { ...detail, state: { ...detail.state, nodes, links } };
}
const names = ["pay-01", "pay-02", "pay-03"];

test("a node that reaches nobody on a link is cut, and the others are not blamed for it", () => {
  const cells = linkCells(detailWith(makeLinks(names, 2, ["pay-02/1"])));
  expect(cells.get(cellKey("pay-02", 1))?.mark).toBe("cut");
  expect(cells.get(cellKey("pay-01", 1))?.mark).toBe("ok");
  expect(cells.get(cellKey("pay-02", 0))?.mark).toBe("ok");
});

test("a break between two nodes that reach the third is partial", () => {
  const links = makeLinks(names, 1).map((l) =>
    l.node !== "pay-03" && l.peer !== "pay-03" ? { ...l, connected: false } : l,
  );
  const cells = linkCells(detailWith(links));
  expect(cells.get(cellKey("pay-01", 0))).toMatchObject({ mark: "partial", lost: ["pay-02"] });
  expect(cells.get(cellKey("pay-03", 0))?.mark).toBe("ok");
});

test("links to a node that is off say nothing of the others", () => {
  const cells = linkCells(detailWith(makeLinks(names, 1, ["pay-02/0"]), ["pay-02"]));
  expect(cells.get(cellKey("pay-02", 0))?.mark).toBe("offline");
  expect(cells.get(cellKey("pay-01", 0))?.mark).toBe("ok");
});

test("without reports a link is unknown, not well", () => {
  expect(linkCells(detailWith([])).get(cellKey("pay-01", 0))?.mark).toBe("unknown");
});

test("links are numbered and named by what their addresses share", () => {
  expect(linkNumbers(makeDetail())).toEqual([0, 1, 2]);
  expect(linkNetwork(makeDetail(), 1)).toBe("10.8.1.*");
});

test("a disk link is number 7, and nothing stands between it and the networks", () => {
  const disk = makeLinks(names, 1).map((l) => ({ ...l, link: 7, kind: "disk" as const, stalled: l.node === "pay-02" }));
  const detail = detailWith([...makeLinks(names, 3), ...disk]);
  expect(linkNumbers(detail)).toEqual([0, 1, 2, 7]);
  expect(networkNumbers(detail)).toEqual([0, 1, 2]);
  expect(linkCells(detail).get(cellKey("pay-02", 7))?.mark).toBe("stalled");
  expect(linkCells(detail).get(cellKey("pay-01", 7))?.mark).toBe("ok");
});

test("two nodes are alone on the disk when no network connects them, and not while they are off", () => {
  const disk = makeLinks(names, 1).map((l) => ({ ...l, link: 7 }));
  const links = [...makeLinks(names, 2, ["pay-03/0", "pay-03/1"]), ...disk];
  expect(aloneOnDisk(detailWith(links))).toEqual([
    { node: "pay-01", peer: "pay-03" },
    { node: "pay-02", peer: "pay-03" },
  ]);
  expect(aloneOnDisk(detailWith(links, ["pay-03"]))).toEqual([]);
});
