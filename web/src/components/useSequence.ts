import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { call, type Result } from "../api/client";
import { keys } from "../api/queries";
import type { Fault, Operation } from "../api/types";
import { operationDone } from "./operation";

// The live stream brings the outcome at once; this is for when it is gone.
const askEvery = 1000;
// Longer than any single change of a configuration may take.
const longest = 5 * 60_000;

export interface SequenceStep {
  key: string;
  run: () => Promise<Result<Operation>>;
}

/** Carries out several long requests, each when the one before has succeeded, and stops at the first that fails. */
export function useSequence() {
  const cache = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const [failedAt, setFailedAt] = useState<string>();

  const finished = async (operation: Operation): Promise<Operation> => {
    const end = Date.now() + longest;
    let current = operation;
    while (!operationDone(current) && Date.now() < end) {
      const before = current;
      await changed(() => cache.getQueryData<Operation>(keys.operation(operation.id)) !== before);
      const cached = cache.getQueryData<Operation>(keys.operation(operation.id));
      if (cached && operationDone(cached)) return cached;
      const result = await call("operation.show", { path: { operation: operation.id } });
      if (result.ok) {
        current = result.data;
        cache.setQueryData(keys.operation(operation.id), current);
      }
    }
    return current;
  };

  const run = async (steps: readonly SequenceStep[]): Promise<boolean> => {
    setBusy(true);
    setFault(undefined);
    setFailedAt(undefined);
    try {
      for (const step of steps) {
        const result = await step.run();
        const outcome = result.ok ? await finished(result.data) : undefined;
        const wrong = result.ok ? outcome?.fault : result.fault;
        if (wrong || outcome?.state !== "succeeded") {
          setFault(wrong ?? { code: "failed", reason: "console.not_finished", message: "the operation has not ended" });
          setFailedAt(step.key);
          return false;
        }
      }
      return true;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, fault, failedAt };
}

/** Waits until something holds, or until it is time to ask again. */
function changed(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const started = Date.now();
    const timer = setInterval(() => {
      if (!holds() && Date.now() - started < askEvery) return;
      clearInterval(timer);
      resolve();
    }, 100);
  });
}
