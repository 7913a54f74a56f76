import type { PackedError } from "./packed-error.ts";

/** What runs in a worker: the source of a function, or what a module exports. */
export type PackedTarget =
	| { readonly source: string; readonly name: string }
	| { readonly module: string; readonly export: string; readonly name: string };

/** To a worker. One piece of work at a time; a cancellation is of the one that runs. */
export type Order =
	| {
			readonly kind: "run";
			readonly target: PackedTarget;
			readonly args: readonly unknown[];
			/** Values of context variables, by name. */
			readonly context: readonly (readonly [name: string, value: unknown])[];
			/** Milliseconds until the deadline; `Infinity` for none. */
			readonly remaining: number;
	  }
	| { readonly kind: "cancel"; readonly text: string };

/** From a worker: the outcome of its work, or an error that nobody else will see. */
export type Answer =
	| { readonly kind: "done"; readonly value: unknown }
	| { readonly kind: "failed"; readonly error: PackedError }
	| { readonly kind: "cancelled" }
	| { readonly kind: "report"; readonly error: PackedError };
