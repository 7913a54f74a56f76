/** What only compiled code can show. */
"use structured";

import { sleepForever } from "holdfast";
import { connectRedis, type RedisClient, type RedisOptions } from "../src/index.ts";

/** A block that is cancelled, and has something to say in its cleanup. */
export async function sayLastWords(options: RedisOptions): Promise<void> {
	await using redis = await connectRedis(options);
	try {
		await sleepForever();
	} finally {
		await redis.command("ECHO", "last words");
	}
}

/** Subscribes, and forgets to close it. */
export async function hearOne(redis: RedisClient, heard: (message: string) => void): Promise<void> {
	const subscription = await redis.psubscribe("ne*");
	for await (const { pattern, channel, message } of subscription) {
		heard(`${pattern} ${channel} ${message}`);
		break;
	}
}

/** An error of the server, from a place that its stack must show. */
export async function callerOfRefused(redis: RedisClient): Promise<void> {
	await redis.command("REFUSED");
}
