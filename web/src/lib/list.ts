/** Lists that have nothing in them come as null from some servers. */
export function list<T>(items: readonly T[] | null | undefined): readonly T[] {
  return items ?? [];
}
