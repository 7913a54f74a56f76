import { HoldfastError } from "holdfast";

/** The stream has ended in the middle of what was to be read. Nothing is lost: what was there is `partial`. */
export class IncompleteReadError extends HoldfastError {
	override readonly name: string = "IncompleteReadError";
	readonly code: string = "HOLDFAST_INCOMPLETE_READ";
	/** What was read before the end. */
	readonly partial: Uint8Array;
	/** How many bytes, or which delimiter, was waited for. */
	readonly expected: number | Uint8Array;

	constructor(message: string, partial: Uint8Array, expected: number | Uint8Array) {
		super(message);
		this.partial = partial;
		this.expected = expected;
	}
}

/** Bytes are no text in the encoding that was expected. */
export class InvalidTextError extends HoldfastError {
	override readonly name: string = "InvalidTextError";
	readonly code: string = "HOLDFAST_INVALID_TEXT";
	/** The bytes that could not be read as text. */
	readonly bytes: Uint8Array;

	constructor(message: string, bytes: Uint8Array) {
		super(message);
		this.bytes = bytes;
	}
}

/** More would have to be kept in memory than was allowed. */
export class LimitExceededError extends HoldfastError {
	override readonly name: string = "LimitExceededError";
	readonly code: string = "HOLDFAST_LIMIT_EXCEEDED";
	/** The maximum: in bytes, unless the message says otherwise. */
	readonly limit: number;

	constructor(message: string, limit: number) {
		super(message);
		this.limit = limit;
	}
}

/** No connection could be made: the name is unknown, nobody listens there, or TLS could not be agreed on. */
export class ConnectError extends HoldfastError {
	override readonly name: string = "ConnectError";
	readonly code: string = "HOLDFAST_CONNECT";
	/** One error for each address that was tried, in that order; the `cause` is the first of them. */
	readonly errors: readonly unknown[];

	constructor(message: string, errors: readonly unknown[] = []) {
		super(message, { cause: errors[0] });
		this.errors = errors;
	}
}

/** A server could not begin to listen: the port is in use, not allowed, or not of this machine. */
export class ListenError extends HoldfastError {
	override readonly name: string = "ListenError";
	readonly code: string = "HOLDFAST_LISTEN";
}
