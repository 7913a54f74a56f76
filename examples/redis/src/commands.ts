/** The usual commands with their types. What they are sent by is somebody else's. */
"use structured";

import type { Reply, Word } from "./resp.ts";

/** Options of one command. */
export interface SendOptions {
	/** `"idempotent"`: it may be carried out twice, and so is sent again when the connection is lost before its answer. */
	readonly retry?: "never" | "idempotent";
}

/** Options of `set`. */
export interface SetOptions {
	/** In milliseconds. */
	readonly expiresIn?: number;
	/** Only if there is none yet, or only if there is one. */
	readonly only?: "if-absent" | "if-present";
	/** The time that an old value had left holds for the new one. */
	readonly keepTimeToLive?: boolean;
}

/** Options of `scan`. */
export interface ScanOptions {
	/** A glob. */
	readonly match?: string;
	readonly type?: string;
	/** How much the server looks at in one step. */
	readonly count?: number;
}

export abstract class Commands {
	/**
	 * Any command. Strings come as text.
	 * @throws ReplyError if the server refuses
	 */
	abstract send(words: readonly Word[], options?: SendOptions): Promise<Reply>;

	/**
	 * Any command: `await client.command("OBJECT", "ENCODING", key)`.
	 * @throws ReplyError if the server refuses
	 */
	async command(...words: readonly [Word, ...Word[]]): Promise<Reply> {
		return await this.send(words);
	}

	async get(key: Word): Promise<string | null> {
		return (await this.send(["GET", key])) as string | null;
	}

	async mget(...keys: readonly Word[]): Promise<(string | null)[]> {
		return (await this.send(["MGET", ...keys])) as (string | null)[];
	}

	/** Whether it was set; without `only` always. */
	async set(key: Word, value: Word, { expiresIn, only, keepTimeToLive = false }: SetOptions = {}): Promise<boolean> {
		const words: Word[] = ["SET", key, value];
		if (expiresIn !== undefined) words.push("PX", expiresIn);
		if (only !== undefined) words.push(only === "if-absent" ? "NX" : "XX");
		if (keepTimeToLive) words.push("KEEPTTL");
		return (await this.send(words)) !== null;
	}

	/** How many there were. */
	async del(...keys: readonly Word[]): Promise<number> {
		return (await this.send(["DEL", ...keys])) as number;
	}

	/** How many of them there are. */
	async exists(...keys: readonly Word[]): Promise<number> {
		return (await this.send(["EXISTS", ...keys])) as number;
	}

	async incr(key: Word, by = 1): Promise<number> {
		return (await this.send(by === 1 ? ["INCR", key] : ["INCRBY", key, by])) as number;
	}

	/** Whether there is such a key. */
	async expire(key: Word, milliseconds: number): Promise<boolean> {
		return (await this.send(["PEXPIRE", key, milliseconds])) === 1;
	}

	/** Milliseconds; `null` if there is no such key, `Infinity` if it does not expire. */
	async ttl(key: Word): Promise<number | null> {
		const left = (await this.send(["PTTL", key])) as number;
		return left === -2 ? null : left === -1 ? Number.POSITIVE_INFINITY : left;
	}

	async hget(key: Word, field: Word): Promise<string | null> {
		return (await this.send(["HGET", key, field])) as string | null;
	}

	/** How many fields are new. */
	async hset(key: Word, fields: Readonly<Record<string, Word>>): Promise<number> {
		return (await this.send(["HSET", key, ...Object.entries(fields).flat()])) as number;
	}

	async hgetall(key: Word): Promise<Map<string, string>> {
		const reply = await this.send(["HGETALL", key]);
		if (reply instanceof Map) return reply as Map<string, string>;
		const flat = reply as readonly string[];
		return new Map(flat.flatMap((field, place) => (place % 2 === 0 ? [[field, flat[place + 1] ?? ""]] : [])));
	}

	/** The new length. */
	async lpush(key: Word, ...values: readonly Word[]): Promise<number> {
		return (await this.send(["LPUSH", key, ...values])) as number;
	}

	async rpop(key: Word): Promise<string | null> {
		return (await this.send(["RPOP", key])) as string | null;
	}

	async lrange(key: Word, first = 0, last = -1): Promise<string[]> {
		return (await this.send(["LRANGE", key, first, last])) as string[];
	}

