/** Whether this is an `async function` of the engine itself. */
export function isNativeAsync(fn: (...args: never[]) => unknown): boolean {
	return (
		(fn as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === "AsyncFunction" &&
		Function.prototype.toString.call(fn).startsWith("async")
	);
}

/** What TypeScript and esbuild, Babel, and SWC make of an async function where generators are all that the target has. */
const LOWERED = /\b(?:__awaiter|__async|_?async_?to_?generator)\b|\breturn _\w+\.apply\(this, ?arguments\)/i;

/** Whether this was an async function before another tool wrote it as a generator and a promise. */
export function isLoweredAsync(fn: (...args: never[]) => unknown): boolean {
	return LOWERED.test(Function.prototype.toString.call(fn));
}
