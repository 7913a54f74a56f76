// What the adapters take and give, as users write it: it has only to be right for the compiler.
import { Effect } from "effect";
import type { Operation } from "effection";
import { type Coroutine, fromCallback, fromEvent, toCallback, toPromise } from "holdfast";
import { fromObservable, type Stream, toObservable } from "holdfast/streams";
import { Observable } from "rxjs";
import { fromEffect, toEffect } from "../src/effect.ts";
import { fromOperation, toOperation } from "../src/effection.ts";
import { toSaga } from "../src/redux-saga.ts";
import * as rx from "../src/rxjs.ts";

declare const numbers$: Observable<number>;
declare function load(id: number): Promise<string>;
const a: Stream<number> = fromObservable(numbers$);
const b: Observable<unknown> = toObservable([1], Observable);
const c: Observable<string> = rx.toObservable(() => load(1));
const c2: Observable<number> = rx.toObservable(async function* () {
	yield 1;
});
const d: Effect.Effect<string, unknown> = toEffect(() => load(1));
const e: Coroutine<number> = fromEffect(Effect.succeed(1));
const f: Operation<string> = toOperation(() => load(1));
const g: Coroutine<string> = fromOperation(f);
const h: Promise<string> = toPromise(() => load(1));
const i: (id: number, callback: (error: unknown, value?: string) => void) => () => void = toCallback(load);
const j: Coroutine<string> = fromCallback<string>((done) => i(1, done));
const k: Coroutine<MouseEvent> = fromEvent<MouseEvent>(document.body, "click");
const l = toSaga(load);
const gen: Observable<number> = rx.toObservable(function* () {
	return yield* fromEffect(Effect.succeed(5));
});

export { a, b, c, c2, d, e, f, g, gen, h, i, j, k, l };
