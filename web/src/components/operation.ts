import type { Operation, Step } from "../api/types";
import type { IconName } from "./Icon";
import type { Tone } from "./tone";

export const operationTone: Record<Operation["state"], Tone> = {
  pending: "off",
  running: "info",
  succeeded: "ok",
  failed: "bad",
  rolled_back: "warn",
};

export const operationIcon: Record<Operation["state"], IconName> = {
  pending: "clock",
  running: "sync",
  succeeded: "ok",
  failed: "bad",
  rolled_back: "undo",
};

export const stepTone: Record<Step["state"], Tone> = {
  waiting: "off",
  running: "info",
  done: "ok",
  failed: "bad",
  skipped: "off",
};

export const stepIcon: Record<Step["state"], IconName> = {
  waiting: "clock",
  running: "sync",
  done: "ok",
  failed: "bad",
  skipped: "off",
};

export function operationDone(operation: Operation): boolean {
  return operation.state !== "pending" && operation.state !== "running";
}
