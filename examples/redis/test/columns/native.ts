/** Native async functions, which no compiler has seen. */
"use native";

import { toPromise } from "holdfast";
import { toAsyncIterable } from "holdfast/streams";
import { type RedisClient, type RedisOptions, ReplyError, withRedis } from "../../src/index.ts";
import { type Column, messages, publishAll, untilBlocked } from "../table.ts";

/** A call that belongs to the session, is cancelled with it, and is waited for. */
const ask = toPromise;

const session =
	(program: (redis: RedisClient) => Promise<unknown>) =>
	async (at: RedisOptions): Promise<unknown> =>
		await toPromise(() => withRedis(at, program));

export const native: Column = {
	"a value is set and read": session(async (redis) => {
		await ask(() => redis.set("key", "hello"));
		return await ask(() => redis.get("key"));
	}),
	"1,000 callers at once share a connection, in their order": session(
		async (redis) => await Promise.all(Array.from({ length: 1_000 }, () => ask(() => redis.incr("count")))),
	),
	"an error reply is an error of its call alone": session(async (redis) => {
		await ask(() => redis.set("key", "hello"));
		const error = await ask(() => redis.lpush("key", "value")).catch((error) => error as ReplyError);
		return error instanceof ReplyError && [error.name, error.code, await ask(() => redis.get("key"))];
	}),
	"a transaction": session(async (redis) => {
		const batch = redis.multi().add("SET", "a", 1).add("INCR", "a").add("LPUSH", "a", 1);
		const [set, count, error] = await ask(() => batch.exec());
		return [set, count, (error as ReplyError).name];
	}),
	"100 messages of a channel, in order": session(async (redis) => {
		const published = ask(() => publishAll(redis));
		const all: string[] = [];
		for await (const message of toAsyncIterable(messages(redis))) if (all.push(message) === 100) break;
		await published;
		return all;
	}),
	"BRPOP that is cancelled closes its connection, and no other": session(async (redis) => {
		const controller = new AbortController();
		const waiting = ask(() => redis.brpop("nothing"), { signal: controller.signal }).catch(
			(error: Error) => error.name,
		);
		await ask(() => untilBlocked(redis, 1));
		controller.abort();
		if ((await waiting) !== "AbortError") return await waiting;
		await ask(() => untilBlocked(redis, 0));
		return await ask(() => redis.command("PING"));
	}),
	"a killed connection is made again": session(async (redis) => {
		await ask(() => redis.set("key", "hello"));
		await ask(() => redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"));
		return [await ask(() => redis.get("key")), redis.statistics.reconnects];
	}),
	"a program that fails leaves no connection": session(async (redis) => {
		await ask(() => redis.set("key", "hello"));
		throw new Error("given up");
	}),
};
