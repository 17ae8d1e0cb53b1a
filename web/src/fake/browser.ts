import { FakeNetwork } from "./network";
import { makeWorld } from "./world";

/** Puts the fake world in the place of the network: `npm run dev:fake`. */
export function startFakeServer(): FakeNetwork {
  const world = makeWorld();
  window.fetch = world.fetch;
  window.WebSocket = SilentSocket as unknown as typeof WebSocket;
  return world;
}

/** A live stream on which nothing ever happens. */
class SilentSocket {
  onopen: (() => void) | null = null;
  onmessage: (() => void) | null = null;
  onclose: (() => void) | null = null;
  constructor() {
    setTimeout(() => this.onopen?.(), 50);
  }
  close(): void {
    this.onclose?.();
  }
}
