/** Nodes that a fence device covers, from pcmk_host_list or pcmk_host_map; undefined where the device itself is asked. */
export function coveredBy(parameters: Record<string, string> | undefined): string[] | undefined {
  const listed = parameters?.pcmk_host_list?.split(/[\s,;]+/).filter(Boolean);
  if (listed && listed.length > 0) return listed;
  const mapped = parameters?.pcmk_host_map?.split(/[\s;]+/).flatMap((pair) => pair.split(":")[0] || []);
  return mapped && mapped.length > 0 ? mapped : undefined;
}
