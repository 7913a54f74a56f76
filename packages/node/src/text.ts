import { Buffer } from "node:buffer";
import { describe } from "./describe.ts";
import { InvalidTextError } from "./errors.ts";

/** How bytes become a string; `"buffer"` leaves them bytes. */
export type TextEncoding = BufferEncoding | "buffer";

/** @throws TypeError for an encoding that the host does not have */
export function checkEncoding(what: string, encoding: unknown): void {
	if (encoding === "buffer" || (typeof encoding === "string" && Buffer.isEncoding(encoding))) return;
	throw new TypeError(`${what}: the encoding is ${describe(encoding)}; it may be "utf8", "latin1", "buffer" …`);
}

const UTF8 = /^utf-?8$/i;

/**
 * Bytes as text. A byte order mark is kept, as the host does.
 * @throws InvalidTextError for bytes that are no UTF-8, if that is the encoding
 */
export function decode(what: string, bytes: Uint8Array, encoding: TextEncoding): string | Uint8Array {
	if (encoding === "buffer") return plain(bytes);
	if (!UTF8.test(encoding)) return view(bytes).toString(encoding);
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new InvalidTextError(`${what} is no UTF-8: use encoding "buffer", or the one that it is in.`, bytes);
	}
}

/** Bytes as text for people: what is no text shows as U+FFFD. */
export function decodeLeniently(bytes: Uint8Array, encoding: TextEncoding): string | Uint8Array {
	return encoding === "buffer" ? plain(bytes) : view(bytes).toString(encoding);
}

/** Not the host's own class, whose `slice` and `toString` are others. */
function plain(bytes: Uint8Array): Uint8Array {
	return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function view(bytes: Uint8Array): Buffer {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Text or bytes as bytes.
 * @throws TypeError for anything else
 */
export function toBytes(what: string, data: string | Uint8Array, encoding: BufferEncoding = "utf8"): Uint8Array {
	if (typeof data === "string") return Buffer.from(data, encoding);
	if (data instanceof Uint8Array) return data;
	throw new TypeError(`${what} is ${describe(data)}; pass a string or a Uint8Array.`);
}
