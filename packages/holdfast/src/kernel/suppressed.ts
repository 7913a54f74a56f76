const suppressed = new WeakMap<object, unknown[]>();

/** What could not be kept with a primary error, because that is a primitive, goes here. */
export type Overflow = (error: unknown) => void;

/**
 * Keeps `error` as a further failure beside `primary`; the same object counts once.
 * Tells whether it could be kept: a primitive has no room for it.
 */
export function addSuppressed(primary: unknown, error: unknown): boolean {
	if (error === primary) return true;
	if ((typeof primary !== "object" && typeof primary !== "function") || primary === null) return false;
	const list = suppressed.get(primary);
	if (list === undefined) suppressed.set(primary, [error]);
	else if (!list.includes(error)) list.push(error);
	return true;
}

/**
 * The further failures that came after the one that was thrown: siblings of a task group, errors of cleanup, in order.
 *
 * @example
 * try { await withTaskGroup(body); } catch (error) { for (const other of suppressedErrors(error)) log(other); }
 */
export function suppressedErrors(error: unknown): readonly unknown[] {
	if ((typeof error !== "object" && typeof error !== "function") || error === null) return [];
	return suppressed.get(error) ?? [];
}
