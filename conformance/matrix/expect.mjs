/**
 * What DESIGN.md says about a combination: when it is over, which cleanup has come to its end, and what comes out.
 *
 * A step of cleanup: `takes` so long, and is cut when the grace runs out, unless it is `shielded` or, once begun,
 * `refuses`; `regions` (1) come to their end with it, in tasks side by side; with `part` none does yet; one that comes
 * `after` others in the same block is reached only if none of them was cut.
 */
import { CALL, CANCEL, GRACE } from "./times.mjs";

/** One call in so many has cleanup that waits. */
export const EVERY = 25;
export const hasCleanup = (level) => level % EVERY === 3;

export function expectation({ initiator, point, shape, depth, inner, outer }) {
	const from = initiator.atOnce ? 0 : CANCEL;
	const cutAt = (initiator.graceFrom ?? from) + (initiator.grace ?? GRACE);
	let now = from;
	let finished = 0;
	let cuts = 0;
	/** Whether cleanup that the failure passes on its way out was cut. */
	let cutAfterwards = false;

	const run = ({ takes, refuses, shielded, regions = 1, part, after }, allowed) => {
		let ends = true;
		if (takes > 0) {
			const isCut = now >= cutAt;
			if (shielded || (refuses && !isCut)) now += takes;
			else if (now + takes < cutAt) now += takes;
			else {
				now = Math.max(now, cutAt);
				ends = false;
			}
		}
		if (!ends) cuts++;
		if (ends && !part && (allowed || !after)) finished += regions;
		return ends;
	};

	const { hold, regions = 0 } = point;
	const steps = (initiator.atOnce && point.atOnce) || point.steps || [];
	if (hold === "shielded" || (hold === "refused" && !initiator.atOnce)) now = Math.max(now, point.until);
	if (hold === "protected") {
		const ends = point.until < cutAt;
		now = Math.max(now, ends ? point.until : cutAt);
		if (ends) finished += regions;
	}
	for (const step of steps) run(step, true);
	let whole = true;
	for (const step of shape.steps) whole = run(step, whole) && whole;
	const failsFirst = shape.throws && shape.steps.length > 1 && !whole;
	for (let level = 1; level <= depth; level++) {
		const step = hasCleanup(level) ? { takes: CALL } : { takes: 0 };
		if (!run(step, true)) cutAfterwards = true;
	}
	let fails = shape.throws || (shape.uncaught && !inner.compiled);
	// In plain JavaScript what a `finally` throws, here the cancellation of a cut cleanup, replaces what led there.
	if (fails && ((failsFirst && !inner.compiled) || (cutAfterwards && !outer.compiled))) fails = false;
	return { end: fails ? now : Math.max(now, initiator.endsAtLeast ?? 0), finished, fails, cuts, cutAt };
}

/** Gives what is wrong with an outcome. */
export function judge(env, expected, outcome, suppressedErrors, { compiled }) {
	const { initiator, failure, boom } = env;
	const text = describe(outcome);
	const fails = expected.fails && !initiator.swallows;
	if (fails && initiator.reports) {
		if (!env.reports.some((report) => report.error === failure)) return "the error of the cleanup was not reported";
	} else if (fails && initiator.throws === "boom" && !initiator.replaced?.({ compiled })) {
		if (outcome.error !== boom) return `${text} instead of the first error`;
		return suppressedErrors(boom).includes(failure) ? undefined : "the error of the cleanup was lost";
	} else if (fails) {
		if (outcome.error !== failure) return `${text} instead of the error of the cleanup`;
		const late = initiator.kind === "deadline" && typeof initiator.throws === "function";
		if (late && !suppressedErrors(failure).some((error) => initiator.throws(error)))
			return "the time limit's error is not beside that of the cleanup";
		return undefined;
	}
	if (initiator.caughtInside) return initiator.throws(env.result) ? undefined : `the task threw ${env.result}`;
	if (initiator.throws === "boom") return outcome.error === boom ? undefined : `${text} instead of the error`;
	if (initiator.throws !== undefined) return initiator.throws(outcome.error) ? undefined : text;
	return "error" in outcome || outcome.value !== initiator.gives ? `${text} instead of ${initiator.gives}` : undefined;
}

function describe(outcome) {
	return "error" in outcome
		? `threw ${outcome.error?.name ?? outcome.error}: ${outcome.error?.message}`
		: `gave ${outcome.value}`;
}
