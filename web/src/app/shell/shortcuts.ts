import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";

// How long after "g" the second key still counts.
const chordMS = 1200;

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

const places: Record<string, string> = { o: "/", h: "/hosts", e: "/events", a: "/alarms" };

/** `/` search, `g o` overview, `g h` hosts, `g e` events, `g a` alarms, `?` help. */
export function useShortcuts({ help }: { help: () => void }): void {
  const navigate = useNavigate();
  const chord = useRef(0);
  useEffect(() => {
    const onKey = (ev: KeyboardEvent) => {
      if (typing(ev.target) || ev.ctrlKey || ev.metaKey || ev.altKey) return;
      const place = places[ev.key];
      if (place && Date.now() - chord.current < chordMS) {
        chord.current = 0;
        void navigate(place);
      } else if (ev.key === "g") {
        chord.current = Date.now();
      } else if (ev.key === "/") {
        ev.preventDefault();
        document.querySelector<HTMLInputElement>("[data-search] input")?.focus();
      } else if (ev.key === "?") {
        help();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [navigate, help]);
}
