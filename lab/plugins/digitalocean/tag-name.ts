import type { Validator } from "../lib/bridge/validators.ts";

/** Validates one tag. */
export const tagName: Validator = (value) =>
  typeof value !== "string" || /^[a-zA-Z0-9:\-_]{1,255}$/.test(value)
    ? []
    : [
        "tags may contain lowercase letters, numbers, colons, dashes, and underscores; there is a limit of 255 characters per tag",
      ];
