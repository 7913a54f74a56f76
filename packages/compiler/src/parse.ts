import {
	type Comment,
	type OxcError,
	type ParseResult,
	type ParserOptions,
	type Program,
	parseSync,
	rawTransferSupported,
} from "oxc-parser/src-js/index.js";
import { CompileError } from "./errors.ts";
import { Positions } from "./positions.ts";

/** How the file is loaded: decides between `import` and `require`, and strict and sloppy mode. */
export type ModuleFormat = "module" | "commonjs";

/** A parsed file. */
export interface Parsed {
	readonly program: Program;
	readonly format: ModuleFormat;
	/** In the order of the text; made when they are asked for. */
	comments(): readonly Comment[];
}

type Language = "js" | "jsx" | "ts" | "tsx";
type SourceType = "module" | "commonjs" | "unambiguous";

let usesRawTransfer = rawTransferSupported();
/** The parser sets a timer with raw transfer, which must not be one of those that a program under test has faked. */
const { setTimeout: hostSetTimeout } = globalThis;
const commonJsNames = /\b(?:require|module|exports|__dirname|__filename)\b/;

/**
 * In a process that runs the program, too: raw transfer reserves 6 GiB of addresses, which show in the program's
 * `process.memoryUsage()`. It takes a third of the time once the parser is warm, and as much as without before.
 */
export function refrainFromRawTransfer(): void {
	usesRawTransfer = false;
}

/** Parses a file; throws {@link CompileError} where the text is no program. */
export function parse(code: string, filename: string, given: ModuleFormat | undefined): Parsed {
	const path = filename.replace(/[?#].*$/, "");
	const lang = languageOf(path);
	const named = /\.m[jt]sx?$/.test(path) ? "module" : /\.c[jt]sx?$/.test(path) ? "commonjs" : given;
	const attempts: SourceType[] =
		named === "module"
			? ["module"]
			: named === "commonjs"
				? ["commonjs", "module"]
				: ["unambiguous", "commonjs", "module"];
	let failure: OxcError | undefined;
	for (const sourceType of attempts) {
		const result = parseAs(path, code, lang, sourceType);
		const fatal = result.errors.find(isFatal);
		if (fatal === undefined) {
			const format = formatOf(result, sourceType, named, code);
			return { program: result.program, format, comments: () => result.comments };
		}
		failure ??= fatal;
	}
	const at = new Positions(code).at(failure?.labels.at(-1)?.start ?? 0);
	throw new CompileError(failure?.message ?? "cannot be parsed", filename, code, at.line, at.column);
}

function parseAs(path: string, code: string, lang: Language, sourceType: SourceType): ParseResult {
	// The option is missing from the parser's types.
	const options: ParserOptions & { experimentalRawTransfer: boolean } = {
		lang,
		sourceType,
		preserveParens: true,
		// What the engine would refuse has to be told here: it would name a place in the compiled text.
		showSemanticErrors: true,
		astType: "ts",
		experimentalRawTransfer: usesRawTransfer && globalThis.setTimeout === hostSetTimeout,
	};
	return parseSync(path, code, options);
}

/**
 * What the parser says about TypeScript's own rules (`TS(1090)` …) is the type checker's to judge, except for what
 * tells a script from a module: `return` at the top (1108).
 */
function isFatal(error: OxcError): boolean {
	const rule = /\bTS\((\d+)\)/.exec(error.codeframe ?? "")?.[1];
	return error.severity === "Error" && (rule === undefined || rule === "1108");
}

function formatOf(
	result: ParseResult,
	sourceType: SourceType,
	named: ModuleFormat | undefined,
	code: string,
): ModuleFormat {
	// `import x = require()` and `export =` become CommonJS whatever stands beside them.
	if (result.program.body.some((statement) => statement.type === "TSExportAssignment")) return "commonjs";
	if (result.module.hasModuleSyntax) return "module";
	if (sourceType === "module") return "module";
	if (named !== undefined) return named;
	if (sourceType === "commonjs") return "commonjs";
	return commonJsNames.test(code) ? "commonjs" : "module";
}

function languageOf(path: string): Language {
	if (/\.[cm]?ts$/.test(path)) return "ts";
	if (/\.[cm]?tsx$/.test(path)) return "tsx";
	return "jsx";
}
