import { describe } from "./describe.ts";

/** @throws TypeError that names the first unknown option, and the known ones */
export function checkOptions(what: string, options: unknown, known: readonly string[]): void {
	if (typeof options !== "object" || options === null || Array.isArray(options))
		throw new TypeError(`${what}: the options are ${describe(options)}; pass an object.`);
	for (const key of Object.keys(options))
		if (!known.includes(key))
			throw new TypeError(`${what}: unknown option ${JSON.stringify(key)}; known are ${known.join(", ")}.`);
}

/** @throws RangeError unless the value is a whole number from `least` on, or `Infinity` */
export function checkCount(what: string, value: number, least: number): void {
	if (value === Number.POSITIVE_INFINITY) return;
	if (!Number.isSafeInteger(value) || value < least)
		throw new RangeError(`${what} is ${describe(value)}; it is a whole number from ${least}, or Infinity.`);
}

/** @throws RangeError unless the value is a number of milliseconds from 0 on; `Infinity` is one */
export function checkDuration(what: string, value: number): void {
	if (typeof value !== "number" || !(value >= 0))
		throw new RangeError(`${what} is ${describe(value)}; it is a number of milliseconds, zero or more.`);
}

/** @throws TypeError unless the value is true, false or left out */
export function checkSwitch(what: string, value: unknown): void {
	if (value !== undefined && typeof value !== "boolean")
		throw new TypeError(`${what} is ${describe(value)}; it may be true or false.`);
}
