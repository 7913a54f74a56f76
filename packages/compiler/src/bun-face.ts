import { readFileSync } from "node:fs";
import { loaderOfEnding, withInlineMap } from "./esbuild-face.ts";
import { parse } from "./parse.ts";
import { type PluginCompiler, warningText } from "./plugin-compiler.ts";

type Loader = "jsx" | "ts" | "tsx";

/** What this face needs of Bun, whose types are no dependency. */
interface BunBuild {
	/** Not there when Bun runs a program instead of building one. */
	readonly config?: unknown;
	onLoad(
		options: { filter: RegExp; namespace: string },
		load: (file: { path: string }) => { contents: string; loader: Loader } | undefined,
	): unknown;
}

const sources = /\.(?:[cm]?[jt]s|[jt]sx)$/;
/** Bun's runtime takes only ES modules from plugins. */
const ownModules = /^(?!.*[\\/]node_modules[\\/]).*\.(?:m?[jt]s|[jt]sx)$/;

/**
 * The plugin's way into Bun's bundler and runtime. The runtime needs an answer for every file that it asks about, and a
 * synchronous one, because `require` cannot wait.
 */
export function setupBun(build: unknown, compiler: PluginCompiler): void {
	const { config, onLoad } = build as BunBuild;
	const isRuntime = config === undefined;
	compiler.begin();
	void compiler.options;
	onLoad.call(build, { filter: isRuntime ? ownModules : sources, namespace: "file" }, ({ path }) => {
		const isConcerned = compiler.isConcerned(path);
		if (!isConcerned && !isRuntime) return undefined;
		const source = readFileSync(path, "utf8");
		if (isRuntime) refuseCommonJs(path, source);
		const loader = loaderOf(path);
		if (!isConcerned) return { contents: source, loader };
		const { code, map, changed, warnings } = compiler.compile(source, path);
		for (const warning of warnings) console.warn(`[holdfast] ${warningText(warning)}\n`);
		if (!changed && !isRuntime) return undefined;
		return { contents: map === null ? code : withInlineMap(code, map), loader };
	});
}

/** Bun would take it for an ES module without exports, and say nothing. */
function refuseCommonJs(path: string, source: string): void {
	if (!/\bexports\b|\brequire\b/.test(source) || /^\s*(?:import|export)\b/m.test(source)) return;
	if (parse(source, path, undefined).format !== "commonjs") return;
	throw new TypeError(
		`${path} is CommonJS, which Bun's runtime does not take from plugins. Name it .cjs (it then stays native), make it an ES module, or build the program with Bun.build() and this plugin.`,
	);
}

/** In Bun JavaScript may hold JSX, whatever its file is called. */
function loaderOf(path: string): Loader {
	const loader = loaderOfEnding(path);
	return loader === "js" ? "jsx" : loader;
}
