import {
	toObservable as convert,
	type FromObservableOptions,
	type Observed,
	fromObservable as observe,
	type Stream,
} from "holdfast/streams";
import { Observable } from "rxjs";
import { checkPeer } from "./peer-error.ts";

/**
 * A source, or a function that gives one or a value, as an Observable of RxJS: cold, each subscription is a task. See
 * `toObservable` of `holdfast/streams`, of which this is the form with RxJS's types and operators.
 *
 * @throws PeerError if the installed RxJS is not version 7
 * @throws TypeError for what cannot be read
 * @example
 * const results$ = queries$.pipe(switchMap((query) => toObservable(() => search(query))));
 */
export function toObservable<T>(source: Observed<T>): Observable<T> {
	checkPeer("rxjs", "rxjs@^7.2.0", [Observable]);
	return convert(source, Observable as never) as Observable<T>;
}

/**
 * Reads an Observable of RxJS as a stream: `fromObservable` of `holdfast/streams`, with RxJS's types.
 *
 * @throws RangeError for a capacity that is no whole number from 1
 * @example
 * for await (const move of fromObservable(moves$.pipe(throttleTime(16)))) await draw(move);
 */
export function fromObservable<T>(observable: Observable<T>, options?: FromObservableOptions): Stream<T> {
	return observe<T>(observable as never, options);
}
