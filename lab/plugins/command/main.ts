import { servePlugin } from "../lib/server.ts";
import { commandPlugin } from "./plugin.ts";

await servePlugin(commandPlugin);
