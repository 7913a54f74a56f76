/** Forwards a port: `holdfast run examples/forward/main.ts 8080 example.org:80`. */
"use structured";

import { parseArgs } from "node:util";
import { connect, type SocketStream, serve } from "@holdfast/node";
import { currentScope, withTaskGroup } from "holdfast";

const usage = "usage: forward [host:]port host:port [--grace MS]\n";

interface Address {
	readonly host: string;
	readonly port: number;
}

/** @returns the exit code. */
export default async function main(args: string[]): Promise<number> {
	const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { grace: { type: "string" } } });
	const [from, to] = positionals.map(addressOf);
	const grace = Number(values.grace ?? 5_000);
	if (from === undefined || to === undefined || !(grace >= 0)) {
		process.stderr.write(usage);
		return 2;
	}
	// After Ctrl-C, how long connections may go on.
	currentScope().grace = grace;
	await serve((client) => forward(client, to), {
		...from,
		// Neither side is idle when one of them waits for the other: let all of them finish.
		shutdown: "none",
		onListening: ({ host, port }) => console.log(`forwarding ${host} ${port} to ${to.host} ${to.port}`),
		onError: (error, client) => console.log(`${nameOf(client)}: ${error instanceof Error ? error.message : error}`),
	});
	return 0;
}

/** One connection: until both sides have ended, or one of them breaks off. */
async function forward(client: SocketStream, to: Address): Promise<void> {
	const server = await connect({ ...to, timeout: 10_000 });
	let whole = false;
	try {
		await withTaskGroup(async (group) => {
			group.spawn(copy, client, server);
			group.spawn(copy, server, client);
		});
		whole = true;
	} finally {
		// Who gets half an answer shall not take it for a whole one: what is broken off here, or cut by the end of the grace,
		// is broken off there, too. `serve` does the same with the client's side.
		if (!whole) await server.reset();
	}
	const { bytesRead, bytesWritten } = client.statistics();
	console.log(`${nameOf(client)}: ${bytesRead} bytes there, ${bytesWritten} back`);
}

/** One direction. Its end is passed on: the other direction can go on. */
async function copy(from: SocketStream, to: SocketStream): Promise<void> {
	for await (const chunk of from) await to.write(chunk);
	await to.end();
}

function addressOf(text: string): Address | undefined {
	const [, host = "127.0.0.1", digits] = /^(?:\[?(.+?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
	const port = Number(digits);
	return port < 65_536 ? { host, port } : undefined;
}

function nameOf({ remoteAddress }: SocketStream): string {
	return remoteAddress === undefined ? "a client" : `${remoteAddress.host} ${remoteAddress.port}`;
}
