/** The edge: how a connection is opened. It is all that differs between the colours; everything above is written once. */
"use structured";

import { ConnectError, type ConnectOptions, callByName, connect } from "@holdfast/node";
import { CannotBlockError, type Coroutine, type CoroutineFunction, call, operation } from "holdfast";
import type { ByteStream } from "./byte-stream.ts";
import type * as named from "./named-sockets.ts";

/** Where the server is: `{ port, host }`, or `{ path }` of a Unix socket; the other options of `connect`, too. */
export type Address = Pick<ConnectOptions, "host" | "port" | "path" | "tls" | "timeout">;

/**
 * Opens a connection over TCP, TLS or a Unix socket; in a synchronous run by the helper thread (no TLS there).
 * @throws ConnectError
 * @throws CannotBlockError in a synchronous run on a host without threads
 */
export const dial: CoroutineFunction<[Address], ByteStream> = operation<[Address], ByteStream>({
	// No async function: it would own the connection, and close it.
	async: (address) => connect(address),
	sync: (address) => call(openByName, address),
});

const module: string = new URL(
	import.meta.url.endsWith(".ts") ? "./named-sockets.ts" : "./named-sockets.js",
	import.meta.url,
).href;

async function openByName({ host, port, path, tls }: Address): Promise<ByteStream> {
	if (tls !== undefined && tls !== false)
		throw new TypeError("dial: there is no TLS in a synchronous run: connect to a Unix socket, or through a tunnel.");
	const address = { ...(host && { host }), ...(port && { port }), ...(path && { path }) };
	const id = crypto.randomUUID();
	const stream = new NamedStream(id);
	let isOpen = false;
	try {
		await callByName<typeof named.open>({ module, export: "open", arguments: [id, address] });
		isOpen = true;
		return stream;
	} catch (error) {
		if (error instanceof CannotBlockError) throw error;
		throw new ConnectError(`dial: ${path ?? `${host}:${port}`} cannot be reached.`, [error]);
	} finally {
		if (!isOpen) await stream.close();
	}
}

/** A socket that the helper thread holds. */
class NamedStream implements ByteStream {
	readonly #id: string;

	constructor(id: string) {
		this.#id = id;
	}

	read(): Coroutine<Uint8Array | undefined> {
		return callByName<typeof named.read>({ module, export: "read", arguments: [this.#id] });
	}

	write(data: Uint8Array): Coroutine<void> {
		return callByName<typeof named.write>({ module, export: "write", arguments: [this.#id, data] });
	}

	close(): Coroutine<void> {
		return callByName<typeof named.close>({ module, export: "close", arguments: [this.#id] });
	}
}
