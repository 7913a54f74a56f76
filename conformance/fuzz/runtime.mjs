/**
 * The runtime under test, as one bundle that can be loaded anew: a program that hangs may leave the kernel unable to
 * run any other, and the next program is not to blame for that.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const fromSource = process.execArgv.some((flag) => flag.includes("@holdfast/source"));
const sharedState = Symbol.for("holdfast.kernel/1");

/** Makes the bundle, for all threads. Gives its address. */
export async function bundleRuntime() {
	const directory = mkdtempSync(join(tmpdir(), "holdfast-fuzz-"));
	process.on("exit", () => rmSync(directory, { recursive: true }));
	const file = join(directory, "runtime.mjs");
	await build({
		stdin: {
			contents: `export { kernel } from "holdfast/compiled"; export { checkpoint, moveOnAfter, now, run, shield, sleep, withCancelScope, withTaskGroup, withTimeout } from "holdfast"; export { VirtualLoop } from "holdfast/loops";`,
			resolveDir: fileURLToPath(new URL(".", import.meta.url)),
		},
		outfile: file,
		bundle: true,
		format: "esm",
		platform: "neutral",
		target: "es2022",
		external: ["node:*"],
		conditions: ["import", "node", ...(fromSource ? ["@holdfast/source"] : [])],
		logLevel: "error",
	});
	return pathToFileURL(file).href;
}

/** The runtime in the bundle at `url`. */
export async function loadRuntime(url) {
	let copies = 0;
	const runtime = {
		async renew() {
			delete globalThis[sharedState];
			Object.assign(runtime, await import(`${url}?${++copies}`));
		},
		/** Whether the kernel still runs a task that suspends. */
		async works(limit) {
			let timer;
			const timeout = new Promise((resolve) => {
				timer = setTimeout(resolve, limit, false);
			});
			const answer = runtime
				.run(() => runtime.checkpoint())
				.then(
					() => true,
					() => false,
				);
			const result = await Promise.race([answer, timeout]);
			clearTimeout(timer);
			return result;
		},
	};
	await runtime.renew();
	return runtime;
}
