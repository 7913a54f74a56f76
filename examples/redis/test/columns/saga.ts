/** redux-saga 1. Its effects have no types: what a `yield` gives is unknown. */
"use native";

import { fromSaga, toSaga } from "@holdfast/interop/redux-saga";
import { toPromise } from "holdfast";
import { all, call, cancel, fork } from "redux-saga/effects";
import { type RedisClient, type RedisOptions, ReplyError, withRedis } from "../../src/index.ts";
import { type Column, untilBlocked } from "../table.ts";

/** The connection is there for as long as the saga. */
const session = (program: (redis: RedisClient) => Generator) => async (at: RedisOptions) =>
	await toPromise(() => withRedis(at, (redis) => fromSaga({}, program as never, redis as never)));

// biome-ignore lint/suspicious/noExplicitAny: redux-saga's own types of effects do not know what a saga gives
const ask = (fn: () => Promise<unknown>): any => call(toSaga(fn) as never);

export const saga: Column = {
	"a value is set and read": session(function* (redis) {
		yield ask(() => redis.set("key", "hello"));
		return yield ask(() => redis.get("key"));
	}),
	"1,000 callers at once share a connection, in their order": session(function* (redis) {
		return yield all(Array.from({ length: 1_000 }, () => ask(() => redis.incr("count"))));
	}),
	"an error reply is an error of its call alone": session(function* (redis) {
		yield ask(() => redis.set("key", "hello"));
		try {
			return yield ask(() => redis.lpush("key", "value"));
		} catch (error) {
			if (!(error instanceof ReplyError)) throw error;
			return [error.name, error.code, yield ask(() => redis.get("key"))];
		}
	}),
	"a transaction": session(function* (redis) {
		const batch = redis.multi().add("SET", "a", 1).add("INCR", "a").add("LPUSH", "a", 1);
		const [set, count, error] = (yield ask(() => batch.exec())) as unknown[];
		return [set, count, (error as ReplyError).name];
	}),
	"100 messages of a channel, in order":
		"redux-saga's channels cannot make a source wait: read them in a coroutine, which dispatches actions",
	"BRPOP that is cancelled closes its connection, and no other": session(function* (redis) {
		const waiting = yield fork(toSaga(() => redis.brpop("nothing")) as never);
		yield ask(() => untilBlocked(redis, 1));
		yield cancel(waiting as never);
		yield ask(() => untilBlocked(redis, 0));
		return yield ask(() => redis.command("PING"));
	}),
	"a killed connection is made again": session(function* (redis) {
		yield ask(() => redis.set("key", "hello"));
		yield ask(() => redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"));
		return [yield ask(() => redis.get("key")), redis.statistics.reconnects];
	}),
	"a program that fails leaves no connection": session(function* (redis) {
		yield ask(() => redis.set("key", "hello"));
		throw new Error("given up");
	}),
};
