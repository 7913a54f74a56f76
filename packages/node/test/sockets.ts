import { readFileSync } from "node:fs";
import * as net from "node:net";
import { Cancelled, type Coroutine, coroutine, suspend } from "holdfast";

/** A key and a certificate for localhost and 127.0.0.1, for tests alone. */
export const credentials = {
	key: readFileSync(new URL("fixtures/key.pem", import.meta.url)),
	cert: readFileSync(new URL("fixtures/cert.pem", import.meta.url)),
};

/** Node's own server on 127.0.0.1: what is at the other end of our streams. */
export class Peer {
	readonly server: net.Server;
	readonly sockets: net.Socket[] = [];

	constructor(handle: (socket: net.Socket) => void) {
		this.server = net.createServer({ allowHalfOpen: true }, (socket) => {
			this.sockets.push(socket);
			socket.on("error", () => {});
			handle(socket);
		});
	}

	get port(): number {
		return (this.server.address() as net.AddressInfo).port;
	}
}

/** Runs a body with a peer that treats each connection so. */
export const withPeer: <T>(
	handle: (socket: net.Socket) => void,
	body: (port: number, peer: Peer) => Generator<never, T, unknown>,
) => Coroutine<T> = coroutine(function* withPeer(
	handle: (socket: net.Socket) => void,
	body: (port: number, peer: Peer) => Generator<never, unknown, unknown>,
): Generator<never, unknown, unknown> {
	const peer = new Peer(handle);
	yield* event(peer.server.listen(0, "127.0.0.1"), "listening");
	try {
		return yield* body(peer.port, peer);
	} finally {
		for (const socket of peer.sockets) socket.destroy();
		peer.server.close();
	}
}) as never;

/** Waits for an event of a stream or server of Node. */
export function event(emitter: NodeJS.EventEmitter, name: string): Coroutine<unknown> {
	return suspend<unknown>(
		(resume) => {
			const happened = (value: unknown): void => resume(value);
			emitter.once(name, happened);
			return () => {
				emitter.off(name, happened);
			};
		},
		{ label: name, outside: true },
	);
}

/** The error that a call throws. */
export function* caught<E = Error>(call: () => Coroutine<unknown>): Generator<never, E, unknown> {
	try {
		yield* call();
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		return error as E;
	}
	throw new Error("Nothing was thrown.");
}

export const text = (bytes: Uint8Array | undefined): string | undefined =>
	bytes === undefined ? undefined : Buffer.from(bytes).toString();
