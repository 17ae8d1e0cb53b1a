import i18next from "i18next";
import { expect, test } from "vitest";

import { startI18n } from "../lib/i18n";
import en from "./en/console.json";
import zh from "./zh/console.json";

const plural = /_(one|other)$/;
const english: Record<string, string> = en;
const chinese: Record<string, string> = zh;

test("both languages have the same keys", () => {
  const stripped = new Set(Object.keys(english).map((key) => key.replace(plural, "")));
  expect([...stripped].toSorted()).toEqual(Object.keys(chinese).toSorted());
});

test("an English plural has both forms", () => {
  for (const key of Object.keys(english).filter((k) => plural.test(k))) {
    const base = key.replace(plural, "");
    expect(english, key).toHaveProperty([`${base}_one`]);
    expect(english, key).toHaveProperty([`${base}_other`]);
  }
});

test("no text is empty, and both languages fill the same blanks", () => {
  const blanks = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).toSorted();
  for (const [key, text] of Object.entries(chinese)) {
    expect(text, key).not.toBe("");
    const other = english[key] ?? english[`${key}_other`] ?? "";
    expect(other, key).not.toBe("");
    expect(new Set(blanks(other)), key).toEqual(new Set(blanks(text)));
  }
});

test("Chinese texts are Chinese, but for names and symbols", () => {
  const allowed =
    /^([、，；]|SBD|Master Node|Slave \{\{rank\}\}|Bundle|Pacemaker.*|\{\{.*|sudo .*|N\+M|\[\{\{members\}\}\]| → |[<>≤≥=≠])$/;
  for (const [key, text] of Object.entries(chinese)) {
    if (allowed.test(text) || /[：。\p{Script=Han}]/u.test(text)) continue;
    expect.fail(`${key}: ${text}`);
  }
});

test("a browser loads what it shares with the command line, and none of the command line's own sentences", async () => {
  for (const language of ["zh", "en"] as const) {
    await startI18n(language);
    const words: unknown = i18next.getResourceBundle(language, "words");
    expect(words).toHaveProperty(["target.met"]);
    expect(Object.keys(Object(words)).filter((key) => key.startsWith("cli."))).toEqual([]);
  }
});
