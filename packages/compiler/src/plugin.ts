import { resolve } from "node:path";
import { createUnplugin, type UnpluginInstance } from "unplugin";
import { loadOptions } from "./config.ts";
import { toSlashes } from "./globs.ts";
import { type CompilerOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { isOwnPackage } from "./package-scope.ts";
import { transform } from "./transform.ts";

const sourceFile = /\.(?:[cm]?[jt]s|[jt]sx)$/;
/** Vite's ways of importing a file as something else than code. */
const otherUse = /[?&](?:raw|url|inline|worker|sharedworker)\b/;

/** The plugin for every bundler that unplugin knows; each has its own entry point. */
export const holdfast: UnpluginInstance<CompilerOptions | undefined, false> = createUnplugin(
	(options: CompilerOptions | undefined, { framework }) => {
		// Wrong options are refused where they stand; the file is looked for when the bundler has said where it works.
		resolveOptions(options);
		let from: string | undefined;
		let resolved: ResolvedOptions | undefined;
		const current = (): ResolvedOptions => {
			resolved ??= loadOptions(options, process.env, from);
			return resolved;
		};
		return {
			name: "holdfast",
			enforce: "pre",
			buildStart() {
				// Anew for each build: in watch mode the file may have changed.
				resolved = undefined;
				const { config } = current();
				// esbuild takes files to watch only with the files that depend on them.
				if (config !== undefined && framework !== "esbuild") this.addWatchFile(config);
			},
			transformInclude: (id) => isConcerned(id, current()),
			transform(code, id) {
				const options = current();
				const filename = withoutQuery(id);
				// What was made of a file under another configuration is not to be taken from a cache.
				if (options.config !== undefined) this.addWatchFile(options.config);
				if (!options.includes(filename)) return null;
				const result = transform(code, { filename, ...options.settings(filename), root: options.root });
				for (const { message, line, column, severity } of result.diagnostics)
					if (severity === "warning") this.warn(`${filename}:${line}:${column}: ${message}`);
				return result.changed ? { code: result.code, map: result.map } : null;
			},
			vite: {
				configResolved({ root }) {
					from = root;
				},
				configureServer(server) {
					const { config } = current();
					if (config === undefined) return;
					// Modules that were served are not transformed again on their own.
					server.watcher.add(config);
					server.watcher.on("change", (path) => {
						if (resolve(path) === config) void server.restart();
					});
				},
			},
			webpack(compiler) {
				from = compiler.context;
			},
			rspack(compiler) {
				from = compiler.context;
			},
			esbuild: {
				setup({ initialOptions }) {
					from = initialOptions.absWorkingDir;
				},
			},
		};
	},
);

/** With a configuration, also files that it leaves out: they depend on it as well. */
function isConcerned(id: string, options: ResolvedOptions): boolean {
	if (id.startsWith("\0") || otherUse.test(id)) return false;
	const path = withoutQuery(id);
	if (!sourceFile.test(path) || isOwnPackage(path)) return false;
	return options.includes(path) || (options.config !== undefined && !toSlashes(path).includes("/node_modules/"));
}

function withoutQuery(id: string): string {
	return id.replace(/[?#].*$/, "");
}
