/** The commands, each with what must come out, in both versions of the protocol. */
"use structured";

import { withTaskGroup, withTimeout } from "holdfast";
import {
	type ConnectionLostError,
	connectRedis,
	type RedisClient,
	type RedisOptions,
	type ReplyError,
	withRedis,
} from "../src/index.ts";

export interface Station {
	readonly visit: (redis: RedisClient) => Promise<unknown>;
	readonly expected: unknown;
}

/** What a call has failed with. (Not `.catch`, which would make a promise that a synchronous run cannot wait for.) */
async function failure(body: () => Promise<unknown>): Promise<unknown> {
	try {
		return await body();
	} catch (error) {
		return error;
	}
}

export const stations = {
	"strings, with options": {
		visit: async (redis) => [
			await redis.set("a", "ä\r\n€", { expiresIn: 60_000 }),
			await redis.set("a", "other", { only: "if-absent" }),
			await redis.set("b", "other", { only: "if-present" }),
			await redis.mget("a", "b"),
			((await redis.ttl("a")) ?? 0) > 1_000,
			await redis.expire("b", 1_000),
			[await redis.ttl("b"), await redis.exists("a", "b"), await redis.del("a", "b"), await redis.get("a")],
		],
		expected: [true, false, false, ["ä\r\n€", null], true, false, [null, 1, 1, null]],
	},
	counters: {
		visit: async (redis) => [
			await redis.incr("n"),
			await redis.incr("n", 41),
			await redis.ttl("n"),
			await redis.command("INCRBYFLOAT", "n", 0.5),
			await redis.send(["SETRANGE", "big", 0, "x"]),
		],
		expected: [1, 42, Number.POSITIVE_INFINITY, "42.5", 1],
	},
	"bytes as they are": {
		visit: async (redis) => {
			const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256);
			await redis.set("bytes", bytes);
			const back = (await redis.getBytes("bytes")) as Uint8Array;
			return [back.length, back.every((byte, index) => byte === index % 256), await redis.getBytes("none")];
		},
		expected: [300_000, true, null],
	},
	hashes: {
		visit: async (redis) => [
			await redis.hset("h", { a: 1, b: "two" }),
			await redis.hget("h", "b"),
			await redis.hgetall("h"),
			await redis.hgetall("none"),
		],
		expected: [
			2,
			"two",
			new Map([
				["a", "1"],
				["b", "two"],
			]),
			new Map(),
		],
	},
	"lists, and BRPOP that finds something": {
		visit: async (redis) => [
			await redis.lpush("l", "a", "b", "c"),
			await redis.lrange("l"),
			await redis.rpop("l"),
			await redis.brpop(["none", "l"]),
			await redis.brpop("none", 10),
		],
		expected: [3, ["c", "b", "a"], "a", ["l", "b"], null],
	},
	"BRPOP holds nobody up": {
		visit: async (redis) =>
			await withTaskGroup(async (group) => {
				const waiting = group.spawn(() => redis.brpop("queue"));
				while (!((await redis.command("CLIENT", "LIST")) as string).includes(" cmd=brpop "))
					await redis.command("PING");
				await redis.lpush("queue", "job");
				return await waiting;
			}),
		expected: ["queue", "job"],
	},
	"scanning a thousand keys": {
		visit: async (redis) => {
			const batch = redis.pipeline();
			for (let index = 0; index < 1_000; index++) batch.add("SET", `key:${index}`, index);
			const replies = await batch.add("LPUSH", "list", 1).exec();
			const keys = new Set<string>();
			for await (const key of redis.scan({ match: "key:*", type: "string", count: 50 })) keys.add(key);
			return [replies.length, keys.size];
		},
		expected: [1_001, 1_000],
	},
	"scripts and information": {
		visit: async (redis) => [
			await redis.eval("return {KEYS[1], ARGV[1], 7}", ["k"], ["v"]),
			((await failure(() => redis.eval("return redis.error_reply('MINE own error')"))) as ReplyError).code,
			/^\d+\.\d+/.test((await redis.info("server")).get("redis_version") ?? ""),
		],
		expected: [["k", "v", 7], "MINE", true],
	},
	"a transaction that is refused as a whole": {
		visit: async (redis) => {
			const error = (await failure(() => redis.multi().add("SET", "a", 1).add("NONSENSE").exec())) as ReplyError;
			return [error.code, (error.cause as ReplyError).command, await redis.get("a")];
		},
		expected: ["EXECABORT", "NONSENSE", null],
	},
	patterns: {
		visit: async (redis) => {
			await using subscription = await redis.listen({ channels: ["news"], patterns: ["n*", "x*"] });
			await redis.publish("news", "one");
			await redis.publish("night", "two");
			const messages: unknown[] = [];
			for await (const message of subscription) if (messages.push(message) === 3) break;
			return messages;
		},
		expected: [
			{ channel: "news", message: "one" },
			{ pattern: "n*", channel: "news", message: "one" },
			{ pattern: "n*", channel: "night", message: "two" },
		],
	},
} as const satisfies Record<string, Station>;

/** A client for the rest of a block. */
export async function block(at: RedisOptions): Promise<string | null> {
	await using redis = await connectRedis(at);
	await redis.set("key", "hello");
	return await redis.get("key");
}

/** A command whose time is up. */
export async function timeLimit(redis: RedisClient): Promise<unknown> {
	const late = await failure(async () => await withTimeout(5, () => redis.brpop("none")));
	return [(late as Error).name, await redis.command("PING")];
}

/** A server that goes away and comes back, in the middle of everything. */
export async function overRestart(at: RedisOptions, restart: () => Promise<void>): Promise<unknown> {
	return await withRedis(at, async (redis) => {
		const subscription = await redis.subscribe("news");
		const messages: string[] = [];
		const iterator = subscription[Symbol.asyncIterator]();
		const take = async (): Promise<void> => {
			const { value } = await iterator.next();
			if (value !== undefined) messages.push(value.message);
		};
		await redis.publish("news", "before");
		await take();
		const waiting = failure(() => redis.brpop("queue"));
		while (!((await redis.command("CLIENT", "LIST")) as string).includes(" cmd=brpop ")) await redis.command("PING");
		await restart();
		const { name, mayHaveRun } = (await waiting) as ConnectionLostError;
		const next = await redis.send(["INCR", "n"], { retry: "idempotent" });
		while ((await redis.publish("news", "after")) === 0) await redis.command("PING");
		await take();
		return { inFlight: { name, mayHaveRun }, next, messages, gaps: subscription.gaps };
	});
}
