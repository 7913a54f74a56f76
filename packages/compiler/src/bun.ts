import type { UnpluginInstance } from "unplugin";
import type { CompilerOptions } from "./options.ts";
import { holdfast } from "./plugin.ts";

/**
 * The compiler as a plugin for Bun's bundler and runtime.
 *
 * @example
 * ```ts
 * // build.ts
 * import holdfast from "@holdfast/compiler/bun";
 * await Bun.build({ entrypoints: ["app.ts"], plugins: [holdfast({ structure: "function" })] });
 * ```
 * @throws {OptionError} if an option has a value that does not exist
 */
const plugin: UnpluginInstance<CompilerOptions | undefined, false>["bun"] = holdfast.bun;
export default plugin;
