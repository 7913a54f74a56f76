/** What a body yields to hand a value to its consumer; used up at once. */
export class Production {
	value: unknown;
	/** What `yield*` is asking, if it is that. */
	inner: Inner | null = null;
}

/** What `yield*` is asking. */
export interface Inner {
	readonly iterator: { readonly return?: unknown };
	readonly sync: boolean;
}

export const production: Production = new Production();

export function produce(value: unknown): Production {
	production.value = value;
	production.inner = null;
	return production;
}

export function produceFor(inner: Inner, value: unknown): Production {
	production.value = value;
	production.inner = inner;
	return production;
}

/** Thrown into a body that stands in `yield*` for what must not reach the inner iterator. */
export class Abrupt {
	readonly error: unknown;

	constructor(error: unknown) {
		this.error = error;
	}
}
