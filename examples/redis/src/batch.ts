/** Several commands that are sent in one piece. */
"use structured";

import { blocks, checkShared } from "./commands.ts";
import { ReplyError } from "./errors.ts";
import { asText, concatenate, encodeCommand, type Reply, RespFailure, type RespValue, type Word } from "./resp.ts";

/** Sends commands that are written at once, and gives their answers. */
export type SendBatch = (bytes: Uint8Array, expected: number) => Promise<readonly RespValue[]>;

/**
 * Commands, one after the other: `client.pipeline()` only saves waiting, `client.multi()` is a transaction, in which nobody
 * comes between.
 *
 * @example
 * const [stored, count] = await client.multi().add("SET", "a", 1).add("INCR", "a").exec();
 */
export class Batch {
	readonly #send: SendBatch;
	readonly #isTransaction: boolean;
	readonly #commands: (readonly Word[])[] = [];

	constructor(send: SendBatch, isTransaction: boolean) {
		this.#send = send;
		this.#isTransaction = isTransaction;
	}

	add(...words: readonly [Word, ...Word[]]): this {
		checkShared(words);
		if (blocks(words)) throw new TypeError(`${words[0]} would hold up everybody: await it outside of a batch.`);
		this.#commands.push(words);
		return this;
	}

	/**
	 * Sends them, and gives an answer for each; what the server has refused is a `ReplyError` in its place. May be called again.
	 * @throws ReplyError if a transaction was refused as a whole; nothing was carried out
	 */
	async exec(): Promise<(Reply | ReplyError)[]> {
		const commands = this.#commands;
		if (commands.length === 0) return [];
		const all = this.#isTransaction ? [["MULTI"], ...commands, ["EXEC"]] : commands;
		const replies = await this.#send(concatenate(all.map(encodeCommand)), all.length);
		let values = replies;
		if (this.#isTransaction) {
			const last = replies.at(-1);
			if (last instanceof RespFailure) {
				const wrong = replies.findIndex((reply) => reply instanceof RespFailure);
				const error = new ReplyError(last.text, "EXEC");
				error.cause = new ReplyError((replies[wrong] as RespFailure).text, String(all[wrong]?.[0]));
				throw error;
			}
			values = last as readonly RespValue[];
		}
		return values.map((value, place) =>
			value instanceof RespFailure ? new ReplyError(value.text, String(commands[place]?.[0])) : asText(value),
		);
	}
}
