import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

// The machine may be busy; what a test waits for comes or the test fails.
configure({ asyncUtilTimeout: 30_000 });

// What happy-dom leaves out and Ant Design asks for. Whoever wants no motion gets none: what moves shows its new content
// only once it has moved, and a test would act on the old.
Object.defineProperty(window, "matchMedia", {
  writable: true,
  value: (query: string) => ({
    matches: query.includes("prefers-reduced-motion"),
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    dispatchEvent: () => false,
  }),
});
class NoResize {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
vi.stubGlobal("ResizeObserver", NoResize);
const computed = window.getComputedStyle.bind(window);
window.getComputedStyle = (element) => computed(element);
Element.prototype.scrollIntoView = () => undefined;

class SilentSocket {
  onopen: (() => void) | null = null;
  onmessage: (() => void) | null = null;
  onclose: (() => void) | null = null;
  close(): void {}
}

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal("WebSocket", SilentSocket);
});
afterEach(cleanup);
