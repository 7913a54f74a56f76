/** A client of Redis: one connection that all callers share, one for channels, one for each command that waits. */
"use structured";

import {
	type Awaitable,
	ClosedResourceError,
	call,
	Event,
	resource,
	serviceGroup,
	type TaskGroup,
	withCancelScope,
	withTimeout,
} from "holdfast";
import { Batch } from "./batch.ts";
import type { Dial } from "./byte-stream.ts";
import { blocks, Commands, changesNothing, checkShared, type SendOptions } from "./commands.ts";
import { type Address, dial as dialAddress } from "./dial.ts";
import { ConnectionLostError, ReplyError } from "./errors.ts";
import { Link, type LinkOptions, type LinkStatistics, type ReconnectPolicy } from "./link.ts";
import { asText, encodeCommand, type Reply, RespFailure, type RespValue, type Word } from "./resp.ts";
import type { RespLimits } from "./resp-parser.ts";
import { type ListenOptions, type Subscription, SubscriptionLink } from "./subscriptions.ts";
import { type Greeting, greet, Wire } from "./wire.ts";

/** Options of `connectRedis` and `withRedis`. Times are in milliseconds. */
export interface RedisOptions extends Greeting, Address {
	/** Opens a connection, in place of `host`, `port`, `path` and `tls`. */
	readonly dial?: Dial;
	/** For opening a connection and the greeting. Default 10,000. */
	readonly connectTimeout?: number;
	readonly reconnect?: ReconnectPolicy;
	/**
	 * What becomes of commands that were sent and not answered when the connection is lost: all fail (`"never"`, the default), or
	 * those that only read are sent again (`"idempotent"`).
	 */
	readonly retry?: "never" | "idempotent";
	/** How many commands may be under way at once; further ones wait. Default 10,000. */
	readonly maxOutstanding?: number;
	/** What the server may make us keep. */
	readonly limits?: RespLimits;
}

/**
 * Connects for the body, and closes when the body, and all that it has started, has ended. The connection outlives a
 * cancellation of the body until the body's cleanup is done, so `finally` blocks can still use it.
 *
 * @throws ConnectError, ReplyError or ConnectionLostError if there is no first connection
 * @example
 * await withRedis({ port: 6379 }, async (redis) => await redis.set("greeting", "hello"));
 */
export async function withRedis<T>(options: RedisOptions, body: (client: RedisClient) => Awaitable<T>): Promise<T> {
	return await serviceGroup(async (services) => {
		const client = new RedisClient(options);
		client.start(services);
		await client.ready();
		return (await call(body, client)) as T;
	});
}

/**
 * Connects for the rest of a block: `await using redis = await connectRedis(options)`. It is a task of the function that calls
 * this, which does not end before the client is closed: use `await using`, or `withRedis`.
 *
 * @throws ConnectError, ReplyError or ConnectionLostError if there is no first connection
 */
export async function connectRedis(options: RedisOptions): Promise<RedisClient> {
	"use scope";
	const client = new RedisClient(options);
	let isOpen = false;
	try {
		void serve(client);
		await client.ready();
		isOpen = true;
		return client;
	} finally {
		if (!isOpen) await client.close();
	}
}

/** A task of the caller's function. When that is cancelled its `finally` blocks still have the client, until they have closed it. */
async function serve(client: RedisClient): Promise<void> {
	await serviceGroup(async (services) => {
		client.start(services);
		try {
			await client.closed.wait();
		} finally {
			await client.closed.wait();
		}
	});
}

export class RedisClient extends Commands implements AsyncDisposable {
	readonly #options: LinkOptions;
	readonly #retry: "never" | "idempotent";
	readonly #commands: Link;
	#messages: SubscriptionLink | undefined;
	#services: TaskGroup | undefined;
	/** Connections of commands that wait. */
	readonly #alone: Set<() => void> = new Set();
	/** @internal Set when it was closed. */
	readonly closed: Event = new Event();

