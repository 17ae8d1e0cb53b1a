import { useState } from "react";

import type { Result } from "../api/client";
import type { Fault } from "../api/types";

/** An act from a dialog: busy while it is sent; the dialog closes when it was taken, and keeps the fault where it was refused. */
export function useSaving(onTaken: () => void) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const save = async (send: () => Promise<Result<unknown>>) => {
    setBusy(true);
    setFault(undefined);
    const result = await send();
    setBusy(false);
    if (result.ok) onTaken();
    else setFault(result.fault);
  };
  return { busy, fault, save };
}