	/** How many have heard it. */
	async publish(channel: Word, message: Word): Promise<number> {
		return (await this.send(["PUBLISH", channel, message])) as number;
	}

	async eval(script: string, keys: readonly Word[] = [], args: readonly Word[] = []): Promise<Reply> {
		return await this.send(["EVAL", script, keys.length, ...keys, ...args]);
	}

	/** A section of what the server says about itself, or all: each line by its name. */
	async info(section?: string): Promise<Map<string, string>> {
		const text = (await this.send(section === undefined ? ["INFO"] : ["INFO", section])) as string;
		return new Map([...text.matchAll(/^([^#:\r\n]+):(.*?)\r?$/gm)].map(([, name = "", value = ""]) => [name, value]));
	}

	/**
	 * The last value of the first of these lists that has one, waiting for it; `null` when the time is up.
	 * Cancelled: its connection is closed. A value that the server takes out in that moment is lost; where that matters, use `BLMOVE`.
	 */
	async brpop(
		keys: Word | readonly Word[],
		timeout = Number.POSITIVE_INFINITY,
	): Promise<readonly [string, string] | null> {
		const seconds = timeout === Number.POSITIVE_INFINITY ? 0 : Math.max(timeout, 1) / 1_000;
		return (await this.send(["BRPOP", ...[keys].flat(), seconds])) as readonly [string, string] | null;
	}

	/** Every key that is there from the beginning to the end, some twice, in steps that hold nobody up. */
	async *scan({ match, type, count }: ScanOptions = {}): AsyncGenerator<string, void> {
		const words: Word[] = [];
		if (match !== undefined) words.push("MATCH", match);
		if (count !== undefined) words.push("COUNT", count);
		if (type !== undefined) words.push("TYPE", type);
		let cursor = "0";
		do {
			const [next, keys] = (await this.send(["SCAN", cursor, ...words])) as [string, string[]];
			yield* keys;
			cursor = next;
		} while (cursor !== "0");
	}
}

/** These change nothing. */
const READING: ReadonlySet<string> = new Set(
	"GET MGET EXISTS TTL PTTL TYPE STRLEN GETRANGE HGET HGETALL HMGET HEXISTS HKEYS HVALS HLEN LRANGE LLEN LINDEX SMEMBERS SISMEMBER SCARD ZRANGE ZSCORE ZCARD SCAN HSCAN SSCAN ZSCAN KEYS INFO PING ECHO TIME DBSIZE".split(
		" ",
	),
);

export function changesNothing(words: readonly Word[]): boolean {
	return READING.has(String(words[0]).toUpperCase());
}

const BLOCKING = /^(B[LR]POP|BLMOVE|BLMPOP|BRPOPLPUSH|BZPOP(MIN|MAX)|BZMPOP|WAIT|WAITAOF)$/;

/** Whether the server may let whoever asks wait, and everybody behind. */
export function blocks(words: readonly Word[]): boolean {
	const name = String(words[0]).toUpperCase();
	return (
		BLOCKING.test(name) ||
		(/^XREAD(GROUP)?$/.test(name) && words.some((word) => String(word).toUpperCase() === "BLOCK"))
	);
}

const STATEFUL: Readonly<Record<string, string>> = {
	SUBSCRIBE: "client.subscribe()",
	PSUBSCRIBE: "client.psubscribe()",
	SSUBSCRIBE: "client.subscribe()",
	UNSUBSCRIBE: "subscription.close()",
	PUNSUBSCRIBE: "subscription.close()",
	MONITOR: "a connection of its own",
	MULTI: "client.multi()",
	EXEC: "client.multi()",
	DISCARD: "client.multi()",
	WATCH: "client.eval(), which is one step",
	SELECT: "the option database",
	AUTH: "the options username and password",
	HELLO: "the option protocol",
	QUIT: "client.close()",
	RESET: "client.close()",
};

/** @throws TypeError for what concerns a connection, which others share */
export function checkShared(words: readonly Word[]): void {
	if (words.length === 0) throw new TypeError("There is no command: say at least its name.");
	const mend = STATEFUL[String(words[0]).toUpperCase()];
	if (mend !== undefined)
		throw new TypeError(`${words[0]} would change the connection that all callers share: use ${mend}.`);
	if (/^CLIENT$/i.test(String(words[0])) && /^REPLY$/i.test(String(words[1])))
		throw new TypeError("CLIENT REPLY would take the others' answers away.");
}
