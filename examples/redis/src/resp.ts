/** A value of the protocol. Strings that the server has stored are bytes; `asText` makes text of them. */
export type RespValue =
	| Uint8Array
	| string
	| number
	| bigint
	| boolean
	| null
	| RespFailure
	| RespPush
	| readonly RespValue[]
	| ReadonlyMap<RespValue, RespValue>;

/** A value whose strings are text. */
export type Reply =
	| string
	| number
	| bigint
	| boolean
	| null
	| RespFailure
	| readonly Reply[]
	| ReadonlyMap<Reply, Reply>;

/** What a command is made of. Numbers are written as JavaScript prints them. */
export type Word = string | number | bigint | Uint8Array;

/** An error that the server has sent, in the place of a value. */
export class RespFailure {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

/** What the server has sent on its own account (RESP3), such as a message of a channel. */
export class RespPush {
	readonly values: readonly RespValue[];

	constructor(values: readonly RespValue[]) {
		this.values = values;
	}
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** All bytes in a value as text, with U+FFFD for what is no UTF-8. */
export function asText(value: RespValue): Reply {
	if (value instanceof Uint8Array) return decoder.decode(value);
	if (value instanceof RespPush) return asText(value.values);
	if (Array.isArray(value)) return value.map(asText);
	if (value instanceof Map) return new Map([...value].map(([key, item]) => [asText(key), asText(item)]));
	return value as Reply;
}

/** A command as the server reads it: an array of bulk strings, which holds any bytes. */
export function encodeCommand(words: readonly Word[]): Uint8Array {
	const parts: Uint8Array[] = [encoder.encode(`*${words.length}\r\n`)];
	for (const word of words) {
		const bytes = word instanceof Uint8Array ? word : encoder.encode(String(word));
		parts.push(encoder.encode(`$${bytes.length}\r\n`), bytes, CRLF);
	}
	return concatenate(parts);
}

const CRLF: Uint8Array = encoder.encode("\r\n");

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
	const [first] = parts;
	if (parts.length === 1 && first !== undefined) return first;
	const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
	let place = 0;
	for (const part of parts) {
		whole.set(part, place);
		place += part.length;
	}
	return whole;
}
