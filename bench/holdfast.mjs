/** Brings Holdfast's contestants in: programs compiled as they are loaded, and `run`. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const programs = new URL("./programs/", import.meta.url);
// Under node_modules: ignored by git, yet "holdfast/compiled" resolves from there.
const emitted = new URL("./node_modules/.programs/", import.meta.url);

/** The module `programs/NAME.mjs`, compiled with `options`. */
export async function compiled(name, options = {}) {
	return await import(await compile(name, options));
}

/** Compiles `programs/NAME.mjs` with `options`, and gives its URL: for a process that is to hold what a deployment holds, and no compiler. */
export async function compile(name, options = {}) {
	const { transform } = await import("@holdfast/compiler");
	const source = readFileSync(new URL(`${name}.mjs`, programs), "utf8");
	const { code } = transform(source, { filename: `bench/programs/${name}.mjs`, structure: "function", ...options });
	const file = new URL(`${name}-${options.structure ?? "function"}.mjs`, emitted);
	mkdirSync(emitted, { recursive: true });
	writeFileSync(file, code);
	return pathToFileURL(file.pathname).href;
}

/** `fn(...args)` as the main function of a run. */
export async function inRun(fn, ...args) {
	const { run } = await import("holdfast");
	return await run(fn, { args });
}
