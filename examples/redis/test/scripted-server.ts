/** A server in the same program, which answers what the test tells it to: late, cut to pieces, wrongly, or not at all. */
"use structured";

import { now, type TaskGroup } from "holdfast";
import { asText, type ByteStream, type Dial, memoryPair, RespParser } from "../src/index.ts";

/** What follows a command: bytes to be written, several in turn; `"close"` ends the connection, nothing leaves it unanswered. */
export type Answer = string | readonly string[] | undefined;

export class ScriptedServer {
	/** What it has heard, over all connections, but for the greeting. */
	readonly heard: string[] = [];
	/** What each connection has begun with. */
	readonly greetings: string[] = [];
	/** When it was asked for a connection. */
	readonly dialled: number[] = [];
	open = 0;
	/** The next attempts fail. */
	refusing = 0;
	/** The greeting is answered. */
	greets = true;
	/** Bytes in a piece. */
	piece: number = Number.POSITIVE_INFINITY;
	answer: (words: readonly string[]) => Answer | Promise<Answer>;
	readonly #group: TaskGroup;
	readonly #streams: Set<ByteStream> = new Set();
	readonly #store: Map<string, number> = new Map();

	constructor(group: TaskGroup, answer?: (words: readonly string[]) => Answer | Promise<Answer>) {
		this.#group = group;
		this.answer = answer ?? ((words) => this.usual(words));
	}

	readonly dial: Dial = () => {
		this.dialled.push(now());
		if (this.refusing-- > 0) throw new Error("nobody listens");
		const [near, far] = memoryPair();
		this.#group.spawn(() => this.#serve(far));
		return near;
	};

	/** As Redis does it, as far as it goes. */
	usual([name = "", key = "", ...rest]: readonly string[]): Answer {
		switch (name) {
			case "PING":
				return "+PONG\r\n";
			case "ECHO":
			case "GET":
				return `$${key.length}\r\n${key}\r\n`;
			case "INCR": {
				const count = (this.#store.get(key) ?? 0) + 1;
				this.#store.set(key, count);
				return `:${count}\r\n`;
			}
			case "SUBSCRIBE":
			case "UNSUBSCRIBE":
			case "PSUBSCRIBE":
			case "PUNSUBSCRIBE":
				return `>3\r\n+${name.toLowerCase()}\r\n+${key}\r\n:1\r\n`;
			default:
				return `-ERR unknown command '${[name, key, ...rest].join(" ")}'\r\n`;
		}
	}

	/** Says something that nobody has asked for, to everybody. */
	async say(text: string): Promise<void> {
		for (const stream of [...this.#streams]) await stream.write(new TextEncoder().encode(text));
	}

	/** Breaks all connections off. */
	drop(): void {
		for (const stream of this.#streams) void stream.close();
	}

	async #serve(stream: ByteStream): Promise<void> {
		const parser = new RespParser();
		this.open++;
		this.#streams.add(stream);
		try {
			for (;;) {
				const chunk = await stream.read();
				if (chunk === undefined) return;
				parser.push(chunk);
				for (let value = parser.next(); value !== undefined; value = parser.next())
					if (!(await this.#respond(stream, asText(value) as readonly string[]))) return;
			}
		} catch {
			// The client, or `drop`, has closed it.
		} finally {
			this.open--;
			this.#streams.delete(stream);
			await stream.close();
		}
	}

	async #respond(stream: ByteStream, words: readonly string[]): Promise<boolean> {
		let answer: Answer;
		if (/^(HELLO|AUTH|SELECT|CLIENT)$/.test(words[0] ?? "")) {
			this.greetings.push(words.join(" "));
			if (!this.greets) return true;
			answer = "+OK\r\n";
			if (words[0] === "HELLO") answer = (await this.hello(words)) ?? answer;
		} else {
			this.heard.push(words.join(" "));
			answer = await this.answer(words);
		}
		for (const text of [answer ?? []].flat()) {
			if (text === "close") return false;
			const bytes = new TextEncoder().encode(text);
			for (let start = 0; start < bytes.length; start += this.piece)
				await stream.write(bytes.subarray(start, Math.min(start + this.piece, bytes.length)));
		}
		return true;
	}

	/** What is said to `HELLO`, if not OK. */
	hello: (words: readonly string[]) => string | undefined = () => undefined;
}
