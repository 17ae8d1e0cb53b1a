import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Progress } from "antd";
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";

import { call, type CallArgs, type Result } from "../api/client";
import { keys, queries } from "../api/queries";
import type { Answer, Operation, RouteName } from "../api/types";
import { useT } from "../lib/i18n";
import { useFaultText } from "./FaultView";
import { Icon } from "./Icon";
import { Pill } from "./Pill";
import { operationDone, operationIcon, operationTone } from "./operation";

interface Tracker {
  /** Follows an operation in the corner of the screen until its outcome is known. */
  track: (operation: Operation) => void;
  /** Opens the drawer with all operations. */
  open: (operation?: string) => void;
  drawer: { open: boolean; operation: string | undefined };
  close: () => void;
}

const TrackerContext = createContext<Tracker>({
  track: () => undefined,
  open: () => undefined,
  drawer: { open: false, operation: undefined },
  close: () => undefined,
});

export function useTracker(): Tracker {
  return use(TrackerContext);
}

function isOperation(value: unknown): value is Operation {
  return typeof value === "object" && value !== null && "steps" in value && "actor" in value && "state" in value;
}

/** Calls a route; where the answer is an operation, it is followed on screen. */
export function useAct() {
  const { track } = useTracker();
  const cache = useQueryClient();
  return async <R extends RouteName>(route: R, args: CallArgs<R> = {}): Promise<Result<Answer<R>>> => {
    const result = await call(route, args);
    const data: unknown = result.ok ? result.data : undefined;
    if (isOperation(data)) {
      const operation = data;
      cache.setQueryData(keys.operation(operation.id), (old: Operation | undefined) => old ?? operation);
      void cache.invalidateQueries({ queryKey: keys.operations() });
      track(operation);
    }
    return result;
  };
}

export function TrackerProvider({ children }: { children: ReactNode }) {
  const [tracked, setTracked] = useState<readonly string[]>([]);
  const [drawer, setDrawer] = useState<Tracker["drawer"]>({ open: false, operation: undefined });
  const value = useMemo<Tracker>(
    () => ({
      track: (operation) => setTracked((all) => (all.includes(operation.id) ? all : [...all, operation.id])),
      open: (operation) => setDrawer({ open: true, operation }),
      drawer,
      close: () => setDrawer({ open: false, operation: undefined }),
    }),
    [drawer],
  );
  return (
    <TrackerContext value={value}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {!drawer.open &&
          tracked.map((id) => (
            <Toast key={id} id={id} onGone={() => setTracked((all) => all.filter((other) => other !== id))} />
          ))}
      </div>
    </TrackerContext>
  );
}

// Long enough to read one line; a failure stays until it is closed.
const lingerMS = 5000;

function Toast({ id, onGone }: { id: string; onGone: () => void }) {
  const t = useT();
  const text = useFaultText();
  const { open } = useTracker();
  const { data } = useQuery({
    ...queries.operation(id),
    refetchInterval: (query) => (query.state.data && operationDone(query.state.data) ? false : 2000),
  });
  const succeeded = data?.state === "succeeded";

  useEffect(() => {
    if (!succeeded) return undefined;
    const timer = setTimeout(onGone, lingerMS);
    return () => clearTimeout(timer);
  }, [succeeded, onGone]);

  if (!data) return null;
  return (
    <div className="toast" data-state={data.state}>
      <div className="row">
        <Pill tone={operationTone[data.state]} icon={operationIcon[data.state]}>
          {t(`operation.${data.state}`)}
        </Pill>
        <b className="grow ell">{operationTitle(t.words, data)}</b>
        <Button
          type="text"
          size="small"
          aria-label={t("common.close")}
          icon={<Icon name="close" size={14} />}
          onClick={onGone}
        />
      </div>
      {!operationDone(data) && (
        <Progress percent={data.percent} size="small" status="active" aria-label={t("operation.progress")} />
      )}
      {data.fault && <p className="bad">{text(data.fault).sentence}</p>}
      <Button type="link" size="small" className="flush" onClick={() => open(id)}>
        {t("operation.show_steps")}
      </Button>
    </div>
  );
}

/** What an operation does, and to what. */
export function operationTitle(words: (code: string) => string, operation: Operation): string {
  const object = [operation.cluster, operation.object].filter(Boolean).join(" / ");
  return object ? `${words(`route.${operation.kind}`)} · ${object}` : words(`route.${operation.kind}`);
}
