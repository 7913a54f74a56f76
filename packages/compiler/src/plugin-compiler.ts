import { createRequire } from "node:module";
import { codeFrame } from "./code-frame.ts";
import { loadOptions } from "./config.ts";
import { CompileError } from "./errors.ts";
import { toSlashes } from "./globs.ts";
import { type CompilerOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { transformFile as transform } from "./outliving/transform.ts";
import { isOwnPackage } from "./package-scope.ts";
import type { SourceMap } from "./source-map.ts";
import type { TransformOptions, TransformResult } from "./transform.ts";

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

const sourceFile = /\.(?:[cm]?[jt]s|[jt]sx)$/;
/** Vite's ways of importing a file as something else than code. */
const otherUse = /[?&](?:raw|url|inline|worker|sharedworker)\b/;

/** Something that a tool is to tell its user about a file. */
export interface Warning {
	readonly code: string;
	readonly message: string;
	readonly file: string;
	/** Counted from 1. */
	readonly line: number;
	/** Counted from 1. */
	readonly column: number;
	/** The lines around it. */
	readonly frame: string;
}

/** A warning as a text, for tools that know nothing but texts. */
export function warningText({ file, line, column, message, frame }: Warning): string {
	return `${file}:${line}:${column}: ${message}\n\n${frame}`;
}

/** What has become of a file. */
export interface Compiled {
	readonly code: string;
	/** `null` if the code is as it was, or no map was asked for. */
	readonly map: SourceMap | null;
	readonly changed: boolean;
	readonly warnings: readonly Warning[];
}

/**
 * What all faces share: the options, which are looked for when a build begins, and the last output of each file, so that a
 * tool which asks for a file again (esbuild in watch mode, Vite for server and browser) gets it at once.
 */
export class PluginCompiler {
	/** Where the search for a configuration begins, once the tool has said where it works. */
	from: string | undefined;
	/** The tool's own folder: what it keeps there has been made of dependencies. */
	cache: string | undefined;
	readonly #given: CompilerOptions | undefined;
	#resolved: ResolvedOptions | undefined;
	readonly #last = new Map<string, { code: string; settings: string; compiled: Compiled }>();

	/** @throws {OptionError} if an option has a value that does not exist */
	constructor(options: CompilerOptions | undefined) {
		// Wrong options are refused where they stand; the file is looked for when the tool has said where it works.
		resolveOptions(options);
		this.#given = options;
	}

	get options(): ResolvedOptions {
		this.#resolved ??= loadOptions(this.#given, process.env, this.from);
		return this.#resolved;
	}

	/** To be called when a build begins: in watch mode the configuration may have changed. */
	begin(): void {
		this.#resolved = undefined;
	}

	/** With a configuration, also files that it leaves out: they depend on it as well. */
	isConcerned(id: string): boolean {
		if (id.startsWith("\0") || otherUse.test(id)) return false;
		const path = withoutQuery(id);
		if (!sourceFile.test(path) || isOwnPackage(path)) return false;
		if (this.cache !== undefined && path.startsWith(this.cache)) return false;
		const { options } = this;
		return options.includes(path) || (options.config !== undefined && !toSlashes(path).includes("/node_modules/"));
	}

	/** What, beside its text, decides what becomes of a file: for tools that keep what was made of it. */
	keyOf(id: string): string {
		const { options } = this;
		const filename = withoutQuery(id);
		if (!options.includes(filename)) return "";
		return JSON.stringify([version, options.settings(filename), options.root, options.findings(filename)]);
	}

	/** Compiles a file. One that cannot be parsed is left to the tool, which has its own words for it, with a warning. */
	compile(code: string, id: string, sourcemap: boolean = true): Compiled {
		const { options } = this;
		const filename = withoutQuery(id);
		if (!options.includes(filename)) return { code, map: null, changed: false, warnings: [] };
		const findings = options.findings(filename);
		const given = { filename, ...options.settings(filename), root: options.root, sourcemap, findings };
		const settings = JSON.stringify(given);
		const last = this.#last.get(filename);
		if (last !== undefined && last.code === code && last.settings === settings) return last.compiled;
		const compiled = compile(code, given);
		// What the scan of the text lets pass costs less than to keep it.
		if (compiled.changed) this.#last.set(filename, { code, settings, compiled });
		else this.#last.delete(filename);
		return compiled;
	}
}

function compile(code: string, options: TransformOptions & { filename: string }): Compiled {
	const { filename: file } = options;
	let result: TransformResult;
	try {
		result = transform(code, options);
	} catch (error) {
		if (!(error instanceof CompileError)) throw error;
		const { reason, line, column } = error;
		const message = `The file stays native: it cannot be parsed (${reason}).`;
		const warning = { code: error.code, message, file, line, column, frame: codeFrame(code, line, column) };
		return { code, map: null, changed: false, warnings: [warning] };
	}
	const findings = result.findings.map((finding) => ({ ...finding, message: `${finding.message} (${finding.rule})` }));
	const warnings = [...result.diagnostics, ...findings]
		.filter(({ severity }) => severity === "warning")
		.map(({ code: name, message, line, column }) => {
			return { code: name, message, file, line, column, frame: codeFrame(code, line, column) };
		});
	return { code: result.code, map: result.map, changed: result.changed, warnings };
}

function withoutQuery(id: string): string {
	return id.replace(/[?#].*$/, "");
}
