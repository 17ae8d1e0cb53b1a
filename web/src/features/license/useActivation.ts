import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { call } from "../../api/client";
import { keys } from "../../api/queries";
import type { Body, Fault, LicenseActivated } from "../../api/types";
import type { Given } from "./picture";

export interface Activation {
  busy: boolean;
  fault: Fault | undefined;
  /** What was given would be this; nothing is kept yet. */
  proposed: LicenseActivated | undefined;
  done: LicenseActivated | undefined;
  look: (given: Given) => Promise<void>;
  keep: () => Promise<void>;
  refuse: (fault: Fault) => void;
  reset: () => void;
}

/** A licence is looked at before it is kept: the first call tries it, the second one keeps it. */
export function useActivation(kind?: Body<"license.activate">["kind"]): Activation {
  const cache = useQueryClient();
  const [given, setGiven] = useState<Given>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const [proposed, setProposed] = useState<LicenseActivated>();
  const [done, setDone] = useState<LicenseActivated>();

  const reset = () => {
    setGiven(undefined);
    setFault(undefined);
    setProposed(undefined);
    setDone(undefined);
  };
  const send = async (what: Given, attempt: boolean) => {
    setBusy(true);
    const result = await call("license.activate", { body: { ...what, ...(kind ? { kind } : {}), try: attempt } });
    setBusy(false);
    return result;
  };
  return {
    busy,
    fault,
    proposed,
    done,
    reset,
    refuse: (f) => {
      reset();
      setFault(f);
    },
    look: async (what) => {
      reset();
      setGiven(what);
      const result = await send(what, true);
      if (result.ok) setProposed(result.data);
      else setFault(result.fault);
    },
    keep: async () => {
      if (!given) return;
      const result = await send(given, false);
      if (!result.ok) {
        setFault(result.fault);
        return;
      }
      await cache.invalidateQueries({ queryKey: keys.license() });
      setProposed(undefined);
      setDone(result.data);
    },
  };
}
