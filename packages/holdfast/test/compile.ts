import { transform } from "@holdfast/compiler";
import { kernel } from "../src/compiled.ts";
import * as holdfast from "../src/index.ts";
import { VirtualLoop } from "../src/loops/virtual.ts";
import { type RunOptions, run } from "../src/run.ts";

/** How a program is compiled. */
export interface CompileOptions {
	readonly structure?: "function" | "scope";
	readonly ticks?: "default" | "native";
	/** What compiled code imports; that of another copy of the library, for example. */
	readonly runtime?: unknown;
}

type AnyFunction = (...args: never[]) => unknown;

/**
 * Compiles a program, in which all names of `holdfast` and those of `scope` are known, and gives its `main`.
 * Functions are structured unless the options say otherwise.
 */
export function compile<F extends AnyFunction = () => Promise<unknown>>(
	source: string,
	scope: Record<string, unknown> = {},
	options: CompileOptions = {},
): F {
	const { structure = "function", ticks = "default", runtime = kernel } = options;
	const { code } = transform(`"use strict";\n${source}`, {
		filename: "program.cjs",
		format: "commonjs",
		structure,
		ticks,
	});
	const names: Record<string, unknown> = { ...holdfast, ...scope, require: () => ({ kernel: runtime }) };
	// In a function of its own: the program may declare names that the library exports.
	return new Function(...Object.keys(names), `return (() => {${code}\n;return main;})();`)(
		...Object.values(names),
	) as F;
}

/** Compiles a program, runs its `main` on virtual time, and gives what it has passed to `log`, and its outcome. */
export async function logOf(
	source: string,
	options: CompileOptions & { readonly run?: RunOptions; readonly scope?: Record<string, unknown> } = {},
): Promise<string[]> {
	const lines: string[] = [];
	const log = (...values: unknown[]) => void lines.push(values.map(String).join(" "));
	const main = compile(source, { log, ...options.scope }, options);
	try {
		const value = await run(main, { loop: new VirtualLoop(), ...options.run });
		if (value !== undefined) log("value", value);
	} catch (error) {
		log("error", error);
	}
	return lines;
}
