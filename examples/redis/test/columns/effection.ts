/** Effection 4. */
"use native";

import { fromOperation, toOperation } from "@holdfast/interop/effection";
import { all, type Operation, run, spawn, stream } from "effection";
import { toAsyncIterable } from "holdfast/streams";
import { type RedisClient, type RedisOptions, ReplyError, withRedis } from "../../src/index.ts";
import { type Column, messages, publishAll, untilBlocked } from "../table.ts";

/** The connection is there for as long as the operation. */
const session = (program: (redis: RedisClient) => Operation<unknown>) => async (at: RedisOptions) =>
	await run(() => toOperation(() => withRedis(at, (redis) => fromOperation(program(redis)))));

export const effection: Column = {
	"a value is set and read": session(function* (redis) {
		yield* toOperation(() => redis.set("key", "hello"));
		return yield* toOperation(() => redis.get("key"));
	}),
	"1,000 callers at once share a connection, in their order": session((redis) =>
		all(Array.from({ length: 1_000 }, () => toOperation(() => redis.incr("count")))),
	),
	"an error reply is an error of its call alone": session(function* (redis) {
		yield* toOperation(() => redis.set("key", "hello"));
		try {
			return yield* toOperation(() => redis.lpush("key", "value"));
		} catch (error) {
			if (!(error instanceof ReplyError)) throw error;
			return [error.name, error.code, yield* toOperation(() => redis.get("key"))];
		}
	}),
	"a transaction": session(function* (redis) {
		const batch = redis.multi().add("SET", "a", 1).add("INCR", "a").add("LPUSH", "a", 1);
		const [set, count, error] = yield* toOperation(() => batch.exec());
		return [set, count, (error as ReplyError).name];
	}),
	"100 messages of a channel, in order": session(function* (redis) {
		yield* spawn(() => toOperation(() => publishAll(redis)));
		const subscription = yield* stream(toAsyncIterable(messages(redis)));
		const found: string[] = [];
		while (found.length < 100) {
			const { value } = yield* subscription.next();
			found.push(value as string);
		}
		return found;
	}),
	"BRPOP that is cancelled closes its connection, and no other": session(function* (redis) {
		const waiting = yield* spawn(() => toOperation(() => redis.brpop("nothing")));
		yield* toOperation(() => untilBlocked(redis, 1));
		yield* waiting.halt();
		yield* toOperation(() => untilBlocked(redis, 0));
		return yield* toOperation(() => redis.command("PING"));
	}),
	"a killed connection is made again": session(function* (redis) {
		yield* toOperation(() => redis.set("key", "hello"));
		yield* toOperation(() => redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"));
		return [yield* toOperation(() => redis.get("key")), redis.statistics.reconnects];
	}),
	"a program that fails leaves no connection": session(function* (redis) {
		yield* toOperation(() => redis.set("key", "hello"));
		throw new Error("given up");
	}),
};
