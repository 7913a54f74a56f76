/** A runner for RxJS: a call without `await` is an Observable. Each subscription makes the call, unsubscribing cancels it. */
"use structured";

import { fromObservable, toObservable } from "@holdfast/interop/rxjs";
import { type BareCall, run } from "holdfast";
import { map, merge, type Observable, repeat, timer } from "rxjs";
import { takeUntil } from "rxjs/operators";
import { type Log, measure } from "./measure.ts";

/** What the hook makes of a call; TypeScript sees the promise that it is elsewhere. */
const observable = <T>(call: Promise<T>): Observable<T> => call as unknown as Observable<T>;

export async function main(log: Log): Promise<number[]> {
	const willow = observable(measure("willow", log));
	const oak = observable(measure("oak", log));
	log("described");
	const doubled = merge(willow, oak).pipe(
		map((length) => length * 2),
		repeat(2),
	);
	const lengths: number[] = [];
	for await (const length of fromObservable(doubled)) lengths.push(length);
	const slow = observable(measure("sequoia".repeat(1_000), () => {}));
	for await (const length of fromObservable(slow.pipe(takeUntil(timer(5))))) lengths.push(length);
	return lengths.sort((a, b) => a - b);
}

export const start = (log: Log): Promise<number[]> =>
	run(main, { args: [log], bareCalls: ({ again }: BareCall) => toObservable(again) });
