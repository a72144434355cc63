import { servePlugin } from "../lib/server.ts";
import { digitalOceanPlugin } from "./plugin.ts";

await servePlugin(digitalOceanPlugin());
