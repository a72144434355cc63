/** Ports of one protocol, from the first to the last. */
export interface Ports {
  readonly protocol: "tcp" | "udp";
  readonly first: number;
  readonly last: number;
}

/** Reads `tcp/9100` or `udp/30000-30100`; null when it is neither. */
export function parsePorts(text: string): Ports | null {
  const [, protocol, low, high = low] = /^(tcp|udp)\/(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(low), Number(high)];
  if (protocol !== "tcp" && protocol !== "udp") return null;
  return first >= 1 && first <= last && last <= 65_535 ? { protocol, first, last } : null;
}

/**
 * Ports that a program names itself.
 * @throws Error when they are malformed
 */
export function portsAt(text: string): Ports {
  const ports = parsePorts(text);
  if (ports === null) throw new Error(`${text}: not ports; write one such as tcp/6443`);
  return ports;
}

/** `6443` or `2379-2380`, as clouds and people write it. */
export function formatRange({ first, last }: Ports): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** `tcp/6443` or `tcp/2379-2380`. */
export function formatPorts(ports: Ports): string {
  return `${ports.protocol}/${formatRange(ports)}`;
}

/** Whether the two have a port in common. */
export function portsMeet(a: Ports, b: Ports): boolean {
  return a.protocol === b.protocol && a.first <= b.last && b.first <= a.last;
}

/** Whether every port of `inner` is one of `outer`. */
export function portsHold(outer: Ports, inner: Ports): boolean {
  return (
    outer.protocol === inner.protocol && outer.first <= inner.first && inner.last <= outer.last
  );
}
