// Every view in both languages and both themes: no violation of WCAG 2.1 AA, no error in the page, and a picture for those who look.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { newPage, settled, signIn, violations } from "./browser.mjs";

export const shots =
  process.env.HAWSER_SHOTS ??
  fileURLToPath(new URL("../../build/screens", import.meta.url));

// Colours hang on the theme and words on the language, so two looks see all of both; HAWSER_LONG=1 looks at each with each.
const looks = process.env.HAWSER_LONG
  ? [
      ["zh", "light"],
      ["zh", "dark"],
      ["en", "light"],
      ["en", "dark"],
    ]
  : [
      ["zh", "light"],
      ["en", "dark"],
    ];

/**
 * Makes the tests that look at views: by name, a path and what is done there. `there` gives server and browser once they run; a
 * path of /sign-in is looked at last, because nobody is signed in there.
 */
export function lookAt(title, views, there, viewport) {
  for (const [language, theme] of looks)
    test(`${title} in ${language}, ${theme}: no violation of WCAG 2.1 AA, no error, a picture`, async () => {
      const { server, browser } = there();
      const look = await newPage(browser, {
        language,
        theme,
        ...(viewport ? { viewport } : {}),
      });
      await signIn(look, server);
      const wrong = [];
      for (const [name, [path, act]] of Object.entries(views)) {
        await look.goto(server.url + path);
        if (path === "/sign-in") await look.locator("h1").waitFor();
        else await settled(look);
        await act?.(look);
        if (act) await settled(look);
        for (const line of await violations(look))
          wrong.push(`${name}: ${line}`);
        await look.screenshot({
          path: `${shots}/${name}-${language}-${theme}.png`,
        });
      }
      assert.deepEqual([...wrong, ...look.problems], []);
      await look.context().close();
    });
}
