import { servePlugin } from "../lib/server.ts";
import { tlsPlugin } from "./plugin.ts";

await servePlugin(tlsPlugin());
