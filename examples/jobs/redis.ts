/** Redis, as far as the worker needs it: its protocol (RESP2) over one connection. */
"use structured";

import type { SocketStream } from "@holdfast/node";
import { Lock } from "holdfast";

export type Reply = string | number | null | Reply[];

/** Redis has refused a command. The connection goes on. */
export class RedisError extends Error {
	override readonly name: string = "RedisError";
}

/** One connection. Its calls take turns. Cancelled in the middle of one, it is of no use any more: close it. */
export class Redis {
	readonly #stream: SocketStream;
	readonly #turn: Lock = new Lock();

	constructor(stream: SocketStream) {
		this.#stream = stream;
	}

	/** @throws RedisError if Redis refuses; IncompleteReadError or BrokenResourceError if it has gone */
	async call(...words: readonly (string | number)[]): Promise<Reply> {
		const bulk = words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`);
		return await this.#turn.with(async () => {
			await this.#stream.write(`*${words.length}\r\n${bulk.join("")}`);
			return await this.#read();
		});
	}

	async #read(): Promise<Reply> {
		// Not readLine(): the end of the connection in the place of an answer is an error.
		const line = new TextDecoder().decode(await this.#stream.readUntil("\r\n")).slice(0, -2);
		const rest = line.slice(1);
		const count = Number(rest);
		switch (line[0]) {
			case "+":
				return rest;
			case "-":
				throw new RedisError(rest);
			case ":":
				return count;
			case "$":
				return count < 0
					? null
					: new TextDecoder().decode((await this.#stream.readExactly(count + 2)).subarray(0, count));
			case "*": {
				if (count < 0) return null;
				const replies: Reply[] = [];
				for (let index = 0; index < count; index++) replies.push(await this.#read());
				return replies;
			}
			default:
				throw new RedisError(`no answer of Redis: ${line}`);
		}
	}
}
