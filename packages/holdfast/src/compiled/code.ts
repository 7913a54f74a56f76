import { ForeignRunnerError } from "../errors.ts";
import { development } from "../kernel/development.ts";
import type { Code } from "../kernel/frame.ts";

/** The calling convention that this runtime speaks; see `docs/internals/abi.md`. */
const ABI = 1;

/** What the compiler knows of a file. */
export interface ModuleRecord {
	readonly file: string;
	/** Line and column of every await, in the original source. */
	readonly sites: readonly number[];
}

export function module(abi: number, file: string, sites: readonly number[]): ModuleRecord {
	if (abi !== ABI)
		throw new ForeignRunnerError(
			`${file} was compiled for calling convention ${abi}, and this runtime speaks ${ABI}: use versions of @holdfast/compiler and holdfast that belong together.`,
		);
	if (development) makeRoom();
	return { file, sites };
}

/** Between two calls of the program stand some of the runtime: with the engine's default few of the program's would be kept. */
function makeRoom(): void {
	const engine = Error as { stackTraceLimit?: number };
	if (engine.stackTraceLimit === 10) engine.stackTraceLimit = 50;
}

/** The function owns the tasks of its bare calls, and has some. */
export const OWNER = 1;
/** Awaits keep the engine's order of ticks. */
export const NATIVE_TICKS = 2;
export const ASYNC_GENERATOR = 4;
/** The shell is a declared function, which the engine lets be constructed. */
export const DECLARATION = 8;
/** The body runs as a plain function until it suspends. */
export const PLAIN = 16;

/** What the compiler knows of a function. */
export class CompiledCode implements Code {
	readonly name: string;
	readonly module: ModuleRecord | undefined;
	readonly flags: number;

	constructor(name: string, module: ModuleRecord | undefined, flags: number) {
		this.name = name;
		this.module = module;
		this.flags = flags;
	}

	place(site: number): string | undefined {
		const { module } = this;
		const line = module?.sites[site * 2 - 2];
		return line === undefined ? undefined : `${module?.file}:${line}:${module?.sites[site * 2 - 1]}`;
	}
}
