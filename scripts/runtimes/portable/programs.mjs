// Programs that the tests compile while they run. The compiler runs on Node; so Node records what it gives, and the other
// hosts find it here. Where the host allows no `new Function`, the functions are found here as well.

/** `{ transforms: { [key]: code or error }, functions?: { [key]: function } }`, set before the bundle is loaded. */
const table = globalThis.holdfastPrograms ?? { transforms: {} };

/** Set while Node records. */
const recorder = globalThis.holdfastRecorder;

/** 53 bits of a text: enough to tell thousands of programs apart. */
export function keyOf(...parts) {
	const text = JSON.stringify(parts);
	let [high, low] = [0xdeadbeef, 0x41c6ce57];
	for (let index = 0; index < text.length; index++) {
		const code = text.charCodeAt(index);
		high = Math.imul(high ^ code, 2654435761);
		low = Math.imul(low ^ code, 1597334677);
	}
	high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
	low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
	return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}

/** Stands in for the compiler's. */
export function transform(source, options = {}) {
	const key = keyOf(source, options);
	if (recorder !== undefined) return recorder.transform(key, source, options);
	const found = table.transforms[key];
	if (found === undefined) throw new Error(`not recorded: ${source.slice(0, 200)}`);
	if (found.error !== undefined) throw Object.assign(new Error(found.error.message), found.error);
	return found;
}

/** Stands in for `Function` in tests. */
export function ProgramFunction(...args) {
	return madeFunction("Function", Function, args);
}

const AsyncFunction = (async () => {}).constructor;

/** An async function of a text, with `await`. */
export function asyncProgram(...args) {
	return madeFunction("AsyncFunction", AsyncFunction, args);
}

function madeFunction(kind, constructor, args) {
	const key = keyOf(kind, ...args);
	if (table.functions !== undefined) {
		const made = table.functions[key];
		if (made === undefined) throw new SyntaxError(`not recorded: ${args.at(-1).slice(0, 200)}`);
		return made;
	}
	const made = new constructor(...args);
	recorder?.made(key, kind, args);
	return made;
}
