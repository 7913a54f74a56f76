/** Plain async/await, compiled: run by `run` in one column, by `runSync` in the next. */
"use structured";

import { map, run, runSync, withTaskGroup } from "holdfast";
import { type RedisClient, type RedisOptions, ReplyError, withRedis } from "../../src/index.ts";
import { type Column, messages, publishAll, type Row, untilBlocked } from "../table.ts";

async function setAndGet(redis: RedisClient): Promise<unknown> {
	await redis.set("key", "hello");
	return await redis.get("key");
}

async function manyAtOnce(redis: RedisClient): Promise<unknown> {
	return await map(new Array(1_000).fill("count"), async (key) => await redis.incr(key), {
		concurrency: Number.POSITIVE_INFINITY,
	});
}

async function errorReply(redis: RedisClient): Promise<unknown> {
	await redis.set("key", "hello");
	try {
		return await redis.lpush("key", "value");
	} catch (error) {
		if (!(error instanceof ReplyError)) throw error;
		return [error.name, error.code, await redis.get("key")];
	}
}

async function transaction(redis: RedisClient): Promise<unknown> {
	const [set, count, error] = await redis.multi().add("SET", "a", 1).add("INCR", "a").add("LPUSH", "a", 1).exec();
	return [set, count, (error as ReplyError).name];
}

async function hundredMessages(redis: RedisClient): Promise<unknown> {
	return await withTaskGroup(async (group) => {
		group.spawn(publishAll, redis);
		const all: string[] = [];
		for await (const message of messages(redis)) if (all.push(message) === 100) break;
		return all;
	});
}

async function cancelled(redis: RedisClient): Promise<unknown> {
	await withTaskGroup(async (group) => {
		const waiting = group.spawn(() => redis.brpop("nothing"));
		await untilBlocked(redis, 1);
		waiting.cancel();
	});
	await untilBlocked(redis, 0);
	return await redis.command("PING");
}

async function killed(redis: RedisClient): Promise<unknown> {
	await redis.set("key", "hello");
	await redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no");
	return [await redis.get("key"), redis.statistics.reconnects];
}

async function fails(redis: RedisClient): Promise<unknown> {
	await redis.set("key", "hello");
	throw new Error("given up");
}

const programs: Readonly<Record<Row, (redis: RedisClient) => Promise<unknown>>> = {
	"a value is set and read": setAndGet,
	"1,000 callers at once share a connection, in their order": manyAtOnce,
	"an error reply is an error of its call alone": errorReply,
	"a transaction": transaction,
	"100 messages of a channel, in order": hundredMessages,
	"BRPOP that is cancelled closes its connection, and no other": cancelled,
	"a killed connection is made again": killed,
	"a program that fails leaves no connection": fails,
};

function column(start: (main: () => Promise<unknown>) => unknown): Column {
	const cells = Object.entries(programs).map(([row, program]) => [
		row,
		(at: RedisOptions) => start(() => withRedis(at, program)),
	]);
	return Object.fromEntries(cells) as Column;
}

export const compiled: Column = column((main) => run(main));

/** The same functions. */
export const synchronous: Column = column((main) => runSync(main));
