/** RxJS 7. */
"use native";

import { fromObservable, toObservable } from "@holdfast/interop/rxjs";
import { coroutine } from "holdfast";
import {
	catchError,
	concat,
	concatMap,
	ignoreElements,
	lastValueFrom,
	map,
	merge,
	mergeMap,
	type Observable,
	of,
	range,
	take,
	takeUntil,
	throwError,
	toArray,
} from "rxjs";
import { type RedisClient, type RedisOptions, type ReplyError, withRedis } from "../../src/index.ts";
import { type Column, messages, publishAll, untilBlocked } from "../table.ts";

/** The connection is there for as long as the Observable is subscribed to. */
const session = (program: (redis: RedisClient) => Observable<unknown>) => (at: RedisOptions) =>
	lastValueFrom(toObservable(() => withRedis(at, (redis) => last(program(redis)))));

const last = coroutine(function* (source$: Observable<unknown>) {
	const values = fromObservable(source$);
	let result: unknown;
	for (;;) {
		const { done, value } = yield* values.next();
		if (done) return result;
		result = value;
	}
});

export const rxjs: Column = {
	"a value is set and read": session((redis) =>
		toObservable(() => redis.set("key", "hello")).pipe(concatMap(() => toObservable(() => redis.get("key")))),
	),
	"1,000 callers at once share a connection, in their order": session((redis) =>
		range(0, 1_000).pipe(
			mergeMap(() => toObservable(() => redis.incr("count"))),
			toArray(),
		),
	),
	"an error reply is an error of its call alone": session((redis) =>
		toObservable(() => redis.set("key", "hello")).pipe(
			concatMap(() => toObservable(() => redis.lpush("key", "value"))),
			catchError(({ name, code }: ReplyError) =>
				toObservable(() => redis.get("key")).pipe(map((value) => [name, code, value])),
			),
		),
	),
	"a transaction": session((redis) => {
		const batch = redis.multi().add("SET", "a", 1).add("INCR", "a").add("LPUSH", "a", 1);
		return toObservable(() => batch.exec()).pipe(
			map((replies) => replies as unknown[]),
			map(([set, count, error]) => [set, count, (error as ReplyError).name]),
		);
	}),
	"100 messages of a channel, in order": session((redis) =>
		merge(
			toObservable(() => messages(redis)).pipe(take(100)),
			toObservable(() => publishAll(redis)).pipe(ignoreElements()),
		).pipe(toArray()),
	),
	"BRPOP that is cancelled closes its connection, and no other": session((redis) =>
		concat(
			toObservable(() => redis.brpop("nothing")).pipe(takeUntil(toObservable(() => untilBlocked(redis, 1)))),
			toObservable(() => untilBlocked(redis, 0)),
			toObservable(() => redis.command("PING")),
		),
	),
	"a killed connection is made again": session((redis) =>
		concat(
			toObservable(() => redis.set("key", "hello")),
			toObservable(() => redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")),
			toObservable(() => redis.get("key")).pipe(map((value) => [value, redis.statistics.reconnects])),
		),
	),
	"a program that fails leaves no connection": session((redis) =>
		concat(
			toObservable(() => redis.set("key", "hello")),
			throwError(() => new Error("given up")),
			of("never"),
		),
	),
};
