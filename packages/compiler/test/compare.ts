// Runs a program natively and compiled, and compares what it logs, returns and throws.
import { run } from "holdfast";
import { kernel as realKernel } from "holdfast/compiled";
import { transformSync } from "oxc-transform";
import { expect, test } from "vitest";
import { type TransformOptions, transform } from "../src/transform.ts";
import { kernel as referenceKernel } from "./reference-runtime.mjs";

/** What a program is observed to do. */
export interface Outcome {
	readonly log: readonly string[];
	readonly result: string;
}

/** How a program is compared. */
export interface CompareOptions {
	/** The file's name decides the language. Default `program.ts`. */
	readonly filename?: string;
	/** The order of log lines is promised only in native ticks. */
	readonly order?: "always" | "native";
	/** Sloppy mode. Default false. */
	readonly sloppy?: boolean;
	/** Default: both. */
	readonly runtimes?: readonly ("reference" | "real")[];
	/** Default: both. */
	readonly structures?: readonly ("scope" | "function")[];
	/** What the program may `require`. */
	readonly modules?: Readonly<Record<string, unknown>>;
	/** Whether it must do the same as the main function of a run, too. Default false. */
	readonly inRun?: boolean;
}

/** `run`: the real runtime, in a run. */
const kernels = { reference: referenceKernel, real: realKernel, run: realKernel };

const variants = [
	["default", "plain"],
	["default", "generators"],
	["native", "generators"],
] as const;

/** A test that a program, whose `main(log)` is called, does the same natively and in every way of compiling it. */
export function same(name: string, code: string, options: CompareOptions = {}): void {
	test(name, async () => {
		const {
			filename = "program.ts",
			order = "always",
			sloppy = false,
			runtimes = (process.env.RT?.split(",") as never) ?? ["reference", "real"],
			structures = ["scope", "function"],
			modules = {},
			inRun = false,
		} = options;
		const source = sloppy ? code : `"use strict";\n${code}`;
		const expected = await observe(source, filename, undefined, modules);
		for (const structure of structures) {
			for (const [ticks, bodies] of variants) {
				const compiled = transform(source, {
					filename,
					structure,
					ticks,
					bodies,
					format: "commonjs",
				} satisfies TransformOptions);
				expect(compiled.changed, "the program was compiled").toBe(true);
				for (const runtime of [...runtimes, ...(inRun ? (["run"] as const) : [])]) {
					// The reference runtime knows generators only.
					if (runtime === "reference" && bodies === "plain") continue;
					const actual = await observe(compiled.code, filename, runtime, modules);
					const message = `${runtime}, structure ${structure}, ticks ${ticks}, bodies ${bodies}\n${compiled.code}`;
					if (order === "native" && ticks === "default") expect(sorted(actual), message).toEqual(sorted(expected));
					else expect(actual, message).toEqual(expected);
				}
			}
		}
	});
}

function sorted({ log, result }: Outcome): Outcome {
	return { log: [...log].sort(), result };
}

/** Evaluates code as a CommonJS module and runs its `main`. */
export async function observe(
	code: string,
	filename: string,
	runtime: keyof typeof kernels | undefined,
	modules: Readonly<Record<string, unknown>> = {},
): Promise<Outcome> {
	const log: string[] = [];
	const javascript = stripTypes(code, filename);
	const require = (name: string): unknown => {
		if (name === "holdfast/compiled" && runtime !== undefined) return { kernel: kernels[runtime] };
		if (Object.hasOwn(modules, name)) return modules[name];
		throw new Error(`unexpected require of ${name}`);
	};
	const write = (...values: unknown[]): void => {
		log.push(values.map(show).join(" "));
	};
	let result: string;
	try {
		const evaluate = new Function("require", "module", "exports", "log", "sleep", `${javascript}\n;return main;`);
		const main = evaluate.call({}, require, { exports: {} }, {}, write, sleep) as () => Promise<unknown>;
		result = `value ${show(await (runtime === "run" ? run(main) : main()))}`;
	} catch (error) {
		result = `error ${show(error)}`;
	}
	return { log, result };
}

/** Removes types; JavaScript is left alone, JSX is compiled to calls of `h`. */
export function stripTypes(code: string, filename: string): string {
	if (/\.[cm]?js$/.test(filename)) return code;
	const result = transformSync(filename, code, {
		sourceType: "commonjs",
		jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" },
		decorator: { legacy: true },
	} as Parameters<typeof transformSync>[2]);
	const failure = result.errors.find(({ severity }) => severity === "Error");
	if (failure !== undefined) throw new Error(`${failure.message}\n${failure.codeframe ?? ""}\n${code}`);
	return result.code;
}

function sleep(milliseconds: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function show(value: unknown): string {
	if (value instanceof Error) return `${value.name}: ${value.message}`;
	if (typeof value === "function") return `function ${value.name}/${value.length}`;
	if (typeof value === "object" && value !== null) {
		try {
			return JSON.stringify(value, (_key, inner) =>
				inner === undefined ? "undefined" : typeof inner === "bigint" ? String(inner) : inner,
			);
		} catch {
			return Object.prototype.toString.call(value);
		}
	}
	return typeof value === "string" ? value : String(value);
}
