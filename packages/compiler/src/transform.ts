import { analyze } from "./analysis.ts";
import { type Node, runtimeKeys } from "./ast.ts";
import { checkValue, structures, tickOrders } from "./check-options.ts";
import { decide } from "./decide.ts";
import { declared } from "./declarations.ts";
import { type Diagnostic, nativeReasons } from "./diagnostics.ts";
import { readDirectives } from "./directives.ts";
import { Emitter } from "./emitter.ts";
import { type Finding, FindingCollector, type FindingLevels } from "./findings/finding.ts";
import { leaveFixtureReaders } from "./fixture-readers.ts";
import type { FunctionInfo } from "./function-info.ts";
import { type FunctionReport, reportFunctions } from "./function-report.ts";
import { toSlashes } from "./globs.ts";
import { handlers } from "./handlers.ts";
import type { Bodies, Structure, Ticks } from "./options.ts";
import { type ModuleFormat, parse } from "./parse.ts";
import type { Piece } from "./pieces.ts";
import { plainBody } from "./plain-body.ts";
import { Positions } from "./positions.ts";
import { mayNeedTransform } from "./scan.ts";
import { renderCode, renderMap, type SourceMap } from "./source-map.ts";
import { bodyPrologue, emitList } from "./statements.ts";

/** What {@link transform} takes beside the code. */
export interface TransformOptions {
	/** The file's path: its ending says TypeScript or JavaScript, JSX or not. */
	readonly filename: string;
	/** Tick order of awaits. Default `"default"`. */
	readonly ticks?: Ticks;
	/** Owner of bare calls where no directive says otherwise. Default `"scope"`. */
	readonly structure?: Structure;
	/** Leave functions native where no directive says otherwise. Default `false`. */
	readonly native?: boolean;
	/** Whether to make a source map. Default `true`. */
	readonly sourcemap?: boolean;
	/** Project root: the path in stack traces is relative to it. Default: the path as given. */
	readonly root?: string;
	/** How the file is loaded, where its ending and syntax do not say. */
	readonly format?: ModuleFormat;
	/** Whether to look for likely mistakes, and the rules to leave out. Default `false`. */
	readonly findings?: boolean | FindingLevels;
	/** Which forms of body there may be; for comparisons. Default: `HOLDFAST_BODIES`, else `"plain"`. */
	readonly bodies?: Bodies;
}

/** What {@link transform} gives. */
export interface TransformResult {
	/** The compiled code, or the given one. Types stay in it. */
	readonly code: string;
	/** From `code` back to what was given; `null` if nothing changed or `sourcemap` is false. */
	readonly map: SourceMap | null;
	/** Whether `code` differs from what was given. */
	readonly changed: boolean;
	/** How the file is loaded; undefined where that did not matter: no async function is in it. */
	readonly format?: ModuleFormat;
	/** What was left native, and why. */
	readonly diagnostics: readonly Diagnostic[];
	/** Its async functions, in the order in which they begin, and what each has become. */
	readonly functions: readonly FunctionReport[];
	/** What is most likely a mistake, in the order of the text; empty unless it was asked for. */
	readonly findings: readonly Finding[];
}

/**
 * Compiles one file: its async functions become coroutines.
 *
 * @example
 * ```ts
 * const { code, map } = transform("export const f = async () => 1;", { filename: "src/f.ts" });
 * ```
 * @throws {CompileError} if the file cannot be parsed
 * @throws {OptionError} if an option has a value that does not exist
 */
export function transform(code: string, options: TransformOptions): TransformResult {
	const { filename, ticks = "default", structure = "scope", native = false, sourcemap = true } = options;
	checkValue("ticks", ticks, tickOrders);
	checkValue("structure", structure, structures);
	const unchanged: TransformResult = { code, map: null, changed: false, diagnostics: [], functions: [], findings: [] };
	if (!mayNeedTransform(code)) return unchanged;

	const { program, format, comments } = parse(code, filename, options.format);
	const isModule = format === "module";
	const mode = native ? "native" : structure;
	const levels = options.findings === true ? {} : options.findings || undefined;
	const collector = levels && new FindingCollector({ program, text: code, comments, keys: runtimeKeys, mode }, levels);
	const races = /\bPromise\s*\.\s*(?:race|any|all)\b/.test(code);
	const analysis = analyze(program, isModule, mode, races, collector && ((path) => collector.watch(path)));
	const findings = collector?.finish() ?? [];
	if (!analysis.touched.has(program)) return { ...unchanged, format, findings };
	leaveFixtureReaders(program, analysis.functions);
	const decisions = decide(analysis, isModule);
	if (native) blameConfiguration(analysis.functions);
	const emitter = new Emitter(
		code,
		analysis,
		decisions,
		ticks,
		handlers,
		plainBody,
		options.bodies ?? bodiesOfEnvironment(),
	);
	const kind = isModule ? "early" : "body";
	const list = { statements: program.body, start: 0, end: code.length, kind, host: analysis.program } as const;
	const path = toSlashes(relativePath(filename, options.root));
	// Comments at the head of the file stay there: some speak to other tools.
	const count = readDirectives(program.body).count;
	const first = program.body[count];
	const start = first === undefined ? code.length : startOf(first);
	const output: Piece = emitter.capture(() =>
		emitList(emitter, { ...list, start: 0, head: start }, (temporaries) =>
			fileHead(emitter, isModule, path, bodyPrologue(emitter, analysis.program, temporaries)),
		),
	);
	emitter.finish();
	const diagnostics = collectDiagnostics(code, analysis.functions);
	const functions = reportFunctions(analysis.functions, (offset) => emitter.at(offset));
	if (!emitter.usesKernel) return { ...unchanged, format, diagnostics, functions, findings };
	return {
		code: renderCode(output, code),
		map: sourcemap ? renderMap(output, code, toSlashes(filename)) : null,
		changed: true,
		format,
		diagnostics,
		functions,
		findings,
	};
}

