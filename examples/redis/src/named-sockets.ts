// What the helper thread of a synchronous run does for it: sockets by name. Runs in that thread, as plain JavaScript of Node.
"use native";

import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";

const sockets = new Map<string, Socket>();

/** Where to connect to; the part of `connect`'s options that can be sent to another thread. */
export interface NamedAddress {
	readonly host?: string;
	readonly port?: number;
	readonly path?: string;
}

/** Opens a connection under this name, which the caller has chosen: it can be closed while it is opened, too. */
export async function open(id: string, { host = "localhost", port = 0, path }: NamedAddress): Promise<void> {
	const socket = path === undefined ? connectSocket({ host, port, noDelay: true }) : connectSocket({ path });
	sockets.set(id, socket);
	await once(socket, "connect");
	// An error is thrown by the next read or write; nobody else is to hear it.
	socket.on("error", () => {});
}

/** The next bytes; `undefined` at the end. No async function: a call of one would be waited for when it is cancelled. */
export function read(id: string): Promise<Uint8Array | undefined> {
	return nextChunk(id);
}

async function nextChunk(id: string): Promise<Uint8Array | undefined> {
	const socket = sockets.get(id);
	while (socket !== undefined && !socket.destroyed) {
		const chunk: Buffer | null = socket.read();
		// A copy of its own, which can be sent.
		if (chunk !== null) return new Uint8Array(chunk);
		if (socket.readableEnded) return undefined;
		await new Promise<void>((resolve) => {
			const heard = (): void => {
				for (const event of EVENTS) socket.off(event, heard);
				resolve();
			};
			for (const event of EVENTS) socket.on(event, heard);
		});
	}
	if (socket?.errored) throw socket.errored;
	return undefined;
}

const EVENTS = ["readable", "end", "close"] as const;

/** Returns when the system has taken the bytes. */
export async function write(id: string, data: Uint8Array): Promise<void> {
	const socket = sockets.get(id);
	if (socket === undefined) throw new Error("write: this connection is closed.");
	await new Promise<void>((resolve, reject) => {
		socket.write(data, (error) => (error ? reject(error) : resolve()));
	});
}

/** Returns when the connection is closed. */
export async function close(id: string): Promise<void> {
	const socket = sockets.get(id);
	sockets.delete(id);
	if (socket === undefined || socket.closed) return;
	const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
	socket.destroy();
	await closed;
}
