/** A `for…of` loop of a plain body: what it iterates, kept across suspensions. */
export interface Walk {
	value: unknown;
	/** The loop has a value that it has not done with: what leaves it closes the iterator. */
	open: boolean;
	readonly array: readonly unknown[] | null;
	index: number;
	readonly iterator: Iterator<unknown> | null;
	readonly next: (() => IteratorResult<unknown>) | null;
}

const arrayValues = /* @__PURE__ */ (() => Array.prototype[Symbol.iterator])();
const arrayIteratorPrototype = /* @__PURE__ */ (() =>
	Object.getPrototypeOf([][Symbol.iterator]()) as { next: unknown })();
const arrayNext = /* @__PURE__ */ (() => arrayIteratorPrototype.next)();

/** Begins to iterate. Arrays that are iterated as the language has it need no iterator. */
export function forOf(iterable: Iterable<unknown>): Walk {
	const method = iterable[Symbol.iterator] as unknown;
	if (Array.isArray(iterable) && method === arrayValues && arrayIteratorPrototype.next === arrayNext)
		return { value: undefined, open: false, array: iterable, index: 0, iterator: null, next: null };
	if (typeof method !== "function") throw new TypeError(`${describe(iterable)} is not iterable`);
	const iterator = Reflect.apply(method, iterable, []) as Iterator<unknown>;
	if (!isObject(iterator)) throw new TypeError(`Result of the Symbol.iterator method is not an object`);
	const { next } = iterator;
	return { value: undefined, open: false, array: null, index: 0, iterator, next };
}

/** Steps to the next value. */
export function forMore(walk: Walk): boolean {
	const { array } = walk;
	if (array !== null) {
		if (walk.index >= array.length) return false;
		walk.value = array[walk.index++];
		return true;
	}
	walk.open = false;
	const result = Reflect.apply(walk.next as never, walk.iterator, []) as IteratorResult<unknown>;
	if (!isObject(result)) throw new TypeError(`Iterator result ${String(result)} is not an object`);
	if (result.done) return false;
	walk.value = result.value;
	walk.open = true;
	return true;
}

/** An error leaves the loop: it wins over what closing throws. */
export function forBroken(walk: Walk, error: unknown): unknown {
	if (walk.open) {
		try {
			close(walk);
		} catch {}
	}
	return error;
}

/** The loop is over, or is left. */
export function forLeft(walk: Walk): void {
	if (!walk.open) return;
	const given = close(walk);
	if (!isObject(given)) throw new TypeError(`Iterator result ${String(given)} is not an object`);
}

/** What `return` gives; an object where there is none. */
function close(walk: Walk): unknown {
	walk.open = false;
	const { iterator } = walk;
	const method = (iterator as Iterator<unknown>).return as unknown;
	return method === undefined || method === null ? walk : Reflect.apply(method as never, iterator, []);
}

function isObject(value: unknown): boolean {
	return (typeof value === "object" && value !== null) || typeof value === "function";
}

function describe(value: unknown): string {
	return value === undefined || value === null ? String(value) : typeof value === "object" ? "object" : String(value);
}
