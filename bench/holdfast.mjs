/** Brings Holdfast's contestants in: programs compiled when they are asked for, and `run`. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

// Under node_modules: ignored by git, yet "holdfast/compiled" resolves from there.
const emitted = new URL("./node_modules/.programs/", import.meta.url);

/** The module `programs/NAME.mjs`, compiled with `options`. */
export async function compiled(name, options = {}) {
	return await import(compile(name, options));
}

/**
 * Compiles `programs/NAME.mjs` with `options`, and gives its URL: in another process, as programs are built before they run.
 * The parser's garbage would have V8 shrink its heap just when the row begins.
 */
export function compile(name, options = {}) {
	const all = { structure: "function", ...options };
	const file = new URL(`${name}-${all.structure}.mjs`, emitted);
	const compiler = fileURLToPath(new URL("./compile.mjs", import.meta.url));
	execFileSync(process.execPath, [compiler, name, fileURLToPath(file), JSON.stringify(all)], { stdio: "inherit" });
	return file.href;
}

/** `fn(...args)` as the main function of a run. */
export async function inRun(fn, ...args) {
	const { run } = await import("holdfast");
	return await run(fn, { args });
}
