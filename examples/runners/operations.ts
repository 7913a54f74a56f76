/** A runner for Effection: a call without `await` is an operation. It does nothing until it is evaluated, each time anew. */
"use structured";

import { fromOperation, toOperation } from "@holdfast/interop/effection";
import { all, type Operation, race, sleep } from "effection";
import { type BareCall, run } from "holdfast";
import { type Log, measure } from "./measure.ts";

/** What the hook makes of a call; TypeScript sees the promise that it is elsewhere. */
const operation = <T>(call: Promise<T>): Operation<T> => call as unknown as Operation<T>;

export async function main(log: Log): Promise<number[]> {
	const willow = operation(measure("willow", log));
	const oak = operation(measure("oak", log));
	operation(measure("sequoia", log)); // never evaluated: it never begins
	log("described");
	const both = await fromOperation(all([willow, oak]));
	// A second time; the loser is halted, and has cleaned up when this goes on.
	const first = await fromOperation(race([willow, timeout(1)]));
	return [...both, first];
}

function* timeout(milliseconds: number): Operation<number> {
	yield* sleep(milliseconds);
	return 0;
}

export const start = (log: Log): Promise<number[]> =>
	run(main, { args: [log], bareCalls: ({ again }: BareCall) => toOperation(again) });
