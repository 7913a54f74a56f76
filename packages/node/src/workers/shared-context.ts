import { type ContextVar, copyContext, MisuseError } from "holdfast";
import { describe } from "../describe.ts";

/** By name, in each thread; all copies of this package in a thread share it. */
const registered = Symbol.for("holdfast.node.shared-context");

function registry(): Map<string, ContextVar<unknown>> {
	const place = globalThis as { [registered]?: Map<string, ContextVar<unknown>> };
	place[registered] ??= new Map();
	return place[registered];
}

/**
 * Lets context variables cross into worker threads: where work runs by `runInWorker`, they have the values that they have
 * where it was called. Call it at the head of the module that makes them; a worker that imports this module then knows them
 * too, since they are told apart by name. Their values have to be cloneable by the structured clone algorithm. What the work
 * sets stays in the worker.
 *
 * @throws MisuseError for two variables of one name
 * @example
 * export const requestId = new ContextVar<string>("requestId");
 * shareWithWorkers(requestId);
 */
export function shareWithWorkers(...variables: readonly ContextVar<never>[] | readonly ContextVar<unknown>[]): void {
	const known = registry();
	for (const variable of variables as readonly ContextVar<unknown>[]) {
		if (typeof variable?.get !== "function" || typeof variable.name !== "string")
			throw new TypeError(`shareWithWorkers: ${describe(variable)} is no ContextVar.`);
		const other = known.get(variable.name);
		if (other !== undefined && other !== variable)
			throw new MisuseError(
				`shareWithWorkers: there is a variable named ${variable.name} already, and workers tell them apart by name; rename one.`,
			);
		known.set(variable.name, variable);
	}
}

/** The values of the running code, by name. */
export function packContext(): (readonly [name: string, value: unknown])[] {
	const context = copyContext();
	const packed: (readonly [string, unknown])[] = [];
	for (const [name, variable] of registry()) if (context.has(variable)) packed.push([name, context.get(variable)]);
	return packed;
}

/** Sets them for the running task, as far as this thread knows the variables. */
export function unpackContext(packed: readonly (readonly [name: string, value: unknown])[]): void {
	const known = registry();
	for (const [name, value] of packed) known.get(name)?.set(value);
}
