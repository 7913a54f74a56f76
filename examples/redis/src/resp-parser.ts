import { RespProtocolError } from "./errors.ts";
import { RespFailure, RespPush, type RespValue } from "./resp.ts";

/** What a peer may make us keep. Beyond that `next()` throws `RespProtocolError`. */
export interface RespLimits {
	/** Bytes of a line: a simple string, an error, a number. Default 65,536. */
	readonly maxLine?: number;
	/** Bytes of one stored string. Default 512 MiB, which is what Redis allows. */
	readonly maxBulk?: number;
	/** Values in one reply, those inside of others included. Default 16,777,216. */
	readonly maxValues?: number;
	/** How deep arrays and maps may stand in each other. Default 128. */
	readonly maxDepth?: number;
}

/** An array, map or the like of which values are still to come. */
interface Open {
	readonly kind: string;
	readonly values: RespValue[];
	left: number;
}

const decoder = new TextDecoder();
const CR = 13;
const LF = 10;

/**
 * Reads the protocol of Redis, RESP2 and RESP3, from bytes that come in pieces of any size. It knows nothing of connections:
 * `push` what has arrived, then take values by `next` until there is none. (A "sans-IO" parser.)
 *
 * Each byte is looked at once, wherever the pieces end. Sets are arrays; attributes are read and dropped.
 *
 * @example
 * const parser = new RespParser();
 * parser.push(chunk);
 * for (let value = parser.next(); value !== undefined; value = parser.next()) handle(value);
 */
export class RespParser {
	readonly #limits: Required<RespLimits>;
	/** What has arrived and was not read: from `#start` to `#end`. */
	#bytes: Uint8Array = new Uint8Array(4_096);
	#start = 0;
	#end = 0;
	/** Up to here there is no end of the line that begins at `#start`. */
	#scanned = 0;
	/** Where in the connection the element begins that is read. */
	#place = 0;
	/** Bytes that were read before `#start`'s. */
	#before = 0;
	/** How long the string is whose header was read; -1: none was. */
	#bulk = -1;
	#bulkKind = "";
	#open: Open[] = [];
	#count = 0;
	#broken: RespProtocolError | undefined;

	constructor({ maxLine = 65_536, maxBulk = 2 ** 29, maxValues = 2 ** 24, maxDepth = 128 }: RespLimits = {}) {
		this.#limits = { maxLine, maxBulk, maxValues, maxDepth };
	}

	/** How many bytes were read, of those that were taken in. */
	get position(): number {
		return this.#before + this.#start;
	}

