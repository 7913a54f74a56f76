import { development } from "./development.ts";

/** Who cancelled, and why. The first reason of a scope is kept. */
export interface CancelReason {
	readonly kind: "deadline" | "explicit" | "sibling" | "signal" | "shutdown";
	/** What was given to `cancel(text)`, or the name of the signal. */
	readonly text?: string;
	/** The task whose failure ended its siblings. */
	readonly task?: { readonly id: number; readonly name: string };
	/** The error of that task, or the reason of the aborted `AbortSignal`. */
	readonly error?: unknown;
	/** The scope that was cancelled. */
	readonly scope: { readonly name: string };
}

const KEY = Symbol("Cancelled");
const CODE = "HOLDFAST_CANCELLED";

/**
 * Thrown at every suspension inside a cancelled scope, until the scope is left (level-triggered, as in Trio).
 * Compiled code cannot catch it; elsewhere throw it on after cleaning up.
 *
 * Its `name` is `"AbortError"`, as the ecosystem expects of an abort. It cannot be constructed: call `scope.cancel()`.
 */
export class Cancelled extends Error {
	override readonly name: string = "AbortError";
	readonly code: string = CODE;
	readonly reason: CancelReason;

	/** @internal */
	constructor(key: symbol, reason: CancelReason) {
		if (key !== KEY)
			throw new TypeError("Cancelled cannot be constructed: cancel a scope with scope.cancel(reason) instead.");
		super(describeReason(reason));
		this.reason = reason;
	}

	/** That of another copy of the library in the process is one too. */
	static override [Symbol.hasInstance](value: unknown): boolean {
		try {
			return (value as { code?: unknown } | null | undefined)?.code === CODE;
		} catch {
			// Whatever was thrown cannot be read, so it is not ours.
			return false;
		}
	}
}

/** One object per cancelled scope: making an error with its stack costs more than everything else in a cancellation. */
export function makeCancelled(reason: CancelReason): Cancelled {
	const engine = Error as { stackTraceLimit?: number };
	const limit = engine.stackTraceLimit;
	if (limit !== undefined) engine.stackTraceLimit = 0;
	try {
		return new Cancelled(KEY, reason);
	} finally {
		if (limit !== undefined) engine.stackTraceLimit = limit;
	}
}

export function describeReason(reason: CancelReason): string {
	return development ? inWords(reason) : (reason.text ?? reason.kind);
}

function inWords(reason: CancelReason): string {
	const scope = reason.scope.name === "" ? "The scope" : `The scope "${reason.scope.name}"`;
	switch (reason.kind) {
		case "deadline":
			return `${scope} was cancelled: its deadline has passed.`;
		case "sibling":
			return reason.task === undefined
				? `${scope} was cancelled: it has failed.`
				: `${scope} was cancelled: its task ${reason.task.name} has failed.`;
		case "signal":
			return `${scope} was cancelled by ${reason.text ?? "a signal"}.`;
		case "shutdown":
			return `${scope} was cancelled: the run is ending.`;
		case "explicit":
			return reason.text === undefined ? `${scope} was cancelled.` : `${scope} was cancelled: ${reason.text}`;
	}
}
