import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { RouterProvider } from "react-router";

import { FaultError } from "../api/client";
import { LanguageProvider } from "../lib/i18n";
import { ThemeProvider } from "../lib/theme";
import { makeRouter } from "./router";

/** The cache of all server data. What the server refused is not asked again; what did not arrive is, twice. */
export function makeCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (count, error) =>
          count < 2 && error instanceof FaultError && (error.status === 0 || error.status >= 502),
        retryDelay: 500,
        refetchOnWindowFocus: true,
      },
    },
  });
}

export function App({
  router = makeRouter(),
  cache = makeCache(),
}: {
  router?: ReturnType<typeof makeRouter>;
  cache?: QueryClient;
}) {
  // Both live as long as the page does.
  const [fixed] = useState({ router, cache });
  return (
    <QueryClientProvider client={fixed.cache}>
      <LanguageProvider>
        <ThemeProvider>
          <RouterProvider router={fixed.router} />
        </ThemeProvider>
      </LanguageProvider>
    </QueryClientProvider>
  );
}