	/** Takes bytes in. They are copied. */
	push(chunk: Uint8Array): void {
		const kept = this.#end - this.#start;
		if (this.#end + chunk.length > this.#bytes.length) {
			const { length } = this.#bytes;
			const target =
				kept + chunk.length > length / 2 ? new Uint8Array(Math.max(length, (kept + chunk.length) * 2)) : this.#bytes;
			if (target === this.#bytes) target.copyWithin(0, this.#start, this.#end);
			else target.set(this.#bytes.subarray(this.#start, this.#end));
			this.#bytes = target;
			this.#before += this.#start;
			this.#scanned -= this.#start;
			this.#start = 0;
			this.#end = kept;
		}
		this.#bytes.set(chunk, this.#end);
		this.#end += chunk.length;
	}

	/**
	 * Gives the next whole value, or `undefined` if more bytes are needed.
	 * @throws RespProtocolError for what is not the protocol, or beyond a limit; from then on always
	 */
	next(): RespValue | undefined {
		if (this.#broken !== undefined) throw this.#broken;
		for (;;) {
			let value = this.#element();
			if (value === undefined) return undefined;
			if (value === OPENED) continue;
			// A value that is whole may make those whole in which it stands.
			for (;;) {
				const open = this.#open.at(-1);
				if (open === undefined) {
					this.#count = 0;
					return value;
				}
				open.values.push(value);
				if (--open.left > 0) break;
				this.#open.pop();
				const closed = close(open);
				if (closed === undefined) break;
				value = closed;
			}
		}
	}

	/** One element: a value, or `OPENED` for the header of something that has others inside. */
	#element(): RespValue | undefined | typeof OPENED {
		if (this.#bulk >= 0) return this.#string();
		this.#place = this.position;
		const line = this.#line();
		if (line === undefined) return undefined;
		const kind = line.charAt(0);
		const rest = line.slice(1);
		if (++this.#count > this.#limits.maxValues)
			throw this.#fail(`a reply has more than ${this.#limits.maxValues} values`);
		switch (kind) {
			case "+":
				return rest;
			case "-":
				return new RespFailure(rest);
			case ":": {
				if (!/^[+-]?\d+$/.test(rest)) throw this.#fail(`${show(rest)} is no whole number`);
				const number = Number(rest);
				return Number.isSafeInteger(number) ? number : BigInt(rest);
			}
			case "(":
				if (!/^[+-]?\d+$/.test(rest)) throw this.#fail(`${show(rest)} is no whole number`);
				return BigInt(rest);
			case ",":
				return this.#double(rest);
			case "#":
				if (rest !== "t" && rest !== "f") throw this.#fail(`${show(rest)} is no boolean`);
				return rest === "t";
			case "_":
				if (rest !== "") throw this.#fail(`${show(rest)} follows a null`);
				return null;
			case "$":
			case "!":
			case "=": {
				const length = this.#length(rest, this.#limits.maxBulk, "bytes in a string");
				if (length < 0) return null;
				this.#bulk = length;
				this.#bulkKind = kind;
				return this.#string();
			}
			case "*":
			case "~":
			case ">":
			case "%":
			case "|": {
				const length = this.#length(rest, this.#limits.maxValues, "values in a reply");
				if (length < 0) return null;
				const left = kind === "%" || kind === "|" ? length * 2 : length;
				const open: Open = { kind, values: [], left };
				if (left === 0) return close(open) ?? OPENED;
				if (this.#open.length >= this.#limits.maxDepth)
					throw this.#fail(`values stand deeper than ${this.#limits.maxDepth} in each other`);
				this.#open.push(open);
				// The value behind an attribute counts in its place.
				return OPENED;
			}
			default:
				throw this.#fail(`${show(line)} begins no value`);
		}
	}

	/** The line at the start, without its end. */
	#line(): string | undefined {
		const bytes = this.#bytes;
		for (let place = Math.max(this.#scanned, this.#start); place < this.#end; place++) {
			if (bytes[place] !== LF) continue;
			if (place === this.#start || bytes[place - 1] !== CR) throw this.#fail("a line ends without a carriage return");
			if (place - 1 - this.#start > this.#limits.maxLine) break;
			const line = decoder.decode(bytes.subarray(this.#start, place - 1));
			this.#start = this.#scanned = place + 1;
			return line;
		}
		this.#scanned = this.#end;
		// A carriage return may be the last byte.
		if (this.#end - this.#start > this.#limits.maxLine + 1)
			throw this.#fail(`a line has more than ${this.#limits.maxLine} bytes`);
		return undefined;
	}

	/** The string whose header was read. */
	#string(): RespValue | undefined {
		const end = this.#start + this.#bulk;
		if (this.#end < end + 2) return undefined;
		if (this.#bytes[end] !== CR || this.#bytes[end + 1] !== LF) {
			this.#place = this.#before + end;
			throw this.#fail("a string is longer than its header says");
		}
		// A copy: what is kept must not keep, nor be overwritten by, what comes later.
		const string = this.#bytes.slice(this.#start, end);
		this.#start = this.#scanned = end + 2;
		this.#bulk = -1;
		if (this.#bulkKind === "!") return new RespFailure(decoder.decode(string));
		// "txt:", then the text.
		return this.#bulkKind === "=" ? decoder.decode(string.subarray(4)) : string;
	}

	#double(text: string): number {
		if (text === "inf" || text === "+inf") return Number.POSITIVE_INFINITY;
		if (text === "-inf") return Number.NEGATIVE_INFINITY;
		if (text === "nan" || text === "-nan") return Number.NaN;
		if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw this.#fail(`${show(text)} is no number`);
		return Number(text);
	}

	#length(text: string, limit: number, what: string): number {
		if (text === "-1") return -1;
		if (!/^\d+$/.test(text)) throw this.#fail(`${show(text)} is no length`);
		const length = Number(text);
		if (length > limit) throw this.#fail(`${text} are more ${what} than the limit of ${limit}`);
		return length;
	}

	#fail(message: string): RespProtocolError {
		this.#broken = new RespProtocolError(message, this.#place);
		return this.#broken;
	}
}

/** The header of an array or the like was read; its values follow. */
const OPENED: unique symbol = Symbol("opened");

/** What has all its values; `undefined` for an attribute, which says something about the value behind it. */
function close({ kind, values }: Open): RespValue | undefined {
	if (kind === "|") return undefined;
	if (kind === ">") return new RespPush(values);
	if (kind !== "%") return values;
	const map = new Map<RespValue, RespValue>();
	for (let place = 0; place < values.length; place += 2)
		map.set(values[place] as RespValue, values[place + 1] as RespValue);
	return map;
}

function show(text: string): string {
	return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
