export { type ErrorFormat, formatError } from "./format-error.ts";
export { main } from "./main.ts";
