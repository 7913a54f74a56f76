/** Effect 4. */
"use native";

import { fromEffect, toEffect } from "@holdfast/interop/effect";
import { Effect, Fiber, Stream } from "effect";
import { toAsyncIterable } from "holdfast/streams";
import { type RedisClient, type RedisOptions, ReplyError, withRedis } from "../../src/index.ts";
import { type Column, messages, publishAll, untilBlocked } from "../table.ts";

/** The connection is there for as long as the effect runs. */
const session = (program: (redis: RedisClient) => Effect.Effect<unknown, unknown>) => (at: RedisOptions) =>
	Effect.runPromise(toEffect(() => withRedis(at, (redis) => fromEffect(program(redis)))));

export const effect: Column = {
	"a value is set and read": session((redis) =>
		Effect.gen(function* () {
			yield* toEffect(() => redis.set("key", "hello"));
			return yield* toEffect(() => redis.get("key"));
		}),
	),
	"1,000 callers at once share a connection, in their order": session((redis) =>
		Effect.all(
			Array.from({ length: 1_000 }, () => toEffect(() => redis.incr("count"))),
			{ concurrency: "unbounded" },
		),
	),
	"an error reply is an error of its call alone": session((redis) =>
		Effect.gen(function* () {
			yield* toEffect(() => redis.set("key", "hello"));
			const error = yield* Effect.flip(toEffect(() => redis.lpush("key", "value")));
			return error instanceof ReplyError && [error.name, error.code, yield* toEffect(() => redis.get("key"))];
		}),
	),
	"a transaction": session((redis) => {
		const batch = redis.multi().add("SET", "a", 1).add("INCR", "a").add("LPUSH", "a", 1);
		return toEffect(() => batch.exec()).pipe(
			Effect.map(([set, count, error]) => [set, count, (error as ReplyError).name]),
		);
	}),
	"100 messages of a channel, in order": session((redis) =>
		Effect.gen(function* () {
			const found = Stream.fromAsyncIterable(toAsyncIterable(messages(redis)), (error) => error).pipe(
				Stream.take(100),
				Stream.runCollect,
			);
			const [all] = yield* Effect.all([found, toEffect(() => publishAll(redis))], { concurrency: 2 });
			return [...all];
		}),
	),
	"BRPOP that is cancelled closes its connection, and no other": session((redis) =>
		Effect.gen(function* () {
			const waiting = yield* Effect.forkChild(toEffect(() => redis.brpop("nothing")));
			yield* toEffect(() => untilBlocked(redis, 1));
			yield* Fiber.interrupt(waiting);
			yield* toEffect(() => untilBlocked(redis, 0));
			return yield* toEffect(() => redis.command("PING"));
		}),
	),
	"a killed connection is made again": session((redis) =>
		Effect.gen(function* () {
			yield* toEffect(() => redis.set("key", "hello"));
			yield* toEffect(() => redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"));
			return [yield* toEffect(() => redis.get("key")), redis.statistics.reconnects];
		}),
	),
	"a program that fails leaves no connection": session((redis) =>
		Effect.gen(function* () {
			yield* toEffect(() => redis.set("key", "hello"));
			return yield* Effect.fail(new Error("given up"));
		}),
	),
};
