import type { QueryClient, QueryKey } from "@tanstack/react-query";

import { keys } from "./queries";
import type { Live, Operation } from "./types";

export type LiveState = "connecting" | "live" | "lost";

/** The smallest part of a WebSocket that is needed here; tests give their own. */
export interface Socket {
  onopen: ((ev: never) => unknown) | null;
  onmessage: ((ev: never) => unknown) | null;
  onclose: ((ev: never) => unknown) | null;
  close: () => void;
}

const livePath = "/api/v1/live";
const firstRetry = 500;
const lastRetry = 10_000;
// While the stream is gone, what is on screen is asked for again this often.
const pollWithout = 5000;
// Changes come in bursts; one question answers all of a burst.
const gather = 60;

function openSocket(): Socket {
  const url = new URL(livePath, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(url);
}

function isLive(value: unknown): value is Live {
  return typeof value === "object" && value !== null && "seq" in value && "topic" in value;
}

/**
 * The live stream makes what changed stale, and the cache asks for it again: it is never a second truth.
 * After a gap in the numbers, or a new connection, everything is stale.
 */
export class LiveStream {
  private socket: Socket | undefined;
  private seq: number | undefined;
  private retry = firstRetry;
  private stopped = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;
  private flush: ReturnType<typeof setTimeout> | undefined;
  private readonly stale = new Map<string, QueryKey>();
  private readonly listeners = new Set<() => void>();
  private current: { state: LiveState; since: number } = { state: "connecting", since: Date.now() };

  constructor(
    private readonly cache: QueryClient,
    private readonly open: () => Socket = openSocket,
  ) {}

  start = (): void => {
    this.stopped = false;
    this.connect();
  };

  stop = (): void => {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.poll);
    clearTimeout(this.flush);
    this.poll = undefined;
    this.flush = undefined;
    this.socket?.close();
  };

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): { state: LiveState; since: number } => this.current;

  private setState(state: LiveState): void {
    if (state === this.current.state) return;
    this.current = { state, since: Date.now() };
    this.listeners.forEach((listener) => listener());
  }

  private connect(): void {
    const socket = this.open();
    this.socket = socket;
    this.seq = undefined;
    socket.onopen = () => {
      this.retry = firstRetry;
      clearInterval(this.poll);
      this.poll = undefined;
      this.setState("live");
      void this.cache.invalidateQueries();
    };
    socket.onmessage = (ev: MessageEvent<string>) => {
      const message: unknown = JSON.parse(ev.data);
      if (isLive(message)) this.take(message);
    };
    socket.onclose = () => {
      if (this.stopped || this.socket !== socket) return;
      this.setState("lost");
      this.poll ??= setInterval(() => void this.cache.invalidateQueries(), pollWithout);
      this.timer = setTimeout(() => this.connect(), this.retry);
      this.retry = Math.min(this.retry * 2, lastRetry);
    };
  }

  private take(message: Live): void {
    const expected = this.seq === undefined ? message.seq : this.seq + 1;
    this.seq = message.seq;
    if (message.seq !== expected) {
      void this.cache.invalidateQueries();
      return;
    }
    if (message.operation) this.setOperation(message.operation);
    for (const key of staleKeys(message)) this.stale.set(JSON.stringify(key), key);
    if (this.stale.size > 0) this.flush ??= setTimeout(() => this.flushStale(), gather);
  }

  private setOperation(operation: Operation): void {
    this.cache.setQueryData(keys.operation(operation.id), operation);
  }

  private flushStale(): void {
    this.flush = undefined;
    const all = [...this.stale.values()];
    this.stale.clear();
    for (const queryKey of all) void this.cache.invalidateQueries({ queryKey });
  }
}

/** The keys that a message makes stale. */
export function staleKeys(message: Live): QueryKey[] {
  const cluster = message.cluster ?? message.id;
  switch (message.topic) {
    case "cluster":
      return cluster ? [keys.clusters(), keys.cluster(cluster)] : [keys.clusters()];
    case "host":
      return [keys.hosts(), keys.found()];
    case "operation":
      // The time line shows that one has begun and how it has ended, not its steps.
      return message.cluster && (message.operation?.state !== "running" || message.operation.percent === 0)
        ? // Whether a service was away because of a person hangs on when that person was at work.
          [keys.operations(), keys.timeline(message.cluster), keys.targets(message.cluster)]
        : [keys.operations()];
    case "revision":
      return message.cluster
        ? [keys.cluster(message.cluster), keys.timeline(message.cluster), keys.budgets(message.cluster)]
        : [];
    case "event":
      return message.cluster
        ? [keys.events(), keys.timeline(message.cluster), keys.targets(message.cluster)]
        : [keys.events()];
    case "target":
      return message.cluster ? [keys.targets(message.cluster), keys.budgets(message.cluster)] : [];
    case "bundle":
      return message.cluster ? [keys.bundles(message.cluster)] : [];
    case "alarm":
      return [keys.alarms()];
    case "silence":
      return [keys.silences(), keys.alarms()];
    case "channel":
      return [keys.channels()];
    case "alertrule":
      return [keys.alertRules()];
    case "message":
      // A channel counts what waits for it, an alarm lists what was sent for it.
      return [keys.messages(), keys.channels(), keys.alarms()];
    case "license":
      return [keys.license()];
    case "demo":
      return [keys.demo()];
    default:
      return [];
  }
}
