import type { Host } from "../api/types";
import { list } from "../lib/list";

export interface AddressChoice {
  address: string;
  interface: string;
  network: string;
}

/** Addresses of a host that a heartbeat link may use: of interfaces that are up, without loopback and link-local. */
export function addressChoices(host: Host): AddressChoice[] {
  return list(host.facts.interfaces)
    .filter((i) => i.up && i.name !== "lo")
    .flatMap((i) =>
      list(i.addresses)
        .filter((a) => !/^(127\.|169\.254\.|fe80:|::1)/i.test(a))
        .map((a) => ({ address: a.split("/")[0] ?? a, interface: i.name, network: networkOf(a) })),
    );
}

/** The network of an IPv4 address with prefix, for example 10.8.0.0/24; of IPv6 the first half. */
export function networkOf(cidr: string): string {
  const [address = "", prefix = ""] = cidr.split("/");
  if (address.includes(":")) return `${address.split(":").slice(0, 4).join(":")}::/${prefix}`;
  const bits = Number(prefix || 32);
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  const base = Math.floor(value / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join(".")}/${bits}`;
}

/** Networks that every one of the hosts has an address in, in the order of the first host's interfaces. */
export function commonNetworks(hosts: readonly Host[]): string[] {
  const [first, ...others] = hosts.map(addressChoices);
  if (!first) return [];
  const networks = [...new Set(first.map((c) => c.network))];
  return networks.filter((network) => others.every((choices) => choices.some((c) => c.network === network)));
}

/** The address of a host in a network. */
export function addressIn(host: Host, network: string): string | undefined {
  return addressChoices(host).find((c) => c.network === network)?.address;
}
