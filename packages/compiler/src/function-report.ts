import type { FunctionInfo } from "./function-info.ts";

/**
 * What an async function has become: a plain function that makes a frame only when it suspends, a generator, or, left as it
 * was, an async function of the engine.
 */
export type FunctionForm = "plain" | "generator" | "native";

/** One async function of a file, and what the compiler has made of it. */
export interface FunctionReport {
	/** As the language names it; empty where it has no name, or one that is only known when the program runs. */
	readonly name: string;
	/** Line at which it begins, counted from 1. */
	readonly line: number;
	/** Column at which it begins, counted from 1. */
	readonly column: number;
	/** An await of its own stands in it, `for await` and `await using` included. */
	readonly hasAwait: boolean;
	readonly isGenerator: boolean;
	readonly form: FunctionForm;
	/** Why it is no plain function: a diagnostic's code (`HOLDFAST_NATIVE_EVAL`) for a native one, else a few words. */
	readonly reason?: string;
}

/** The async functions of a file, in the order in which they begin. */
export function reportFunctions(
	functions: readonly FunctionInfo[],
	at: (offset: number) => { line: number; column: number },
): FunctionReport[] {
	const reports: FunctionReport[] = [];
	for (const info of functions) {
		if (!info.isAsync || info.overridden) continue;
		const { compiled, form, reason, inferredName: name = "", hasAwait, isGenerator } = info;
		const place = { ...at(startOf(info)), hasAwait, isGenerator };
		if (compiled) reports.push({ name, ...place, ...(form ?? { form: "generator", reason: otherwise(info) }) });
		else reports.push({ name, ...place, form: "native", ...(reason && { reason: `HOLDFAST_NATIVE_${reason}` }) });
	}
	return reports;
}

/** Bodies that are never tried as plain ones. */
function otherwise({ isGenerator, kind }: FunctionInfo): string {
	if (isGenerator) return "an async generator";
	return kind === "private-method" ? "a private method" : "a decorated method";
}

/** The node of a method begins only at its parameters. */
function startOf({ kind, holder, node }: FunctionInfo): number {
	const isMethod = kind === "class-method" || kind === "private-method" || kind === "object-method";
	return isMethod && holder !== undefined ? holder.start : node.start;
}
