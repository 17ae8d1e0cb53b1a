import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The server that `npm run dev` passes the interface on to.
const server = process.env.HAWSER_URL ?? "https://127.0.0.1:8443";

/** The command line's own sentences stand beside those that the console shares with it; a browser has no use for them. */
function withoutCommandLine(): Plugin {
  return {
    name: "hawser-words",
    enforce: "pre",
    transform(code, id) {
      if (!/internal\/words\/(zh|en)\/\w+\.json$/.test(id)) return undefined;
      const words = Object.entries<unknown>(JSON.parse(code)).filter(([key]) => !key.startsWith("cli."));
      return { code: JSON.stringify(Object.fromEntries(words)), map: null };
    },
  };
}

export default defineConfig({
  plugins: [react(), withoutCommandLine()],
  build: {
    outDir: "dist",
    // dist/placeholder.html is committed; the build must not remove it (scripts/clean.mjs removes the rest).
    emptyOutDir: false,
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      output: {
        // What every page needs and seldom changes stays in the browser's cache over an upgrade.
        manualChunks(id: string) {
          if (/node_modules\/(react|react-dom|react-router|scheduler|i18next|@tanstack)\//.test(id)) return "base";
          // The sentences of a language come in one piece.
          return /internal\/words\/(zh|en)\//.exec(id)?.[1]?.replace(/^/, "words-");
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    fs: { allow: [".."] },
    proxy: { "/api": { target: server, changeOrigin: true, secure: false, ws: true } },
  },
  test: {
    environment: "happy-dom",
    globals: true,
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    testTimeout: 180_000,
    // The clock on every page ticks outside of what a test does; React says so each second.
    onConsoleLog: (log) => !log.includes("not wrapped in act"),
    maxWorkers: 2,
    css: false,
  },
});