/** The decorators of an exported class may stand before the statement. */
function startOf(statement: Node): number {
	const { decorators } = declared(statement) as { decorators?: readonly Node[] };
	return Math.min(statement.start, decorators?.[0]?.start ?? statement.start);
}

function bodiesOfEnvironment(): Bodies {
	return globalThis.process?.env.HOLDFAST_BODIES === "generators" ? "generators" : "plain";
}

/** The import, the module's record, and what the file's own code needs. */
function fileHead(emitter: Emitter, isModule: boolean, path: string, prologue: string): string {
	const { names } = emitter;
	const parts: string[] = [];
	const kernel = names.of("k");
	if (isModule) parts.push(`import { kernel as ${kernel} } from "holdfast/compiled";`);
	else parts.push(`const { kernel: ${kernel} } = require("holdfast/compiled");`);
	const [module, suspended, load] = [names.of("m"), names.of("s"), names.of("load")];
	const record = `${kernel}.module(1, ${JSON.stringify(path)}, [${emitter.sites.join(", ")}])`;
	if (isModule && emitter.definitions.length > 0) {
		// In an import cycle a function may run before this line: its shell does then what stands here.
		const read = [...(emitter.usesSuspended ? ["suspended"] : []), ...emitter.constants].map(
			(member) => [member === "suspended" ? suspended : names.of(member), member] as const,
		);
		const entries = [...emitter.declarations.values()].filter(({ isEarly }) => isEarly).map(({ entry }) => entry);
		const variables = [...read.map(([name]) => name), ...entries, module];
		const values = [...read.map(([name, member]) => `${name} = ${kernel}.${member};`), `${module} = ${record};`];
		parts.push(`var ${variables.join(", ")}; ${module} ?? ${load}();`);
		parts.push(`function ${load}() { ${[...values, ...emitter.definitions].join(" ")} }`);
	} else {
		if (emitter.usesModule) parts.push(`const ${module} = ${record};`);
		if (emitter.usesSuspended) parts.push(`const ${suspended} = ${kernel}.suspended;`);
		for (const member of emitter.constants) parts.push(`const ${names.of(member)} = ${kernel}.${member};`);
	}
	// A computed key is turned into a property key exactly once, and named as the language names it.
	const [toKey, nameOfKey] = [names.of("toKey"), names.of("nameOfKey")];
	if (emitter.helpers.has("toKey"))
		parts.push(`function ${toKey}(key) { return typeof key === "symbol" ? key : Reflect.ownKeys({ [key]: 0 })[0]; }`);
	if (emitter.helpers.has("nameOfKey"))
		parts.push(
			`function ${nameOfKey}(key) { return typeof key !== "symbol" ? key : key.description === undefined ? "" : "[" + key.description + "]"; }`,
		);
	if (prologue !== "") parts.push(prologue);
	return `${parts.join(" ")} `;
}

function relativePath(filename: string, root: string | undefined): string {
	const path = toSlashes(filename);
	if (root === undefined) return path;
	const base = toSlashes(root).replace(/\/?$/, "/");
	return path.startsWith(base) ? path.slice(base.length) : path;
}

/** Where the whole file is to be native, no function needs a directive for it. */
function blameConfiguration(functions: readonly FunctionInfo[]): void {
	for (const info of functions) if (info.reason === "DIRECTIVE") info.reason = "CONFIGURATION";
}

/** What the author has asked for, or can do nothing about. */
const asked = new Set(["DIRECTIVE", "CONFIGURATION", "FIXTURES"]);

function collectDiagnostics(code: string, functions: readonly FunctionInfo[]): Diagnostic[] {
	const found: Diagnostic[] = [];
	let positions: Positions | undefined;
	for (const { isAsync, compiled, reason, inferredName, node } of functions) {
		if (!isAsync || compiled || reason === undefined) continue;
		positions ??= new Positions(code);
		found.push({
			code: `HOLDFAST_NATIVE_${reason}`,
			message: `${inferredName ? `"${inferredName}"` : "An async function"} stays native: it ${nativeReasons[reason]}.`,
			...positions.at(node.start),
			severity: asked.has(reason) ? "info" : "warning",
		});
	}
	return found;
}
