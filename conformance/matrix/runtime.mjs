/** The library as one bundle of its own; for mutants with a part of its source replaced. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const sharedState = Symbol.for("holdfast.kernel/1");
const directory = mkdtempSync(join(tmpdir(), "holdfast-matrix-"));
process.on("exit", () => rmSync(directory, { recursive: true }));
let count = 0;

/**
 * @param {object} options
 * @param {boolean} [options.source] bundle the sources instead of what was built
 * @param {{ file: string, from: string, to: string }[]} [options.patches] replacements in files below packages/holdfast/src
 */
export async function loadRuntime({ source = false, patches = [] } = {}) {
	const outfile = join(directory, `runtime-${count++}.mjs`);
	const applied = new Set();
	const patching = {
		name: "patches",
		setup(setup) {
			setup.onLoad({ filter: /packages[\\/]holdfast[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
				let contents = readFileSync(path, "utf8");
				for (const patch of patches) {
					if (!path.replaceAll("\\", "/").endsWith(`/src/${patch.file}`) || !contents.includes(patch.from)) continue;
					contents = contents.replace(patch.from, patch.to);
					applied.add(patch);
				}
				return { contents, loader: "ts" };
			});
		},
	};
	const fromSource = source || patches.length > 0;
	await build({
		stdin: {
			contents: `export * from "holdfast"; export { VirtualLoop } from "holdfast/loops"; export { kernel } from "holdfast/compiled";`,
			resolveDir: fileURLToPath(new URL(".", import.meta.url)),
		},
		outfile,
		bundle: true,
		format: "esm",
		platform: "neutral",
		target: "es2022",
		external: ["node:*"],
		conditions: ["import", "node", ...(fromSource ? ["@holdfast/source"] : [])],
		plugins: fromSource ? [patching] : [],
		logLevel: "error",
	});
	for (const patch of patches)
		if (!applied.has(patch))
			throw new Error(`the source has changed: ${patch.file} has no ${JSON.stringify(patch.from)}`);
	// Not that of a copy that a mutant may have left in disorder.
	delete globalThis[sharedState];
	return { ...(await import(pathToFileURL(outfile).href)) };
}