	/** @internal Made by `withRedis` and `connectRedis`. */
	constructor(options: RedisOptions) {
		super();
		const {
			host,
			port,
			path,
			tls,
			connectTimeout = 10_000,
			retry = "never",
			maxOutstanding = 10_000,
			limits,
		} = options;
		const { username, password, database, name, protocol } = options;
		const given = { host, port: path === undefined ? (port ?? 6_379) : undefined, path, tls };
		// What is undefined counts as left out.
		const address = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Address;
		const greeting = { username, password, database, name, protocol } as Greeting;
		const { delay = 50, factor = 2, maxDelay = 2_000, jitter = 0.5 } = options.reconnect ?? {};
		const { giveUpAfter = 30_000, random = Math.random } = options.reconnect ?? {};
		this.#options = {
			dial: options.dial ?? (() => dialAddress(address)),
			greeting,
			connectTimeout,
			reconnect: { delay, factor, maxDelay, jitter, giveUpAfter, random },
			limits,
			maxOutstanding,
		};
		this.#retry = retry;
		this.#commands = new Link(this.#options);
	}

	/** @internal */
	start(services: TaskGroup): void {
		this.#services = services;
		services.spawnWith({ name: "redis" }, () => this.#commands.run());
	}

	/** @internal */
	async ready(): Promise<void> {
		await this.#commands.ready();
	}

	/**
	 * Any command, with options. Those that make the server wait (`BRPOP` …) have a connection of their own, which is closed when they
	 * are cancelled; the others share one, in the order in which they were called.
	 *
	 * Cancelled: not sent if it was not yet; else its answer is thrown away, and nobody else is concerned.
	 * @throws ReplyError if the server refuses
	 * @throws ConnectionLostError, whose `mayHaveRun` tells whether the server may have carried it out
	 * @throws ClosedResourceError if the client is closed
	 */
	override async send(words: readonly Word[], { retry }: SendOptions = {}): Promise<Reply> {
		checkShared(words);
		const reply = blocks(words) ? await this.#sendAlone(words) : await this.#sendShared(words, retry);
		if (reply instanceof RespFailure) throw new ReplyError(reply.text, String(words[0]));
		return asText(reply);
	}

	/** The same, with the bytes of a string as they are. */
	async getBytes(key: Word): Promise<Uint8Array | null> {
		const reply = await this.#sendShared(["GET", key], undefined);
		if (reply instanceof RespFailure) throw new ReplyError(reply.text, "GET");
		return reply as Uint8Array | null;
	}

	async #sendShared(words: readonly Word[], retry: SendOptions["retry"]): Promise<RespValue> {
		const isRepeatable =
			retry === "idempotent" || (retry === undefined && this.#retry === "idempotent" && changesNothing(words));
		const [reply] = await this.#commands.request(encodeCommand(words), 1, isRepeatable);
		return reply as RespValue;
	}

	async #sendAlone(words: readonly Word[]): Promise<RespValue> {
		this.#commands.check();
		const { dial, greeting, limits, connectTimeout } = this.#options;
		let reply: RespValue | undefined;
		let isSent = false;
		await withCancelScope({ name: String(words[0]) }, async (scope) => {
			const stop = (): void => scope.cancel("closed");
			this.#alone.add(stop);
			const wire = new Wire(await dial(), limits);
			try {
				await withTimeout(connectTimeout, () => greet(wire, greeting));
				isSent = true;
				await wire.send(encodeCommand(words));
				reply = await wire.next();
			} catch (error) {
				if (error instanceof ReplyError) throw error;
				throw new ConnectionLostError(`The connection of ${words[0]} was lost before its answer.`, isSent, error);
			} finally {
				this.#alone.delete(stop);
				await wire.close();
			}
		});
		if (reply === undefined) throw new ClosedResourceError(`The client was closed while ${words[0]} was waiting.`);
		return reply;
	}

	/** Commands that are sent in one piece. Those of others may come between them. */
	pipeline(): Batch {
		return new Batch(async (bytes, expected) => await this.#commands.request(bytes, expected, false), false);
	}

	/** A transaction: commands that are carried out in one go. */
	multi(): Batch {
		return new Batch(async (bytes, expected) => await this.#commands.request(bytes, expected, false), true);
	}

	/** Listens to channels until the end of the calling function, or `close()`. It has begun when this returns. */
	async subscribe(...channels: readonly string[]): Promise<Subscription> {
		"use scope";
		return await this.listen({ channels });
	}

	/** Listens to all channels that match. */
	async psubscribe(...patterns: readonly string[]): Promise<Subscription> {
		"use scope";
		return await this.listen({ patterns });
	}

	/** Listens to channels and patterns, with a policy for messages that nobody takes. */
	async listen(options: ListenOptions): Promise<Subscription> {
		"use scope";
		this.#commands.check();
		return await resource(
			async () => {
				if (this.#messages === undefined) {
					const link = new SubscriptionLink(this.#options);
					this.#messages = link;
					this.#services?.spawnWith({ name: "redis subscriptions" }, () => link.run());
				}
				return await this.#messages.open(options);
			},
			async (subscription) => await subscription.close(),
		);
	}

	/** Closes all connections, and returns when they are. Who still waits gets `ClosedResourceError`. Twice is fine. */
	async close(): Promise<void> {
		for (const stop of this.#alone) stop();
		try {
			await this.#messages?.close();
			await this.#commands.close();
		} finally {
			this.closed.set();
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	get statistics(): LinkStatistics {
		return this.#commands.statistics;
	}
}
