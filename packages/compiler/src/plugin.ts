import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createUnplugin, type UnpluginInstance } from "unplugin";
import { setupBun } from "./bun-face.ts";
import { setupEsbuild } from "./esbuild-face.ts";
import type { CompilerOptions } from "./options.ts";
import { PluginCompiler, type Warning, warningText } from "./plugin-compiler.ts";

/** The plugin for every bundler that unplugin knows; each has its own entry point. */
export const holdfast: UnpluginInstance<CompilerOptions | undefined, false> = createUnplugin(
	(options: CompilerOptions | undefined, { framework }) => {
		const compiler = new PluginCompiler(options);
		const name = "holdfast";
		// These two have a loader of their own for each kind of file, which a general plugin would have to guess.
		if (framework === "esbuild") return { name, esbuild: { setup: (build) => setupEsbuild(build, compiler) } };
		if (framework === "bun") return { name, bun: { setup: (build) => setupBun(build, compiler) } };
		// Vite prints nothing of a place when it builds, webpack and Rspack never.
		let knowsPlaces = framework !== "webpack" && framework !== "rspack";
		return {
			name,
			enforce: "pre",
			buildStart() {
				compiler.begin();
				const { config } = compiler.options;
				if (config !== undefined) this.addWatchFile(config);
			},
			transformInclude: (id) => compiler.isConcerned(id),
			transform(code, id) {
				// What was made of a file under another configuration is not to be taken from a cache.
				const { config } = compiler.options;
				if (config !== undefined) this.addWatchFile(config);
				const compiled = compiler.compile(code, id);
				for (const warning of compiled.warnings) this.warn(knowsPlaces ? rollupLog(warning) : warningText(warning));
				return compiled.changed ? { code: compiled.code, map: compiled.map } : null;
			},
			vite: {
				config: ({ root = "" }) => ({ optimizeDeps: { include: toOptimize(resolve(root)) } }),
				configResolved({ root, cacheDir, command }) {
					compiler.from = root;
					compiler.cache = `${cacheDir}/`;
					knowsPlaces = command === "serve";
				},
				// Of Vitest, which keeps what was made of a file from one run to the next.
				...{
					configureVitest({ defineCacheKeyGenerator }: VitestContext): void {
						defineCacheKeyGenerator?.(({ id }) => compiler.keyOf(id));
					},
				},
				configureServer(server) {
					const { config } = compiler.options;
					if (config === undefined) return;
					// Modules that were served are not transformed again on their own.
					server.watcher.add(config);
					server.watcher.on("change", (path) => {
						if (resolve(path) === config) void server.restart();
					});
				},
			},
			webpack({ context }) {
				compiler.from = context;
			},
			rspack({ context }) {
				compiler.from = context;
			},
		};
	},
);

/** What is needed of Vitest's context for plugins. */
interface VitestContext {
	readonly defineCacheKeyGenerator?: (keyOf: (file: { readonly id: string }) => string) => void;
}

/** As Rollup, Rolldown and Vite show it: with a link to the place, and the lines around it. */
function rollupLog({ code, message, file, line, column, frame }: Warning): { message: string } {
	return { message, ...{ code, id: file, loc: { file, line, column: column - 1 }, frame } };
}

/**
 * Only compiled code imports `holdfast/compiled`, so Vite would find it when it serves the first such file, and load the
 * page again. A linked package is served file by file, and must be as a whole: there would be two copies.
 */
function toOptimize(root: string): string[] {
	const name = "holdfast/compiled";
	try {
		const path = createRequire(join(root, "package.json")).resolve(name);
		return /[\\/]node_modules[\\/]/.test(path) ? [name] : [];
	} catch {
		// Where it is not installed, the first compiled file says so.
		return [];
	}
}
