/** Channels and patterns that are listened to, on a connection of their own, so that whoever listens slowly holds up nobody's commands. */
"use structured";

import { type Broadcast, broadcast, type Overflow, type Subscription as Values } from "holdfast";
import { ConnectionLostError, ReplyError } from "./errors.ts";
import { Link, type LinkOptions } from "./link.ts";
import { asText, encodeCommand, RespFailure, RespPush, type RespValue } from "./resp.ts";

export interface Message {
	readonly channel: string;
	readonly message: string;
	/** By which the channel was found. */
	readonly pattern?: string;
}

/** What is listened to, and what becomes of messages while nobody takes them. */
export interface ListenOptions {
	readonly channels?: readonly string[];
	/** Globs. */
	readonly patterns?: readonly string[];
	/** How many messages are kept. Default 1,024. */
	readonly capacity?: number;
	/**
	 * When there is no room: `"error"` (default) ends the subscription by `LaggedError`, `"drop-oldest"` and `"drop-newest"` do as they
	 * say, `"wait"` reads no more from the server, for all subscriptions of this client; the server breaks the connection off when
	 * too much waits there.
	 */
	readonly overflow?: Overflow;
}

/**
 * Messages, for `for await`. It ends with the scope in which it was made, or by `close()`. While the connection is lost messages
 * are lost, too; `gaps` tells how often that was.
 */
export class Subscription implements AsyncIterable<Message>, AsyncDisposable {
	readonly keys: readonly string[];
	readonly #values: Values<Message>;
	readonly #source: Broadcast<Message>;
	readonly #leave: (subscription: Subscription) => Promise<void>;
	#error: ConnectionLostError | undefined;
	/** How often the connection was lost and made again meanwhile. */
	gaps = 0;

	constructor(keys: readonly string[], options: ListenOptions, leave: (subscription: Subscription) => Promise<void>) {
		const { capacity = 1_024, overflow = "error" } = options;
		this.keys = keys;
		this.#source = broadcast<Message>(capacity, { overflow });
		this.#values = this.#source.subscribe();
		this.#leave = leave;
	}

	/** What has arrived, and then what comes, until it is closed. */
	async *[Symbol.asyncIterator](): AsyncGenerator<Message, void> {
		for await (const message of this.#values) yield message;
		if (this.#error !== undefined) throw this.#error;
	}

	/** Tells the server, and returns when it has confirmed that. Twice is fine. */
	async close(): Promise<void> {
		this.#values.close();
		await this.#leave(this);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** @internal */
	async take(message: Message): Promise<void> {
		await this.#source.send(message);
	}

	/** @internal */
	end(reason: unknown): void {
		if (reason instanceof ConnectionLostError) this.#error = reason;
		this.#source.close();
	}
}

/** The connection for them. */
export class SubscriptionLink extends Link {
	/** By verb and name: `"SUBSCRIBE news"`. */
	readonly #listeners: Map<string, Set<Subscription>> = new Map();
	/** Those that the server has confirmed: they are asked for again on a new connection. The others still wait for their turn. */
	readonly #confirmed: Set<string> = new Set();

	constructor(options: LinkOptions) {
		// Who subscribes never waits for room.
		super({ ...options, maxOutstanding: Number.MAX_SAFE_INTEGER });
	}

	/** Returns when the server has confirmed all of it. */
	async open(options: ListenOptions): Promise<Subscription> {
		const { channels = [], patterns = [] } = options;
		const keys = [...channels.map((name) => `SUBSCRIBE ${name}`), ...patterns.map((name) => `PSUBSCRIBE ${name}`)];
		if (keys.length === 0) throw new TypeError("subscribe: name at least one channel or pattern.");
		const subscription = new Subscription([...new Set(keys)], options, (closed) => this.#leave(closed));
		let isOpen = false;
		try {
			for (const key of subscription.keys) {
				const listeners = this.#listeners.get(key) ?? new Set();
				this.#listeners.set(key, listeners.add(subscription));
				// Asked again even if others listen: their request may not have been answered yet.
				await this.#ask(key);
			}
			isOpen = true;
			return subscription;
		} finally {
			if (!isOpen) await subscription.close();
		}
	}

	async #leave(subscription: Subscription): Promise<void> {
		for (const key of subscription.keys) {
			const listeners = this.#listeners.get(key);
			if (!listeners?.delete(subscription) || listeners.size > 0) continue;
			this.#listeners.delete(key);
			if (this.statistics.state === "open") await this.#ask(key.replace("SUBSCRIBE", "UNSUBSCRIBE"));
		}
	}

	async #ask(key: string): Promise<void> {
		const [reply] = await this.request(encodeKey(key), 1, true);
		if (reply instanceof RespFailure) throw new ReplyError(reply.text, key.split(" ", 1)[0] ?? "");
	}

	protected override restore(): readonly Uint8Array[] {
		const keys = [...this.#confirmed].filter((key) => this.#listeners.has(key));
		for (const listener of new Set(keys.flatMap((key) => [...(this.#listeners.get(key) ?? [])]))) listener.gaps++;
		return keys.map(encodeKey);
	}

	protected override async received(value: RespValue): Promise<boolean> {
		const values = value instanceof RespPush ? value.values : value;
		if (!Array.isArray(values)) return false;
		const [kind, ...rest] = asText(values as readonly RespValue[]) as readonly string[];
		if (kind === "message") {
			const [channel = "", message = ""] = rest;
			await this.#deliver(`SUBSCRIBE ${channel}`, { channel, message });
		} else if (kind === "pmessage") {
			const [pattern = "", channel = "", message = ""] = rest;
			await this.#deliver(`PSUBSCRIBE ${pattern}`, { pattern, channel, message });
		} else {
			const verb = String(kind).toUpperCase();
			if (/^P?SUBSCRIBE$/.test(verb)) this.#confirmed.add(`${verb} ${rest[0]}`);
			else this.#confirmed.delete(`${verb.replace("UNSUBSCRIBE", "SUBSCRIBE")} ${rest[0]}`);
			return false;
		}
		return true;
	}

	async #deliver(key: string, message: Message): Promise<void> {
		for (const listener of [...(this.#listeners.get(key) ?? [])]) await listener.take(message);
	}

	protected override ended(reason: unknown): void {
		for (const listeners of this.#listeners.values()) for (const listener of listeners) listener.end(reason);
		this.#listeners.clear();
	}
}

function encodeKey(key: string): Uint8Array {
	const blank = key.indexOf(" ");
	return encodeCommand([key.slice(0, blank), key.slice(blank + 1)]);
}
