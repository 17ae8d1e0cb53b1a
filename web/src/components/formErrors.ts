import type { Fault } from "../api/types";
import { list } from "../lib/list";
import type { Translate } from "../lib/i18n";

/** What a fault says of fields below a path, by the rest of their path: resource.parameters.ip becomes parameters.ip. */
export function errorsBelow(t: Translate, fault: Fault | undefined, prefix: string): Map<string, string> {
  const errors = new Map<string, string>();
  for (const f of list(fault?.fields)) {
    if (!f.path.startsWith(prefix)) continue;
    const path = f.path
      .slice(prefix.length)
      .replace(/^\./, "")
      .replaceAll(/\[["']?([^\]"']+)["']?\]/g, ".$1");
    errors.set(path, t.words(f.reason, f.args, f.message));
  }
  return errors;
}
