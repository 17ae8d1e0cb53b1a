import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { makeOperation } from "../fake/data";
import { LiveStream, type Socket } from "./live";
import { keys } from "./queries";
import type { Live } from "./types";

class TestSocket implements Socket {
  onopen: ((ev: never) => unknown) | null = null;
  onmessage: ((ev: never) => unknown) | null = null;
  onclose: ((ev: never) => unknown) | null = null;
  close(): void {}
  say(message: Partial<Live>): void {
    this.onmessage?.({ data: JSON.stringify({ topic: "hello", ...message }) } as never);
  }
}

let sockets: TestSocket[] = [];
let cache: QueryClient;
let stream: LiveStream;
beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  cache = new QueryClient();
  stream = new LiveStream(cache, () => {
    const socket = new TestSocket();
    sockets.push(socket);
    return socket;
  });
  stream.start();
});
afterEach(() => {
  stream.stop();
  vi.useRealTimers();
});

function isStale(key: readonly unknown[]): boolean {
  return cache.getQueryState(key)?.isInvalidated ?? false;
}
function fresh(...all: (readonly unknown[])[]): void {
  for (const key of all) cache.setQueryData(key, {});
}

test("a change makes its cluster stale and leaves others alone", () => {
  sockets[0]?.onopen?.(undefined as never);
  fresh(keys.cluster("a"), keys.nodes("a"), keys.cluster("b"), keys.hosts());
  sockets[0]?.say({ seq: 1 });
  sockets[0]?.say({ seq: 2, topic: "cluster", cluster: "a" });
  vi.advanceTimersByTime(100);
  expect([isStale(keys.cluster("a")), isStale(keys.nodes("a"))]).toEqual([true, true]);
  expect([isStale(keys.cluster("b")), isStale(keys.hosts())]).toEqual([false, false]);
});

test("targets are held against what happened: an event of the cluster, a target and the end of work make them stale", () => {
  sockets[0]?.onopen?.(undefined as never);
  sockets[0]?.say({ seq: 1 });
  const news = [
    { topic: "event", cluster: "a" },
    { topic: "target", cluster: "a", id: "pg" },
    { topic: "operation", cluster: "a", operation: makeOperation({ state: "succeeded" }) },
  ] as const;
  for (const [i, one] of news.entries()) {
    fresh(keys.targets("a"), keys.targets("b"));
    sockets[0]?.say({ seq: 2 + i, ...one });
    vi.advanceTimersByTime(100);
    expect([isStale(keys.targets("a")), isStale(keys.targets("b"))]).toEqual([true, false]);
  }
  fresh(keys.targets("a"));
  sockets[0]?.say({ seq: 5, topic: "cluster", cluster: "a" });
  vi.advanceTimersByTime(100);
  expect(isStale(keys.targets("a"))).toBe(false);
});

test("a gap in the numbers makes everything stale", () => {
  sockets[0]?.onopen?.(undefined as never);
  fresh(keys.hosts(), keys.users());
  sockets[0]?.say({ seq: 7 });
  expect(isStale(keys.hosts())).toBe(false);
  sockets[0]?.say({ seq: 9, topic: "demo" });
  expect([isStale(keys.hosts()), isStale(keys.users())]).toEqual([true, true]);
});

test("an operation is put into the cache as it comes", () => {
  sockets[0]?.say({ seq: 1 });
  sockets[0]?.say({ seq: 2, topic: "operation", operation: makeOperation({ id: "op-7", percent: 70 }) });
  expect(cache.getQueryData(keys.operation("op-7"))).toMatchObject({ percent: 70 });
});

test("a lost connection is said, polled around, and everything is asked for again when it is back", () => {
  sockets[0]?.onopen?.(undefined as never);
  expect(stream.snapshot().state).toBe("live");
  sockets[0]?.onclose?.(undefined as never);
  expect(stream.snapshot().state).toBe("lost");
  fresh(keys.hosts());
  vi.advanceTimersByTime(5000);
  expect(isStale(keys.hosts())).toBe(true);
  expect(sockets.length).toBeGreaterThan(1);
  fresh(keys.hosts());
  sockets.at(-1)?.onopen?.(undefined as never);
  expect([stream.snapshot().state, isStale(keys.hosts())]).toEqual(["live", true]);
  fresh(keys.hosts());
  vi.advanceTimersByTime(60_000);
  expect(isStale(keys.hosts())).toBe(false);
});
