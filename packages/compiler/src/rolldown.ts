import type { UnpluginInstance } from "unplugin";
import type { CompilerOptions } from "./options.ts";
import { holdfast } from "./plugin.ts";

/**
 * The compiler as a plugin for Rolldown.
 *
 * @example
 * ```ts
 * // rolldown.config.js
 * import holdfast from "@holdfast/compiler/rolldown";
 * export default { plugins: [holdfast({ structure: "function" })] };
 * ```
 * @throws {OptionError} if an option has a value that does not exist
 */
const plugin: UnpluginInstance<CompilerOptions | undefined, false>["rolldown"] = holdfast.rolldown;
export default plugin;
