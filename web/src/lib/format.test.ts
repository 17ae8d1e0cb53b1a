import { expect, test } from "vitest";

import { formatFor, zoneName } from "./format";

test("durations take the unit that a person would", () => {
  const { duration } = formatFor("zh");
  expect([0, 940, 8420, 61_000, 7_260_000].map(duration)).toEqual([
    "0 ms",
    "940 ms",
    "8.4 s",
    "1 min 1 s",
    "2 h 1 min",
  ]);
});

test("ages are relative, and Chinese has a space after the number", () => {
  const now = Date.UTC(2026, 0, 1, 12);
  const at = (seconds: number) => new Date(now - seconds * 1000);
  expect(formatFor("zh").ago(at(840), now)).toBe("14 分钟前");
  expect(formatFor("en").ago(at(840), now)).toBe("14 min ago");
  expect(formatFor("en").ago(at(5), now)).toBe("5 sec ago");
  expect(formatFor("en").ago(at(1), now)).toBe("just now");
});

test("sizes are binary", () => {
  const { bytes } = formatFor("en");
  expect([512, 1536, 68_719_476_736].map(bytes)).toEqual(["512 B", "1.5 KiB", "64 GiB"]);
});

test("the zone is said as an offset", () => {
  expect([480, -210, 0].map(zoneName)).toEqual(["UTC+8", "UTC−3:30", "UTC+0"]);
});
