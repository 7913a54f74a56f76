/** Under this symbol Node, Bun and Deno look for how `console.log` is to print an object. */
export const printed: unique symbol = /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom") as never;

/** What such a method is given to go on with. */
export type Inspect = (value: unknown, options: object) => string;

/** Lets objects be printed by a word and their `toJSON()`: from a task one could come to all that the kernel has. */
export function printAs(type: { readonly prototype: object }, word: string): void {
	Object.defineProperty(type.prototype, printed, {
		value(this: { toJSON(): object }, _depth: number, options: object, inspect: Inspect): string {
			return `${word} ${inspect(this.toJSON(), options)}`;
		},
		writable: true,
		configurable: true,
	});
}
