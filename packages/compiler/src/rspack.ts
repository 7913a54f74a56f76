import type { UnpluginInstance } from "unplugin";
import type { CompilerOptions } from "./options.ts";
import { holdfast } from "./plugin.ts";

/**
 * The compiler as a plugin for Rspack.
 *
 * @example
 * ```ts
 * // rspack.config.js
 * import holdfast from "@holdfast/compiler/rspack";
 * export default { plugins: [holdfast({ structure: "function" })] };
 * ```
 * @throws {OptionError} if an option has a value that does not exist
 */
const plugin: UnpluginInstance<CompilerOptions | undefined, false>["rspack"] = holdfast.rspack;
export default plugin;
