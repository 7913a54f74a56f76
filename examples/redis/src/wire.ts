/** The protocol over one connection, a value at a time. */
"use structured";

import { BrokenResourceError } from "holdfast";
import type { ByteStream } from "./byte-stream.ts";
import { ReplyError } from "./errors.ts";
import { encodeCommand, RespFailure, type RespValue, type Word } from "./resp.ts";
import { type RespLimits, RespParser } from "./resp-parser.ts";

export class Wire {
	readonly #stream: ByteStream;
	readonly #parser: RespParser;

	constructor(stream: ByteStream, limits: RespLimits | undefined) {
		this.#stream = stream;
		this.#parser = new RespParser(limits);
	}

	/** Waits for the next value. */
	async next(): Promise<RespValue> {
		for (;;) {
			const value = this.#parser.next();
			if (value !== undefined) return value;
			const chunk = await this.#stream.read();
			if (chunk === undefined) throw new BrokenResourceError("The server has closed the connection.");
			this.#parser.push(chunk);
		}
	}

	/** How many bytes were read. */
	get position(): number {
		return this.#parser.position;
	}

	async send(bytes: Uint8Array): Promise<void> {
		await this.#stream.write(bytes);
	}

	/** One command and its answer, where nobody else speaks. */
	async ask(...words: readonly Word[]): Promise<RespValue> {
		await this.send(encodeCommand(words));
		const value = await this.next();
		if (value instanceof RespFailure) throw new ReplyError(value.text, String(words[0]));
		return value;
	}

	async close(): Promise<void> {
		await this.#stream.close();
	}
}

/** Who we are, and what we want of the server. */
export interface Greeting {
	readonly username?: string;
	readonly password?: string;
	readonly database?: number;
	/** For `CLIENT LIST`. */
	readonly name?: string;
	/** 3 (default), or 2 for servers before 6, to which it falls back by itself. */
	readonly protocol?: 2 | 3;
}

/** What every new connection begins with. */
export async function greet(
	wire: Wire,
	{ username = "default", password, database, name, protocol }: Greeting,
): Promise<void> {
	const login = password === undefined ? [] : ["AUTH", username, password];
	let isNamed = false;
	if (protocol !== 2)
		try {
			await wire.ask("HELLO", 3, ...login, ...(name === undefined ? [] : ["SETNAME", name]));
			isNamed = true;
		} catch (error) {
			if (!(error instanceof ReplyError) || !/^NOPROTO|unknown command/i.test(error.message)) throw error;
		}
	if (!isNamed) {
		if (password !== undefined) await wire.ask("AUTH", ...(username === "default" ? [] : [username]), password);
		if (name !== undefined) await wire.ask("CLIENT", "SETNAME", name);
	}
	if (database !== undefined) await wire.ask("SELECT", database);
}
