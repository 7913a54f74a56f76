// Runs streams, listeners and a server through their contracts in whatever runtime this is; a line of JSON for each.
// Started by scripts/runtimes/sockets.mjs on all of them.
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, listen, serve } from "@holdfast/node";
import { checkListener, checkStream } from "@holdfast/testing";
import { coroutine, run, withTaskGroup } from "holdfast";

const read = (name) => readFileSync(new URL(`fixtures/${name}.pem`, import.meta.url));
const credentials = { key: read("key"), cert: read("cert") };
let sockets = 0;
const kinds = {
	TCP: () => ({ port: 0 }),
	"a Unix socket": () => ({ path: join(tmpdir(), `holdfast-${process.pid}-${sockets++}.sock`) }),
	TLS: () => ({ port: 0, tls: credentials }),
};

function target({ path, tls }, { port }) {
	if (path !== undefined) return { path };
	return { host: "127.0.0.1", port, ...(tls !== undefined && { tls: { ca: credentials.cert } }) };
}

async function check(id, action) {
	let outcome = { outcome: "passed" };
	try {
		await action();
	} catch (error) {
		outcome = { outcome: "failed", message: String(error.stack ?? error) };
	}
	console.log(JSON.stringify({ id, ...outcome }));
}

for (const [kind, where] of Object.entries(kinds)) {
	const makePair = coroutine(function* () {
		const options = where();
		const listener = yield* listen(options);
		const client = yield* connect(target(options, listener.address));
		const server = yield* listener.accept();
		yield* listener.close();
		return [client, server];
	});
	const makeListener = coroutine(function* () {
		const options = where();
		const listener = yield* listen(options);
		return { listener, connect: () => connect(target(options, listener.address)) };
	});
	// Deno's writes over TLS never wait.
	const limits = kind === "TLS" && "Deno" in globalThis ? { capacity: Number.POSITIVE_INFINITY } : {};
	await check(`streams over ${kind}`, () => checkStream(makePair, { patience: 15_000, ...limits }));
	await check(`listeners over ${kind}`, () => checkListener(makeListener, { patience: 15_000 }));
}

await check("a server answers until its group is cancelled, and then ends", () =>
	run(() =>
		withTaskGroup(function* (group) {
			const echo = function* (stream) {
				for (let line = yield* stream.readLine(); line !== undefined; line = yield* stream.readLine())
					yield* stream.write(`${line}\n`);
			};
			const { port } = yield* group.start((started) => serve(echo, { port: 0, onListening: started }));
			for (let count = 0; count < 20; count++) {
				const stream = yield* connect({ port });
				yield* stream.write(`hello ${count}\n`);
				const line = yield* stream.readLine();
				if (line !== `hello ${count}`) throw new Error(`the answer was ${line}`);
			}
			group.cancel();
		}),
	),
);
