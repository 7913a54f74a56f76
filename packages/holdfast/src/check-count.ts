import { describe } from "./invoke.ts";

/** @throws RangeError unless `count` is a whole number from `least`, or `Infinity` where that is allowed */
export function checkCount(what: string, count: number, least: number, orInfinity = true, mend = ""): number {
	if (Number.isSafeInteger(count) ? count < least : !(orInfinity && count === Number.POSITIVE_INFINITY))
		throw new RangeError(
			`${what} must be a whole number from ${least}${orInfinity ? ", or Infinity" : ""}, not ${describe(count)}${mend}.`,
		);
	return count;
}
