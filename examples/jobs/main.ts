/** Works off a queue in Redis: `holdfast run examples/jobs/main.ts --redis 6379 --workers 4`. */
"use structured";

import { parseArgs } from "node:util";
import { ConnectError, connect, fetchOk, IncompleteReadError, isTransient } from "@holdfast/node";
import {
	BrokenResourceError,
	checkpoint,
	cleanup,
	currentScope,
	retry,
	sleepForever,
	TimeoutError,
	withTaskGroup,
} from "holdfast";
import { Redis, RedisError } from "./redis.ts";

/** A job is an address to be fetched; its result is the size of what was there. */
interface Job {
	readonly id: string;
	readonly url: string;
}

/** @returns the exit code. */
export default async function main(args: string[]): Promise<number> {
	const { values } = parseArgs({
		args,
		options: {
			redis: { type: "string", default: "6379" },
			host: { type: "string", default: "127.0.0.1" },
			name: { type: "string", default: "worker" },
			workers: { type: "string", default: "4" },
			grace: { type: "string", default: "10000" },
		},
	});
	// After SIGTERM, how long the jobs under way may go on.
	currentScope().grace = Number(values.grace);
	const names = Array.from({ length: Number(values.workers) }, (_, index) => `${values.name}-${index + 1}`);
	const address = { host: values.host, port: Number(values.redis) };
	await withTaskGroup(async (group) => {
		group.spawn(announceEnd);
		for (const name of names) group.spawn(keepWorking, name, address);
	});
	return 0;
}

/** When Redis goes away, the worker waits for it, longer each time. */
async function keepWorking(name: string, address: { host: string; port: number }): Promise<void> {
	const attempt = async () => work(name, new Redis(await connect({ ...address, timeout: 5_000 })));
	await retry(attempt, {
		attempts: Number.POSITIVE_INFINITY,
		delay: 200,
		maxDelay: 5_000,
		retryIf: (error) => {
			const passes = isGone(error);
			if (passes) console.log(`${name}: waits for Redis: ${messageOf(error)}`);
			return passes;
		},
	});
}

function isGone(error: unknown): boolean {
	if (error instanceof RedisError) return error.message.startsWith("LOADING");
	return [BrokenResourceError, ConnectError, IncompleteReadError, TimeoutError].some((kind) => error instanceof kind);
}

/** Says why the program does not end at once. */
async function announceEnd(): Promise<void> {
	try {
		await sleepForever();
	} finally {
		console.log("finishing the jobs under way");
	}
}

/**
 * Takes one job after the other. A job moves to this worker's own list, and leaves it only when its outcome is in Redis: what
 * a worker that died had in its hands is done by the next one of its name, so each job is done at least once.
 */
async function work(name: string, redis: Redis): Promise<void> {
	const mine = `jobs:${name}`;
	while ((await redis.call("LMOVE", mine, "jobs", "RIGHT", "RIGHT")) !== null);
	console.log(`${name}: ready`);
	for (;;) {
		await checkpoint();
		// Out of reach of a cancellation until the grace is over: neither the job that Redis just hands over gets lost on the
		// way, nor one that is nearly done. Who has nothing to do looks up every second.
		await cleanup(async () => {
			const text = await redis.call("BLMOVE", "jobs", mine, "RIGHT", "LEFT", 1);
			if (typeof text !== "string") return;
			await redis.call("HSET", ...(await outcomeOf(text, name)));
			await redis.call("LREM", mine, 1, text);
		});
	}
}

/** The hash, the field and the value in which the outcome is written down. */
async function outcomeOf(text: string, name: string): Promise<[hash: string, id: string, value: string]> {
	let job: Job | undefined;
	try {
		job = JSON.parse(text) as Job;
		const { id, url } = job;
		const size = await retry(() => sizeOf(url), { attempts: 3, timeout: 30_000, retryIf: isTransient });
		console.log(`${name}: ${id} done`);
		return ["jobs:done", id, String(size)];
	} catch (error) {
		console.log(`${name}: ${job?.id ?? text} failed: ${messageOf(error)}`);
		return ["jobs:failed", job?.id ?? text, messageOf(error)];
	}
}

async function sizeOf(url: string): Promise<number> {
	const response = await fetchOk(url);
	return (await response.arrayBuffer()).byteLength;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
