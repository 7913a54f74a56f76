import type { DroppedCall, FunctionReport, Structure, Ticks } from "@holdfast/compiler";

/** A place in a file of the project. */
export interface Place {
	/** Relative to the root, with forward slashes. */
	readonly file: string;
	/** Counted from 1. */
	readonly line: number;
	/** Counted from 1. */
	readonly column: number;
}

/** Something that the doctor has to say. */
export interface Finding {
	/** A stable name: `plugin-missing`. */
	readonly code: string;
	/** A `problem` is to be mended, or said to be meant (`"use native"`); a `note` is good to know. */
	readonly level: "problem" | "note";
	readonly message: string;
	/** What to do about it. */
	readonly mend?: string;
	readonly place?: Place;
}

/** Something that loads or builds the project. */
export interface Tool {
	readonly name: string;
	/** Its configuration, or the script that starts it: `vite.config.ts`, `package.json, script "start"`. */
	readonly where: string;
	/** What of Holdfast it has: `@holdfast/compiler/vite`; `undefined`: nothing, so it compiles nothing. */
	readonly face: string | undefined;
	/** The options that stand in its configuration, as far as they are written out. */
	readonly options?: Readonly<Record<string, unknown>>;
}

/** A file with async functions. */
export interface SourceFile {
	/** Relative to the root, with forward slashes. */
	readonly path: string;
	/** `excluded`: by the configuration. `broken`: it cannot be parsed. */
	readonly status: "compiled" | "excluded" | "broken";
	readonly structure: Structure;
	readonly ticks: Ticks;
	readonly functions: readonly FunctionReport[];
	/** The tools that compile it if they come across it; which do, their entry points say. Tests: those that run tests. */
	readonly by: readonly string[];
}

/** A call that starts a task which may run on when its function has returned. */
export interface OutlivingCall extends Place {
	readonly callee: string;
	readonly caller: string;
	readonly callerPlace: Place;
	readonly kind: DroppedCall["target"]["kind"];
}

/** All that the doctor has found. */
export interface Diagnosis {
	readonly root: string;
	readonly node: string;
	/** The versions that the project finds; `undefined`: none. */
	readonly versions: { readonly holdfast: string | undefined; readonly compiler: string | undefined };
	/** The configuration file, relative to the root; `undefined`: none. */
	readonly config: string | undefined;
	/** For files that no override concerns; `undefined` if the configuration is wrong. */
	readonly structure: Structure | undefined;
	readonly ticks: Ticks | undefined;
	readonly tools: readonly Tool[];
	readonly files: readonly SourceFile[];
	readonly findings: readonly Finding[];
	/** By function: its calls stand together. */
	readonly outliving: readonly OutlivingCall[];
}
