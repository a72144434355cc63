import { servePlugin } from "../lib/server.ts";
import { kubernetesPlugin } from "./plugin.ts";

await servePlugin(kubernetesPlugin());
