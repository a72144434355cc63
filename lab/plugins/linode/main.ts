import { servePlugin } from "../lib/server.ts";
import { linodePlugin } from "./plugin.ts";

await servePlugin(linodePlugin());
