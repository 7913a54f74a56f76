/** Whether this is an `async function` of the engine itself. */
export function isNativeAsync(fn: (...args: never[]) => unknown): boolean {
	return (
		(fn as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === "AsyncFunction" &&
		Function.prototype.toString.call(fn).startsWith("async")
	);
}
