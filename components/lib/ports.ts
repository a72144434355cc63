/**
 * Where the programs of each role listen, as `<protocol>/<port>`; on a host that is there already these must be free.
 * docs/existing.md says who speaks to which.
 */
export const portsOf = {
  "control-plane": [
    "tcp/2379",
    "tcp/2380",
    "tcp/2381",
    "tcp/6443",
    "tcp/8081",
    "tcp/10257",
    "tcp/10259",
    "udp/8472",
  ],
  worker: ["tcp/8081", "tcp/10248", "tcp/10249", "tcp/10250", "tcp/10256", "udp/8472"],
} as const;

/** Where the ingress controller takes what comes from outside, on every worker. */
export const ingressPorts = ["tcp/80", "tcp/443"] as const;
