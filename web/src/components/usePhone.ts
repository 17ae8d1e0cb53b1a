import { useSyncExternalStore } from "react";

// The width below which the shell becomes that of a phone (app/base.css).
const phone = "(max-width: 720px)";

function subscribe(listener: () => void): () => void {
  const media = matchMedia(phone);
  media.addEventListener("change", listener);
  return () => media.removeEventListener("change", listener);
}

/** Whether there is only a phone's width, where a wide table is no use. */
export function usePhone(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(phone).matches);
}
