import { readFile } from "node:fs/promises";
import { basename, relative } from "node:path";
import type { PluginCompiler, Warning } from "./plugin-compiler.ts";

type Loader = "js" | "jsx" | "ts" | "tsx";

interface Message {
	readonly id: string;
	readonly text: string;
	readonly location: { file: string; line: number; column: number; lineText: string };
}

interface Loaded {
	readonly contents: string;
	readonly loader: Loader;
	readonly warnings: Message[];
	readonly watchFiles: string[];
}

/** What this face needs of esbuild, which is no dependency. */
interface EsbuildBuild {
	readonly initialOptions: {
		readonly absWorkingDir?: string;
		readonly loader?: Readonly<Record<string, string>>;
		readonly sourcemap?: boolean | string;
	};
	onStart(start: () => void): void;
	onLoad(
		options: { filter: RegExp; namespace: string },
		load: (file: { path: string; suffix: string }) => Promise<Loaded | undefined>,
	): void;
}

/** The plugin's way into esbuild. It answers for files only: what other plugins make up is theirs. */
export function setupEsbuild(build: EsbuildBuild, compiler: PluginCompiler): void {
	const { absWorkingDir = process.cwd(), loader = {}, sourcemap = false } = build.initialOptions;
	compiler.from = absWorkingDir;
	build.onStart(() => {
		compiler.begin();
		// A wrong configuration is told once, not for each file.
		void compiler.options;
	});
	const filter = /\.(?:[cm]?[jt]s|[jt]sx)$/;
	build.onLoad({ filter, namespace: "file" }, async ({ path, suffix }): Promise<Loaded | undefined> => {
		if (!compiler.isConcerned(path + suffix)) return undefined;
		const source = await readFile(path, "utf8").catch(() => undefined);
		// esbuild has its own words for a file that is not there.
		if (source === undefined) return undefined;
		const { code, map, changed, warnings } = compiler.compile(source, path, sourcemap !== false);
		const { config } = compiler.options;
		if (!changed && warnings.length === 0 && config === undefined) return undefined;
		return {
			contents: map === null ? code : withInlineMap(code, map),
			loader: loaderOf(path, loader),
			warnings: warnings.map((warning) => messageOf(warning, source, absWorkingDir)),
			watchFiles: config === undefined ? [] : [config],
		};
	});
}

/** What the tool is to read with the code. */
export function withInlineMap(code: string, map: object): string {
	const encoded = Buffer.from(JSON.stringify(map)).toString("base64");
	return `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
}

/** As esbuild would choose: the options' loader for the longest ending, else its own. */
function loaderOf(path: string, loaders: Readonly<Record<string, string>>): Loader {
	const name = basename(path);
	for (let dot = name.indexOf("."); dot !== -1; dot = name.indexOf(".", dot + 1)) {
		const loader = loaders[name.slice(dot)];
		if (loader !== undefined) return loader as Loader;
	}
	return loaderOfEnding(path);
}

/** The language of a file, by its ending. */
export function loaderOfEnding(path: string): Loader {
	if (path.endsWith(".tsx")) return "tsx";
	if (path.endsWith(".jsx")) return "jsx";
	return path.endsWith("ts") ? "ts" : "js";
}

/** With the line itself; esbuild counts columns in bytes, from 0. */
function messageOf({ code, message, file, line, column }: Warning, source: string, directory: string): Message {
	const lineText = source.split(/\r?\n/, line)[line - 1] ?? "";
	const location = {
		file: relative(directory, file),
		line,
		column: Buffer.byteLength(lineText.slice(0, column - 1)),
		lineText,
	};
	return { id: code, text: message, location };
}
