import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";

import { LiveStream } from "../../api/live";

const LiveContext = createContext<LiveStream | undefined>(undefined);

/** Keeps the live stream open as long as somebody is signed in. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const cache = useQueryClient();
  const [stream] = useState(() => new LiveStream(cache));
  useEffect(() => {
    stream.start();
    return stream.stop;
  }, [stream]);
  return <LiveContext value={stream}>{children}</LiveContext>;
}

const idle = { state: "connecting" as const, since: 0 };
const never = () => () => undefined;
const idleSnapshot = () => idle;

export function useLive() {
  const stream = use(LiveContext);
  return useSyncExternalStore(stream?.subscribe ?? never, stream?.snapshot ?? idleSnapshot);
}
