/** A class of errors, for `split` and `matchErrors`. */
export type ErrorClass<E> = abstract new (...args: never) => E;

/** Tells whether an error is of a kind. */
export function tester(what: string, kind: unknown): (error: unknown) => boolean {
	if (Array.isArray(kind)) {
		const testers = kind.map((each) => tester(what, each));
		return (error) => testers.some((test) => test(error));
	}
	if (typeof kind !== "function")
		throw new TypeError(`${what}: pass a class of errors, an array of classes, or a function, not ${String(kind)}.`);
	// The `prototype` of a class cannot be written; that of a class in the old style is an error.
	if (Object.getOwnPropertyDescriptor(kind, "prototype")?.writable === false || kind.prototype instanceof Error)
		return (error) => error instanceof kind;
	return kind as (error: unknown) => boolean;
}
