/** What every colour has to do, and what must come out. */
"use structured";

import { sleep } from "holdfast";
import type { RedisClient, RedisOptions } from "../src/index.ts";

/** Each cell is a whole program, from connecting to what is left: it gives this. */
export const rows = {
	"a value is set and read": "hello",
	"1,000 callers at once share a connection, in their order": Array.from({ length: 1_000 }, (_, index) => index + 1),
	"an error reply is an error of its call alone": ["ReplyError", "WRONGTYPE", "hello"],
	"a transaction": ["OK", 2, "ReplyError"],
	"100 messages of a channel, in order": Array.from({ length: 100 }, (_, index) => `message ${index}`),
	"BRPOP that is cancelled closes its connection, and no other": "PONG",
	"a killed connection is made again": ["hello", 1],
	"a program that fails leaves no connection": "given up",
};

export type Row = keyof typeof rows;

/** A program in one colour; or, as text, why it has no meaning there. */
export type Cell = ((at: RedisOptions) => unknown) | string;

export type Column = Readonly<Record<Row, Cell>>;

/** Connections with our name whose line in `CLIENT LIST` has this. */
export async function listed(redis: RedisClient, text: string): Promise<number> {
	const list = (await redis.command("CLIENT", "LIST")) as string;
	return list.split("\n").filter((line) => line.includes(" name=table ") && line.includes(text)).length;
}

/** Returns when so many connections are blocked in BRPOP. */
export async function untilBlocked(redis: RedisClient, count: number): Promise<void> {
	while ((await listed(redis, " cmd=brpop ")) !== count) await sleep(1);
}

/** Publishes the messages of the row as soon as somebody listens. */
export async function publishAll(redis: RedisClient): Promise<void> {
	for (;;) {
		const reply = await redis.command("PUBSUB", "NUMSUB", "news");
		if (Array.isArray(reply) && reply[1] === 1) break;
		await sleep(1);
	}
	for (const message of rows["100 messages of a channel, in order"]) await redis.publish("news", message);
}

/** The texts of a channel, until whoever reads them leaves. */
export async function* messages(redis: RedisClient): AsyncGenerator<string, void> {
	await using subscription = await redis.subscribe("news");
	for await (const { message } of subscription) yield message;
}
