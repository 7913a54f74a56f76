// A server in a process of its own, ended by SIGTERM: answers each line by 20,000 bytes after a moment.
import { InterruptedError, run, sleep } from "holdfast";
import { type SocketStream, serve } from "../src/index.ts";

const answer = `${"a".repeat(19_999)}\n`;

function* handle(stream: SocketStream): Generator<never, void, unknown> {
	for (let line = yield* stream.readLine(); line !== undefined; line = yield* stream.readLine()) {
		yield* sleep(Number(line) % 5);
		yield* stream.write(answer);
	}
}

try {
	await run(() => serve(handle, { port: 0, onListening: ({ port }) => console.log(port) }), { signals: true });
} catch (error) {
	if (!(error instanceof InterruptedError)) throw error;
	console.log(`left open: ${process.getActiveResourcesInfo().filter((kind) => kind.startsWith("TCP")).length}`);
	process.exitCode = 143;
}
