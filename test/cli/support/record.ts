import { readFileSync, writeFileSync } from "node:fs";
import { type Fields, trimPreview } from "./trim.ts";

// node test/cli/support/record.ts < what-pulumi-printed.json > test/cli/previews/NAME.json
const { steps, ...rest } = trimPreview(JSON.parse(readFileSync(0, "utf8")) as Fields);
// One line per resource: git then shows which one moved.
const lines = (steps as Fields[]).map((step) => JSON.stringify(step));
const tail = Object.entries(rest).map(([key, value]) => `,\n"${key}": ${JSON.stringify(value)}`);
writeFileSync(1, `{"steps": [\n${lines.join(",\n")}\n]${tail.join("")}}\n`);
