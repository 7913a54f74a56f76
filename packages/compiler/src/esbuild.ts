import type { UnpluginInstance } from "unplugin";
import type { CompilerOptions } from "./options.ts";
import { holdfast } from "./plugin.ts";

/**
 * The compiler as a plugin for esbuild.
 *
 * @example
 * ```ts
 * // build.mjs
 * import holdfast from "@holdfast/compiler/esbuild";
 * await build({ entryPoints: ["app.ts"], bundle: true, plugins: [holdfast({ structure: "function" })] });
 * ```
 * @throws {OptionError} if an option has a value that does not exist
 */
const plugin: UnpluginInstance<CompilerOptions | undefined, false>["esbuild"] = holdfast.esbuild;
export default plugin;
