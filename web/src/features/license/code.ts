// The check characters of activation codes: docs/formats/licence.md. They are looked at while somebody types; whether a code is true
// the server says.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const groupSize = 6;

/** An activation code has so many groups. */
export const groupsOfCode = 27;

export interface Group {
  text: string;
  /** open: it is not whole yet. */
  state: "ok" | "bad" | "open";
}

/** The groups of what was typed or pasted, however they are set apart. */
export function readGroups(typed: string): Group[] {
  const pieces = typed
    .split(/[\s\p{Pd}_.,;:|/、，。·]+/u)
    .filter(Boolean)
    .map(plain);
  const whole = pieces.join("");
  const groups = pieces.some((p) => p.length > groupSize) ? (whole.match(/.{1,6}/gu) ?? []) : pieces;
  return groups.map((text, place) => {
    const last = place === groups.length - 1;
    if (text.length < groupSize && last)
      return { text, state: [...text].every((c) => alphabet.includes(c)) ? "open" : "bad" };
    return { text, state: right(text, place) ? "ok" : "bad" };
  });
}

/** Capital letters, narrow ones, and none that is taken for a digit. */
function plain(text: string): string {
  return text.normalize("NFKC").toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1");
}

function right(text: string, place: number): boolean {
  const values = [...text].map((c) => alphabet.indexOf(c));
  if (values.length !== groupSize || values.includes(-1)) return false;
  return values.slice(0, -1).reduce((sum, v, i) => sum ^ times(v, i + 1), place % 32) === values.at(-1);
}

/** v · αⁿ in GF(32), with α⁵ = α² + 1. */
function times(v: number, n: number): number {
  let x = v;
  for (let i = 0; i < n; i++) {
    x <<= 1;
    if (x & 32) x ^= 0b100101;
  }
  return x;
}
