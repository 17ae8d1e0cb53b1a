import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The server that `npm run dev` passes the interface on to.
const server = process.env.HAWSER_URL ?? "https://127.0.0.1:8443";

export default defineConfig({
  plugins: [react()],
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
          return undefined;
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
