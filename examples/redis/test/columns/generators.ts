/** Generators, without a compiler: `yield* call(…)` is `await …`. */
"use native";

import { all, call, run, withTaskGroup } from "holdfast";
import { type RedisClient, type RedisOptions, ReplyError, withRedis } from "../../src/index.ts";
import { type Column, messages, publishAll, untilBlocked } from "../table.ts";

const session =
	(program: (redis: RedisClient) => Generator<never, unknown, unknown>) =>
	(at: RedisOptions): Promise<unknown> =>
		run(() => withRedis(at, program));

export const generators: Column = {
	"a value is set and read": session(function* (redis) {
		yield* call(() => redis.set("key", "hello"));
		return yield* call(() => redis.get("key"));
	}),
	"1,000 callers at once share a connection, in their order": session(function* (redis) {
		return yield* all(Array.from({ length: 1_000 }, () => () => redis.incr("count")));
	}),
	"an error reply is an error of its call alone": session(function* (redis) {
		yield* call(() => redis.set("key", "hello"));
		try {
			return yield* call(() => redis.lpush("key", "value"));
		} catch (error) {
			if (!(error instanceof ReplyError)) throw error;
			return [error.name, error.code, yield* call(() => redis.get("key"))];
		}
	}),
	"a transaction": session(function* (redis) {
		const batch = redis.multi().add("SET", "a", 1).add("INCR", "a").add("LPUSH", "a", 1);
		const [set, count, error] = yield* call(() => batch.exec());
		return [set, count, (error as ReplyError).name];
	}),
	"100 messages of a channel, in order": session(function* (redis) {
		return yield* withTaskGroup(function* (group) {
			group.spawn(publishAll, redis);
			const found: string[] = [];
			const iterator = messages(redis);
			while (found.length < 100) {
				const { value } = yield* call(() => iterator.next());
				found.push(value as string);
			}
			yield* call(() => iterator.return());
			return found;
		});
	}),
	"BRPOP that is cancelled closes its connection, and no other": session(function* (redis) {
		yield* withTaskGroup(function* (group) {
			const waiting = group.spawn(() => redis.brpop("nothing"));
			yield* call(untilBlocked, redis, 1);
			waiting.cancel();
		});
		yield* call(untilBlocked, redis, 0);
		return yield* call(() => redis.command("PING"));
	}),
	"a killed connection is made again": session(function* (redis) {
		yield* call(() => redis.set("key", "hello"));
		yield* call(() => redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"));
		return [yield* call(() => redis.get("key")), redis.statistics.reconnects];
	}),
	"a program that fails leaves no connection": session(function* (redis) {
		yield* call(() => redis.set("key", "hello"));
		throw new Error("given up");
	}),
};
