import type { Node } from "./ast.ts";
import type { Structure } from "./options.ts";

/** How a function is compiled: left native, or with this owner of its bare calls. */
export type Mode = "native" | Structure;

const modes: Record<string, Mode> = {
	"use native": "native",
	"use structured": "function",
	"use scope": "scope",
};

/** What the directives at the head of a file or function body say. */
export interface Directives {
	readonly strict: boolean;
	readonly mode: Mode | undefined;
	/** The number of directive statements. */
	readonly count: number;
}

/** Reads the directive prologue of a list of statements. The last directive about the mode counts. */
export function readDirectives(statements: readonly Node[]): Directives {
	let strict = false;
	let mode: Mode | undefined;
	let count = 0;
	for (const statement of statements) {
		const directive =
			statement.type === "ExpressionStatement" ? (statement as { directive?: string | null }).directive : undefined;
		if (directive === undefined || directive === null) break;
		count++;
		if (directive === "use strict") strict = true;
		else mode = modes[directive] ?? mode;
	}
	return { strict, mode, count };
}
