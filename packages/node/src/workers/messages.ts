import type { PackedError } from "./packed-error.ts";

/** What runs in a worker: the source of a function, what a module exports, or what the helper thread itself has. */
export type PackedTarget =
	| { readonly source: string; readonly name: string }
	| { readonly module: string; readonly export: string; readonly name: string }
	| { readonly builtin: string; readonly name: string };

/** A piece of work. */
export interface RunOrder {
	readonly kind: "run";
	readonly target: PackedTarget;
	readonly args: readonly unknown[];
	/** Values of context variables, by name. */
	readonly context: readonly (readonly [name: string, value: unknown])[];
	/** Milliseconds until the deadline; `Infinity` for none. */
	readonly remaining: number;
}

/**
 * To a worker. One piece of work at a time; a cancellation, which is its text, is of the one that runs. To clone names and
 * what says nothing takes as long as all the rest: so a target is sent once, and known by its place from then on.
 */
export type Order =
	| readonly [place: number, args: RunOrder["args"]]
	| readonly [
			place: number,
			args: RunOrder["args"],
			target: PackedTarget | undefined,
			context: RunOrder["context"],
			remaining: number,
	  ]
	| string;

/** From a worker: the outcome of its work, or an error that nobody else will see. */
export type Answer =
	| { readonly kind: "done"; readonly value: unknown }
	| { readonly kind: "failed"; readonly error: PackedError }
	| { readonly kind: "cancelled" }
	| { readonly kind: "report"; readonly error: PackedError };

/** To the helper thread of synchronous runs, which does several pieces of work at once. */
export type HelperOrder =
	| (RunOrder & {
			readonly id: number;
			/** Of the loop that waits for the answer. */
			readonly bell: Int32Array<SharedArrayBuffer>;
	  })
	| { readonly kind: "cancel"; readonly id: number; readonly text: string };

/** From the helper thread. Without an answer: it has begun. */
export interface HelperAnswer {
	readonly id: number;
	readonly answer?: Answer | { readonly kind: "died"; readonly exitCode: number; readonly error?: PackedError };
}
